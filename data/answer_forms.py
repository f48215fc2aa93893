"""What a table's answer column means: an option's text, its letter, or its index counted from 0.

    forms = forms_of((answer, choices) for each row)       # once for a file, over all of its rows
    index = resolve("B", ("red", "blue"), forms)            # 1

"2" among the options "1", "2", "3", "4" is either a text or an index, and "A" among "B", "A" a text
or a letter. So the form that explains most rows of the file is tried first, and the others after
it; text, letter, index where as many rows speak for each. A row alone would have to be guessed.
"""

from collections.abc import Callable, Container, Iterable, Sequence

LETTERS = "ABCDEFGHIJ"
YES_NO = ("Yes", "No")

Choices = Sequence[str | None]
Form = Callable[[object, Choices], int | None]


def as_text(answer: object, choices: Choices) -> int | None:
    """The option whose text the answer is: the same in every letter, or else the only one but for
    upper case.
    """
    if not isinstance(answer, str) or not answer.strip():
        return None
    said = answer.strip()
    texts = [choice.strip() if choice is not None else None for choice in choices]
    if said in texts:
        return texts.index(said)
    alike = [
        place
        for place, text in enumerate(texts)
        if text is not None and text.casefold() == said.casefold()
    ]
    return alike[0] if len(alike) == 1 else None


def as_letter(answer: object, choices: Choices) -> int | None:
    """The option whose letter the answer is: "B" or "b"."""
    said = answer.strip().upper() if isinstance(answer, str) else ""
    return LETTERS.index(said) if len(said) == 1 and said in LETTERS[: len(choices)] else None


def as_index(answer: object, choices: Choices) -> int | None:
    """The option whose place the answer is, counted from 0: 1, 1.0 or "1"."""
    number = _number(answer)
    return number if number is not None and 0 <= number < len(choices) else None


def letters_of(columns: Container[str]) -> str:
    """The letters up to the last one that is a column: an option's place is its letter's, whatever
    is missing.
    """
    return LETTERS[
        : max((place for place, letter in enumerate(LETTERS, 1) if letter in columns), default=0)
    ]


def implied(answer: object) -> tuple[str, ...]:
    """The options of a question that lists none: Yes and No where the answer is one of them."""
    return YES_NO if isinstance(answer, str) and answer.strip().casefold() in ("yes", "no") else ()


FORMS: tuple[Form, ...] = (as_text, as_letter, as_index)


def _number(answer: object) -> int | None:
    """The whole number that an answer is. Tables with missing values turn 1 into 1.0."""
    if isinstance(answer, str):
        said = answer.strip()
        return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
    if isinstance(answer, bool) or not isinstance(answer, int | float) or answer != answer // 1:
        return None
    return int(answer)


def forms_of(rows: Iterable[tuple[object, Choices]], source: str) -> tuple[Form, ...]:
    """The forms in the order in which a file's answers speak for them.

    ValueError where they plainly are indices counted from 1: none is 0, and some stand one past the
    last option. Read as they stand, they would make a whole benchmark of wrong answers.
    """
    explained = [0] * len(FORMS)
    numbers: set[int] = set()
    beyond = counted = 0
    for answer, choices in rows:
        found = [form(answer, choices) is not None for form in FORMS]
        explained = [count + hit for count, hit in zip(explained, found, strict=True)]
        number = _number(answer)
        if number is not None and not found[0]:
            numbers.add(number)
            counted += 1
            beyond += number == len(choices)
    if beyond and counted >= 10 and 0 not in numbers:
        raise ValueError(
            f"{source}: the answers are numbers counted from 1; count them from 0, or write "
            f"letters."
        )
    return tuple(
        form for _, form in sorted(zip(explained, FORMS, strict=True), key=lambda pair: -pair[0])
    )


def resolve(answer: object, choices: Choices, forms: Sequence[Form]) -> int | None:
    """The index of the option that an answer names, by the first form that fits; None where none
    does.
    """
    return next((index for form in forms if (index := form(answer, choices)) is not None), None)
