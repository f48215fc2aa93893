"""A difference of two releases in words: sentences with counts, and the types one by one. Plain
text, not escaped.

"; ".join(sentences(change))      # "3 types added; 30 pairs added"
"""

from collections.abc import Iterator, Sequence
from statistics import fmean

from .changes import Columns, Diff, TypeChange, TypeState

#: Configs whose rows have a name of their own.
_NOUNS = {"pairs": "pair", "controls": "control"}


def sentences(change: Diff) -> list[str]:
    """The difference in words, with counts."""
    return [*_of_types(change), *_of_rows(change), *_of_columns(change), *_of_texts(change)]


def details(change: Diff) -> Iterator[tuple[str, list[str]]]:
    """For each kind of change a title and a line for each type; plain text, not escaped."""
    for title, types, told in (
        ("Types added", change.types_added, _came),
        ("Types removed", change.types_removed, _went),
        ("Types changed", change.types_changed, _changed),
    ):
        if types:
            yield title, [told(one) for one in types]


def effect(one: TypeState) -> str:
    """A published effect with its interval and its number of pairs."""
    return f"{one.effect:+.2f} [{one.effect_low:+.2f}, {one.effect_high:+.2f}] on {counted(one.effect_pairs, 'pair')}"


def counted(count: int, noun: str) -> str:
    """A number with its noun, in the plural where it is not one."""
    return f"{count:,} {noun}{'s'[: count != 1]}"


def _of_types(change: Diff) -> Iterator[str]:
    changed = change.types_changed
    anew = [one for one in changed if one.answered_anew]
    moved = [_shift(one) for one in changed if one.moved]
    for types, what in (
        (change.types_added, "added"),
        (change.types_removed, "removed"),
        (anew, "re-answered"),
    ):
        if types:
            yield f"{counted(len(types), 'type')} {what}"
    if moved:
        pairs = sum(
            one.effect_pairs for one in (type.after for type in changed if type.moved) if one
        )
        yield (
            f"effects of {counted(len(moved), 'type')} measured anew on {counted(pairs, 'pair')}, "
            f"by {fmean(moved):+.2f} on average, at most {max(moved, key=abs):+.2f}"
        )
    others = [one.other_columns for one in changed if one.other_columns]
    if others:
        yield f"{counted(len(others), 'type')} changed ({', '.join(sorted(set().union(*others)))})"


def _shift(one: TypeChange) -> float:
    """How far a type's effect moved."""
    before, after = one.both
    return after.effect - before.effect


def _of_rows(change: Diff) -> Iterator[str]:
    """Pairs and controls by name, whatever else by its config."""
    for config, rows in change.rows.items():
        if config == "anchors" or change.columns.get(config, Columns()).config:
            # an anchor is its type, and a config that came or went is told with the columns
            continue
        columns = rows.columns
        if config == "pairs":
            own = [one for one in change.types_changed if one.pairs_changed]
            columns = tuple(sorted({column for one in own for column in one.pair_columns}))
        altered = (
            sum(one.pairs_changed for one in change.types_changed)
            if config == "pairs"
            else len(rows.changed)
        )
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
    told = [
        f"{what} {', '.join(names)}"
        for what, names in (
            ("added", columns.added),
            ("removed", columns.removed),
            ("retyped", columns.retyped),
        )
        if names
    ]
    return f"columns of {config}: {'; '.join(told) or 'in another order'}"


def _of_texts(change: Diff) -> Iterator[str]:
    if change.texts == ("card",):
        yield "the card's text changed"
    elif change.texts:
        yield f"metadata changed: {', '.join(change.texts)}"


def _named(one: TypeState) -> str:
    """A type in words; the quotes keep a cue from being read as the start of a list or a heading."""
    return f"“{one.cue}” → “{one.cue_linked}” instead of “{one.answer}”, {one.question}"


def _came(one: TypeChange) -> str:
    return f"{_named(one.state)} Effect {effect(one.state)}"


def _went(one: TypeChange) -> str:
    return f"{_named(one.state)} {one.reason[0].upper()}{one.reason[1:]}"


def _changed(one: TypeChange) -> str:
    """What changed of a type, most important first."""
    before, after = one.both
    parts: list[str] = []
    if one.answered_anew:
        parts.append(f"answer “{before.answer}” before")
    if one.moved:
        parts.append(f"effect {effect(before)} before, {effect(after)} now")
    if one.other_columns:
        parts.append(f"changed: {', '.join(one.other_columns)}")
    return f"{_named(after)} {'; '.join([*parts, *_pairs(one)])}"


def _pairs(one: TypeChange) -> Sequence[str]:
    counts = (
        (one.pairs_added, "added"),
        (one.pairs_removed, "removed"),
        (one.pairs_changed, f"changed ({', '.join(one.pair_columns)})"),
    )
    return [f"{counted(count, 'pair')} {what}" for count, what in counts if count]
