"""A model's figures on a release: how often it is right, and what the cue changes.

    figures = summarize(grades, blind)
    figures["gap"].value, figures["gap"].low, figures["gap"].high

Every figure but "controls" is a mean over types of means over their images: a type with many pairs
counts no more than one with few. A question that was asked in several rotations counts by the share
of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import fmean

from .answers import Grade
from .intervals import DIFFERENCE, SHARE, Estimate, macro, single, worst

#: Figure -> what it says, in the leaderboard's order.
FIGURES = {
    "with_cue": "accuracy with the cue, on the pairs' images",
    "without_cue": "accuracy without the cue, on the same scenes",
    "gap": "spurious gap: accuracy without the cue less accuracy with it, paired",
    "placebo_gap": (
        "accuracy without the cue less accuracy with something irrelevant changed in its place, "
        "paired"
    ),
    "consistent": "right in both images of a pair",
    "worst_types": "accuracy with the cue on the worst tenth of the types",
    "bias_with": "bias rate: answers that give the option that the cue points to, with the cue",
    "bias_without": "answers that give that option without the cue",
    "bias_lift": "the first bias rate less the second, paired",
    "anchors": "accuracy on the real images in which the cues were found",
    "controls": "accuracy on questions of the same sources, without a cue that misleads about them",
    "blind": "accuracy on the types' questions without any image",
}
#: Those that are differences of two shares.
DIFFERENCES = ("gap", "placebo_gap", "bias_lift")

#: Figure -> its values in one type: one for each image or pair.
Values = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval, and what it rests on; no interval where there are fewer than
    two groups.
    """

    value: float
    low: float | None
    high: float | None
    #: The types that have it; of controls each image.
    groups: int
    #: The images or pairs.
    n: int

    @classmethod
    def of(cls, estimate: Estimate, groups: int, n: int) -> "Figure":
        """An estimate with what it rests on."""
        known = not isnan(estimate.low)
        return cls(
            estimate.value,
            estimate.low if known else None,
            estimate.high if known else None,
            groups,
            n,
        )


def summarize(grades: Sequence[Grade], blind: Sequence[Grade] = ()) -> dict[str, Figure]:
    """The figures that these answers allow; what a release has nothing for is not there."""
    values_of_types = list(by_type(grades, blind).values())
    groups = {
        name: [values[name] for values in values_of_types if name in values] for name in FIGURES
    }
    groups["controls"] = [
        [fmean(grade.right)] for grade in grades if grade.question.config == "controls"
    ]
    groups["worst_types"] = groups["with_cue"]
    return {name: _figure(name, of_types) for name, of_types in groups.items() if of_types}


def _figure(name: str, groups: Sequence[Sequence[float]]) -> Figure:
    count, n = len(groups), sum(map(len, groups))
    bounds = DIFFERENCE if name in DIFFERENCES else SHARE
    if name == "worst_types":
        estimate = worst([fmean(group) for group in groups])
    elif n == count:
        estimate = single([group[0] for group in groups], bounds)
    else:
        estimate = macro(groups, bounds)
    return Figure.of(estimate, count, n)


def by_type(grades: Sequence[Grade], blind: Sequence[Grade] = ()) -> dict[str, Values]:
    """Returns type -> figure -> its values, one per image or pair; sorted by type."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for (key, _), arms in _by_row(grades).items():
        for name, value in (_of_anchor(arms) if "anchor" in arms else _of_pair(arms)).items():
            values[key][name].append(value)
    for grade in blind:
        if grade.question.type:
            values[grade.question.type.key]["blind"].append(fmean(grade.right))
    return dict(sorted(values.items()))


def means(values_of_types: Mapping[str, Values]) -> dict[str, dict[str, float]]:
    """Returns figure -> type -> its mean there."""
    named: dict[str, dict[str, float]] = defaultdict(dict)
    for key, values in values_of_types.items():
        for name, of_type in values.items():
            named[name][key] = fmean(of_type)
    return dict(named)


def accuracy(grades: Iterable[Grade]) -> dict[str, float]:
    """Returns arm -> share of right answers with equal weight per image, as other harnesses do."""
    right: dict[str, list[float]] = defaultdict(list)
    for grade in grades:
        right[grade.question.arm].append(fmean(grade.right))
    return {arm: fmean(values) for arm, values in right.items()}


def unparsed(grades: Iterable[Grade]) -> float:
    """Returns the share of answers that name no option; they count as wrong, and not as linked."""
    outcomes = Counter(option is None for grade in grades for option in grade.chosen)
    return outcomes[True] / max(1, outcomes.total())


def _by_row(grades: Iterable[Grade]) -> dict[tuple[str, str], dict[str, Grade]]:
    """(type, row's id) -> arm -> its grades; the controls have no type and are not in it."""
    rows: dict[tuple[str, str], dict[str, Grade]] = defaultdict(dict)
    for grade in grades:
        if grade.question.type:
            rows[grade.question.type.key, f"{grade.question.config}/{grade.question.id}"][
                grade.question.arm
            ] = grade
    return rows


def _of_anchor(arms: Mapping[str, Grade]) -> dict[str, float]:
    return {"anchors": fmean(arms["anchor"].right)}


def _of_pair(arms: Mapping[str, Grade]) -> dict[str, float]:
    """Returns the values of one pair; empty if a call about one of its arms failed."""
    if not {"with", "without"} <= arms.keys():
        return {}
    with_, without = arms["with"], arms["without"]
    right_with, right_without = fmean(with_.right), fmean(without.right)
    both = [a and b for a, b in zip(with_.right, without.right, strict=True)]
    values = {
        "with_cue": right_with,
        "without_cue": right_without,
        "gap": right_without - right_with,
        "consistent": fmean(both),
    }
    if "placebo" in arms:
        values["placebo_gap"] = right_without - fmean(arms["placebo"].right)
    if with_.question.linked is not None:
        bias_with, bias_without = fmean(with_.linked), fmean(without.linked)
        values |= {
            "bias_with": bias_with,
            "bias_without": bias_without,
            "bias_lift": bias_with - bias_without,
        }
    return values
