"""Semantic versions: what changed since the last release decides the next number, and which one is
the latest.

    next_version("1.2.0", "minor")  # "1.3.0"
    latest(Path("releases/demo"))   # "1.3.0"

Major: something removed, re-answered or re-schemed. Minor: something added. Patch: texts and
figures.
"""

from pathlib import Path
from typing import Literal

Bump = Literal["major", "minor", "patch"]
FIRST = "1.0.0"
#: Within a folder of releases: the pointer for readers, and the folder of the marks on what was
#: yanked.
LATEST, YANKED = "latest", "yanked"
_RANKED: tuple[Bump, ...] = ("patch", "minor", "major")


def parse(version: str) -> tuple[int, int, int] | None:
    """The three numbers of a version, or None for any other text."""
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isdigit() and part.isascii() for part in parts):
        return None
    major, minor, patch = (int(part) for part in parts)
    return major, minor, patch


def next_version(last: str | None, bump: Bump, at_least: Bump | None = None) -> str:
    """The version after `last`, by the change that the difference makes it; the first is 1.0.0.

    `at_least` is what somebody asks for: more than `bump` is granted, less is a ValueError.
    """
    if last is None:
        return FIRST
    numbers = parse(last)
    if numbers is None:
        raise ValueError(f"{last!r} is not a version like 1.2.3.")
    if at_least and _RANKED.index(at_least) < _RANKED.index(bump):
        raise ValueError(
            f"A {at_least} version was asked for, but the changes since {last} make it {bump}: "
            f"ask for {bump} or more, or for nothing."
        )
    major, minor, patch = numbers
    return {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }[at_least or bump]


def versions(home: Path) -> list[str]:
    """All versions that are whole in a folder of releases, lowest first, the yanked ones too."""
    numbered = {path.parent.name: parse(path.parent.name) for path in home.glob("*/MANIFEST.json")}
    return [
        name for _, name in sorted((numbers, name) for name, numbers in numbered.items() if numbers)
    ]


def latest(home: Path) -> str | None:
    """The highest version of a folder of releases that is not yanked; None where there is none."""
    kept = [
        version for version in versions(home) if not (home / YANKED / f"{version}.json").exists()
    ]
    return kept[-1] if kept else None
