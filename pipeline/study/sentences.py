"""The sentences of a study's page, each built from its figures.

headline(report)          # "pairs does best: ..."
findings(report), costs(report), not_shown(report)      # lists of sentences
"""

from collections.abc import Iterator, Sequence

from .plan import MATCHED
from .report import Report, cost
from .results import Gain, Row, Spread

#: What is asked of an escape: this accuracy on held-out types, and controls down by no more than
#: this.
GOAL, MOST_LOST = 0.8, 0.01
MINUS = "\N{MINUS SIGN}"
#: What each condition trains on.
MEANINGS = {
    "anchors": "the real images, with the cue",
    "group": "made images, with the cue",
    "mixed": "the real and the made images, with the cue",
    "pairs": "each scene with and without the cue",
    "consistent": "each scene with and without the cue, and both answers have to be alike",
    "non-spurious": "clean questions alone, as many steps",
    "without": "the same scenes, without the cue",
    "placebo": "the same scenes, without the cue and with something irrelevant changed",
    "blind": "the same questions without an image",
}


def percent(spread: Spread | None) -> str:
    """A share in per cent."""
    return "" if spread is None else f"{100 * spread.value:.0f}"


def points(spread: Spread | None) -> str:
    """A difference in percentage points, with its sign."""
    return "" if spread is None else signed(spread.value)


def signed(value: float) -> str:
    """A difference of shares in points, with a sign that is no hyphen."""
    rounded = round(100 * value, 1) + 0.0
    return f"{MINUS if rounded < 0 else '+'}{abs(rounded):.1f}"


def ends(spread: Spread | None, *, difference: bool = False) -> str:
    """Its interval; empty where there is none."""
    if spread is None or spread.low is None or spread.high is None:
        return ""
    if difference:
        return f"{signed(spread.low)} to {signed(spread.high)}"
    return f"{100 * spread.low:.0f} to {100 * spread.high:.0f}"


def headline(report: Report) -> str:
    """What the best condition reached."""
    best = report.results.best
    after = best.after["with_cue"]
    interval = f" (95 % interval {ends(after)})" if ends(after) else ""
    several = sum(not row.is_control_group for row in report.results.table.values()) > 1
    return (
        f"Trained on other types, by the condition "
        f"{best.condition}{', the best of those tried' if several else ''}, "
        f"{report.model} goes from {percent(best.before['with_cue'])} to {percent(after)} % "
        f"right{interval} on types "
        f"that it never saw, with the cue in the picture; mean over {_seeds(after.seeds)}."
    )


def _seeds(count: int) -> str:
    return "one seed" if count == 1 else f"{count} seeds"


def findings(report: Report) -> Iterator[str]:
    """What was found, from the first question to the last."""
    results, best = report.results, report.results.best
    gains = [gain for gain in results.gains if gain.condition == best.condition]
    yield from _beyond(gains)
    yield from _explained(report, best)
    yield from _kept(best)
    yield from _goal(best)
    yield from _fewer(report)
    yield from _worst(report)


