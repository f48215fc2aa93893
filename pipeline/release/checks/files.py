"""Checks of files: as the manifest describes them, with ids, licences, canary and metadata."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ..contents import Contents
from ..files.parquet import schema_hash, sha256
from ..texts.croissant import CROISSANT, faults_of
from .result import ASKING, Result, result

_IDENTIFIED = (*ASKING, "candidates", "annotations", "responses")


def counts_agree(contents: Contents) -> Result:
    """Files, hashes, rows and columns agree with the manifest, and each anchor has its pairs."""
    entries = contents.manifest["files"]
    missing = [name for name in entries if not (contents.folder / name).is_file()]
    data = [path for paths in contents.files.values() for path in paths]
    present = {path.relative_to(contents.folder).as_posix() for path in data}
    faults = [f"{name} is missing" for name in missing]
    faults += [f"{name} is not in the manifest" for name in sorted(present - entries.keys())]
    for name in sorted(entries.keys() - set(missing)):
        faults += _file_faults(name, contents.folder / name, entries[name])
    wanted = contents.manifest["recipe"]["publish"]["pairs_per_type"]
    faults += _type_faults(contents, wanted)
    return result(
        faults, f"{len(entries)} files agree with the manifest; each type has {wanted} pairs"
    )


def _type_faults(contents: Contents, wanted: int) -> Iterator[str]:
    pairs = Counter(row["type"] for row in contents.rows("pairs", images=False))
    for row in contents.rows("anchors", images=False):
        if (count := pairs.pop(row["type"], 0)) != wanted:
            yield f"type {row['type']} has {count} pairs, not {wanted}"
    yield from (f"type {key} has pairs but no anchor" for key in pairs)


def _file_faults(name: str, path: Path, entry: dict[str, Any]) -> Iterator[str]:
    if sha256(path) != entry["sha256"] or path.stat().st_size != entry["bytes"]:
        yield f"{name} is not the file that the manifest describes"
    elif "rows" in entry and pq.read_metadata(path).num_rows != entry["rows"]:
        yield f"{name} does not have {entry['rows']} rows"
    elif "schema" in entry and schema_hash(pq.read_schema(path)) != entry["schema"]:
        yield f"{name} has other columns than the manifest says"


def ids_unique(contents: Contents) -> Result:
    """No config has an id twice, so no type has two anchors."""
    faults = []
    for config in _IDENTIFIED:
        counts = Counter(row["id"] for row in contents.rows(config, images=False))
        faults += [
            f"{config} has {key} {count} times" for key, count in counts.items() if count > 1
        ]
    return result(faults, "ids are unique")


def licences_present(contents: Contents) -> Result:
    """Every image has a licence and an attribution, and so has the release."""
    faults = [
        f"{config} {row['id']} has no {column}"
        for config in ASKING
        for row in contents.rows(config, images=False)
        for column in ("license", "attribution")
        if not row[column]
    ]
    if not contents.manifest["license"]:
        faults.append("the release has no licence")
    return result(faults, "every image has its licence and its source")


def canary_everywhere(contents: Contents) -> Result:
    """Every row that asks a question has the manifest's canary, and so has the card."""
    canary = contents.manifest["canary"]
    faults = [
        f"{config} {row.get('id') or row['image_id']} lacks the canary"
        for config in (*ASKING, "spuriverse")
        for row in contents.rows(config, images=False)
        if row["canary"] != canary
    ]
    if canary not in (contents.folder / "README.md").read_text(encoding="utf-8"):
        faults.append("README.md lacks the canary")
    return result(faults, "the canary is in every question and in the card")


def croissant_valid(contents: Contents) -> Result:
    """The Croissant metadata is valid by mlcroissant's judgment."""
    faults = faults_of((contents.folder / CROISSANT).read_text(encoding="utf-8"))
    return result((f"{CROISSANT}: {fault}" for fault in faults), f"{CROISSANT} is valid")
