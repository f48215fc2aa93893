"""What is wrong with a row's published prediction and verdict, seen from that row alone.

    for kind, note in published_faults(row, parse): ...     # "parse-disagrees", "A here, C published: 'Answer: A'"

`parse` is pipeline.lvlm.parse.parse: it reads an answer against the options as the model was shown
them.
"""

import re
from collections.abc import Callable, Iterator

from .answer_forms import as_letter, as_text
from .audit_options import LETTERS, Fault
from .audit_texts import plain
from .benchmark_rows import Published, Row
from .judge_verdicts import verdict_of

Parse = Callable[[str, tuple[str, ...]], int | None]

#: "(B) milk" or "B. milk"; "A man" is no letter and its text.
_LETTER_AND_TEXT = re.compile(r"\W*([A-J])[).:]\s*(\S.*)", re.DOTALL)


def published_faults(row: Row, parse: Parse) -> Iterator[Fault]:
    """All that is wrong with the row's published prediction; nothing where it has none."""
    said = row.published
    if said is None:
        return
    chosen = parse(said.text, shown(row))
    if chosen is None:
        yield "unparsed-answer", said.text[:80]
    elif not (row.choices[chosen] or "").strip():
        yield "nan-chosen", said.text[:80]
    theirs = _published_choice(said, row)
    if chosen != theirs or (theirs is None and said.parsed.strip()):
        yield (
            "parse-disagrees",
            f"{_letter(chosen)} here, {said.parsed or 'none'} published: {said.text[:80]!r}",
        )
    yield from _error_faults(row, said, chosen)
    yield from _verdict_faults(said)


def shown(row: Row) -> tuple[str, ...]:
    """The options as the published prompts had them: one without text was printed as "nan"."""
    return tuple(choice if choice and choice.strip() else "nan" for choice in row.choices)


def other_option(row: Row) -> str | None:
    """The text that a prediction gives to a letter, where the row has another text there; None
    where it does not.
    """
    match = _LETTER_AND_TEXT.fullmatch(row.published.text) if row.published else None
    if match is None:
        return None
    index = LETTERS.index(match[1])
    own = shown(row)[index] if index < len(row.choices) else ""
    return None if plain(match[2]) == plain(own) else match[2]


def _letter(chosen: int | None) -> str:
    return "none" if chosen is None else LETTERS[chosen]


def _published_choice(said: Published, row: Row) -> int | None:
    by_letter = as_letter(said.parsed, row.choices)
    return as_text(said.parsed, row.choices) if by_letter is None else by_letter


def _error_faults(row: Row, said: Published, chosen: int | None) -> Iterator[Fault]:
    if said.is_error is None:
        yield "unread-flag", ""
    elif said.is_error == (chosen is not None and chosen == row.answer):
        flag = "an error" if said.is_error else "no error"
        yield (
            "error-miscounted",
            f"{flag} published, {_letter(chosen)} said, {_letter(row.answer)} is the gold",
        )
    elif said.is_error and _says_gold(row, said, chosen):
        yield "prediction-is-gold", f"{said.text[:80]!r}, and {_letter(row.answer)} is the gold"


def _says_gold(row: Row, said: Published, chosen: int | None) -> bool:
    """Is the gold option's text what the prediction says after its letter, or what stands under its
    letter alone?
    """
    gold = (
        row.choices[row.answer]
        if row.answer is not None and row.answer < len(row.choices)
        else None
    )
    match = _LETTER_AND_TEXT.fullmatch(said.text)
    text = match[2] if match else None if chosen is None else row.choices[chosen]
    return bool(gold and text and plain(gold) == plain(text))


def _verdict_faults(said: Published) -> Iterator[Fault]:
    """A flag against its judge's text; a row that was not judged has neither."""
    if (
        said.judge_text.strip()
        and (verdict := verdict_of(said.judge_text)).spurious != said.is_spurious
    ):
        yield (
            "verdict-disagrees",
            f"{said.is_spurious} published, {verdict.spurious} said: {said.judge_text[:60]!r}",
        )
    elif not said.judge_text.strip() and said.is_spurious:
        yield "verdict-disagrees", "counted as spurious without a judge's text"
