"""The local Prefect server: started once, shared, reused after a crash, stopped by its own id."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from spuriforge.flows import prefect_server as server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home without a server; one that a test leaves running is stopped."""
    for name in ("PREFECT_API_URL", "PREFECT_HOME"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path
    server.down(tmp_path, force=True)
    os.environ.pop("PREFECT_API_URL", None)
    os.environ.pop("PREFECT_HOME", None)


def test_a_given_server_is_used_and_nothing_started(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    with server.prefect_server(home) as given:
        assert given.pid is None
        with pytest.raises(RuntimeError, match="unset PREFECT_API_URL"):
            given.wait(seconds=0.1)
    assert not (home / "prefect" / "server.json").exists()


def test_a_process_id_of_somebody_else_is_no_server(home: Path) -> None:
    folder = home / "prefect"
    folder.mkdir(parents=True)
    (folder / "server.json").write_text(json.dumps({"url": "http://127.0.0.1:9/api", "pid": 1}))
    assert server._running(folder) is None
    assert not server.down(home)


@pytest.mark.integration
def test_one_server_for_two_users_and_none_after_them(home: Path) -> None:
    with server.prefect_server(home) as first:
        first.wait()
        (home / "prefect" / "users" / str(os.getppid())).touch()  # another run, still going
        del os.environ["PREFECT_API_URL"]
        again = server.up(home)
        assert (again.url, again.pid) == (first.url, first.pid)
    assert server.answers(first.url)
    (home / "prefect" / "users" / str(os.getppid())).unlink()
    assert server.down(home)
    assert not server.answers(first.url)
