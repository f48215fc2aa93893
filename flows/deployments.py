"""The scheduled runs of a recipe: a build every hour, a poll for judgments every ten minutes.

    spuriforge serve RECIPE          # this process runs them, until interrupted

For a server with workers, `prefect.yaml` describes the same deployments (`prefect deploy --all`).
"""

from pathlib import Path
from typing import Any

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import EntrypointType, RunnerDeployment
from prefect.flows import Flow

from spuriforge.pipeline.recipe import Recipe

from .annotate import poll
from .build import build
from .events import on_judged

#: A poll that is due while the last one still runs is left out: the next one does its work too.
ONE_AT_A_TIME = ConcurrencyLimitConfig(
    limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
)
#: A build waits for the last one to end: judgments made meanwhile may be the last that ever come.
ONE_AFTER_THE_OTHER = ConcurrencyLimitConfig(
    limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE
)


def deployments(path: Path, *, build_cron: str, collect_cron: str) -> list[RunnerDeployment]:
    """A recipe's deployments: a build and a poll.

    They name the recipe by its absolute path, since a run may start in any folder.
    """
    triggers = [on_judged(Recipe.load(path).run.name)]
    return [
        _deployment(
            build, path, build_cron, concurrency_limit=ONE_AFTER_THE_OTHER, triggers=triggers
        ),
        _deployment(poll, path, collect_cron, concurrency_limit=ONE_AT_A_TIME),
    ]


def _deployment(
    flow: Flow[..., Any],
    path: Path,
    cron: str,
    **options: Any,  # noqa: ANN401 - what to_deployment takes
) -> RunnerDeployment:
    """A flow on a recipe at the times of a cron line, its runs tagged with the recipe's name."""
    name = Recipe.load(path).run.name
    deployment = flow.to_deployment(
        name=name,
        tags=[name],
        cron=cron,
        parameters={"recipe_path": str(path.resolve())},
        entrypoint_type=EntrypointType.MODULE_PATH,
        **options,
    )
    assert isinstance(deployment, RunnerDeployment)
    return deployment


def serve_recipe(path: Path, *, build_cron: str, collect_cron: str) -> None:
    """Registers the deployments and runs them when they are due, until interrupted."""
    serve(
        *deployments(path, build_cron=build_cron, collect_cron=collect_cron),
        pause_on_shutdown=False,
    )
