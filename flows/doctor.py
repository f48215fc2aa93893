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

#: The checkout, whose src/spuriforge links here; in an installed wheel, the package.
ROOT = Path(__file__).resolve().parents[1]
#: What an install with models and a demo run takes, with room to spare.
FREE_GB = 3.0
MODELS = ("subject-a", "subject-b", "control", "image-model", "clip")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome."""

    what: str
    ok: bool
    told: str


def examine(home: Path) -> list[Finding]:
    """All checks, each by itself: one that fails hides no other."""
    checks: dict[str, Callable[[], str]] = {
        "python": _python,
        "packages": partial(_packages, ROOT / "constraints.txt"),
        "torch": _torch,
        "prefect": _prefect,
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
    """Are the installed packages the ones that work together? Only those that are installed are
    compared.
    """
    if not constraints.is_file():
        return "no constraints.txt here to compare with"
    pins = [
        line.strip().split("==") for line in constraints.read_text().splitlines() if "==" in line
    ]
    here = {name: (found, wanted) for name, wanted in pins if (found := _installed(name))}
    other = [
        f"{name} {found}, not {wanted}" for name, (found, wanted) in here.items() if found != wanted
    ]
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


def _prefect() -> str:
    told = _installed("prefect")
    if told is None:
        raise ValueError("Prefect is not installed: run `make .venv/run`")
    server = os.environ.get("PREFECT_API_URL")
    if server:
        from .server import answers

        if not answers(server):
            raise ValueError(
                f"nothing answers at PREFECT_API_URL={server}: start it, or unset the variable"
            )
    return f"{told}, {'at ' + server if server else 'a server of its own for each run'}"


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
    found = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if not found:
        return "not found; only the browser tests need it (Debian: apt-get install chromium fonts-dejavu-core)"
    return found


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
