"""An installed wheel holds `spuriforge` alone and works beside a researcher's own data.py."""

import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

import pytest

from spuriforge.pipeline.release import build
from tests import worlds

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[1]
#: Nothing of the checkout may help.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
#: Modules that a script's folder might hold, named like our rooms.
HOSTILE = ("annotation.py", "data.py", "flows.py", "pipeline.py", "tests.py")
API = """
import sys
import spuriforge

release = spuriforge.load_release(sys.argv[1])
pair = next(release.rows("pairs"))
print(release.version, pair["image_with"].mode, release.figures()[0]["cue"] != "")
print(spuriforge.parse_reply("(B) a train", ["a car", "a train"]))
print(spuriforge.__file__)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with nothing of its own but the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("annotation", "data", "flows", "pipeline", "src"):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    built = ["wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run([*pip, *built], check=True)
    (wheel,) = folder.glob("*.whl")
    home = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    target = ["--python", str(home / "bin" / "python"), "install", "--no-deps", str(wheel)]
    subprocess.run([*pip, *target], check=True)
    return home


@pytest.fixture(scope="module")
def scripts(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of scripts with hostile modules; the environment sees our libraries from now on."""
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(site.getsitepackages()[0] + "\n")
    folder = tmp_path_factory.mktemp("scripts")
    for name in HOSTILE:
        (folder / name).write_text("raise RuntimeError('the wrong module was imported')\n")
    return folder


def test_site_packages_get_spuriforge_and_nothing_else(environment: Path) -> None:
    (packages,) = environment.glob("lib/python*/site-packages")
    names = {path.name for path in packages.iterdir() if path.suffix != ".pth"}
    assert {name.partition("-")[0] for name in names} == {"spuriforge"}
    assert (packages / "spuriforge" / "py.typed").is_file()
    assert list((packages / "spuriforge").rglob("*.safetensors"))


def test_the_api_works_beside_hostile_modules(
    environment: Path, scripts: Path, tmp_path: Path
) -> None:
    release = build(*worlds.finished(tmp_path, types=1)).folder
    (scripts / "script.py").write_text(API)
    command = [environment / "bin" / "python", "script.py", release]
    shown = subprocess.run(
        command, cwd=scripts, env=_ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    figures, reply, file = shown.stdout.splitlines()
    assert figures == "1.0.0 RGB True"
    assert reply == "1"
    assert str(environment) in file


@pytest.mark.parametrize("words", [["--help"], ["models"], ["doctor"], ["release", "list", "{}"]])
def test_the_command_works_beside_hostile_modules(
    words: list[str], environment: Path, scripts: Path, tmp_path: Path
) -> None:
    release = build(*worlds.finished(tmp_path, types=1)).folder if "{}" in words else tmp_path
    command = [str(environment / "bin" / "python"), "-m", "spuriforge.flows.cli"]
    words = [word.format(release.parent) for word in words]
    shown = subprocess.run(
        [*command, *words],
        cwd=scripts,
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    # `doctor` may find something missing on this machine, but every check must have run.
    assert shown.returncode == 0 or words == ["doctor"], shown.stderr
    assert "wrong module" not in shown.stdout + shown.stderr
    assert "Traceback" not in shown.stderr
    script = environment / "bin" / "spuriforge"
    assert script.is_file()
