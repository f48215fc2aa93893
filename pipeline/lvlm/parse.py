"""Parses which option a reply names: strictly first, then leniently, and never by a guess.

Strict: the reply is a letter alone ("B", "(B)", "B."), a letter with its own option ("B. red"), or
ends in a line "Answer: B" or "Answer: B. red". Lenient: the reply is one option's text, names one
letter after "answer is", or starts with a letter. A reply that names two options stays unparsed,
also one with a letter before another option's text. docs/explanation/parsing.md has the measurement
on 31,288 published answers of GPT-4o.
"""

import re

from .prompts import LETTERS

_LETTER_ALONE = re.compile(r"^\W*(?:option\s+)?\(?([A-J])\)?\W*$", re.IGNORECASE)
_LETTER_FIRST = re.compile(r"^\s*(?:\(([A-J])\)|([A-J])[.):])\s*(.+)$", re.DOTALL)
_ANSWER_LINE = re.compile(
    r"^\W*(?:final\s+)?answer\W*(?:is\W*)?(?:option\s+)?\(?([A-J])\)?\W*$", re.IGNORECASE
)
_ANSWER_WITH_OPTION = re.compile(
    r"^\W*(?:final\s+)?answer\W*(?:is\W*)?(?:option\s+)?(?:\(([A-J])\)|([A-J])\W)(.+)$",
    re.IGNORECASE,
)
_ANSWER_IS = re.compile(
    r"\b(?:answer|choice|option)\s*(?:is|:)\s*\W*(?:option\s+)?(?:\(([A-J])\)|([A-J])\b(?!\s+[a-z]))",
    re.IGNORECASE,
)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s'-]", " ", text.casefold()).split())


def _within(letter: str, choices: tuple[str, ...]) -> int | None:
    index = LETTERS.index(letter.upper())
    return index if index < len(choices) else None


def _strict(text: str, choices: tuple[str, ...]) -> int | None:
    if match := _LETTER_ALONE.match(text):
        return _within(match[1], choices)
    if match := _LETTER_FIRST.match(text):
        index = _within(match[1] or match[2], choices)
        if index is not None and _plain(match[3]) == _plain(choices[index]):
            return index
    for line in reversed(text.strip().splitlines()):
        if match := _ANSWER_LINE.match(line):
            return _within(match[1], choices)
        if match := _ANSWER_WITH_OPTION.match(line):
            index = _within(match[1] or match[2], choices)
            return (
                index if index is not None and _plain(match[3]) == _plain(choices[index]) else None
            )
    return None


def _lenient(text: str, choices: tuple[str, ...]) -> int | None:
    plain = _plain(text)
    whole = {
        index for index, choice in enumerate(choices) if _plain(choice) and _plain(choice) == plain
    }
    if len(whole) == 1:
        return whole.pop()
    answers = [match for line in text.splitlines() if (match := _ANSWER_WITH_OPTION.match(line))]
    if any(_says_another(match[3], match[1] or match[2], choices) for match in answers):
        return None
    named = {_within(first or second, choices) for first, second in _ANSWER_IS.findall(text)}
    if match := _LETTER_FIRST.match(text):
        if _lists_another(match[3], choices) or _says_another(
            match[3], match[1] or match[2], choices
        ):
            return None
        named.add(_within(match[1] or match[2], choices))
    return named.pop() if len(named) == 1 else None


def _says_another(text: str, letter: str, choices: tuple[str, ...]) -> bool:
    """Returns whether the text after a letter is the text of another letter's option."""
    plain, own = _plain(text), _within(letter, choices)
    return any(
        _plain(choice) == plain and index != own
        for index, choice in enumerate(choices)
        if _plain(choice)
    )


def _lists_another(text: str, choices: tuple[str, ...]) -> bool:
    """Returns whether the text contains another letter with its own option, like "(B) train"."""
    patterns = (
        rf"\b{letter}\W+{re.escape(choice)}"
        for letter, choice in zip(LETTERS, choices, strict=False)
    )
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def parse(text: str, choices: tuple[str, ...]) -> int | None:
    """Returns the index of the option that `text` names; None if it names none or several."""
    strict = _strict(text, choices)
    return _lenient(text, choices) if strict is None else strict
