"""Asks the judge's endpoint for the two sentences of each type: with the cue and without it."""

from collections.abc import Sequence

from spuriforge.pipeline import describe_lvlm
from spuriforge.pipeline.records import CueType, Description

from . import models
from .failed import tell_failures
from .opened import Opened
from .stage import run_shards


def describe(opened: Opened, types: Sequence[CueType], stage: str = "describe") -> None:
    """Asks for what was not described yet; to be called inside a flow."""
    recipe, workspace = opened.recipe, opened.workspace
    assert recipe.judge is not None, "the recipe sees to it"
    asked = models.endpoint(recipe.judge, recipe)
    asks = describe_lvlm.plan(types, asked.id)
    run_shards(
        stage,
        workspace,
        [(ask.key, ask) for ask in asks],
        Description,
        lambda shard: describe_lvlm.describe(shard, asked, workspace.image),
        size=recipe.run.shard,
        calls=len,
        meter=models.meter(recipe),
    )
    tell_failures(opened, stage, [ask.key for ask in asks], Description)
