"""Does every active schedule have runs planned? A server that plans none says so only in its log.

unplanned()                        # sentences, empty when all is well
with watched("proving-ground"):    # warns in the log, soon and then every hour
    serve(...)
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.logging import get_logger
from prefect.states import Crashed

#: Prefect plans runs within 60 s of a change; a busy machine takes longer.
GRACE = timedelta(seconds=150)
#: Seconds between two checks of a server that runs for days.
EVERY = 3600.0


def unplanned(name: str | None = None) -> list[str]:
    """Returns a sentence for each active schedule without a planned run.

    `name` limits the check to the deployments of that name. Deployments that changed within `GRACE`
    are left out: the scheduler may not have seen them yet. It asks the server of PREFECT_API_URL.
    """
    now = datetime.now(UTC)
    sentences = []
    with get_client(sync_client=True) as client:
        for deployment in client.read_deployments(limit=200):
            if (name is None or deployment.name == name) and _is_due(deployment, now):
                planned = FlowRunFilter(
                    deployment_id=FlowRunFilterDeploymentId(any_=[deployment.id]),
                    expected_start_time=FlowRunFilterExpectedStartTime(after_=now),  # type: ignore[arg-type]
                )
                if not client.read_flow_runs(flow_run_filter=planned, limit=1):
                    sentences.append(_sentence(deployment))
    return sentences


def _is_due(deployment: DeploymentResponse, now: datetime) -> bool:
    active = any(schedule.active for schedule in deployment.schedules)
    changed = deployment.updated or deployment.created
    return active and not deployment.paused and (changed is None or now - changed > GRACE)


def _sentence(deployment: DeploymentResponse) -> str:
    return (
        f"The schedule of {deployment.name} is active, but the Prefect server plans no run: look "
        "for errors of the scheduler in the server's log, and check that SQLAlchemy is below 2.1."
    )


def release_orphans(name: str) -> int:
    """Marks running runs of the deployments of a name as crashed; returns how many there were.

    Call it before this process serves them, on a server that nobody else serves them on: then their
    process is gone, and the slot that they hold would keep every later build waiting for ever.
    """
    alive = FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING])
    orphans = 0
    with get_client(sync_client=True) as client:
        for deployment in client.read_deployments(limit=200):
            if deployment.name == name:
                held = FlowRunFilter(
                    deployment_id=FlowRunFilterDeploymentId(any_=[deployment.id]),
                    state=FlowRunFilterState(type=alive),
                )
                for run in client.read_flow_runs(flow_run_filter=held, limit=200):
                    client.set_flow_run_state(run.id, Crashed(message="Its process has ended."))
                    orphans += 1
    return orphans


@contextmanager
def watched(name: str) -> Iterator[None]:
    """Warns in the log while the block lasts if a schedule of this name has no planned run."""
    ended = threading.Event()

    def watch() -> None:
        wait = 2 * GRACE.total_seconds()
        while not ended.wait(wait):
            wait = EVERY
            try:
                for sentence in unplanned(name):
                    get_logger("spuriforge.schedules").warning(sentence)
            except Exception:  # whatever Prefect's client raises: the next check may succeed
                get_logger("spuriforge.schedules").exception("The schedules could not be checked.")

    thread = threading.Thread(target=watch, name="schedules", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
