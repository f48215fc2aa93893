"""Reads the benchmark into the workspace and asks every model under test: samples, predictions, persistent errors."""

from prefect import flow

from data.proving_ground import benchmark
from pipeline.mine import Ask, answer, current, erring, persistent_errors, plan
from pipeline.records import PersistentError, Prediction, Sample

from .opened import Opened, lvlm
from .stage import record_stage, run_shards, runner


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
    seed = recipe.benchmark.seed
    asked = [(benchmark.sample_key(one, seed), one) for one in opened.questions()]
    run_shards(
        "read", workspace, asked, Sample, lambda shard: benchmark.to_samples(shard, seed, workspace.put_image),
        size=recipe.run.shard,
    )  # fmt: skip
    samples = opened.samples
    for model in recipe.models:
        _ask(opened, model.name, samples, blind=False)
    predictions = current(workspace.records(Prediction), opened.prompts, recipe.mine)
    wrong = erring(samples, predictions, recipe.mine)
    for model in recipe.models:
        erred = [sample for (name, _), sample in wrong.items() if name == model.id]
        _ask(opened, model.name, erred, blind=True)
    predictions = current(workspace.records(Prediction), opened.prompts, recipe.mine)
    errors = persistent_errors(samples, predictions, recipe.mine)
    new = {one.key for one in errors} - workspace.keys(PersistentError)
    with record_stage("errors", workspace, inputs=len(predictions), pending=len(new)) as tally:
        tally.outputs = workspace.append([one for one in errors if one.key in new])
    return len(errors)


def _ask(opened: Opened, name: str, samples: list[Sample], *, blind: bool) -> None:
    """One model's rotations of some samples, with or without their images."""
    recipe, workspace = opened.recipe, opened.workspace
    model = next(model for model in recipe.models if model.name == name)
    asks = plan(samples, model.id, lvlm(model).prompt, recipe.mine.rotations, blind)

    def work(shard: list[Ask]) -> list[Prediction]:
        return answer(shard, lvlm(model), workspace.image)

    run_shards(
        f"mine {name}{' blind' if blind else ''}", workspace, [(ask.key, ask) for ask in asks], Prediction, work,
        size=4 * recipe.run.shard, calls=len,
    )  # fmt: skip
