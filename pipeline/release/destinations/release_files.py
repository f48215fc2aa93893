"""A release folder as it is sent: its files in the order of sending, each with the hash that its
manifest states.

    release = ReleaseFiles.of(Path("releases/demo/1.0.0"))
    release.files, release.manifest        # the manifest is not among the files: it goes last, by itself

A release that is not just what its manifest says is not sent.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from ..checks import ReleaseError
from ..files.parquet import sha256
from ..manifest import MANIFEST
from ..versions.version import YANKED, parse

SIGNATURE = f"{MANIFEST}.sig"


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file of the release: its path inside it, where it lies, and what it must be."""

    path: str
    source: Path
    size: int
    sha256: str

    def checked(self) -> Path:
        """Where it lies, once its bytes were seen to be those that the manifest states."""
        if sha256(self.source) != self.sha256:
            raise ReleaseError(
                f"{self.source} is not the file that {MANIFEST} states: build the release again."
            )
        return self.source


@dataclass(frozen=True, slots=True)
class ReleaseFiles:
    """A release that is to be sent: data files first, then texts, then the signature if there is
    one.
    """

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
        """Looks at a release folder; ReleaseError where it is none, or holds other files than its
        manifest lists.
        """
        if not (folder / MANIFEST).is_file():
            raise ReleaseError(f"{folder} is not a release: it has no {MANIFEST}.")
        stated = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if parse(str(stated.get("version"))) is None:
            raise ReleaseError(f"{folder / MANIFEST} states no version like 1.2.3.")
        entries = sorted(
            stated["files"].items(), key=lambda entry: ("config" not in entry[1], entry[0])
        )
        files = [_stated(folder, path, entry) for path, entry in entries]
        if (folder / SIGNATURE).is_file():
            files.append(_measured(folder, SIGNATURE))
        _require_nothing_else(folder, {file.path for file in files} | {MANIFEST})
        return cls(folder, stated["version"], tuple(files), _measured(folder, MANIFEST))


def _stated(folder: Path, path: str, entry: Mapping[str, Any]) -> ReleaseFile:
    """A file as the manifest has it; it must lie inside the folder, and have that size."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ReleaseError(f"{folder / MANIFEST} lists {path!r}, which lies outside the release.")
    file = ReleaseFile(path, folder / path, entry["bytes"], entry["sha256"])
    if not file.source.is_file() or file.source.stat().st_size != file.size:
        raise ReleaseError(
            f"{file.source} is missing or not of the size that {MANIFEST} states: build it again."
        )
    return file


def _measured(folder: Path, name: str) -> ReleaseFile:
    return ReleaseFile(name, folder / name, (folder / name).stat().st_size, sha256(folder / name))


def _require_nothing_else(folder: Path, listed: set[str]) -> None:
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    if found - listed:
        raise ReleaseError(
            f"{folder / min(found - listed)} is not in {MANIFEST}: take it out of the release's "
            f"folder."
        )


def newest(versions: Iterable[str], yanked: Collection[str]) -> str | None:
    """The highest version that is not yanked: what `latest` names."""
    known = [
        (numbers, version)
        for version in versions
        if (numbers := parse(version)) and version not in yanked
    ]
    return max(known)[1] if known else None


def mark(reason: str) -> bytes:
    """What lies in place of a yanked version's name: why, and since when."""
    said = {"reason": reason, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    return (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()


def mark_of(version: str) -> str:
    """Where the mark of a yanked version lies, beside the versions."""
    return f"{YANKED}/{version}.json"


def refusal(where: str, version: str) -> ReleaseError:
    """What is said to a publisher whose version is there with other content."""
    return ReleaseError(
        f"{where} is another release {version} than yours, and a release never changes: publish "
        f"yours under a higher "
        "version."
    )


def held(manifest: bytes) -> dict[str, str]:
    """What an earlier version has at a place, by its manifest: sha256 -> path inside it."""
    return {entry["sha256"]: path for path, entry in json.loads(manifest)["files"].items()}


def megabytes(files: Iterable[ReleaseFile]) -> str:
    """The files' size in words."""
    return f"{sum(file.size for file in files) / 1e6:,.1f} MB"
