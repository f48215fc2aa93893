"""A folder of releases: what stands in it, which is the latest, and what was yanked.

    for one in list_releases(Path("releases/demo")):
        print(one.version, one.types, one.pairs, one.yanked)
    yank(Path("releases/demo"), "1.1.0", "two answers are wrong")

A release is never deleted: to yank it is to mark it, and `latest` goes to the highest that has no
mark.
"""

import json
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..manifest import MANIFEST, SIGNATURE
from .version import LATEST, YANKED, latest, parse, versions


@dataclass(frozen=True, slots=True)
class ListedRelease:
    """One release of a folder of releases, as its manifest tells it."""

    version: str
    name: str
    types: int
    pairs: int
    #: Bytes of all its files.
    size: int
    signed: bool
    latest: bool
    #: Why it was yanked; None where it was not.
    yanked: str | None


def list_releases(home: Path) -> list[ListedRelease]:
    """The releases of a folder, lowest version first; ValueError where there is none."""
    found = versions(home)
    if not found:
        raise ValueError(
            f"There are no releases in {home}: name a folder that has them, like releases/NAME."
        )
    top = latest(home)
    return [_listed(home, version, top) for version in found]


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
    """Why a version was yanked; None where it was not."""
    mark = home / YANKED / f"{version}.json"
    return str(_json(mark).get("reason", "")) if mark.exists() else None


def find(path: Path) -> Path:
    """The release that a path means: itself, or the latest of a folder of releases; ValueError
    where it is neither.
    """
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
        f"{path} is neither a release nor a folder of releases: it has no {MANIFEST}, nor versions."
    )


def yank(home: Path, version: str, reason: str) -> str | None:
    """Marks a release as not to be used and gives the version that is the latest now; the release
    itself stays.
    """
    _require(home, version)
    said = " ".join(reason.split())
    if not said:
        raise ValueError(f"Say why {version} is yanked: its readers will ask.")
    if (known := yank_reason(home, version)) is not None:
        raise ValueError(f"{version} is yanked already ({known}); --undo takes the mark off.")
    mark = {"reason": said, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    (home / YANKED).mkdir(exist_ok=True)
    _put(home / YANKED / f"{version}.json", json.dumps(mark, ensure_ascii=False, indent=1) + "\n")
    return point(home)


def restore(home: Path, version: str) -> str | None:
    """Takes the mark off again, and gives the version that is the latest now."""
    _require(home, version)
    if yank_reason(home, version) is None:
        raise ValueError(f"{version} is not yanked, so there is nothing to undo.")
    (home / YANKED / f"{version}.json").unlink()
    return point(home)


def point(home: Path) -> str | None:
    """Moves the pointer `latest` to where it belongs, and gives that version; None leaves no
    pointer.

    Several processes may do so at once: who wrote looks again, so the last to write has seen what
    all revealed.
    """
    pointer = home / LATEST
    while True:
        top = latest(home)
        if top is None:
            pointer.unlink(missing_ok=True)
        elif not pointer.is_file() or pointer.read_text(encoding="utf-8") != f"{top}\n":
            _put(pointer, f"{top}\n")
        if latest(home) == top:
            return top


def _require(home: Path, version: str) -> None:
    known = versions(home)
    if version not in known:
        there = f"there are {', '.join(known)}" if known else "it has no releases"
        raise ValueError(f"There is no release {version} in {home}; {there}.")


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: it is not JSON ({error}).") from None
    if not isinstance(value, dict):
        raise ValueError(f"{path} is damaged: it is JSON, but not an object.")
    return value


def _put(path: Path, text: str) -> None:
    """Writes a small file whole or not at all."""
    draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
