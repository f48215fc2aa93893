"""Semantic versions: the next number, the latest version, and the marks of yanked versions.

    next_version("1.2.0", "minor")  # "1.3.0"
    latest(Path("releases/demo"))   # "1.3.0"

Major: something was removed, has another answer, or has other columns. Minor: something was added.
Patch: only texts and figures changed.
"""

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

Bump = Literal["major", "minor", "patch"]
FIRST = "1.0.0"
#: In a folder of releases: the pointer that readers follow, and the folder of yank marks.
LATEST, YANKED = "latest", "yanked"
_RANKED: tuple[Bump, ...] = ("patch", "minor", "major")


def parse(version: str) -> tuple[int, int, int] | None:
    """Returns the three numbers of a version, or None for any other text."""
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isdigit() and part.isascii() for part in parts):
        return None
    major, minor, patch = (int(part) for part in parts)
    return major, minor, patch


def next_version(last: str | None, bump: Bump, at_least: Bump | None = None) -> str:
    """Returns the version that follows `last`; the first is 1.0.0.

    `bump` is what the changes require. `at_least` is what the user asks for: it may raise the bump,
    and a lower one is a ValueError.
    """
    if last is None:
        return FIRST
    numbers = parse(last)
    if numbers is None:
        raise ValueError(f"{last!r} is not a version like 1.2.3.")
    if at_least and _RANKED.index(at_least) < _RANKED.index(bump):
        raise ValueError(
            f"A {at_least} version was asked for, but the changes since {last} make it {bump}: "
            f"ask for {bump} or higher, or leave the option out."
        )
    major, minor, patch = numbers
    return {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }[at_least or bump]


def versions(home: Path) -> list[str]:
    """Returns all complete versions in a folder of releases, lowest first, yanked ones included."""
    numbered = {path.parent.name: parse(path.parent.name) for path in home.glob("*/MANIFEST.json")}
    return [
        name for _, name in sorted((numbers, name) for name, numbers in numbered.items() if numbers)
    ]


def latest(home: Path) -> str | None:
    """Returns the highest version in a folder of releases that is not yanked, or None."""
    return newest(version for version in versions(home) if not (home / mark_path(version)).exists())


def newest(versions: Iterable[str], yanked: Collection[str] = ()) -> str | None:
    """Returns the highest of these versions that is not yanked, or None."""
    kept = [
        (numbers, version)
        for version in versions
        if (numbers := parse(version)) and version not in yanked
    ]
    return max(kept)[1] if kept else None


def mark_path(version: str) -> str:
    """Returns the path of a version's yank mark inside a folder of releases."""
    return f"{YANKED}/{version}.json"


def mark(reason: str) -> bytes:
    """Returns the content of a yank mark: the reason and the time."""
    content = {"reason": reason, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
