"""Compares two releases: types, pairs, answers, effects, controls, columns and texts.

    change = diff(Path("releases/demo/1.0.0"), Path("releases/demo/1.1.0"))
    print(change.bump, "; ".join(sentences(change)))

Rows are compared by their ids and images by their hashes, so a diff reads no image.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ..contents import Contents, read
from ..files.parquet import Row
from .changes import Columns, Diff, TypeChange, TypeState
from .row_changes import RowChanges, compare, select
from .wording import sentences

#: Parts of the manifest that are compared besides the rows.
_METADATA = ("license", "agreement", "tools", "recipe", "prompts", "private")
#: Columns of anchors and pairs that differ by pair: each pair orders the options in its own way.
_OF_A_PAIR = frozenset(("choices", "answer_index", "cue_linked_index"))
_OF_A_TYPE = tuple(field.name for field in fields(TypeState))


def as_json(change: Diff) -> dict[str, Any]:
    """Returns plain values: whole types, ids of pairs and controls, counts of all other rows."""
    listed = {name: asdict(change.of(name)) for name in ("pairs", "controls")}
    kinds = {
        "added": change.types_added,
        "removed": change.types_removed,
        "changed": change.types_changed,
    }
    return {
        "old": change.old,
        "new": change.new,
        "bump": change.bump,
        "empty": change.empty,
        "sentences": sentences(change),
        "types": {
            name: [asdict(type_change) for type_change in types] for name, types in kinds.items()
        },
        **listed,
        "rows": {config: _counted(rows) for config, rows in change.rows.items()},
        "columns": {config: asdict(columns) for config, columns in change.columns.items()},
        "texts": list(change.texts),
    }


def _counted(rows: RowChanges) -> dict[str, object]:
    """Returns a config's changes without the ids."""
    counts = {name: len(getattr(rows, name)) for name in ("added", "removed", "changed")}
    return {"before": rows.before, "after": rows.after, **counts, "columns": list(rows.columns)}


def diff(old: Path, new: Path) -> Diff:
    """Returns the difference of two release folders; the new folder may lack its texts."""
    before, after = read(old), read(new)
    configs = sorted(before.files.keys() | after.files.keys())
    rows = {config: compare(before, after, config) for config in configs}
    return Diff(
        old=before.manifest["version"],
        new=after.manifest["version"],
        types=_types(
            before, after, rows.get("anchors", RowChanges()), rows.get("pairs", RowChanges())
        ),
        rows={config: changes for config, changes in rows.items() if not changes.empty},
        columns={
            config: _columns(before, after, config)
            for config in configs
            if before.schemas.get(config) != after.schemas.get(config)
        },
        texts=_texts(before, after),
    )


def _columns(before: Contents, after: Contents, config: str) -> Columns:
    """Returns how the columns of a config differ."""
    if config not in before.files or config not in after.files:
        return Columns(config="gone" if config in before.files else "new")
    old, new = (
        {field.name: field for field in pq.read_schema(contents.files[config][0])}
        for contents in (before, after)
    )
    retyped = (name for name in old if name in new and not old[name].equals(new[name]))
    return Columns(
        tuple(n for n in new if n not in old), tuple(n for n in old if n not in new), tuple(retyped)
    )


def _texts(before: Contents, after: Contents) -> tuple[str, ...]:
    """Returns the parts of the manifest that differ, or "card" if only the card's words do."""
    if before.texts == after.texts:
        return ()
    return tuple(n for n in _METADATA if before.manifest.get(n) != after.manifest.get(n)) or (
        "card",
    )


def _types(
    before: Contents, after: Contents, anchors: RowChanges, pairs: RowChanges
) -> tuple[TypeChange, ...]:
    """Returns every type that differs, ordered by question, cue and key."""
    added, removed = _per_type(after, pairs.added), _per_type(before, pairs.removed)
    altered = _altered(after, pairs, anchors)
    keys = {*anchors.added, *anchors.removed, *anchors.changed, *added, *removed, *altered}
    old, new = _states(before, keys), _states(after, keys)
    reasons = _reasons(before, after, {key: old[key] for key in anchors.removed if key in old})
    changes = [
        TypeChange(
            type=key,
            before=old.get(key),
            after=new.get(key),
            columns=anchors.changed.get(key, ()),
            pair_columns=tuple(sorted(set().union(*altered.get(key, ())))),
            pairs_added=added[key],
            pairs_removed=removed[key],
            pairs_changed=len(altered.get(key, ())),
            reason=reasons.get(key, ""),
        )
        for key in keys
        if key in old or key in new  # The checks refuse pairs without an anchor.
    ]
    return tuple(
        sorted(
            changes,
            key=lambda change: (change.state.question, change.state.cue, change.type),
        )
    )


def _states(contents: Contents, keys: set[str]) -> dict[str, TypeState]:
    """Returns the types with these keys as a release describes them."""
    return {
        row["id"]: TypeState(
            **{name: row[name] for name in _OF_A_TYPE} | {"choices": tuple(row["choices"])}
        )
        for row in select(contents, "anchors", _OF_A_TYPE, keys)
    }


def _per_type(contents: Contents, pairs: Iterable[str]) -> Counter[str]:
    """Counts these pairs by type."""
    return Counter(row["type"] for row in select(contents, "pairs", ["type"], set(pairs)))


def _altered(after: Contents, pairs: RowChanges, anchors: RowChanges) -> dict[str, list[set[str]]]:
    """Returns type -> the changed columns of each of its pairs.

    A column that changed in the anchor too counts as the type's change, not as the pair's.
    """
    altered: dict[str, list[set[str]]] = {}
    for row in select(after, "pairs", ["type"], pairs.changed):
        own = set(pairs.changed[row["id"]]) - (
            set(anchors.changed.get(row["type"], ())) - _OF_A_PAIR
        )
        if own:
            altered.setdefault(row["type"], []).append(own)
    return altered


def _reasons(before: Contents, after: Contents, removed: Mapping[str, TypeState]) -> dict[str, str]:
    """Returns why each removed type is gone, from its candidates in the new release.

    They are matched by their ids, and otherwise by question, cue and linked option.
    """
    reasons = dict.fromkeys(
        removed, "none of its candidates is in the release: withheld, or not proposed any more"
    )
    lineage: Mapping[str, Any] = before.manifest.get("lineage", {})
    by_id = {
        candidate: key
        for key in removed
        for candidate in lineage.get(key, {}).get("candidates", ())
    }
    by_words = {(type.question, type.cue, type.cue_linked): key for key, type in removed.items()}
    reasons_by_id: dict[str, str] = {}
    for row in after.rows("candidates", images=False) if removed else ():
        if key := by_words.get((row["question"], row["cue"], row["cue_linked"])):
            reasons[key] = _reason(row)
        if key := by_id.get(row["id"]):
            reasons_by_id[key] = _reason(row)
    return reasons | reasons_by_id


def _reason(row: Row) -> str:
    if row["published"]:
        return f"its cue is published as type {row['type']} now"
    return f"stopped at {row['stage']}: {row['reason']}"
