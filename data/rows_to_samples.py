"""Turns rows into samples that can be asked, or into rejections that say why not.

    for result in samples(open_source("my.csv"), workspace.put_image): ...    # Sample | Rejection

A model sees every option and the image. So a row is rejected if an option is missing or repeated,
if the gold answer is no option, or if the image does not decode. Empty options at the end only mean
fewer options. Nothing is repaired: images keep their bytes, texts their characters.
"""

import io
from collections.abc import Callable, Iterable, Iterator

from PIL import Image, UnidentifiedImageError

from spuriforge.pipeline.records import Rejection, Sample, key_of

from .answer_forms import LETTERS
from .benchmark_rows import Row

MIN_CHOICES, MAX_CHOICES = 2, len(LETTERS)
#: An image with a side below this, in pixels, is a placeholder.
MIN_SIDE = 16
#: Formats to decode. For others, such as EPS, Pillow starts programs, and these images are
#: untrusted.
FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")


def plan(rows: Iterable[Row]) -> tuple[list[tuple[str, Row]], list[Rejection]]:
    """Returns (sample key, row) of each question, and rejections of repeated questions.

    Opens no image.
    """
    first: dict[str, Row] = {}
    repeated = []
    for row in rows:
        before = first.setdefault(sample_key(row), row)
        if before is not row:
            other = "" if before.answer == row.answer else ", with another answer"
            repeated.append(
                _rejection(row, f"The same question as {before.where}{other}.", sample="")
            )
    return list(first.items()), repeated


def samples(rows: Iterable[Row], put_image: Callable[[bytes], str]) -> Iterator[Sample | Rejection]:
    """Yields a sample or a rejection for each row, rejections of repeated questions first."""
    planned, repeated = plan(rows)
    yield from repeated
    for _, row in planned:
        yield to_sample(row, put_image)


def to_sample(row: Row, put_image: Callable[[bytes], str]) -> Sample | Rejection:
    """Returns the row's sample or its rejection; `put_image` stores an image under its sha256."""
    choices = _shown(row)
    reason = _problem_of_text(row, choices)
    if reason is not None:
        return _rejection(row, reason)
    image = ""
    if row.image is not None:
        try:
            payload = row.image.read()
            check_image(payload)
        except ValueError as error:
            return _rejection(row, str(error))
        image = put_image(payload)
    elif row.published is None:
        return _rejection(row, "There is no image.")
    assert row.answer is not None, "a missing gold answer is a problem of the text"
    return Sample(
        key=sample_key(row),
        benchmark=row.benchmark,
        split=row.split,
        question_id=row.id,
        question=row.question,
        choices=tuple(choice for choice in choices if choice is not None),
        answer=row.answer,
        image=image,
        caption=row.caption,
        group=row.group,
    )


def sample_key(row: Row) -> str:
    """Returns the key of the row's sample.

    It includes the question, since some benchmarks use the image's id as the question's. A row
    without an image is another sample than the same row with an image.
    """
    without = () if row.image else ("no image",)
    return key_of("sample", row.benchmark, row.split, row.id, row.question, _shown(row), *without)


def _shown(row: Row) -> tuple[str | None, ...]:
    """Returns the options without missing ones at the end."""
    count = len(row.choices)
    while count and row.choices[count - 1] is None:
        count -= 1
    return row.choices[:count]


def _rejection(row: Row, reason: str, sample: str | None = None) -> Rejection:
    return Rejection(
        key=key_of("rejection", row.benchmark, row.split, row.id, row.where, reason),
        sample=sample_key(row) if sample is None else sample,
        benchmark=row.benchmark,
        split=row.split,
        question_id=row.id,
        where=row.where,
        reason=reason,
    )


def _problem_of_text(row: Row, choices: tuple[str | None, ...]) -> str | None:
    """Says in one sentence what is wrong with the question, its options or its gold answer."""
    if not row.question.strip():
        return "The question is empty."
    if row.answer is not None and _is_missing(row.choices[row.answer]):
        return f"The gold option {LETTERS[row.answer]} is empty."
    for letter, choice in zip(LETTERS, choices, strict=False):
        if _is_missing(choice):
            return f"Option {letter} is empty."
    if not MIN_CHOICES <= len(choices) <= MAX_CHOICES:
        return f"There are {len(choices)} options; {MIN_CHOICES} to {MAX_CHOICES} can be asked."
    texts = [choice.strip().casefold() for choice in choices if choice is not None]
    for place, text in enumerate(texts):
        if text in texts[:place]:
            return f"The options {LETTERS[texts.index(text)]} and {LETTERS[place]} are the same."
    if row.answer is None:
        return (
            f"The answer {row.answer_text!r} is none of the options."
            if row.answer_text
            else "There is no answer."
        )
    return None


def _is_missing(choice: str | None) -> bool:
    """Whether there is nothing to show. Pandas writes an empty cell as "nan"; "None" is a text."""
    return choice is None or choice.strip() in ("", "nan")


def check_image(payload: bytes) -> None:
    """Raises ValueError, in one sentence, if an image is broken, too large or too small."""
    try:
        with Image.open(io.BytesIO(payload), formats=FORMATS) as image:
            width, height = image.size
            limit = Image.MAX_IMAGE_PIXELS
            if limit is None or width * height <= limit:
                image.load()
    except UnidentifiedImageError:
        raise ValueError(f"The image is of no known format; {', '.join(FORMATS)} are.") from None
    except Exception as error:  # a broken file makes its decoder raise nearly anything
        raise ValueError(
            f"The image cannot be decoded: {str(error)[:120] or type(error).__name__}."
        ) from None
    if limit is not None and width * height > limit:
        raise ValueError(f"The image has {width} x {height} pixels, more than {limit:,}.")
    if min(width, height) < MIN_SIDE:
        raise ValueError(
            f"The image has {width} x {height} pixels; a side under {MIN_SIDE} shows nothing."
        )
