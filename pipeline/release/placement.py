"""Puts finished drafts in their places: flushed to the disk, renamed, and only then pointed to.

    reveal([(private_draft, private_home), (draft, home)], "1.1.0", highest="1.0.0")

A rename onto a release that is there fails, so of two builds at once one wins. Nobody sees half of
a release.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from .checks import ReleaseError
from .manifest import MANIFEST
from .versions.release_folder import point
from .versions.version import versions

#: A draft, and the folder of releases that it belongs to.
Placed = tuple[Path, Path]


def reveal(drafts: Sequence[Placed], version: str, highest: str | None) -> None:
    """Renames every draft to its version, the public one last; ReleaseError leaves none of them in
    place.

    `highest` is the highest version that was there when the drafts were compared with the last
    release.
    """
    for folder, _ in drafts:
        _flush(folder)
    public = drafts[-1][1]
    if (now := highest_of(public)) != highest:
        raise ReleaseError(
            f"Another build published {now} in {public} meanwhile: build again, to add to that."
        )
    done: list[Placed] = []
    try:
        for folder, home in drafts:
            if _place(folder, home, version, orphaned=home != public):
                done.append((folder, home))
    except ReleaseError:
        for folder, home in done:
            (home / version).rename(folder)
        raise
    for _, home in drafts:
        _flush_names(home)
        point(home)


def highest_of(home: Path) -> str | None:
    """The highest version of a folder of releases, those that were taken back too; None where there
    is none.
    """
    return versions(home)[-1] if versions(home) else None


def _place(folder: Path, home: Path, version: str, *, orphaned: bool) -> bool:
    """Renames a draft; False where a private one lies there already, left by a build that was
    killed just now.
    """
    place = home / version
    if orphaned and _same(folder, place):
        return False
    if place.exists():
        raise ReleaseError(
            f"{place} exists already, and a release is never overwritten: another build put it "
            f"there, or was killed "
            f"while it did; build again, and if this comes again, move that folder away."
        )
    try:
        folder.rename(place)
    except OSError as error:
        raise ReleaseError(
            f"{place} could not be put in place ({error.strerror}): build again."
        ) from error
    return True


def _same(folder: Path, place: Path) -> bool:
    one, other = folder / MANIFEST, place / MANIFEST
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _flush(folder: Path) -> None:
    """All that lies in a folder, to the disk: a release that is pointed to outlives a power cut."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
        else:
            _flush_names(path)
    _flush_names(folder)


def _flush_names(folder: Path) -> None:
    """Which files a folder has."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
