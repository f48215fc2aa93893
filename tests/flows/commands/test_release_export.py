"""`spuriforge release export`: says what it wrote and what comes next, or why it refuses."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from spuriforge.flows.commands.release import export_release
from spuriforge.pipeline.release import build
from tests import worlds

APP = typer.Typer()
APP.command()(export_release)
NEXT = {
    "vlmevalkit": "--data tiny_1_0_0 ",
    "lmms-eval": "--tasks spuriforge_tiny ",
    "inspect": "inspect eval spuriforge_task.py ",
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(*worlds.finished(tmp_path_factory.mktemp("world"), types=1)).folder


@pytest.mark.parametrize("to", NEXT)
def test_it_says_what_it_wrote_and_what_comes_next(to: str, release: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        APP, [str(release.parent), "--to", to, "--out", str(tmp_path / "out put")]
    )
    assert done.exit_code == 0, done.output
    written = done.stdout.splitlines()
    assert sorted(written) == sorted(str(path) for path in (tmp_path / "out put").iterdir())
    assert NEXT[to] in done.stderr
    assert to == "vlmevalkit" or f"'{tmp_path}/out put'" in done.stderr


def test_what_is_no_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither a release nor a folder of releases"):
        CliRunner().invoke(
            APP,
            [str(tmp_path), "--to", "inspect", "--out", str(tmp_path / "out")],
            catch_exceptions=False,
        )
    assert not (tmp_path / "out").exists()
