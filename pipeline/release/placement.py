"""Puts finished drafts in their places: flushes them to the disk, renames them, moves `latest`.

    place([(private_draft, private_home), (draft, home)], "1.1.0", highest="1.0.0")

Renaming onto an existing release fails, so of two builds at once one wins. Readers see a whole
release or none.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from .checks import ReleaseError
from .manifest import MANIFEST
from .versions.release_folder import point
from .versions.version import versions

#: A draft's folder, and the folder of releases that it belongs to.
Placed = tuple[Path, Path]


def place(drafts: Sequence[Placed], version: str, highest: str | None) -> None:
    """Renames every draft to its version, the public one last; a ReleaseError leaves none in place.

    `highest` is the highest version that existed when the drafts were compared with the last
    release.
    """
    for folder, _ in drafts:
        _flush(folder)
    public = drafts[-1][1]
    if (current := highest_of(public)) != highest:
        raise ReleaseError(
            f"Another build published {current} in {public} meanwhile: build again, to add to that."
        )
    renamed: list[Placed] = []
    try:
        for folder, home in drafts:
            if _rename(folder, home, version, private=home != public):
                renamed.append((folder, home))
    except ReleaseError:
        for folder, home in renamed:
            (home / version).rename(folder)
        raise
    for _, home in drafts:
        _flush_names(home)
        point(home)


def highest_of(home: Path) -> str | None:
    """Returns the highest version in a folder of releases, yanked ones included, or None."""
    return versions(home)[-1] if versions(home) else None


def _rename(folder: Path, home: Path, version: str, *, private: bool) -> bool:
    """Renames a draft; False if a killed build already put the same private release in place."""
    target = home / version
    if private and _same_manifest(folder, target):
        return False
    if target.exists():
        raise ReleaseError(
            f"{target} exists already, and a release is never overwritten: another build put it "
            "there, or was killed while doing so. Build again; if this comes again, move that "
            "folder away."
        )
    try:
        folder.rename(target)
    except OSError as error:
        raise ReleaseError(
            f"{target} could not be put in place ({error.strerror}): build again."
        ) from error
    return True


def _same_manifest(folder: Path, target: Path) -> bool:
    drafted, placed = folder / MANIFEST, target / MANIFEST
    return placed.is_file() and drafted.read_bytes() == placed.read_bytes()


def _flush(folder: Path) -> None:
    """Flushes a folder's files and names to the disk, so that a release survives a power cut."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
        else:
            _flush_names(path)
    _flush_names(folder)


def _flush_names(folder: Path) -> None:
    """Flushes the list of a folder's files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
