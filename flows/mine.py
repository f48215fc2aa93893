"""Reads the benchmark into the workspace and asks every model under test: samples, predictions,
persistent errors.
"""

from prefect import flow

from spuriforge.pipeline.mine import (
    Ask,
    answer,
    current_predictions,
    erring,
    persistent_errors,
    plan,
)
from spuriforge.pipeline.recipe import EndpointModel, PublishedModel, TransformersModel
from spuriforge.pipeline.records import Failure, PersistentError, Prediction, Sample

from . import models
from .accuracy import accuracies
from .failed import tell_failures
from .opened import Opened
from .read import read, read_published
from .stage import record_stage, run_shards, runner, table_artifact


@flow(name="mine")
def mine(recipe_path: str) -> int:
    """Asks what was not asked yet; gives the number of persistent errors."""
    opened = Opened(recipe_path)
    recipe = opened.recipe
    run = mine_models.with_options(task_runner=runner(recipe))
    return run(recipe_path)


@flow(name="mine-models")
def mine_models(recipe_path: str) -> int:
    """The stages of mining, on the recipe's task runner."""
    opened = Opened(recipe_path)
    recipe, workspace = opened.recipe, opened.workspace
    read(opened)
    samples = opened.samples
    asked = [model for model in recipe.mined if not isinstance(model, PublishedModel)]
    for published in (model for model in recipe.mined if isinstance(model, PublishedModel)):
        read_published(opened, published)
    for model in asked:
        _ask(opened, model, samples, blind=False)
    predictions = current_predictions(workspace.records(Prediction), opened.prompts, recipe.mine)
    wrong = erring(samples, predictions, recipe.mine)
    for model in asked:
        _ask(
            opened,
            model,
            [sample for (name, _), sample in wrong.items() if name == model.id],
            blind=True,
        )
    predictions = current_predictions(workspace.records(Prediction), opened.prompts, recipe.mine)
    errors = persistent_errors(samples, predictions, recipe.mine)
    new = {one.key for one in errors} - workspace.keys(PersistentError)
    with record_stage("errors", workspace, inputs=len(predictions), pending=len(new)) as tally:
        tally.outputs = workspace.append([one for one in errors if one.key in new])
    table_artifact(
        "accuracy", accuracies(opened), "How well each model does on the benchmarks themselves"
    )
    return len(errors)


def _ask(
    opened: Opened, model: TransformersModel | EndpointModel, samples: list[Sample], *, blind: bool
) -> None:
    """One model's rotations of some samples, with or without their images."""
    recipe, workspace = opened.recipe, opened.workspace
    lvlm = models.lvlm(model, recipe)
    asks = plan(samples, model.id, lvlm.prompt, recipe.mine.rotations, blind)

    def work(shard: list[Ask]) -> list[Prediction | Failure]:
        return answer(shard, lvlm, workspace.image)

    stage = f"mine {model.name}{' blind' if blind else ''}"
    run_shards(
        stage,
        workspace,
        [(ask.key, ask) for ask in asks],
        Prediction,
        work,
        size=4 * recipe.run.shard,
        calls=len,
        meter=models.meter(recipe),
    )
    tell_failures(opened, stage, [ask.key for ask in asks], Prediction)
