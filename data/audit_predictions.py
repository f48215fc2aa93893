"""Faults in a row's published prediction and verdict that the row alone shows.

    for kind, note in prediction_faults(row, parse): ...
    # "parse-disagrees", "A here, C published: 'Answer: A'"

`parse` is pipeline.lvlm.parse.parse: it reads an answer against the options that the model saw.
"""

import re
from collections.abc import Callable, Iterator

from .answer_forms import as_letter, as_text
from .audit_options import LETTERS, Fault
from .audit_texts import plain
from .benchmark_rows import Published, Row
from .judge_verdicts import verdict_of

Parse = Callable[[str, tuple[str, ...]], int | None]

#: "(B) milk" or "B. milk", but not "A man".
_LETTER_AND_TEXT = re.compile(r"\W*([A-J])[).:]\s*(\S.*)", re.DOTALL)


def prediction_faults(row: Row, parse: Parse) -> Iterator[Fault]:
    """Yields all faults of the row's published prediction, if it has one."""
    published = row.published
    if published is None:
        return
    chosen = parse(published.text, shown(row))
    if chosen is None:
        yield "unparsed-answer", published.text[:80]
    elif not (row.choices[chosen] or "").strip():
        yield "nan-chosen", published.text[:80]
    published_choice = _published_choice(published, row)
    if chosen != published_choice or (published_choice is None and published.parsed.strip()):
        parsed = published.parsed or "none"
        yield (
            "parse-disagrees",
            f"{_letter(chosen)} here, {parsed} published: {published.text[:80]!r}",
        )
    yield from _error_faults(row, published, chosen)
    yield from _verdict_faults(published)


def shown(row: Row) -> tuple[str, ...]:
    """Returns the options as the published prompts had them: "nan" for an option without text."""
    return tuple(choice if choice and choice.strip() else "nan" for choice in row.choices)


def other_option(row: Row) -> str | None:
    """Returns the text beside the prediction's letter if the row has another text there."""
    match = _LETTER_AND_TEXT.fullmatch(row.published.text) if row.published else None
    if match is None:
        return None
    index = LETTERS.index(match[1])
    option = shown(row)[index] if index < len(row.choices) else ""
    return None if plain(match[2]) == plain(option) else match[2]


def _letter(chosen: int | None) -> str:
    return "none" if chosen is None else LETTERS[chosen]


def _published_choice(published: Published, row: Row) -> int | None:
    by_letter = as_letter(published.parsed, row.choices)
    return as_text(published.parsed, row.choices) if by_letter is None else by_letter


def _error_faults(row: Row, published: Published, chosen: int | None) -> Iterator[Fault]:
    if published.is_error is None:
        yield "unread-flag", ""
    elif published.is_error == (chosen is not None and chosen == row.answer):
        flag = "an error" if published.is_error else "no error"
        yield (
            "error-miscounted",
            f"{flag} published, {_letter(chosen)} answered, {_letter(row.answer)} is the gold",
        )
    elif published.is_error and _says_gold(row, published, chosen):
        answer = published.text[:80]
        yield "prediction-is-gold", f"{answer!r}, and {_letter(row.answer)} is the gold"


def _says_gold(row: Row, published: Published, chosen: int | None) -> bool:
    """Whether the prediction's text, or the option of its letter, is the gold option's text."""
    gold = (
        row.choices[row.answer]
        if row.answer is not None and row.answer < len(row.choices)
        else None
    )
    match = _LETTER_AND_TEXT.fullmatch(published.text)
    text = match[2] if match else None if chosen is None else row.choices[chosen]
    return bool(gold and text and plain(gold) == plain(text))


def _verdict_faults(published: Published) -> Iterator[Fault]:
    """Compares the flag with the judge's text; a row that was not judged has neither."""
    judge_text, flag = published.judge_text, published.is_spurious
    if judge_text.strip():
        verdict = verdict_of(judge_text).spurious
        if verdict != flag:
            yield "verdict-disagrees", f"{flag} published, {verdict} read: {judge_text[:60]!r}"
    elif flag:
        yield "verdict-disagrees", "counted as spurious without a judge's text"
