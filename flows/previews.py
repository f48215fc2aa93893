"""Preview pairs: what a proposed cue's descriptions look like, before anybody judges it, and after
somebody edits them.

    shown = previews(opened)             # type -> (image with the cue, image without), where both could be drawn
    edited = edited_pairs(opened)        # pairs drawn from descriptions that people changed, for the pair project

A preview decides nothing: it is in no selection, no release and no evidence.
"""

from collections.abc import Sequence
from dataclasses import replace

from spuriforge.pipeline.describe import anchor_scenes
from spuriforge.pipeline.imagegen import PairPlan, plan_pairs
from spuriforge.pipeline.records import CueType, Pair

from . import models
from .generate import make
from .opened import Opened
from .stage import run_shards

ROLE = "preview"


def draw_previews(opened: Opened, types: Sequence[CueType]) -> None:
    """Draws the previews of the types that have none yet, a pair each; to be called inside a flow."""
    recipe = opened.recipe
    plans = _plans(opened, types)
    run_shards(
        "preview",
        opened.workspace,
        [(plan.key, plan) for plan in plans],
        Pair,
        lambda shard: make(shard, recipe, opened.workspace),
        size=max(1, recipe.run.shard // 8),
        images=lambda shard: 2 * len(shard),
        meter=models.meter(recipe),
    )


def previews(opened: Opened, types: Sequence[CueType]) -> dict[str, tuple[bytes, bytes]]:
    """Type -> its preview's images with and without the cue; a type whose images came out broken
    has none.
    """
    made = {pair.key: pair for pair in opened.workspace.records(Pair) if pair.role == ROLE}
    found = {plan.type: made[plan.key] for plan in _plans(opened, types) if plan.key in made}
    return {
        key: (
            opened.workspace.image_bytes(pair.image_with),
            opened.workspace.image_bytes(pair.image_without),
        )
        for key, pair in found.items()
        if pair.image_with and pair.image_without
    }


def edited_types(opened: Opened) -> list[CueType]:
    """The types whose descriptions somebody changed when calling the cue spurious, each as it was
    changed.
    """
    edited: dict[tuple[str, str, str], CueType] = {}
    for said in opened.judgments("cue"):
        one = opened.types.get(said.subject)
        if (
            one is None
            or said.verdict != "spurious"
            or not (said.description_with and said.description_without)
        ):
            continue
        texts = said.description_with, said.description_without
        if texts != (one.description_with, one.description_without):
            changed = replace(one, description_with=texts[0], description_without=texts[1])
            edited.setdefault((one.key, *texts), changed)
    return [edited[key] for key in sorted(edited)]


def edited_pairs(opened: Opened) -> list[Pair]:
    """The previews of changed descriptions that came out whole: people judge them in the pair
    project.
    """
    wanted = {plan.key for plan in _plans(opened, edited_types(opened))}
    made = [pair for pair in opened.workspace.records(Pair) if pair.key in wanted]
    return [pair for pair in made if pair.image_with and pair.image_without]


def _plans(opened: Opened, types: Sequence[CueType]) -> list[PairPlan]:
    """One pair by text alone for each type that has descriptions; no placebo."""
    generate, seed = opened.recipe.generate, opened.recipe.run.seed
    samples = {sample.key: sample for sample in opened.samples}
    return [
        plan
        for one in types
        if one.description_with and one.description_without and one.anchor in samples
        for plan in plan_pairs(
            one,
            anchor_scenes(replace(one, description_placebo=None), samples[one.anchor], 1),
            ROLE,
            0,
            "text-to-image",
            generate,
            seed,
        )
    ]
