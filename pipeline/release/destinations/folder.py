"""A folder of releases: HOME/1.0.0/, HOME/latest, HOME/yanked/1.0.0.json. On this machine or a
shared disk.

    Folder(Path("/data/benchmarks/demo")).upload(release, print)

A release is filled beside its place, in a hidden folder named by its manifest's hash, and renamed.
Publishers on one machine take turns by a lock; on several ones the rename decides.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..files.parquet import sha256
from ..manifest import MANIFEST
from ..versions import release_folder
from ..versions.version import versions
from .release_files import ReleaseFile, ReleaseFiles, held, megabytes, refusal

_LOCK = ".publishing"


@dataclass(frozen=True, slots=True)
class Folder:
    """Releases in a folder."""

    home: Path

    def upload(self, release: ReleaseFiles, say: Callable[[str], None]) -> str:
        """Puts a release there by one rename; a draft that a killed upload left is gone on with."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self._alone(say):
            if not self._is_there(release):
                draft = self.home / f".upload-{release.manifest.sha256[:16]}"
                self._fill(draft, release, say)
                self._reveal(draft, release)
            release_folder.point(self.home)
        return str(self.home / release.version)

    def yank(self, version: str, reason: str) -> None:
        """Leaves the mark, unless there is one, and moves the pointer."""
        if release_folder.yank_reason(self.home, version) is None:
            release_folder.yank(self.home, version, reason)
        release_folder.point(self.home)

    def restore(self, version: str) -> None:
        """Takes the mark off, if there is one, and moves the pointer."""
        if release_folder.yank_reason(self.home, version) is not None:
            release_folder.restore(self.home, version)
        release_folder.point(self.home)

    @contextmanager
    def _alone(self, say: Callable[[str], None]) -> Iterator[None]:
        """Lets one publisher in at a time; the lock of a killed one is gone with it."""
        with (self.home / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"{self.home}: somebody else is publishing there; waiting")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _is_there(self, release: ReleaseFiles) -> bool:
        """Is this very release there? ReleaseError where another one is."""
        place = self.home / release.version
        if not place.exists():
            return False
        manifest = place / MANIFEST
        if manifest.is_file() and sha256(manifest) == release.manifest.sha256:
            return True
        raise refusal(str(place), release.version)

    def _fill(self, draft: Path, release: ReleaseFiles, say: Callable[[str], None]) -> None:
        """All files into the draft, each whole before it has its name, the manifest last."""
        last = versions(self.home)[-1:]
        known = held((self.home / last[0] / MANIFEST).read_bytes()) if last else {}
        copied: list[ReleaseFile] = []
        for file in release.everything:
            place = draft / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            before = self.home / last[0] / known[file.sha256] if file.sha256 in known else None
            if not (_is(place, file) or (before and _linked(before, place, file))):
                _copied(file, place)
                copied.append(file)
        kept = len(release.everything) - len(copied)
        say(f"{self.home}: {len(copied)} files copied ({megabytes(copied)}), {kept} there already")

    def _reveal(self, draft: Path, release: ReleaseFiles) -> None:
        for folder in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
            _sync(folder)
        try:
            draft.rename(self.home / release.version)
        except OSError:
            if not self._is_there(release):
                raise
        _sync(self.home)


def _is(place: Path, file: ReleaseFile) -> bool:
    return place.is_file() and place.stat().st_size == file.size and sha256(place) == file.sha256


def _linked(before: Path, place: Path, file: ReleaseFile) -> bool:
    """Gives an earlier version's file a second name; False where the disk has no links, or the file
    is damaged.
    """
    place.unlink(missing_ok=True)
    try:
        os.link(before, place)
    except OSError:
        return False
    return _is(place, file)


def _copied(file: ReleaseFile, place: Path) -> None:
    """Copies a file under another name, looks at what was written, and renames it."""
    part = place.with_name(f"{place.name}.part")
    shutil.copyfile(file.source, part)
    if sha256(part) != file.sha256:
        file.checked()
        raise RuntimeError(f"{file.source} came out damaged at {part}: is that disk sound?")
    _sync(part)
    part.replace(place)


def _sync(path: Path) -> None:
    """Waits until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
