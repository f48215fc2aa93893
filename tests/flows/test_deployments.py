"""The deployments of a recipe: when a build and a poll run, and what happens when two are due."""

from pathlib import Path

from prefect.client.schemas.objects import ConcurrencyLimitStrategy

from spuriforge.flows.deployments import deployments
from spuriforge.flows.events import JUDGED, on_judged

RECIPE = Path(__file__).parents[2] / "flows" / "recipes" / "proving_ground.toml"


def test_a_build_is_started_by_each_event_of_its_run_and_waits_for_its_turn() -> None:
    build, poll = deployments(RECIPE, build_cron="0 * * * *", collect_cron="*/10 * * * *")
    (trigger,) = build.triggers
    assert (trigger.expect, trigger.match.root) == (
        {JUDGED},
        {"prefect.resource.id": "spuriforge.run.proving-ground"},
    )  # type: ignore[union-attr]
    assert not on_judged("other").match.matches(
        {"prefect.resource.id": "spuriforge.run.proving-ground"}
    )
    assert build.concurrency_options is not None
    assert build.concurrency_options.collision_strategy == ConcurrencyLimitStrategy.ENQUEUE
    assert (build.concurrency_limit, poll.concurrency_limit) == (1, 1)
    assert poll.triggers == []
