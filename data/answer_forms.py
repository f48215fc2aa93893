"""What a table's answer column means: an option's text, its letter, or its index counted from 0.

    forms = forms_of(((answer, choices) for answer, choices in rows), "my.csv")   # once for a file
    index = resolve("B", ("red", "blue"), forms)                                  # 1

"2" among the options "1", "2", "3", "4" is either a text or an index, and "A" among "B", "A" is
either a text or a letter. One row cannot tell. So the form that explains most rows of the file is
tried first, then the others; ties go to text, then letter, then index.
"""

from collections.abc import Callable, Container, Iterable, Sequence

LETTERS = "ABCDEFGHIJ"
YES_NO = ("Yes", "No")

Choices = Sequence[str | None]
Form = Callable[[object, Choices], int | None]


def as_text(answer: object, choices: Choices) -> int | None:
    """Returns the option whose text is the answer; case counts only if several would fit."""
    if not isinstance(answer, str) or not answer.strip():
        return None
    wanted = answer.strip()
    texts = [choice.strip() if choice is not None else None for choice in choices]
    if wanted in texts:
        return texts.index(wanted)
    alike = [
        place
        for place, text in enumerate(texts)
        if text is not None and text.casefold() == wanted.casefold()
    ]
    return alike[0] if len(alike) == 1 else None


def as_letter(answer: object, choices: Choices) -> int | None:
    """Returns the option whose letter is the answer: "B" or "b"."""
    letter = answer.strip().upper() if isinstance(answer, str) else ""
    return LETTERS.index(letter) if len(letter) == 1 and letter in LETTERS[: len(choices)] else None


def as_index(answer: object, choices: Choices) -> int | None:
    """Returns the option whose index, counted from 0, is the answer: 1, 1.0 or "1"."""
    number = _number(answer)
    return number if number is not None and 0 <= number < len(choices) else None


def letters_of(columns: Container[str]) -> str:
    """Returns the letters up to the last that is a column, so that options keep their places."""
    return LETTERS[
        : max((place for place, letter in enumerate(LETTERS, 1) if letter in columns), default=0)
    ]


def implied(answer: object) -> tuple[str, ...]:
    """Returns Yes and No, the options of a question that lists none and has such an answer."""
    return YES_NO if isinstance(answer, str) and answer.strip().casefold() in ("yes", "no") else ()


FORMS: tuple[Form, ...] = (as_text, as_letter, as_index)


def _number(answer: object) -> int | None:
    """Returns the answer as a whole number. Tables with missing values turn 1 into 1.0."""
    if isinstance(answer, str):
        digits = answer.strip()
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
    if isinstance(answer, bool) or not isinstance(answer, int | float) or answer != answer // 1:
        return None
    return int(answer)


def forms_of(rows: Iterable[tuple[object, Choices]], source: str) -> tuple[Form, ...]:
    """Returns the forms, the one that explains most of the file's answers first.

    Raises ValueError if the answers are plainly indices counted from 1: none is 0, and some are one
    past the last option. Read as they stand, they would make a whole benchmark of wrong answers.
    """
    explained = [0] * len(FORMS)
    numbers: set[int] = set()
    beyond = counted = 0
    for answer, choices in rows:
        fits = [form(answer, choices) is not None for form in FORMS]
        explained = [count + fit for count, fit in zip(explained, fits, strict=True)]
        number = _number(answer)
        if number is not None and not fits[0]:
            numbers.add(number)
            counted += 1
            beyond += number == len(choices)
    if beyond and counted >= 10 and 0 not in numbers:
        raise ValueError(
            f"{source}: the answers are numbers counted from 1; count them from 0, or write "
            "letters."
        )
    return tuple(
        form for _, form in sorted(zip(explained, FORMS, strict=True), key=lambda pair: -pair[0])
    )


def resolve(answer: object, choices: Choices, forms: Sequence[Form]) -> int | None:
    """Returns the index of the option that an answer names, by the first form that fits."""
    return next((index for form in forms if (index := form(answer, choices)) is not None), None)
