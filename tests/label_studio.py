"""A migrated database for Label Studio, so that a test's server starts in seconds.

    prepare(home)                     # before a server starts in this folder
    python -m tests.label_studio      # makes the template now, which `make test` does beside mypy

The first start of Label Studio runs every migration, a minute of work. The code under test does it
once; the result lies in Label Studio's environment, under a hash of what it depends on.
"""

import fcntl
import hashlib
import shutil
from pathlib import Path

from spuriforge.annotation import server


def prepare(home: Path) -> None:
    """Copies the owner's account and the migrated database into a server's folder."""
    shutil.copytree(_template(), home, dirs_exist_ok=True)


def _template() -> Path:
    """The folder to copy; whoever needs it first makes it, and others wait."""
    server.venv_folder().mkdir(exist_ok=True)
    depends_on = server.CONSTRAINTS.read_bytes() + Path(server.__file__).read_bytes()
    template = server.venv_folder() / f"template-{hashlib.sha256(depends_on).hexdigest()[:12]}"
    with template.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            _make(template)
    return template


def _make(template: Path) -> None:
    """Starts a server on nothing, stops it, and keeps its account and its data."""
    home = template.with_suffix(".tmp")
    shutil.rmtree(home, ignore_errors=True)
    server.install(home)
    try:
        server.up(home)
    finally:
        server.down(home)
    for note in ("install.log", "server.json", "server.log", "lock"):
        (home / note).unlink(missing_ok=True)
    home.rename(template)


if __name__ == "__main__":
    _template()
