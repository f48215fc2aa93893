"""`spuriforge doctor`: is everything here that a run needs, and if not, what to do about it.

Each check is a function that gives what is there, or raises a ValueError that says what to do.
"""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import typer

from ..home import HOME

#: The checkout, whose src/spuriforge links here; in an installed wheel, the package.
ROOT = Path(__file__).resolve().parents[2]
#: What an install with models and a demo run takes, with room to spare.
FREE_GB = 3.0
MODELS = ("subject-a", "subject-b", "control", "image-model", "clip")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome."""

    what: str
    ok: bool
    explanation: str


def doctor() -> None:
    """Check that this machine has what a run needs; exit code 1 if not."""
    findings = examine(HOME)
    for finding in findings:
        mark, color = ("ok      ", "green") if finding.ok else ("not ok  ", "red")
        typer.secho(mark, fg=color, nl=False)
        typer.echo(f"{finding.what}: {finding.explanation}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def examine(home: Path) -> list[Finding]:
    """All checks, each by itself: one that fails hides no other."""
    checks: dict[str, Callable[[], str]] = {
        "python": _python,
        "packages": partial(_packages, ROOT / "constraints.txt"),
        "torch": _torch,
        "prefect": partial(_prefect, home),
        "label studio": _label_studio,
        "chromium": _chromium,
        "models": partial(_models, ROOT / "data" / "proving_ground" / "models"),
        "disk": partial(_disk, home),
    }
    return [_finding(what, check) for what, check in checks.items()]


def _finding(what: str, check: Callable[[], str]) -> Finding:
    """A check's outcome; whatever it raises is a finding, too: a doctor does not faint."""
    try:
        return Finding(what, True, check())
    except Exception as error:
        return Finding(what, False, " ".join(str(error).split()) or type(error).__name__)


def _python() -> str:
    return f"{sys.version.split()[0]} at {sys.executable}"


def _packages(constraints: Path) -> str:
    """Compares the installed packages with the versions that work together."""
    if not constraints.is_file():
        return "no constraints.txt here to compare with"
    pins = [
        line.strip().split("==") for line in constraints.read_text().splitlines() if "==" in line
    ]
    here = {name: (is_, pin) for name, pin in pins if (is_ := _installed(name))}
    other = [f"{name} {is_}, not {pin}" for name, (is_, pin) in here.items() if is_ != pin]
    if other:
        raise ValueError(f"{'; '.join(other[:5])}: run `make .venv/run`")
    return f"{len(here)} as in constraints.txt"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _torch() -> str:
    """torch and torchvision only work as the pair that was built together."""
    try:
        import torch
        import torchvision.ops  # noqa: F401
    except ImportError as error:
        raise ValueError(
            f"torch and torchvision do not fit together ({error}): run `make .venv/run`"
        ) from None
    return f"{torch.__version__}, {'CUDA' if torch.cuda.is_available() else 'CPU only'}"


def _prefect(home: Path) -> str:
    """Prefect's version, its server, and whether the server plans the scheduled runs."""
    installed = _installed("prefect")
    if installed is None:
        raise ValueError("Prefect is not installed: run `make .venv/run`")
    from ..prefect_server import answers, find

    running = find(home)
    if running is None:
        return f"{installed}, a server of its own for each run"
    if not answers(running.url):
        raise ValueError(
            f"nothing answers at {running.url}: start it, or unset PREFECT_API_URL if that is set"
        )
    os.environ.setdefault("PREFECT_API_URL", running.url)
    from ..schedules import unplanned

    if sentences := unplanned():
        raise ValueError(" ".join(sentences))
    return f"{installed}, at {running.url}, with runs planned for every active schedule"


def _label_studio() -> str:
    from spuriforge.annotation import server

    outside = server.external_server()
    if outside:
        return f"at {outside.url}"
    if not server.installed():
        raise ValueError(
            "not installed: run `make .venv-label-studio/ready`, or `spuriforge label-studio up`"
        )
    return f"{server.VERSION} in {server.venv_folder()}"


def _chromium() -> str:
    """Only the tests that look at pages need a browser; a run needs none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    return browser or (
        "not found; only the browser tests need it (Debian: apt-get install chromium "
        "fonts-dejavu-core)"
    )


def _models(folder: Path) -> str:
    missing = [name for name in MODELS if not any((folder / name).rglob("*.safetensors"))]
    if missing:
        raise ValueError(
            f"{folder} lacks {', '.join(missing)}: get the whole repository, or train them"
        )
    megabytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    return f"{len(MODELS)} in {folder} ({megabytes:.0f} MB)"


def _disk(home: Path) -> str:
    there = next(
        folder for folder in (home.absolute(), *home.absolute().parents) if folder.exists()
    )
    if not os.access(there, os.W_OK):
        raise ValueError(f"{there} cannot be written to: run in a folder of your own")
    free = shutil.disk_usage(there).free / 1e9
    if free < FREE_GB:
        raise ValueError(f"{free:.1f} GB free at {there}: a run needs {FREE_GB:.0f}")
    return f"{free:.0f} GB free"
