"""A folder of releases: its versions, which is the latest, and which are yanked.

    for release in list_releases(Path("releases/demo")):
        print(release.version, release.types, release.pairs, release.yanked)
    yank(Path("releases/demo"), "1.1.0", "two answers are wrong")

A release is never deleted. Yanking only marks it, and `latest` moves to the highest version without
a mark.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...atomic import write_bytes, write_text
from ..manifest import MANIFEST, SIGNATURE
from .version import LATEST, YANKED, latest, mark, mark_path, parse, versions


@dataclass(frozen=True, slots=True)
class ListedRelease:
    """A release of a folder, as its manifest describes it."""

    version: str
    name: str
    types: int
    pairs: int
    #: Bytes of all files.
    size: int
    signed: bool
    latest: bool
    #: Why it was yanked; None if it was not.
    yanked: str | None


def list_releases(home: Path) -> list[ListedRelease]:
    """Returns the releases of a folder, lowest version first; ValueError if there is none."""
    known = versions(home)
    if not known:
        raise ValueError(
            f"There are no releases in {home}: name a folder that has them, like releases/NAME."
        )
    top = latest(home)
    return [_listed(home, version, top) for version in known]


def _listed(home: Path, version: str, top: str | None) -> ListedRelease:
    manifest = _json(home / version / MANIFEST)
    rows = {config: sum(splits.values()) for config, splits in manifest["rows"].items()}
    return ListedRelease(
        version=version,
        name=manifest["name"],
        types=rows.get("anchors", 0),
        pairs=rows.get("pairs", 0),
        size=sum(entry["bytes"] for entry in manifest["files"].values()),
        signed=(home / version / SIGNATURE).is_file(),
        latest=version == top,
        yanked=yank_reason(home, version),
    )


def yank_reason(home: Path, version: str) -> str | None:
    """Returns why a version was yanked, or None if it was not."""
    path = home / mark_path(version)
    return str(_json(path).get("reason", "")) if path.exists() else None


def find(path: Path) -> Path:
    """Returns the release at a path, or the latest of a folder of releases; else ValueError."""
    if (path / MANIFEST).is_file():
        return path
    top = latest(path)
    if top:
        return path / top
    if versions(path):
        raise ValueError(
            f"All releases in {path} are yanked: name one of them, like "
            f"{path / versions(path)[-1]}."
        )
    if parse(path.name) and (known := versions(path.parent)):
        raise ValueError(
            f"There is no release {path.name} in {path.parent}; there are {', '.join(known)}."
        )
    raise ValueError(
        f"{path} is neither a release nor a folder of releases: it has no {MANIFEST} and no "
        "versions."
    )


def yank(home: Path, version: str, reason: str) -> str | None:
    """Marks a release as not to be used and returns the version that is now the latest."""
    _require(home, version)
    reason = " ".join(reason.split())
    if not reason:
        raise ValueError(f"Say why {version} is yanked: its readers will ask.")
    if (known := yank_reason(home, version)) is not None:
        raise ValueError(f"{version} is yanked already ({known}); --undo removes the mark.")
    (home / YANKED).mkdir(exist_ok=True)
    write_bytes(home / mark_path(version), mark(reason))
    return point(home)


def restore(home: Path, version: str) -> str | None:
    """Removes the mark of a yanked release and returns the version that is now the latest."""
    _require(home, version)
    if yank_reason(home, version) is None:
        raise ValueError(f"{version} is not yanked, so there is nothing to undo.")
    (home / mark_path(version)).unlink()
    return point(home)


def point(home: Path) -> str | None:
    """Makes `latest` name the highest version without a mark, and returns that version.

    Without such a version `latest` is removed. Several processes may do this at once: each reads
    the versions again after it wrote, so the last writer has seen all versions.
    """
    pointer = home / LATEST
    while True:
        top = latest(home)
        if top is None:
            pointer.unlink(missing_ok=True)
        elif not pointer.is_file() or pointer.read_text(encoding="utf-8") != f"{top}\n":
            write_text(pointer, f"{top}\n")
        if latest(home) == top:
            return top


def _require(home: Path, version: str) -> None:
    known = versions(home)
    if version not in known:
        others = f"there are {', '.join(known)}" if known else "it has no releases"
        raise ValueError(f"There is no release {version} in {home}; {others}.")


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: it is not JSON ({error}).") from None
    if not isinstance(value, dict):
        raise ValueError(f"{path} is damaged: it is JSON, but not an object.")
    return value
