"""What a difference of two releases is made of: a type as one release tells it, a type that
changed, columns that did.

    one = TypeChange(type="bf8f65", before=None, after=TypeState(...))     # a type that was added

`diff.py` fills them, `wording.py` says them.
"""

from dataclasses import dataclass


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
