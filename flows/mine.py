"""Mining: reads the benchmarks, asks every model under test, and finds the persistent errors."""

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
from .failures import check_failures
from .naming import RecipePath, run_name
from .read import read, read_published
from .stage import record_stage, run_shards, runner, table_artifact
from .state.accuracy import accuracies
from .state.snapshot import Snapshot


@flow(name="mine", flow_run_name=run_name)
def mine(recipe_path: RecipePath) -> int:
    """Asks what was not asked yet; returns the number of persistent errors."""
    recipe = Snapshot.take(recipe_path).recipe
    return mine_models.with_options(task_runner=runner(recipe))(recipe_path)


@flow(name="mine-models", flow_run_name=run_name)
def mine_models(recipe_path: RecipePath) -> int:
    """The steps of mining, on the recipe's task runner."""
    snapshot = Snapshot.take(recipe_path)
    recipe, workspace = snapshot.recipe, snapshot.workspace
    read(snapshot)
    snapshot = snapshot.retake()
    samples = snapshot.samples
    asked = [model for model in recipe.mined if not isinstance(model, PublishedModel)]
    for model in recipe.mined:
        if isinstance(model, PublishedModel):
            read_published(snapshot, model)
        else:
            _ask(snapshot, model, samples, blind=False)
    snapshot = snapshot.retake()
    predictions = current_predictions(snapshot.predictions, snapshot.prompts, recipe.mine)
    wrong = erring(samples, predictions, recipe.mine)
    for model in asked:
        erred = [sample for (model_id, _), sample in wrong.items() if model_id == model.id]
        _ask(snapshot, model, erred, blind=True)
    snapshot = snapshot.retake()
    predictions = current_predictions(snapshot.predictions, snapshot.prompts, recipe.mine)
    errors = persistent_errors(samples, predictions, recipe.mine)
    new = {error.key for error in errors} - workspace.keys(PersistentError)
    with record_stage("errors", workspace, inputs=len(predictions), pending=len(new)) as tally:
        tally.outputs = workspace.append([error for error in errors if error.key in new])
    table_artifact("accuracy", accuracies(snapshot), "Each model's accuracy on the benchmarks")
    return len(errors)


def _ask(
    snapshot: Snapshot,
    model: TransformersModel | EndpointModel,
    samples: list[Sample],
    *,
    blind: bool,
) -> None:
    """Asks a model about some samples in every rotation, with or without their images."""
    recipe, workspace = snapshot.recipe, snapshot.workspace
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
    check_failures(snapshot, stage, [ask.key for ask in asks], Prediction)
