"""The records of a difference between two releases: types, rows and columns that changed.

    change = TypeChange(type="bf8f65", before=None, after=TypeState(...))     # an added type

`diff.py` computes them, `wording.py` puts them into sentences.
"""

from dataclasses import dataclass

from .row_changes import RowChanges
from .version import Bump

#: Columns whose change alters what a row means to somebody who trained or scored on the old row.
MEANING = frozenset(
    (
        "question",
        "choices",
        "answer",
        "answer_index",
        "A",
        "B",
        "C",
        "D",
        "cue",
        "cue_linked",
        "cue_linked_index",
        "split",
        "chosen",
        "correct",
        "image",
        "image_sha256",
        "image_with_sha256",
        "image_without_sha256",
        "image_placebo_sha256",
    )
)
#: Configs whose new rows are new material to evaluate on; the other configs document the run.
_GROWING = ("pairs", "anchors", "controls", "spuriverse")


@dataclass(frozen=True, slots=True)
class TypeState:
    """A published type as a release describes it."""

    question: str
    choices: tuple[str, ...]
    answer: str
    cue: str
    cue_linked: str
    effect: float
    effect_low: float
    effect_high: float
    effect_pairs: int


@dataclass(frozen=True, slots=True)
class TypeChange:
    """A type that was added (no `before`), removed (no `after`) or changed, itself or its pairs."""

    type: str
    before: TypeState | None
    after: TypeState | None
    #: Columns of its anchor that differ, and columns that differ in its pairs alone.
    columns: tuple[str, ...] = ()
    pair_columns: tuple[str, ...] = ()
    pairs_added: int = 0
    pairs_removed: int = 0
    pairs_changed: int = 0
    #: Why it was removed: the stage that stops it now, and the reason.
    reason: str = ""

    @property
    def state(self) -> TypeState:
        """The type in the new release, or in the old release if it was removed."""
        state = self.after or self.before
        assert state, "a changed type is in one release at least"
        return state

    @property
    def both(self) -> tuple[TypeState, TypeState]:
        """The type before and after, if both releases have it."""
        assert self.before, "a type that was added has no state before"
        assert self.after, "a type that was removed has no state after"
        return self.before, self.after

    @property
    def answered_anew(self) -> bool:
        """Whether its answer changed."""
        return bool(self.before and self.after and self.before.answer != self.after.answer)

    @property
    def other_columns(self) -> tuple[str, ...]:
        """Columns of its anchor that differ, without the effect and a changed answer."""
        answer = ("answer", "answer_index") if self.answered_anew else ()
        return tuple(
            column
            for column in self.columns
            if not column.startswith("effect") and column not in answer
        )

    @property
    def moved(self) -> bool:
        """Whether its published effect, its interval or its number of pairs changed."""
        return any(column.startswith("effect") for column in self.columns)


@dataclass(frozen=True, slots=True)
class Columns:
    """How the columns of a config changed; if none is named, their order did, or see `config`."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    #: "new" or "gone" if only one of the releases has the config.
    config: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """The difference of two releases; the new release may be a draft without a version."""

    old: str
    new: str | None
    types: tuple[TypeChange, ...]
    #: Config -> its rows, and config -> its columns, for the configs that differ.
    rows: dict[str, RowChanges]
    columns: dict[str, Columns]
    #: Other texts that changed: parts of the manifest, or "card".
    texts: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether the two releases are the same."""
        return not (self.rows or self.columns or self.texts)

    @property
    def bump(self) -> Bump:
        """The version step that this difference requires, as `version` defines it."""
        rows = self.rows.values()
        if self.columns or any(r.removed or MEANING.intersection(r.columns) for r in rows):
            return "major"
        return "minor" if any(self.of(config).added for config in _GROWING) else "patch"

    def of(self, config: str) -> RowChanges:
        """Returns the changes of a config's rows; empty if there are none."""
        return self.rows.get(config, RowChanges())

    @property
    def types_added(self) -> tuple[TypeChange, ...]:
        """Types that only the new release has."""
        return tuple(change for change in self.types if change.before is None)

    @property
    def types_removed(self) -> tuple[TypeChange, ...]:
        """Types that only the old release has."""
        return tuple(change for change in self.types if change.after is None)

    @property
    def types_changed(self) -> tuple[TypeChange, ...]:
        """Types of both releases that differ, themselves or in their pairs."""
        return tuple(change for change in self.types if change.before and change.after)