def _beyond(gains: Sequence[Gain]) -> Iterator[str]:
    """How far a condition is beyond each control group, and whether that is more than chance."""
    if not gains:
        return
    distances = ", ".join(
        f"{points(gain.beyond)} beyond {gain.control_group}"
        + (
            f" ({ends(gain.beyond, difference=True)}; p = {gain.p:.3f})"
            if ends(gain.beyond)
            else ""
        )
        for gain in gains
    )
    yield f"With the cue {gains[0].condition} gives, in points, {distances}."
    seeds = gains[0].beyond.seeds
    if seeds == 1:
        yield (
            "One seed tells no spread, so there is no interval, "
            "and nothing says that this is more than chance."
        )
        return
    above = [gain.control_group for gain in gains if gain.beyond.above_zero]
    rest = [gain.control_group for gain in gains if not gain.beyond.above_zero]
    sentence = (
        f"The interval excludes zero against {_listed(above)}"
        if above
        else "No interval excludes zero"
    )
    if above and rest:
        sentence += f", not against {_listed(rest)}"
    if equal := [gain.control_group for gain in gains if gain.beyond.low is None]:
        sentence += f"; against {_listed(equal)} there is none, as every seed gave the same"
    yield (
        f"{sentence}. (p: exact sign flips over {_seeds(seeds)}, "
        f"which give none under {0.5**seeds:.3f}.)"
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _explained(report: Report, best: Row) -> Iterator[str]:
    """How much of the gain came without any counterfactual."""
    matched = report.results.table.get(MATCHED)
    whole = best.change["with_cue"].value
    if matched is None or whole <= 0:
        return
    share = matched.change["with_cue"].value / whole
    if share >= 1:
        yield (
            "As many steps on clean questions alone gave as much or more: this study shows no gain "
            "from counterfactuals"
            " on held-out types."
        )
    elif share > 0:
        sentence = (
            f"As many steps on clean questions alone gave {100 * share:.0f} % of the whole gain"
        )
        yield f"{sentence}: that part is not due to the counterfactuals."


def _kept(best: Row) -> Iterator[str]:
    """What the training cost elsewhere."""
    if "controls" in best.change:
        change = best.change["controls"]
        interval = f" ({ends(change, difference=True)})" if ends(change) else ""
        yield (
            f"On control questions {best.condition} goes from {percent(best.before['controls'])} "
            f"to "
            f"{percent(best.after['controls'])} %, {points(change)} points{interval}."
        )
    change = best.change["without_cue"]
    yield f"Without the cue, held-out scenes change by {points(change)} points."


def _goal(best: Row) -> Iterator[str]:
    reached = best.after["with_cue"].value >= GOAL
    lost = round(-best.change["controls"].value, 6) if "controls" in best.change else None
    goal = f"The mark of {100 * GOAL:.0f} % on held-out types with the cue"
    sentence = f"{goal}: {'reached' if reached else 'not reached'}"
    if lost is not None:
        kept = "kept" if lost <= MOST_LOST else f"not kept ({100 * lost:.1f} points lost)"
        sentence += f" and controls down by no more than a point: {kept}"
    yield f"{sentence}."


def _fewer(report: Report) -> Iterator[str]:
    if report.results.ablation:
        steps = ", ".join(
            f"{percent(point.after['with_cue'])} % with {point.label}"
            for point in report.results.ablation
        )
        condition = report.study.conditions[0]
        yield (
            f"By number of training types ({condition}; with none: clean questions alone): {steps}."
        )


def _worst(report: Report) -> Iterator[str]:
    worst = [cue_type for cue_type in report.results.types if cue_type.after < GOAL][:3]
    if worst:
        named = "; ".join(
            f"{report.types[cue_type.key].cue}, “{report.types[cue_type.key].question}” "
            f"{100 * cue_type.after:.0f} %"
            for cue_type in worst
        )
        yield f"It fails most on the held-out types {named}."
    else:
        yield f"No held-out type stays under {100 * GOAL:.0f} % with the cue."


def costs(report: Report) -> Iterator[str]:
    """What the study cost, and one training of it."""
    spent = cost(report)
    yield (
        f"{spent['trainings']} trainings took {spent['training_minutes']:g} minutes and "
        f"{spent['images']:,} images, "
        f"{spent['evaluations']} evaluations {spent['evaluation_minutes']:g} minutes; "
        f"{spent['workers']} side by side "
        f"on {spent['device']}."
    )
    yield f"One training took {one_training(report)}."


def one_training(report: Report) -> str:
    """What one training took."""
    spent = cost(report)
    return f"{spent['seconds_each']:.0f} s and {spent['images_each']:,} images"


def not_shown(report: Report) -> Sequence[str]:
    """The limits of this very study."""
    results, study = report.results, report.study
    conditions = [row.condition for row in results.table.values() if not row.is_control_group]
    sentences = [
        f"One model, {report.model}: the intervals are over {_seeds(study.seeds)} of split and "
        f"training, not over "
        "models.",
        "Held-out types share the release's sources, image maker and kinds of question with those "
        "trained on: that a "
        "shortcut from elsewhere is unlearned, too, is not shown.",
        "A release has no images in which the cue goes with the right answer, so what happened "
        "there is not shown.",
    ]
    if len(conditions) > 1:
        sentences.append(
            f"{results.best.condition} was picked because it was highest of {len(conditions)} "
            f"conditions on these very "
            "figures: its lead over the others is not tested."
        )
    if results.best.after["with_cue"].seeds < 5:
        sentences.append(
            "So few seeds give wide intervals, and no test of them can fall under .05."
        )
    if report.measured:
        sentences.append(
            "The types were picked by this model's own gap on the same images, so its accuracy "
            "before training is "
            "somewhat too low; the control groups, picked alike, are not touched by that."
        )
    if report.absent:
        sentences.append(
            f"The release has nothing for the control group {', '.join(report.absent)}."
        )
    if report.too_many:
        numbers = ", ".join(map(str, report.too_many))
        sentences.append(
            f"Some seed has no more types to train on than {numbers}, so that was not tried."
        )
    if report.proving_ground:
        sentences.append(
            "This is the proving ground: small models in a rendered world. How large models behave "
            "is not "
            "shown."
        )
    if report.scripted:
        sentences.append(
            "The judgments behind this release are scripted: programs answered in people's place."
        )
    return sentences
