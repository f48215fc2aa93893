"""What changed from one release to another: types and pairs added, removed, changed.

    change = diff(Path("releases/demo/1.0.0"), Path("releases/demo/1.1.0"))
    print(change.bump, "; ".join(change.sentences()))

Image bytes are compared by their hashes, so a diff reads no image.
"""

from dataclasses import dataclass
from pathlib import Path

from .reading import Contents, read
from .version import Bump

#: Columns whose change gives a pair or type another meaning: who trained or scored on the old one must know.
_MEANING = (
    "question", "choices", "answer", "answer_index", "cue", "cue_linked", "split", "image_sha256",
    "image_with_sha256", "image_without_sha256", "image_placebo_sha256",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Diff:
    """The difference of two releases; keys of types and of pairs."""

    types_added: tuple[str, ...]
    types_removed: tuple[str, ...]
    #: Type -> the columns that changed; likewise for pairs.
    types_changed: dict[str, tuple[str, ...]]
    pairs_added: tuple[str, ...]
    pairs_removed: tuple[str, ...]
    pairs_changed: dict[str, tuple[str, ...]]
    #: Configs whose columns changed, came or went, and configs whose rows changed in any way.
    schemas_changed: tuple[str, ...]
    rows_changed: tuple[str, ...]
    texts_changed: bool

    @property
    def empty(self) -> bool:
        """Whether the two releases say the same."""
        return not (self.schemas_changed or self.rows_changed or self.texts_changed)

    @property
    def bump(self) -> Bump:
        """Major for anything removed, re-answered or re-schemed, minor for anything added, else patch."""
        changes = [*self.types_changed.values(), *self.pairs_changed.values()]
        meant = any(column in _MEANING for columns in changes for column in columns)
        if self.types_removed or self.pairs_removed or self.schemas_changed or meant:
            return "major"
        return "minor" if self.types_added or self.pairs_added else "patch"

    def sentences(self) -> list[str]:
        """The difference in words, with counts, for a changelog."""
        counted = [
            (len(self.types_added), "added"), (len(self.types_removed), "removed"),
            (len(self.types_changed), f"changed ({_columns(self.types_changed)})"),
        ]  # fmt: skip
        said = [f"{count} type{'s'[: count != 1]} {what}" for count, what in counted if count]
        counted = [
            (len(self.pairs_added), "added"), (len(self.pairs_removed), "removed"),
            (len(self.pairs_changed), f"changed ({_columns(self.pairs_changed)})"),
        ]  # fmt: skip
        said += [f"{count} pair{'s'[: count != 1]} {what}" for count, what in counted if count]
        if self.schemas_changed:
            said.append(f"columns changed in {', '.join(self.schemas_changed)}")
        other = [config for config in self.rows_changed if config not in ("pairs", "anchors")]
        if other:
            said.append(f"rows changed in {', '.join(other)}")
        if self.texts_changed:
            said.append("texts or metadata changed")
        return said


def _columns(changed: dict[str, tuple[str, ...]]) -> str:
    return ", ".join(sorted({column for columns in changed.values() for column in columns}))


def diff(old: Path, new: Path) -> Diff:
    """Compares two release folders; the new one may still be without its texts."""
    before, after = read(old), read(new)
    types_before, types_after = _by_key(before, "anchors", "type"), _by_key(after, "anchors", "type")
    pairs_before, pairs_after = _by_key(before, "pairs", "id"), _by_key(after, "pairs", "id")
    configs = sorted(before.schemas.keys() | after.schemas.keys())
    return Diff(
        types_added=tuple(sorted(types_after.keys() - types_before.keys())),
        types_removed=tuple(sorted(types_before.keys() - types_after.keys())),
        types_changed=_changed(types_before, types_after),
        pairs_added=tuple(sorted(pairs_after.keys() - pairs_before.keys())),
        pairs_removed=tuple(sorted(pairs_before.keys() - pairs_after.keys())),
        pairs_changed=_changed(pairs_before, pairs_after),
        schemas_changed=tuple(c for c in configs if before.schemas.get(c) != after.schemas.get(c)),
        rows_changed=tuple(c for c in configs if before.hashes.get(c) != after.hashes.get(c)),
        texts_changed=before.texts != after.texts,
    )


Rows = dict[str, dict[str, object]]


def _by_key(contents: Contents, config: str, key: str) -> Rows:
    """The rows of a config without the image bytes, by their key."""
    return {row[key]: row for row in contents.rows(config, images=False)}


def _changed(before: Rows, after: Rows) -> dict[str, tuple[str, ...]]:
    """For each row in both, the columns that differ."""
    changed = {}
    for key in sorted(before.keys() & after.keys()):
        columns = sorted(before[key].keys() & after[key].keys())
        differing = tuple(name for name in columns if before[key][name] != after[key][name])
        if differing:
            changed[key] = differing
    return changed
