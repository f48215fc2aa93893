"""The files of a release folder in the order of upload, each with the hash that its manifest lists.

    release = ReleaseFiles.of(Path("releases/demo/1.0.0"))
    release.files, release.manifest        # the manifest is separate: it is uploaded last

A folder that differs from its manifest is refused.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..checks import ReleaseError
from ..files.parquet import sha256
from ..manifest import MANIFEST, SIGNATURE
from ..versions.version import parse


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file of a release: its path inside it, its place on this machine, size and hash."""

    path: str
    source: Path
    size: int
    sha256: str

    def checked(self) -> Path:
        """Returns the file's place; ReleaseError if its bytes do not match the hash."""
        if sha256(self.source) != self.sha256:
            raise ReleaseError(
                f"{self.source} differs from the hash in {MANIFEST}: build the release again."
            )
        return self.source


@dataclass(frozen=True, slots=True)
class ReleaseFiles:
    """All files of a release: data first, then texts, then the signature if there is one."""

    folder: Path
    version: str
    files: tuple[ReleaseFile, ...]
    manifest: ReleaseFile

    @property
    def everything(self) -> tuple[ReleaseFile, ...]:
        """All files, the manifest last."""
        return (*self.files, self.manifest)

    @classmethod
    def of(cls, folder: Path) -> "ReleaseFiles":
        """Lists a release folder's files; ReleaseError if its manifest lists other files."""
        if not (folder / MANIFEST).is_file():
            raise ReleaseError(f"{folder} is not a release: it has no {MANIFEST}.")
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if parse(str(manifest.get("version"))) is None:
            raise ReleaseError(f"{folder / MANIFEST} has no version like 1.2.3.")
        entries = sorted(
            manifest["files"].items(), key=lambda entry: ("config" not in entry[1], entry[0])
        )
        files = [_listed(folder, path, entry) for path, entry in entries]
        if (folder / SIGNATURE).is_file():
            files.append(_measured(folder, SIGNATURE))
        _require_nothing_else(folder, {file.path for file in files} | {MANIFEST})
        return cls(folder, manifest["version"], tuple(files), _measured(folder, MANIFEST))


def _listed(folder: Path, path: str, entry: Mapping[str, Any]) -> ReleaseFile:
    """Returns a file as the manifest lists it, if it lies inside the folder and has that size."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ReleaseError(f"{folder / MANIFEST} lists {path!r}, which lies outside the release.")
    file = ReleaseFile(path, folder / path, entry["bytes"], entry["sha256"])
    if not file.source.is_file() or file.source.stat().st_size != file.size:
        raise ReleaseError(
            f"{file.source} is missing, or its size differs from {MANIFEST}: build the release "
            "again."
        )
    return file


def _measured(folder: Path, name: str) -> ReleaseFile:
    return ReleaseFile(name, folder / name, (folder / name).stat().st_size, sha256(folder / name))


def _require_nothing_else(folder: Path, listed: set[str]) -> None:
    present = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()
    }
    if present - listed:
        raise ReleaseError(
            f"{folder / min(present - listed)} is not in {MANIFEST}: remove it from the release's "
            "folder."
        )


def refusal(place: str, version: str) -> ReleaseError:
    """Returns the error for a version that exists at a place with other content."""
    return ReleaseError(
        f"{place} holds another release {version} than yours, and a release never changes: "
        "publish yours under a higher version."
    )


def paths_by_hash(manifest: bytes) -> dict[str, str]:
    """Returns sha256 -> path for the files that an earlier version's manifest lists."""
    return {entry["sha256"]: path for path, entry in json.loads(manifest)["files"].items()}


def megabytes(files: Iterable[ReleaseFile]) -> str:
    """Returns the total size of the files as text, like "12.3 MB"."""
    return f"{sum(file.size for file in files) / 1e6:,.1f} MB"
