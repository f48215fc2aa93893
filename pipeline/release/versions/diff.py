"""What changed from one release to another: types, pairs, answers, effects, controls, columns,
texts.

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

#: What the manifest says beside the rows, as it names it.
_SAID = ("license", "agreement", "tools", "recipe", "prompts", "private")
#: What a pair has for itself though its anchor has it too: each pair shows the options in an order
#: of its own.
_OF_A_PAIR = frozenset(("choices", "answer_index", "cue_linked_index"))
_OF_A_TYPE = tuple(one.name for one in fields(TypeState))


def as_json(change: Diff) -> dict[str, Any]:
    """The difference as plain values: types whole, pairs and controls by their ids, other rows
    counted.
    """
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
        "types": {name: [asdict(one) for one in types] for name, types in kinds.items()},
        **listed,
        "rows": {config: _counted(one) for config, one in change.rows.items()},
        "columns": {config: asdict(one) for config, one in change.columns.items()},
        "texts": list(change.texts),
    }


def _counted(one: RowChanges) -> dict[str, object]:
    """A config's changes without the ids."""
    counts = {name: len(getattr(one, name)) for name in ("added", "removed", "changed")}
    return {"before": one.before, "after": one.after, **counts, "columns": list(one.columns)}


def diff(old: Path, new: Path) -> Diff:
    """Compares two release folders; the new one may still be without its texts."""
    before, after = read(old), read(new)
    configs = sorted(before.files.keys() | after.files.keys())
    rows = {config: compare(before, after, config) for config in configs}
    return Diff(
        old=before.manifest["version"],
        new=after.manifest["version"],
        types=_types(
            before, after, rows.get("anchors", RowChanges()), rows.get("pairs", RowChanges())
        ),
        rows={config: one for config, one in rows.items() if not one.empty},
        columns={
            c: _columns(before, after, c)
            for c in configs
            if before.schemas.get(c) != after.schemas.get(c)
        },
        texts=_texts(before, after),
    )


def _columns(before: Contents, after: Contents, config: str) -> Columns:
    """How the columns of a config differ."""
    if config not in before.files or config not in after.files:
        return Columns(config="gone" if config in before.files else "new")
    old, new = (
        {f.name: f for f in pq.read_schema(one.files[config][0])} for one in (before, after)
    )
    retyped = (name for name in old if name in new and not old[name].equals(new[name]))
    return Columns(
        tuple(n for n in new if n not in old), tuple(n for n in old if n not in new), tuple(retyped)
    )


def _texts(before: Contents, after: Contents) -> tuple[str, ...]:
    """What is said otherwise beside the rows."""
    if before.texts == after.texts:
        return ()
    return tuple(n for n in _SAID if before.manifest.get(n) != after.manifest.get(n)) or ("card",)


def _types(
    before: Contents, after: Contents, anchors: RowChanges, pairs: RowChanges
) -> tuple[TypeChange, ...]:
    """Every type that differs, with its state before and after, ordered by question, cue and key."""
    came, went = (
        _per_type(one, ids) for one, ids in ((after, pairs.added), (before, pairs.removed))
    )
    altered = _altered(after, pairs, anchors)
    keys = {*anchors.added, *anchors.removed, *anchors.changed, *came, *went, *altered}
    old, new = _states(before, keys), _states(after, keys)
    reasons = _reasons(before, after, {key: old[key] for key in anchors.removed if key in old})
    found = [
        TypeChange(
            key,
            old.get(key),
            new.get(key),
            anchors.changed.get(key, ()),
            tuple(sorted({column for columns in altered.get(key, ()) for column in columns})),
            came[key],
            went[key],
            len(altered.get(key, ())),
            reasons.get(key, ""),
        )
        for key in keys
        if key in old or key in new  # pairs without an anchor are for the checks to refuse
    ]
    return tuple(sorted(found, key=lambda one: (one.state.question, one.state.cue, one.type)))


def _states(contents: Contents, keys: set[str]) -> dict[str, TypeState]:
    """The types with these keys as a release tells them."""
    return {
        row["id"]: TypeState(
            **{name: row[name] for name in _OF_A_TYPE} | {"choices": tuple(row["choices"])}
        )
        for row in select(contents, "anchors", _OF_A_TYPE, keys)
    }


def _per_type(contents: Contents, pairs: Iterable[str]) -> Counter[str]:
    """How many of these pairs each type has."""
    return Counter(row["type"] for row in select(contents, "pairs", ["type"], set(pairs)))


def _altered(after: Contents, pairs: RowChanges, anchors: RowChanges) -> dict[str, list[set[str]]]:
    """Type -> for each pair that changed by itself the columns; what its anchor says too is the
    type's change.
    """
    found: dict[str, list[set[str]]] = {}
    for row in select(after, "pairs", ["type"], pairs.changed):
        own = set(pairs.changed[row["id"]]) - (
            set(anchors.changed.get(row["type"], ())) - _OF_A_PAIR
        )
        if own:
            found.setdefault(row["type"], []).append(own)
    return found


def _reasons(before: Contents, after: Contents, removed: Mapping[str, TypeState]) -> dict[str, str]:
    """Why each removed type is gone, from what the new release says of its candidates: by their
    ids, else by words.
    """
    found = dict.fromkeys(
        removed, "none of its candidates is in the release: withheld, or not proposed any more"
    )
    traced: Mapping[str, Any] = before.manifest.get("lineage", {})
    by_id = {one: key for key in removed for one in traced.get(key, {}).get("candidates", ())}
    by_words = {(one.question, one.cue, one.cue_linked): key for key, one in removed.items()}
    said: dict[str, str] = {}
    for row in after.rows("candidates", images=False) if removed else ():
        if key := by_words.get((row["question"], row["cue"], row["cue_linked"])):
            found[key] = _reason(row)
        if key := by_id.get(row["id"]):
            said[key] = _reason(row)
    return found | said


def _reason(row: Row) -> str:
    if row["published"]:
        return f"its cue is published as type {row['type']} now"
    return f"stopped at {row['stage']}: {row['reason']}"
