"""Asks every model under test about both arms of the kept pairs, and weighs the answers."""

from prefect import flow

from spuriforge.pipeline.lvlm.asking import LVLM
from spuriforge.pipeline.records import Evidence, Failure, Response
from spuriforge.pipeline.verify import ArmAsk, plan_responses, respond

from . import models
from .failed import tell_failures
from .opened import Opened
from .stage import record_stage, run_shards, runner


@flow(name="verify")
def verify(recipe_path: str) -> int:
    """Gives the number of types that the evidence accepts."""
    return verify_pairs.with_options(task_runner=runner(Opened(recipe_path).recipe))(recipe_path)


@flow(name="verify-pairs")
def verify_pairs(recipe_path: str) -> int:
    """The stages of verification, on the recipe's task runner."""
    opened = Opened(recipe_path)
    recipe, workspace = opened.recipe, opened.workspace
    types, pairs = opened.types, opened.kept_pairs
    for model in recipe.verifiers:
        lvlm = models.lvlm(model, recipe)
        asks = plan_responses(pairs, types, model.id, lvlm.prompt, recipe.verify)

        def work(shard: list[ArmAsk], asked: LVLM = lvlm) -> list[Response | Failure]:
            return respond(shard, asked, workspace.image)

        run_shards(
            f"verify {model.name}",
            workspace,
            [(ask.key, ask) for ask in asks],
            Response,
            work,
            size=4 * recipe.run.shard,
            calls=len,
            meter=models.meter(recipe),
        )
        tell_failures(opened, f"verify {model.name}", [ask.key for ask in asks], Response)
    evidence = opened.selection_evidence
    new = {one.key for one in evidence} - workspace.keys(Evidence)
    with record_stage("weigh", workspace, inputs=len(pairs), pending=len(new)) as tally:
        tally.outputs = workspace.append([one for one in evidence if one.key in new])
    return sum(one.accepted for one in evidence)
