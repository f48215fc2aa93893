"""A benchmark's question as its file has it, before anything is checked; readers yield these, one
at a time.

    for row in open_source("my.csv", kind="table"): ...       # data/sources.py

Nothing is mended here: an empty cell stays empty, a literal "None" stays "None", and the image is
opened only when its bytes are asked for. So an audit sees what is wrong, and 40,000 rows are read
in seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class ImageRef(Protocol):
    """Where a row's image lies; picklable, and small."""

    @property
    def name(self) -> str:
        """How to call it in a message: a path, or a file and row."""
        ...

    def read(self) -> bytes:
        """The image's bytes; ValueError, in one sentence, where there is none to read."""
        ...


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image that is a file of its own."""

    path: str

    @property
    def name(self) -> str:
        """The path."""
        return self.path

    def read(self) -> bytes:
        """The file's bytes."""
        try:
            return Path(self.path).read_bytes()
        except OSError as error:
            raise ValueError(f"The image {self.path} cannot be read: {error.strerror}.") from None


@dataclass(frozen=True, slots=True)
class Published:
    """A model's published answer to a row, and what a judge said of it, as they stand in the file."""

    text: str
    #: The publisher's own parse: a letter, or empty.
    parsed: str
    is_error: bool | None
    judge_text: str
    is_spurious: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question about one image, as the source gives it."""

    benchmark: str
    split: str
    #: As the source gives it; an audit says where it is not unique.
    id: str
    #: "FILE line 12" or "FILE row 12".
    where: str
    question: str
    #: The cells of the options by letter; None where the source has no value. Empty text stays
    #: empty text.
    choices: tuple[str | None, ...]
    #: Index of the gold option in `choices`; None where the source's answer names none.
    answer: int | None
    #: The gold answer as the source gives it.
    answer_text: str
    #: None where the source has no image for it, or only its name.
    image: ImageRef | None
    #: What tells images apart where only their names are at hand (a COCO id, a path); empty where
    #: nothing does.
    image_name: str = ""
    caption: str | None = None
    #: Questions that belong together (NaturalBench).
    group: str | None = None
    published: Published | None = None
    #: Further columns, for audits (category, type of question, ...).
    fields: Mapping[str, str] = field(default_factory=dict)
