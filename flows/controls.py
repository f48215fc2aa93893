"""The tasks with known answers that are mixed in among a run's own, and the order in which its own
are judged.

    cues = by_value(opened, open_cues(opened))      # the clearest errors first
    mixed = cue_controls(opened)                    # [(Control, CueType), ...], for push_cues

What the models answer rightly stands for a gold answer that is right; what the images show says
CLIP, as in screening.
"""

from collections import defaultdict
from collections.abc import Sequence

from spuriforge.annotation import controls
from spuriforge.pipeline import describe_lvlm
from spuriforge.pipeline.mine import current_predictions
from spuriforge.pipeline.records import (
    Control,
    CueType,
    Description,
    ImageTags,
    Pair,
    Prediction,
    Sample,
)

from .checking import accepted_types, release_pairs
from .described import describe
from .opened import Opened


def by_value(opened: Opened, types: Sequence[CueType]) -> list[CueType]:
    """The types with the clearest first: the least likely by chance, then those with the most
    errors.
    """
    candidates = {one.key: one for one in opened.candidates}

    def clearness(one: CueType) -> tuple[float, int, str]:
        found = [candidates[key] for key in one.candidates if key in candidates]
        chance = min((each.p for each in found if each.p is not None), default=1.0)
        return chance, -sum(each.errors_with_cue for each in found), one.key

    return sorted(types, key=clearness)


def cue_controls(opened: Opened) -> list[tuple[Control, CueType]]:
    """Gold and sham cues among all types that were ever proposed, described as those are.

    To be called inside a flow: where an LVLM describes, it describes these too. One that it cannot
    describe is none.
    """
    settings = opened.recipe.annotate
    types = opened.workspace.records(CueType)
    if not types or not (settings.gold_rate or settings.sham_rate):
        return []
    made = controls.cue_controls(
        types,
        _answered_rightly(opened),
        _tags(opened),
        opened.recipe,
        opened.recipe.run.seed,
        earlier=_earlier(opened),
    )
    return _described(opened, made)


def pair_controls(opened: Opened) -> list[tuple[Control, Pair]]:
    """Gold pairs among all release pairs of the accepted types."""
    if not opened.recipe.annotate.gold_rate:
        return []
    made = release_pairs(opened)
    pairs = [pair for one in accepted_types(opened) for pair in made[one.key]]
    return controls.pair_controls(pairs, opened.types, opened.recipe, earlier=_earlier(opened))


def _earlier(opened: Opened) -> frozenset[str]:
    return frozenset(one.subject for one in opened.workspace.records(Control))


def _answered_rightly(opened: Opened) -> list[Sample]:
    """The samples that every model asked answered rightly in every rotation."""
    samples = {one.key: one for one in opened.samples}
    right: dict[str, bool] = defaultdict(lambda: True)
    for one in current_predictions(
        opened.workspace.records(Prediction), opened.prompts, opened.recipe.mine
    ):
        if one.sample in samples and not one.blind:
            right[one.sample] &= one.chosen == samples[one.sample].answer
    return [samples[key] for key in sorted(right) if right[key] and samples[key].image]


def _tags(opened: Opened) -> dict[str, frozenset[str]]:
    """Image -> the cues that it shows."""
    tagged = opened.workspace.records(ImageTags)
    return {one.image: frozenset(tag.partition(":")[2] for tag in one.tags) for one in tagged}


def _described(
    opened: Opened, made: Sequence[tuple[Control, CueType]]
) -> list[tuple[Control, CueType]]:
    """The controls with descriptions by whatever describes the run's own types."""
    settings = opened.recipe.describe
    if settings.by == "captions":
        return list(made)
    if settings.by == "template":
        return [(control, describe_lvlm.template(one, settings)) for control, one in made]
    types = [one for _, one in made]
    describe(opened, types, "describe controls")
    assert opened.recipe.judge is not None, "the recipe sees to it"
    described = describe_lvlm.apply(
        types, opened.workspace.records(Description), opened.recipe.judge.id
    )
    return [
        (control, one)
        for (control, _), one in zip(made, described, strict=True)
        if one.description_with
    ]
