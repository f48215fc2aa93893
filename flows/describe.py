"""Asks the judge's endpoint for the two sentences of each type: with the cue and without it."""

from collections.abc import Sequence

from spuriforge.pipeline import describe_lvlm
from spuriforge.pipeline.records import CueType, Description

from . import models
from .failures import check_failures
from .stage import run_shards
from .state.snapshot import Snapshot


def describe(snapshot: Snapshot, types: Sequence[CueType], stage: str = "describe") -> None:
    """Asks for the missing descriptions; call it inside a flow."""
    recipe, workspace = snapshot.recipe, snapshot.workspace
    assert recipe.judge is not None, "the recipe sees to it"
    describer = models.endpoint(recipe.judge, recipe)
    asks = describe_lvlm.plan(types, describer.id)
    run_shards(
        stage,
        workspace,
        [(ask.key, ask) for ask in asks],
        Description,
        lambda shard: describe_lvlm.describe(shard, describer, workspace.image),
        size=recipe.run.shard,
        calls=len,
        meter=models.meter(recipe),
    )
    check_failures(snapshot, stage, [ask.key for ask in asks], Description)
