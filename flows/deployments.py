"""The scheduled runs: build every hour, collect judgments every ten minutes, never two of one kind at once.

spuriforge serve RECIPE                                   # this process runs them, until interrupted
prefect deploy --all && prefect worker start --pool spuriforge     # the same by prefect.yaml, for a server and workers
"""

from pathlib import Path
from typing import Any

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import EntrypointType, RunnerDeployment
from prefect.flows import Flow

from pipeline.recipe import Recipe

from .annotate import collect
from .build import build

#: A run that is due while the last one still runs is left out: the next one does its work too.
ONE_AT_A_TIME = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)


def deployments(path: Path, *, build_cron: str, collect_cron: str) -> list[RunnerDeployment]:
    """A recipe's deployments; the recipe is named by its absolute path, since a run may start in any folder."""
    return [_deployment(build, path, build_cron), _deployment(collect, path, collect_cron)]


def _deployment(flow: Flow[..., Any], path: Path, cron: str) -> RunnerDeployment:
    """One flow on one recipe at the times of a cron line."""
    deployed = flow.to_deployment(
        name=Recipe.load(path).run.name,
        cron=cron,
        parameters={"recipe_path": str(path.resolve())},
        concurrency_limit=ONE_AT_A_TIME,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    assert isinstance(deployed, RunnerDeployment)
    return deployed


def serve_recipe(path: Path, *, build_cron: str, collect_cron: str) -> None:
    """Registers the deployments and runs them when they are due, until interrupted."""
    serve(*deployments(path, build_cron=build_cron, collect_cron=collect_cron), pause_on_shutdown=False)
