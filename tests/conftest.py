"""What all tests share: one thread for torch, no telemetry, and one Prefect server for the whole
session.
"""

import os
import re

# Before anything imports numpy or torch: beside other work, their threads fight.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.update(
    PREFECT_SERVER_ANALYTICS_ENABLED="false", DO_NOT_TRACK="1", PREFECT_LOGGING_LEVEL="WARNING"
)
os.environ.update(
    HF_HUB_OFFLINE="1", PREFECT_SERVER_LOGGING_LEVEL="CRITICAL", SPURIFORGE_TESTING="1"
)

from collections.abc import Iterator
from pathlib import Path

import pytest

from spuriforge.pipeline.workspace import Workspace

_NO_UNIT_TESTS = re.compile(
    r"^pytestmark = \[?\s*pytest\.mark\.(integration|end_to_end)", re.MULTILINE
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves out files of integration tests alone where these are not wanted.

    Importing them takes half a minute: diffusers, Prefect, peft.
    """
    if "not integration" not in config.option.markexpr or collection_path.suffix != ".py":
        return None
    return True if _NO_UNIT_TESTS.search(collection_path.read_text(encoding="utf-8")) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker of pytest-xdist: starts with the longest files."""
    if not hasattr(config, "workerinput"):
        return
    turns: dict[Path, int] = {}
    for test in items:
        turns[test.path] = min(_turn(test), turns.get(test.path, 2))
    items.sort(key=lambda test: turns[test.path])


def _turn(test: pytest.Item) -> int:
    """Orders what takes minutes before what takes seconds before unit tests."""
    markers = ("end_to_end", "integration")
    return next((turn for turn, name in enumerate(markers) if test.get_closest_marker(name)), 2)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace."""
    return Workspace(tmp_path / "workspace")


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small release called demo, built once for all tests."""
    from tests.demo_release import demo_release

    return demo_release(tmp_path_factory.mktemp("release"))


@pytest.fixture
def desk(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with this release as releases/demo and releases/proving-ground."""
    (tmp_path / "releases").mkdir()
    for name in ("demo", "proving-ground"):
        (tmp_path / "releases" / name).symlink_to(release.parent)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """One Prefect server with an empty database for all tests that run a flow (13 s, once)."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=600):
        yield


@pytest.fixture(scope="session")
def subject_a(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `transformers serve` with the proving ground's subject-a, started once."""
    from tests.serving import MODELS, serving

    with serving(MODELS / "subject-a", tmp_path_factory.mktemp("serve")) as url:
        yield url
