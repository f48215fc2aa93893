"""Many judgments become one event; the last one is always followed by a run; a run takes over those
that wait.
"""

import queue
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.logging import disable_run_logger
from prefect.states import Running, Scheduled

from spuriforge.annotation import receiver
from spuriforge.annotation.client import Server
from spuriforge.flows import annotate, events
from spuriforge.flows.events import gathered, take_over
from spuriforge.pipeline.recipe import Recipe

RECIPE = Path(__file__).parents[2] / "flows" / "recipes" / "proving_ground.toml"


def test_many_at_once_are_told_once() -> None:
    told: queue.Queue[int] = queue.Queue()
    with gathered(told.put, quiet=0.2, longest=30) as ring:
        for _ in range(50):
            ring()
        assert told.get(timeout=10) == 50
        ring()
        assert told.get(timeout=10) == 1
    assert told.empty()


def test_nobody_waits_for_quiet_for_ever() -> None:
    told: queue.Queue[int] = queue.Queue()
    stop = threading.Event()
    with gathered(told.put, quiet=30, longest=0.3) as ring:

        def busy() -> None:
            while not stop.wait(0.01):
                ring()

        thread = threading.Thread(target=busy)
        thread.start()
        assert told.get(timeout=10) >= 1
        assert told.get(timeout=10) >= 1
        stop.set()
        thread.join()


def test_the_last_one_is_told_though_the_one_before_failed_or_it_ends() -> None:
    told: list[int] = []

    def tell(count: int) -> None:
        told.append(count)
        if len(told) == 1:
            raise ConnectionError("Prefect is away")

    with gathered(tell, quiet=0.05, longest=1) as ring:
        ring()
        until = time.monotonic() + 10
        while not told and time.monotonic() < until:
            time.sleep(0.01)
        ring()
        ring()
    assert told == [1, 2]


def test_ringing_returns_at_once() -> None:
    told = threading.Event()
    with gathered(lambda _: told.wait(60), quiet=0, longest=1) as ring:
        began = time.monotonic()
        for _ in range(20):
            ring()
            time.sleep(0.005)
        assert time.monotonic() - began < 30, "it did not wait for what is told"
        told.set()


@pytest.mark.parametrize(("found", "told"), [(3, [("proving-ground", 3)]), (0, [])])
def test_a_poll_tells_of_what_no_webhook_told_of(
    found: int, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Any] = []
    monkeypatch.setattr(annotate, "collect", lambda _path: found)
    monkeypatch.setattr(events, "judged", lambda run, count: said.append((run, count)))
    assert annotate.poll.fn(str(RECIPE)) == found
    assert said == told


def test_a_push_asks_to_be_told_only_where_somebody_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[Any] = []

    def refused(*given: Any) -> int:
        asked.append(given[3:])
        raise RuntimeError("Label Studio at http://x refused the webhooks (400): no.")

    opened = type("Snapshot", (), {"recipe": Recipe.load(RECIPE), "workspace": None})()
    monkeypatch.setattr(annotate, "HOME", tmp_path)
    monkeypatch.setattr(annotate.webhook, "register", refused)
    with disable_run_logger():
        annotate._register_webhook(Server("http://x", "t"), opened)
        assert asked == []
        with receiver.receiving(tmp_path, "proving-ground", print) as hook:
            annotate._register_webhook(Server("http://x", "t"), opened)
    assert asked == [(hook.url, hook.secret)]
    assert hook.secret not in caplog.text


# --- with a Prefect server ------------------------------------------------------------------------


@flow(name="waits-for-its-turn")
def waits() -> None:
    """A flow to have runs of."""


@pytest.fixture
def client(prefect_server: None) -> Any:
    with get_client(sync_client=True) as client:
        yield client


def _run(
    client: SyncPrefectClient, deployment: Any, name: str, later: timedelta = timedelta()
) -> FlowRun:
    state = Scheduled(name=name, scheduled_time=datetime.now(UTC) + later)
    return client.create_flow_run_from_deployment(deployment, state=state)


@pytest.mark.integration
def test_a_run_takes_over_what_waits_for_it_and_nothing_else(client: SyncPrefectClient) -> None:
    ours, other = (
        client.create_deployment(client.create_flow(waits), name) for name in ("ours", "other")
    )
    begun = _run(client, ours, "Scheduled")
    waiting = [_run(client, ours, name) for name in ("AwaitingConcurrencySlot", "Late")]
    left = [
        _run(client, ours, "Scheduled", timedelta(hours=1)),
        _run(client, other, "Late"),
        client.create_flow_run(waits, state=Running()),
    ]
    take_over(waits, client.read_flow_run(left[2].id), Running())  # by hand: it is of no deployment
    take_over(waits, client.read_flow_run(begun.id), Running())
    after = {one.id: client.read_flow_run(one.id).state for one in (begun, *waiting, *left)}
    assert [after[one.id].name for one in waiting] == ["Cancelled", "Cancelled"]  # type: ignore[union-attr]
    assert "does its work" in str(after[waiting[0].id].message)  # type: ignore[union-attr]
    assert [after[one.id].name for one in (begun, *left)] == [
        "Scheduled",
        "Scheduled",
        "Late",
        "Running",
    ]  # type: ignore[union-attr]
