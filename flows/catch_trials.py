"""The tasks with known answers that are mixed in among a run's own tasks.

    trials = cue_trials(snapshot)      # [(CatchTrial, CueType), ...], for push_cues

A question that every model answers rightly counts as one whose gold answer is right; CLIP says what
an image shows, as in screening.
"""

from collections import defaultdict
from collections.abc import Sequence

from spuriforge.annotation import catch_trials
from spuriforge.pipeline import describe_lvlm
from spuriforge.pipeline.mine import current_predictions
from spuriforge.pipeline.records import CatchTrial, CueType, Description, ImageTags, Pair, Sample

from .describe import describe
from .state.acceptance import accepted_types, release_pairs
from .state.snapshot import Snapshot


def cue_trials(snapshot: Snapshot) -> list[tuple[CatchTrial, CueType]]:
    """Gold and sham cues among all types that were ever proposed, described as those are.

    Call it inside a flow: where an LVLM describes, it describes these too. A cue that it cannot
    describe is left out.
    """
    settings = snapshot.recipe.annotate
    types = snapshot.tables.records(CueType)
    if not types or not (settings.gold_rate or settings.sham_rate):
        return []
    trials = catch_trials.cue_trials(
        types,
        _answered_rightly(snapshot),
        _tags(snapshot),
        snapshot.recipe,
        snapshot.recipe.run.seed,
        earlier=_earlier(snapshot),
    )
    return _described(snapshot, trials)


def pair_trials(snapshot: Snapshot) -> list[tuple[CatchTrial, Pair]]:
    """Gold pairs among all release pairs of the accepted types."""
    if not snapshot.recipe.annotate.gold_rate:
        return []
    pairs_of = release_pairs(snapshot)
    pairs = [pair for cue_type in accepted_types(snapshot) for pair in pairs_of[cue_type.key]]
    return catch_trials.pair_trials(
        pairs, snapshot.types, snapshot.recipe, earlier=_earlier(snapshot)
    )


def _earlier(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(trial.subject for trial in snapshot.tables.records(CatchTrial))


def _answered_rightly(snapshot: Snapshot) -> list[Sample]:
    """The samples that every model answered rightly in every rotation."""
    samples = {sample.key: sample for sample in snapshot.samples}
    right: dict[str, bool] = defaultdict(lambda: True)
    for answer in current_predictions(snapshot.predictions, snapshot.prompts, snapshot.recipe.mine):
        if answer.sample in samples and not answer.blind:
            right[answer.sample] &= answer.chosen == samples[answer.sample].answer
    return [samples[key] for key in sorted(right) if right[key] and samples[key].image]


def _tags(snapshot: Snapshot) -> dict[str, frozenset[str]]:
    """Image -> the cues that it shows."""
    images = snapshot.tables.records(ImageTags)
    return {image.image: frozenset(tag.partition(":")[2] for tag in image.tags) for image in images}


def _described(
    snapshot: Snapshot, trials: Sequence[tuple[CatchTrial, CueType]]
) -> list[tuple[CatchTrial, CueType]]:
    """The trials with descriptions by whatever describes the run's own types."""
    settings = snapshot.recipe.describe
    if settings.by == "captions":
        return list(trials)
    if settings.by == "template":
        return [(trial, describe_lvlm.template(cue, settings)) for trial, cue in trials]
    types = [cue_type for _, cue_type in trials]
    describe(snapshot, types, "describe catch trials")
    assert snapshot.recipe.judge is not None, "the recipe sees to it"
    descriptions = snapshot.workspace.records(Description)
    described = describe_lvlm.apply(types, descriptions, snapshot.recipe.judge.id)
    return [
        (trial, cue_type)
        for (trial, _), cue_type in zip(trials, described, strict=True)
        if cue_type.description_with
    ]
