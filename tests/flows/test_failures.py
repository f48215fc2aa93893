"""A few failed calls are reported with their reason; too many stop the stage."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from spuriforge.flows import failures
from spuriforge.flows.state.snapshot import Snapshot
from spuriforge.pipeline.records import Failure, Response
from spuriforge.pipeline.workspace import Workspace
from tests import worlds

Check = Callable[[float, int], None]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with the answers about one type."""
    return worlds.finished(tmp_path, types=1)[0]


@pytest.fixture
def check(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Checks all answers of the workspace and `missing` more, of which `allowed` may fail."""
    monkeypatch.setattr(failures, "get_run_logger", lambda: logging.getLogger("failures"))
    keys = sorted(workspace.keys(Response))

    def checked(allowed: float, missing: int) -> None:
        recipe = worlds.recipe(tmp_path)
        run = recipe.run.model_copy(update={"max_failed": allowed})
        snapshot = Snapshot._of(recipe.model_copy(update={"run": run}))
        planned = [*keys[: 10 - missing], *(f"missing-{number}" for number in range(missing))]
        failures.check_failures(snapshot, "verify", planned, Response)

    return checked


def test_a_whole_table_is_no_news(check: Check, caplog: pytest.LogCaptureFixture) -> None:
    check(0.0, 0)
    assert caplog.text == ""


def test_as_many_as_are_allowed_are_a_warning_with_the_commonest_reason(
    workspace: Workspace, check: Check, caplog: pytest.LogCaptureFixture
) -> None:
    reasons = ("no connection", "refused", "refused")
    workspace.append(
        [
            Failure.now("verify", f"missing-{number}", "m", reason)
            for number, reason in enumerate(reasons)
        ]
    )
    workspace.append(
        [Failure.now("verify", f"elsewhere-{number}", "m", "too long") for number in range(9)]
    )
    check(0.3, 3)
    assert "verify: 3 of 10 calls failed (refused). The next run asks them again" in caplog.text


def test_more_than_allowed_stop_the_stage(check: Check) -> None:
    with pytest.raises(RuntimeError, match=r"3 of 10 calls failed \(no reason.*max_failed .*20%"):
        check(0.2, 3)
