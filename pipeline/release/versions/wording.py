"""A difference of two releases in words: sentences with counts, and a line for each type.

    "; ".join(sentences(change))      # "3 types added; 30 pairs added"

All texts are plain: whoever prints them escapes them.
"""

from collections.abc import Iterator, Sequence
from statistics import fmean

from .changes import Columns, Diff, TypeChange, TypeState

#: Configs whose rows have a name of their own.
_NOUNS = {"pairs": "pair", "controls": "control"}


def sentences(change: Diff) -> list[str]:
    """Returns the difference in sentences with counts, without full stops."""
    return [*_of_types(change), *_of_rows(change), *_of_columns(change), *_of_texts(change)]


def details(change: Diff) -> Iterator[tuple[str, list[str]]]:
    """Yields a title and a line for each type, for types added, removed and changed."""
    for title, types, line in (
        ("Types added", change.types_added, _added),
        ("Types removed", change.types_removed, _removed),
        ("Types changed", change.types_changed, _changed),
    ):
        if types:
            yield title, [line(type_change) for type_change in types]


def effect(state: TypeState) -> str:
    """Returns a published effect with its interval and its number of pairs."""
    interval = f"[{state.effect_low:+.2f}, {state.effect_high:+.2f}]"
    return f"{state.effect:+.2f} {interval} on {counted(state.effect_pairs, 'pair')}"


def counted(count: int, noun: str) -> str:
    """Returns a number with its noun, in the plural unless the number is 1."""
    return f"{count:,} {noun}{'s'[: count != 1]}"


def _of_types(change: Diff) -> Iterator[str]:
    changed = change.types_changed
    for types, what in (
        (change.types_added, "added"),
        (change.types_removed, "removed"),
        ([t for t in changed if t.answered_anew], "with a new answer"),
    ):
        if types:
            yield f"{counted(len(types), 'type')} {what}"
    moved = [t.both for t in changed if t.moved]
    if moved:
        shifts = [after.effect - before.effect for before, after in moved]
        pairs = sum(after.effect_pairs for _, after in moved)
        yield (
            f"effects of {counted(len(moved), 'type')} measured again on "
            f"{counted(pairs, 'pair')}: changed by {fmean(shifts):+.2f} on average, "
            f"{max(shifts, key=abs):+.2f} at the largest"
        )
    others = [t.other_columns for t in changed if t.other_columns]
    if others:
        yield f"{counted(len(others), 'type')} changed ({', '.join(sorted(set().union(*others)))})"


def _of_rows(change: Diff) -> Iterator[str]:
    """Counts pairs and controls by name, and the rows of every other config."""
    for config, rows in change.rows.items():
        if config == "anchors" or change.columns.get(config, Columns()).config:
            # An anchor is counted as its type, and an added or removed config with the columns.
            continue
        columns, altered = rows.columns, len(rows.changed)
        if config == "pairs":
            own = [t for t in change.types_changed if t.pairs_changed]
            columns = tuple(sorted({column for t in own for column in t.pair_columns}))
            altered = sum(t.pairs_changed for t in own)
        for count, what in (
            (len(rows.added), "added"),
            (len(rows.removed), "removed"),
            (altered, f"changed ({', '.join(columns)})"),
        ):
            if count:
                noun = counted(count, _NOUNS.get(config, "row"))
                yield f"{noun if config in _NOUNS else f'{noun} of {config}'} {what}"


def _of_columns(change: Diff) -> Iterator[str]:
    for config, columns in change.columns.items():
        yield _schema(config, columns, change.of(config).after or change.of(config).before)


def _schema(config: str, columns: Columns, rows: int) -> str:
    if columns.config:
        return f"config {config} is {columns.config} ({counted(rows, 'row')})"
    parts = [
        f"{what} {', '.join(names)}"
        for what, names in (
            ("added", columns.added),
            ("removed", columns.removed),
            ("retyped", columns.retyped),
        )
        if names
    ]
    return f"columns of {config}: {'; '.join(parts) or 'in another order'}"


def _of_texts(change: Diff) -> Iterator[str]:
    if change.texts == ("card",):
        yield "the card's text changed"
    elif change.texts:
        yield f"metadata changed: {', '.join(change.texts)}"


def _described(state: TypeState) -> str:
    """Returns a type in words; the quotes keep a cue from starting a list or a heading."""
    return f"“{state.cue}” → “{state.cue_linked}” instead of “{state.answer}”, {state.question}"


def _added(change: TypeChange) -> str:
    return f"{_described(change.state)} Effect {effect(change.state)}"


def _removed(change: TypeChange) -> str:
    return f"{_described(change.state)} {change.reason[0].upper()}{change.reason[1:]}"


def _changed(change: TypeChange) -> str:
    """Returns a type and what changed of it, most important first."""
    before, after = change.both
    parts: list[str] = []
    if change.answered_anew:
        parts.append(f"answer “{before.answer}” before")
    if change.moved:
        parts.append(f"effect {effect(before)} before, {effect(after)} now")
    if change.other_columns:
        parts.append(f"changed: {', '.join(change.other_columns)}")
    return f"{_described(after)} {'; '.join([*parts, *_pairs(change)])}"


def _pairs(change: TypeChange) -> Sequence[str]:
    counts = (
        (change.pairs_added, "added"),
        (change.pairs_removed, "removed"),
        (change.pairs_changed, f"changed ({', '.join(change.pair_columns)})"),
    )
    return [f"{counted(count, 'pair')} {what}" for count, what in counts if count]
