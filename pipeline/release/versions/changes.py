"""What a difference of two releases is made of: a type as one release tells it, a type that
changed, columns that did.

    one = TypeChange(type="bf8f65", before=None, after=TypeState(...))     # a type that was added

`diff.py` computes them, `wording.py` puts them into sentences.
"""

from dataclasses import dataclass

from .row_changes import RowChanges
from .version import Bump

#: Columns whose change gives a row another meaning: who trained or scored on the old one must know.
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
#: Configs in which a row more is something new to evaluate on; the others only tell what was done.
_GROWING = ("pairs", "anchors", "controls", "spuriverse")


@dataclass(frozen=True, slots=True)
class TypeState:
    """A published type as one release tells it."""

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
    """A type that came (no `before`), went (no `after`), or changed, itself or its pairs."""

    type: str
    before: TypeState | None
    after: TypeState | None
    #: The columns of its anchor that differ; of its pairs' own, those that no anchor has changed as
    #: well.
    columns: tuple[str, ...] = ()
    pair_columns: tuple[str, ...] = ()
    pairs_added: int = 0
    pairs_removed: int = 0
    pairs_changed: int = 0
    #: Why it went: the stage that stops it now, and the reason.
    reason: str = ""

    @property
    def state(self) -> TypeState:
        """The type as it is, or was at last."""
        state = self.after or self.before
        assert state, "a type that was in neither release has not changed"
        return state

    @property
    def both(self) -> tuple[TypeState, TypeState]:
        """The type before and after, where it changed."""
        assert self.before, "a type that was added has no state before"
        assert self.after, "a type that was removed has no state after"
        return self.before, self.after

    @property
    def answered_anew(self) -> bool:
        """Whether its answer is another one now."""
        return bool(self.before and self.after and self.before.answer != self.after.answer)

    @property
    def other_columns(self) -> tuple[str, ...]:
        """What differs of its anchor beside the effect and, where it is answered anew, the answer."""
        told = ("answer", "answer_index") if self.answered_anew else ()
        return tuple(
            one for one in self.columns if not one.startswith("effect") and one not in told
        )

    @property
    def moved(self) -> bool:
        """Whether its published effect, or the interval or the number of pairs, is another one now."""
        return any(column.startswith("effect") for column in self.columns)


@dataclass(frozen=True, slots=True)
class Columns:
    """How the columns of a config changed; none named means that their order did, or that the
    config came or went.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    #: "new" or "gone", where one of the releases has no such config.
    config: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """The difference of two releases; the new one may be a draft that has no version yet."""

    old: str
    new: str | None
    types: tuple[TypeChange, ...]
    #: Config -> its rows, and its columns; only configs that differ.
    rows: dict[str, RowChanges]
    columns: dict[str, Columns]
    #: What else is said otherwise: parts of the manifest, or "card".
    texts: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether the two releases say the same."""
        return not (self.rows or self.columns or self.texts)

    @property
    def bump(self) -> Bump:
        """Major for anything removed, re-answered or re-schemed, minor for anything added, else
        patch.
        """
        rows = self.rows.values()
        if self.columns or any(one.removed or MEANING.intersection(one.columns) for one in rows):
            return "major"
        return "minor" if any(self.of(config).added for config in _GROWING) else "patch"

    def of(self, config: str) -> RowChanges:
        """What happened to a config's rows, nothing included."""
        return self.rows.get(config, RowChanges())

    @property
    def types_added(self) -> tuple[TypeChange, ...]:
        """Types that only the new release has."""
        return tuple(one for one in self.types if one.before is None)

    @property
    def types_removed(self) -> tuple[TypeChange, ...]:
        """Types that only the old release has."""
        return tuple(one for one in self.types if one.after is None)

    @property
    def types_changed(self) -> tuple[TypeChange, ...]:
        """Types of both that differ, themselves or in their pairs."""
        return tuple(one for one in self.types if one.before and one.after)
