"""Semantic versions: what changed since the last release decides the next number.

    next_version("1.2.0", "minor")  # "1.3.0"

Major: something removed, re-answered or re-schemed. Minor: something added. Patch: texts and figures.
"""

from pathlib import Path
from typing import Literal

Bump = Literal["major", "minor", "patch"]
FIRST = "1.0.0"


def parse(version: str) -> tuple[int, int, int] | None:
    """The three numbers of a version, or None for any other text."""
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isdigit() and part.isascii() for part in parts):
        return None
    major, minor, patch = (int(part) for part in parts)
    return major, minor, patch


def next_version(last: str | None, bump: Bump) -> str:
    """The version after `last`; the first is 1.0.0."""
    if last is None:
        return FIRST
    numbers = parse(last)
    if numbers is None:
        raise ValueError(f"{last!r} is not a version like 1.2.3.")
    major, minor, patch = numbers
    return {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }[bump]


def latest(folder: Path) -> str | None:
    """The highest version that is whole in a folder of releases; None where there is none."""
    found = [path.parent.name for path in folder.glob("*/MANIFEST.json")]
    versions = [(numbers, name) for name in found if (numbers := parse(name))]
    return max(versions)[1] if versions else None
