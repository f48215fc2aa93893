"""Faults in a row's question, options and gold answer that the row alone shows.

    for kind, note in option_faults(row): ...        # "duplicate-options", "A and C: 'milk'"

Each check yields its kind (audit_findings.KINDS) and what exactly is wrong.
"""

import re
from collections.abc import Iterator

from .audit_texts import decoded_wrongly, made_by_spreadsheet, plain
from .benchmark_rows import Row

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Texts that pandas takes for missing, except codes for numbers; other readers ignore case, too.
NONE_WORDS = frozenset({"none", "na", "n/a", "#n/a", "#na", "<na>", "null"})
_POSITION_DEPENDENT = re.compile(
    r"\b(?:(?:all|none|both|neither|either|any|some|two|more than one) of (?:the )?(?:above|below)"
    r"|(?:both|either|neither) \(?[A-D]\)? (?:and|or|nor) \(?[A-D]\)?"
    r"|(?:all|none) of (?:the )?(?:other|previous) (?:options|choices|answers))\b",
    re.IGNORECASE,
)
_LIST = re.compile(r"\b(?:options?|choices)\s*:", re.IGNORECASE)
_FIRST, _SECOND = re.compile(r"\bA[).:]\s"), re.compile(r"\bB[).:]\s")

Fault = tuple[str, str]


def option_faults(row: Row) -> Iterator[Fault]:
    """Yields all faults of the row itself."""
    yield from _gold_faults(row)
    yield from _cell_faults(row)
    yield from _duplicates(row)
    yield from _text_faults(row)
    if nan := _shown_as_nan(row):
        yield "nan-option", _letters(nan)


def _letter(index: int) -> str:
    return LETTERS[index] if index < len(LETTERS) else str(index)


def _gold_faults(row: Row) -> Iterator[Fault]:
    if row.answer is None or not 0 <= row.answer < len(row.choices):
        yield "gold-absent", f"the answer {row.answer_text!r} names no option"
    elif not (row.choices[row.answer] or "").strip():
        yield "gold-absent", f"the answer {row.answer_text!r} names an empty option"


def _cell_faults(row: Row) -> Iterator[Fault]:
    given = [index for index, choice in enumerate(row.choices) if choice is not None]
    holes = [index for index in range(max(given, default=-1)) if row.choices[index] is None]
    if holes:
        yield "missing-option", f"no value for {_letters(holes)}"
    elif len(given) < 2:
        yield "missing-option", f"{len(given)} options"
    if empty := [index for index in given if not (row.choices[index] or "").strip()]:
        yield "empty-option", f"nothing under {_letters(empty)}"
    if len(given) > 10:
        yield "too-many-options", f"{len(given)} options"


def _letters(indices: list[int]) -> str:
    return " and ".join(_letter(index) for index in indices)


def _duplicates(row: Row) -> Iterator[Fault]:
    places: dict[str, list[int]] = {}
    for index, choice in enumerate(row.choices):
        if choice is not None and choice.strip():
            places.setdefault(plain(choice), []).append(index)
    twice = [indices for indices in places.values() if len(indices) > 1]
    if twice:
        yield (
            "duplicate-options",
            "; ".join(f"{_letters(indices)}: {row.choices[indices[0]]!r}" for indices in twice),
        )
    for indices in twice:
        if row.answer in indices:
            yield "gold-duplicated", f"{_letters(indices)}: {row.choices[indices[0]]!r}"


def _text_faults(row: Row) -> Iterator[Fault]:
    options = [choice for choice in row.choices if choice is not None and choice.strip()]
    if not row.question.strip():
        yield "empty-question", ""
    for kind, faulty in (
        ("literal-none", [text for text in options if text.strip().casefold() in NONE_WORDS]),
        ("spreadsheet-date", made_by_spreadsheet(row.question, options)),
        ("spreadsheet-boolean", _booleans(options)),
        (
            "position-dependent-option",
            [text for text in options if _POSITION_DEPENDENT.search(text)],
        ),
        ("garbled-text", [text for text in (row.question, *options) if decoded_wrongly(text)]),
    ):
        if faulty:
            yield kind, " and ".join(repr(text) for text in faulty)
    if _lists_options(row.question):
        yield "options-in-question", ""


def _lists_options(question: str) -> bool:
    """Whether the question says "Options:", or "A. " and later "B. "."""
    first = _FIRST.search(question)
    return bool(_LIST.search(question) or (first and _SECOND.search(question, first.end())))


def _booleans(options: list[str]) -> list[str]:
    """Returns TRUE and FALSE if the row's other options are in lower case."""
    capitals = [text for text in options if text.strip() in ("TRUE", "FALSE")]
    others = [text for text in options if text.strip() not in ("TRUE", "FALSE")]
    return capitals if others and all(text == text.lower() for text in others) else []


def _shown_as_nan(row: Row) -> list[int]:
    """Returns the options that the model saw as "nan".

    These are options that read "nan", and, in a published file, options without text.
    """
    return [
        index
        for index, choice in enumerate(row.choices)
        if (choice or "").strip().casefold() == "nan"
        or (row.published and not (choice or "").strip())
    ]
