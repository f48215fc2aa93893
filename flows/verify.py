"""Verification: asks every model under test about both images of a pair, weighs the answers."""

from prefect import flow

from spuriforge.pipeline.lvlm.interface import LVLM
from spuriforge.pipeline.records import Evidence, Failure, Response
from spuriforge.pipeline.verify import ArmAsk, plan_responses, respond

from . import models
from .failures import check_failures
from .naming import RecipePath, run_name
from .stage import record_stage, run_shards, runner
from .state.snapshot import Snapshot


@flow(name="verify", flow_run_name=run_name)
def verify(recipe_path: RecipePath) -> int:
    """Returns the number of types that the evidence accepts."""
    recipe = Snapshot.take(recipe_path).recipe
    return verify_pairs.with_options(task_runner=runner(recipe))(recipe_path)


@flow(name="verify-pairs", flow_run_name=run_name)
def verify_pairs(recipe_path: RecipePath) -> int:
    """The steps of verification, on the recipe's task runner."""
    snapshot = Snapshot.take(recipe_path)
    recipe, workspace = snapshot.recipe, snapshot.workspace
    types, pairs = snapshot.types, snapshot.kept_pairs
    for model in recipe.verifiers:
        lvlm = models.lvlm(model, recipe)
        asks = plan_responses(pairs, types, model.id, lvlm.prompt, recipe.verify)

        def work(shard: list[ArmAsk], lvlm: LVLM = lvlm) -> list[Response | Failure]:
            return respond(shard, lvlm, workspace.image)

        stage = f"verify {model.name}"
        run_shards(
            stage,
            workspace,
            [(ask.key, ask) for ask in asks],
            Response,
            work,
            size=4 * recipe.run.shard,
            calls=len,
            meter=models.meter(recipe),
        )
        check_failures(snapshot, stage, [ask.key for ask in asks], Response)
    evidence = snapshot.retake().selection_evidence
    new = {result.key for result in evidence} - workspace.keys(Evidence)
    with record_stage("weigh", workspace, inputs=len(pairs), pending=len(new)) as tally:
        tally.outputs = workspace.append([result for result in evidence if result.key in new])
    return sum(result.accepted for result in evidence)
