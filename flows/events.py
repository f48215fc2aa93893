"""The Prefect event that says somebody judged, and what keeps many judgments from many runs.

    with gathered(lambda count: judged("demo", count)) as ring:
        ring(delivery)                     # returns at once; the event follows after some quiet
    build.to_deployment(..., triggers=[on_judged("demo")])       # each event starts a run

Runs of a deployment wait for each other, and a run that begins does the work of all that wait
(`take_over`). So a run always starts after the last judgment, and many judgments in a row cause few
runs.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.events import DeploymentEventTrigger, emit_event
from prefect.logging import get_logger
from prefect.states import Cancelled

if TYPE_CHECKING:
    from prefect import Flow, State
    from prefect.client.schemas.objects import FlowRun

JUDGED = "spuriforge.judged"
#: So long nothing more has come before an event is sent; but nobody waits longer than the second
#: figure.
QUIET_SECONDS, LONGEST_SECONDS = 2.0, 20.0


def judged(run: str, count: int) -> None:
    """Tells Prefect that people judged `count` times in this run."""
    if emit_event(JUDGED, resource=_resource(run), payload={"count": count}) is None:
        get_logger(__name__).warning(
            f"No event could be sent of {count} judgments in {run}: the schedule finds them."
        )


def on_judged(run: str) -> DeploymentEventTrigger:
    """What starts a deployment on each event of this run."""
    return DeploymentEventTrigger(name=f"judged-{run}", expect={JUDGED}, match=_resource(run))  # type: ignore[arg-type]


def _resource(run: str) -> dict[str, str]:
    return {"prefect.resource.id": f"spuriforge.run.{run}"}


# --- many at once ---------------------------------------------------------------------------------


class Gathered:
    """Counts calls, and reports their number after `quiet` seconds, or after `longest` at most."""

    def __init__(self, tell: Callable[[int], None], quiet: float, longest: float) -> None:
        self._tell, self._quiet, self._longest = tell, quiet, longest
        self._count, self._closed = 0, False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="gathered", daemon=True)
        self._thread.start()

    def __call__(self, _one: object = None) -> None:
        """One more; returns at once."""
        with self._changed:
            self._count += 1
            self._changed.notify()

    def close(self) -> None:
        """Tells what is left, and ends."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while count := self._next():
            try:
                self._tell(count)
            except Exception:  # whatever Prefect's client raises: the next call is told anyway
                get_logger(__name__).exception(
                    "No event could be sent; the schedule finds the judgments."
                )

    def _next(self) -> int:
        """Waits for calls and then for quiet; returns their number, 0 when closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._count or self._closed)
            until, seen = time.monotonic() + self._longest, -1
            while (
                not self._closed and self._count != seen and (left := until - time.monotonic()) > 0
            ):
                seen = self._count
                self._changed.wait(min(self._quiet, left))
            count, self._count = self._count, 0
            return count


@contextmanager
def gathered(
    tell: Callable[[int], None], quiet: float = QUIET_SECONDS, longest: float = LONGEST_SECONDS
) -> Iterator[Gathered]:
    """What can be called for each judgment for as long as the block lasts; see `Gathered`."""
    ring = Gathered(tell, quiet, longest)
    try:
        yield ring
    finally:
        ring.close()


def take_over(flow: "Flow[..., Any]", flow_run: "FlowRun", state: "State[Any]") -> None:
    """A flow's `on_running`: cancels runs of the same deployment that wait for this run to end.

    What they were to do was there before this run began, so this run does it; a run that is asked
    for later still runs.
    """
    if flow_run.deployment_id is None:
        return
    with get_client(sync_client=True) as client:
        for waiting in client.read_flow_runs(flow_run_filter=_waiting(flow_run), limit=200):
            if waiting.id != flow_run.id:
                message = f"{flow_run.name}, which began later, does its work."
                client.set_flow_run_state(waiting.id, Cancelled(message=message))


def _waiting(run: "FlowRun") -> FlowRunFilter:
    """The runs of its deployment that wait for their turn, not those planned for later."""
    assert run.deployment_id is not None
    names = FlowRunFilterStateName(any_=["AwaitingConcurrencySlot", "Late"])
    deployment = FlowRunFilterDeploymentId(any_=[run.deployment_id])
    return FlowRunFilter(deployment_id=deployment, state=FlowRunFilterState(name=names))
