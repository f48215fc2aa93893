"""A folder of releases, on this machine or a shared disk.

    Folder(Path("/data/benchmarks/demo")).upload(release, print)

It holds 1.0.0/, the pointer `latest`, and yanked/1.0.0.json for a yanked version. A release is
copied into a hidden folder beside its place, named after its manifest's hash, and then renamed.
Publishers on one machine take turns by a lock; between machines the rename decides.
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
from .release_files import ReleaseFile, ReleaseFiles, megabytes, paths_by_hash, refusal

_LOCK = ".publishing"


@dataclass(frozen=True, slots=True)
class Folder:
    """Releases in a folder."""

    home: Path

    def upload(self, release: ReleaseFiles, say: Callable[[str], None]) -> str:
        """Copies a release there and renames it into place; continues a killed upload's draft."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self._locked(say):
            if not self._is_there(release):
                draft = self.home / f".upload-{release.manifest.sha256[:16]}"
                self._fill(draft, release, say)
                self._rename(draft, release)
            release_folder.point(self.home)
        return str(self.home / release.version)

    def yank(self, version: str, reason: str) -> None:
        """Writes the yank mark, unless it is there, and moves `latest`."""
        if release_folder.yank_reason(self.home, version) is None:
            release_folder.yank(self.home, version, reason)
        release_folder.point(self.home)

    def restore(self, version: str) -> None:
        """Removes the yank mark, if it is there, and moves `latest`."""
        if release_folder.yank_reason(self.home, version) is not None:
            release_folder.restore(self.home, version)
        release_folder.point(self.home)

    @contextmanager
    def _locked(self, say: Callable[[str], None]) -> Iterator[None]:
        """Lets one publisher in at a time; a killed publisher's lock goes with its process."""
        with (self.home / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"{self.home}: waiting for another publisher")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _is_there(self, release: ReleaseFiles) -> bool:
        """Returns whether this release is there; ReleaseError if the version has other content."""
        place = self.home / release.version
        if not place.exists():
            return False
        manifest = place / MANIFEST
        if manifest.is_file() and sha256(manifest) == release.manifest.sha256:
            return True
        raise refusal(str(place), release.version)

    def _fill(self, draft: Path, release: ReleaseFiles, say: Callable[[str], None]) -> None:
        """Copies or links all files into the draft, the manifest last."""
        last = versions(self.home)[-1:]
        known = paths_by_hash((self.home / last[0] / MANIFEST).read_bytes()) if last else {}
        copied: list[ReleaseFile] = []
        for file in release.everything:
            place = draft / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            before = self.home / last[0] / known[file.sha256] if file.sha256 in known else None
            if not (_matches(place, file) or (before and _link(before, place, file))):
                _copy(file, place)
                copied.append(file)
        kept = len(release.everything) - len(copied)
        say(f"{self.home}: {len(copied)} files copied ({megabytes(copied)}), {kept} there already")

    def _rename(self, draft: Path, release: ReleaseFiles) -> None:
        for folder in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
            _sync(folder)
        try:
            draft.rename(self.home / release.version)
        except OSError:
            if not self._is_there(release):
                raise
        _sync(self.home)


def _matches(place: Path, file: ReleaseFile) -> bool:
    return place.is_file() and place.stat().st_size == file.size and sha256(place) == file.sha256


def _link(before: Path, place: Path, file: ReleaseFile) -> bool:
    """Hard-links an earlier version's file; returns whether the link is a sound copy."""
    place.unlink(missing_ok=True)
    try:
        os.link(before, place)
    except OSError:
        return False
    return _matches(place, file)


def _copy(file: ReleaseFile, place: Path) -> None:
    """Copies a file to a temporary name, checks the bytes written, and renames it."""
    part = place.with_name(f"{place.name}.part")
    shutil.copyfile(file.source, part)
    if sha256(part) != file.sha256:
        file.checked()
        raise RuntimeError(f"The copy of {file.source} at {part} is damaged: check that disk.")
    _sync(part)
    part.replace(place)


def _sync(path: Path) -> None:
    """Waits until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
