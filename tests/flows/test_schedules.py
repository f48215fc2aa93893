"""Schedules fire on the real embedded server, and a server that plans no run is reported."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Pending, Running

from spuriforge.flows import prefect_server, schedules
from spuriforge.flows.deployments import deployments

RECIPE = Path(__file__).parents[2] / "flows" / "recipes" / "proving_ground.toml"
#: The scheduler looks once a minute; a busy machine is given three looks.
SECONDS = 200.0

pytestmark = pytest.mark.integration


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an embedded server of its own, as `spuriforge serve` starts it."""
    for name in ("PREFECT_API_URL", "PREFECT_HOME"):
        monkeypatch.delenv(name, raising=False)
    try:
        with prefect_server.prefect_server(tmp_path) as server:
            server.wait()
            with temporary_settings({PREFECT_API_URL: server.url}):
                yield server.url
    finally:
        os.environ.pop("PREFECT_API_URL", None)
        os.environ.pop("PREFECT_HOME", None)


def _planned(deployment: object) -> list[FlowRun]:
    runs = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment]))  # type: ignore[list-item]
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(flow_run_filter=runs)


def test_an_every_minute_schedule_yields_runs(embedded: str) -> None:
    build, poll = deployments(RECIPE, build_cron="* * * * *", collect_cron="*/2 * * * *")
    ids = [build.apply(), poll.apply()]
    deadline = time.monotonic() + SECONDS
    while not all(map(_planned, ids)):
        assert time.monotonic() < deadline, f"{embedded} planned no run in {SECONDS:.0f} s"
        time.sleep(2)
    for deployment in ids:
        runs = _planned(deployment)
        assert all(run.auto_scheduled and "proving-ground" in run.tags for run in runs)
    assert schedules.unplanned() == []


@pytest.mark.usefixtures("prefect_server")
def test_a_schedule_without_a_planned_run_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prefect's test server runs no scheduler, like a server whose scheduler fails."""
    build, _ = deployments(RECIPE, build_cron="* * * * *", collect_cron="* * * * *")
    identity = build.apply()
    try:
        assert schedules.unplanned("proving-ground") == [], "a new schedule is given some time"
        monkeypatch.setattr(schedules, "GRACE", timedelta(0))
        (sentence,) = schedules.unplanned("proving-ground")
        assert "The schedule of proving-ground is active" in sentence
        assert schedules.unplanned("another") == []
        with get_client(sync_client=True) as client:
            client.pause_deployment(identity)
        assert schedules.unplanned("proving-ground") == []
    finally:
        with get_client(sync_client=True) as client:
            known = DeploymentFilter(id=DeploymentFilterId(any_=[identity]))
            assert client.read_deployments(deployment_filter=known)
            client.delete_deployment(identity)


@pytest.mark.usefixtures("prefect_server")
def test_a_run_whose_process_is_gone_frees_its_slot() -> None:
    """Otherwise an interrupted `serve` would keep every later build waiting for ever."""
    build, _ = deployments(RECIPE, build_cron="* * * * *", collect_cron="* * * * *")
    identity = build.apply()
    try:
        with get_client(sync_client=True) as client:
            orphan = client.create_flow_run_from_deployment(identity)
            client.set_flow_run_state(orphan.id, Pending())
            client.set_flow_run_state(orphan.id, Running())
            assert schedules.release_orphans("another") == 0
            assert schedules.release_orphans("proving-ground") == 1
            assert client.read_flow_run(orphan.id).state_type == StateType.CRASHED
            later = client.create_flow_run_from_deployment(identity)
            accepted = client.set_flow_run_state(later.id, Pending())
            assert accepted.state is not None
            assert accepted.state.type == StateType.PENDING, "the slot is free"
    finally:
        with get_client(sync_client=True) as client:
            client.delete_deployment(identity)
