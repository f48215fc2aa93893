"""A release that several tests read and nobody changes, and builds without their slowest parts."""

import pytest

from spuriforge.pipeline.release import BuiltRelease, build, checks
from spuriforge.pipeline.release.texts import plots
from tests import worlds

AGREEMENT = {"cue": {"alpha": 0.81, "low": 0.7, "high": 0.9}}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltRelease:
    """A whole release of three types in two splits, built once for all tests."""
    folder = tmp_path_factory.mktemp("built")
    release = build(*worlds.finished(folder, types=3), agreement=AGREEMENT)
    files = {path.stem for path in (release.folder / "pairs").iterdir()}
    assert files == {"train-00000", "test-00000"}
    return release


@pytest.fixture
def quick_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skips plots and the Croissant validation, most of a build's time; `built` has both."""
    monkeypatch.setattr(plots, "draw", lambda manifest, figures: {})
    monkeypatch.setattr(checks.files, "faults_of", lambda text: [])
