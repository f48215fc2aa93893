"""A benchmark's question as its file has it, before any check. Readers yield these rows.

    for row in open_source("my.csv", kind="table"): ...       # data/sources.py

Nothing is repaired here: an empty cell stays empty, a literal "None" stays "None", and an image is
opened only when its bytes are needed. So an audit sees what is wrong, and 40,000 rows are read in
seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class ImageRef(Protocol):
    """Where a row's image lies; small and picklable."""

    @property
    def name(self) -> str:
        """What messages call it: a path, or a file and row."""
        ...

    def read(self) -> bytes:
        """Returns the image's bytes; ValueError, in one sentence, if they cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image in a file of its own."""

    path: str

    @property
    def name(self) -> str:
        """The path."""
        return self.path

    def read(self) -> bytes:
        """Returns the file's bytes."""
        try:
            return Path(self.path).read_bytes()
        except OSError as error:
            raise ValueError(f"The image {self.path} cannot be read: {error.strerror}.") from None


@dataclass(frozen=True, slots=True)
class Published:
    """A model's published answer to a row and a judge's verdict on it, as the file has them."""

    text: str
    #: The publisher's own parse: a letter, or empty.
    parsed: str
    is_error: bool | None
    judge_text: str
    is_spurious: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question about one image, as the source has it."""

    benchmark: str
    split: str
    #: As in the source; an audit reports ids that are not unique.
    id: str
    #: "FILE line 12" or "FILE row 12".
    where: str
    question: str
    #: The options by letter; None if the source has no value, "" if it has an empty text.
    choices: tuple[str | None, ...]
    #: Index of the gold option in `choices`; None if the source's answer names no option.
    answer: int | None
    #: The gold answer as the source writes it.
    answer_text: str
    #: None if the source has no image for the row, or only its name.
    image: ImageRef | None
    #: What tells images apart where only names are known (a COCO id, a path); may be empty.
    image_name: str = ""
    caption: str | None = None
    #: Questions that belong together (NaturalBench).
    group: str | None = None
    published: Published | None = None
    #: Further columns, for audits: category, type of question, ...
    fields: Mapping[str, str] = field(default_factory=dict)
