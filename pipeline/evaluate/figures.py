"""A model's figures on a release: how often it is right, and what the cue does to that.

    figures = summarize(marks, blind)
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

from .answers import Marks
from .intervals import DIFFERENCE, SHARE, Estimate, macro, single, worst

#: Figure -> what it says, in the leaderboard's order.
FIGURES = {
    "with_cue": "accuracy with the cue, on the pairs' images",
    "without_cue": "accuracy without the cue, on the same scenes",
    "gap": "spurious gap: accuracy without the cue less accuracy with it, paired",
    "placebo_gap": "accuracy without the cue less accuracy with something irrelevant changed in its place, paired",
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


def summarize(marks: Sequence[Marks], blind: Sequence[Marks] = ()) -> dict[str, Figure]:
    """The figures that these answers allow; what a release has nothing for is not there."""
    found = list(by_type(marks, blind).values())
    groups = {name: [one[name] for one in found if name in one] for name in FIGURES}
    groups["controls"] = [[fmean(one.right)] for one in marks if one.question.config == "controls"]
    groups["worst_types"] = groups["with_cue"]
    return {name: _figure(name, of_types) for name, of_types in groups.items() if of_types}


def _figure(name: str, groups: Sequence[Sequence[float]]) -> Figure:
    count, n = len(groups), sum(map(len, groups))
    bounds = DIFFERENCE if name in DIFFERENCES else SHARE
    if name == "worst_types":
        estimate = worst([fmean(one) for one in groups])
    elif n == count:
        estimate = single([one[0] for one in groups], bounds)
    else:
        estimate = macro(groups, bounds)
    return Figure.of(estimate, count, n)


def by_type(marks: Sequence[Marks], blind: Sequence[Marks] = ()) -> dict[str, Values]:
    """Type -> figure -> its values, one for each image or pair; sorted by type."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for (key, _), arms in _by_row(marks).items():
        for name, value in (_of_anchor(arms) if "anchor" in arms else _of_pair(arms)).items():
            found[key][name].append(value)
    for one in blind:
        if one.question.type:
            found[one.question.type.key]["blind"].append(fmean(one.right))
    return dict(sorted(found.items()))


def means(found: Mapping[str, Values]) -> dict[str, dict[str, float]]:
    """Figure -> type -> its mean there."""
    named: dict[str, dict[str, float]] = defaultdict(dict)
    for key, values in found.items():
        for name, of_type in values.items():
            named[name][key] = fmean(of_type)
    return dict(named)


def accuracy(marks: Iterable[Marks]) -> dict[str, float]:
    """Arm -> share of all its answers that are right, every image counting alike: what other
    harnesses print.
    """
    right: dict[str, list[float]] = defaultdict(list)
    for one in marks:
        right[one.question.arm].append(fmean(one.right))
    return {arm: fmean(values) for arm, values in right.items()}


def unparsed(marks: Iterable[Marks]) -> float:
    """The share of answers that name no option: they count as wrong, and not as what the cue points
    to.
    """
    said = Counter(one is None for mark in marks for one in mark.chosen)
    return said[True] / max(1, said.total())


def _by_row(marks: Iterable[Marks]) -> dict[tuple[str, str], dict[str, Marks]]:
    """(type, row's id) -> arm -> its marks; the controls have no type and are not in it."""
    rows: dict[tuple[str, str], dict[str, Marks]] = defaultdict(dict)
    for one in marks:
        if one.question.type:
            rows[one.question.type.key, f"{one.question.config}/{one.question.id}"][
                one.question.arm
            ] = one
    return rows


def _of_anchor(arms: Mapping[str, Marks]) -> dict[str, float]:
    return {"anchors": fmean(arms["anchor"].right)}


def _of_pair(arms: Mapping[str, Marks]) -> dict[str, float]:
    """What one pair says; nothing where the calls about an arm failed, as what is paired needs
    both.
    """
    if not {"with", "without"} <= arms.keys():
        return {}
    with_, without = arms["with"], arms["without"]
    right_with, right_without = fmean(with_.right), fmean(without.right)
    both = [a and b for a, b in zip(with_.right, without.right, strict=True)]
    found = {"with_cue": right_with, "without_cue": right_without, "gap": right_without - right_with,
             "consistent": fmean(both)}  # fmt: skip
    if "placebo" in arms:
        found["placebo_gap"] = right_without - fmean(arms["placebo"].right)
    if with_.question.linked is not None:
        bias_with, bias_without = fmean(with_.linked), fmean(without.linked)
        found |= {
            "bias_with": bias_with,
            "bias_without": bias_without,
            "bias_lift": bias_with - bias_without,
        }
    return found
