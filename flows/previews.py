"""Preview pairs: what a proposed cue's descriptions look like before anybody judges the cue.

    draw_previews(snapshot, types)
    previews(snapshot, types)         # type -> (image with the cue, image without), both as PNG
    edited_pairs(snapshot)            # pairs of edited descriptions, for the pair project

A preview decides nothing: it is in no selection, no release and no evidence.
"""

from collections.abc import Sequence
from dataclasses import replace

from spuriforge.pipeline.describe import anchor_scenes
from spuriforge.pipeline.imagegen import PairPlan, plan_pairs
from spuriforge.pipeline.records import CueType, Pair

from . import models
from .generate import make
from .stage import run_shards
from .state.snapshot import Snapshot

ROLE = "preview"


def draw_previews(snapshot: Snapshot, types: Sequence[CueType]) -> None:
    """Draws a pair for each type that has no preview yet; call it inside a flow."""
    recipe = snapshot.recipe
    plans = _plans(snapshot, types)
    run_shards(
        "preview",
        snapshot.workspace,
        [(plan.key, plan) for plan in plans],
        Pair,
        lambda shard: make(shard, recipe, snapshot.workspace),
        size=max(1, recipe.run.shard // 8),
        images=lambda shard: 2 * len(shard),
        meter=models.meter(recipe),
    )


def previews(snapshot: Snapshot, types: Sequence[CueType]) -> dict[str, tuple[bytes, bytes]]:
    """Type -> its preview with and without the cue; types with a broken image are left out."""
    workspace = snapshot.workspace
    pairs = {pair.key: pair for pair in workspace.records(Pair) if pair.role == ROLE}
    drawn = {plan.type: pairs[plan.key] for plan in _plans(snapshot, types) if plan.key in pairs}
    return {
        key: (workspace.image_bytes(pair.image_with), workspace.image_bytes(pair.image_without))
        for key, pair in drawn.items()
        if pair.image_with and pair.image_without
    }


def edited_types(snapshot: Snapshot) -> list[CueType]:
    """The types whose descriptions somebody edited when calling the cue spurious, as edited."""
    edited: dict[tuple[str, str, str], CueType] = {}
    for judgment in snapshot.judgments("cue"):
        cue_type = snapshot.types.get(judgment.subject)
        if cue_type is None or judgment.verdict != "spurious":
            continue
        with_cue, without_cue = judgment.description_with, judgment.description_without
        if not (with_cue and without_cue):
            continue
        if (with_cue, without_cue) != (cue_type.description_with, cue_type.description_without):
            changed = replace(cue_type, description_with=with_cue, description_without=without_cue)
            edited.setdefault((cue_type.key, with_cue, without_cue), changed)
    return [edited[key] for key in sorted(edited)]


def edited_pairs(snapshot: Snapshot) -> list[Pair]:
    """The previews of edited descriptions whose images are whole; people judge them as pairs."""
    wanted = {plan.key for plan in _plans(snapshot, edited_types(snapshot))}
    pairs = [pair for pair in snapshot.workspace.records(Pair) if pair.key in wanted]
    return [pair for pair in pairs if pair.image_with and pair.image_without]


def _plans(snapshot: Snapshot, types: Sequence[CueType]) -> list[PairPlan]:
    """One pair by text alone for each type that has descriptions, without a placebo."""
    generate, seed = snapshot.recipe.generate, snapshot.recipe.run.seed
    samples = {sample.key: sample for sample in snapshot.samples}
    plans: list[PairPlan] = []
    for cue_type in types:
        described = cue_type.description_with and cue_type.description_without
        if described and cue_type.anchor in samples:
            bare = replace(cue_type, description_placebo=None)
            scenes = anchor_scenes(bare, samples[cue_type.anchor], 1)
            plans += plan_pairs(cue_type, scenes, ROLE, 0, "text-to-image", generate, seed)
    return plans
