"""A VLMEvalKit benchmark: a TSV file with images in base64, or with paths to image files.

    for row in read("MMBench_DEV_EN.tsv", None, images=None, split=None): ...

Columns, as VLMEvalKit reads them: index; image (base64, or the index of the row that has it, in at
most 64 characters) or image_path (from `images` or the file's folder; also a list literal);
question; hint, which goes before the question; A, B, ... J; answer (a letter, or Yes or No if there
are no options); category, l2-category, split. An empty cell is a missing value; "None" and "nan"
are texts.

Questions about several images are left out. No image is kept in memory: a row remembers the byte
where its record begins.
"""

import ast
import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .answer_forms import LETTERS, YES_NO, as_letter, as_text, implied, letters_of
from .benchmark_rows import ImageRef, Row
from .image_files import NoImage, find
from .text_files import Record, cells_at, delimited, header_of

TITLE = "vlmevalkit"
#: An image cell with at most this many characters is the index of another row.
LONGEST_INDEX = 64
_OWN = frozenset({"index", "image", "image_path", "question", "answer", "split", *LETTERS})


@dataclass(frozen=True, slots=True)
class TsvImage:
    """An image in base64 in a cell of a TSV file."""

    path: str
    #: Byte where its record begins.
    offset: int
    #: Index of its cell in the record.
    cell: int
    index: str

    @property
    def name(self) -> str:
        """The file and the row's index."""
        return f"{Path(self.path).name} index {self.index}"

    def read(self) -> bytes:
        """Returns the decoded bytes."""
        text = _listed(cells_at(self.path, self.offset, "\t")[self.cell])[0]
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            raise ValueError(f"The image in {self.name} is not base64.") from None


def read(path: str, name: str | None, images: str | None, split: str | None) -> Iterator[Row]:
    """Yields the questions about one image, in the order of the file."""
    file = Path(path)
    header = header_of(file, "\t")
    for needed in ("index", "question", "answer"):
        if needed not in header:
            raise ValueError(
                f"{file} has no column {needed!r}, but {', '.join(header)}: it is no file of "
                "VLMEvalKit."
            )
    if not {"image", "image_path"} & set(header):
        raise ValueError(
            f"{file} has neither a column 'image' nor 'image_path', but {', '.join(header)}."
        )
    holders = _Holders(file, header, images or str(file.parent))
    for record in delimited(file, "\t"):
        cells = record.cells
        row_split = cells.get("split", "")
        if split is not None and row_split not in ("", split):
            continue
        image_and_name = holders.image_of(record)
        if image_and_name is None:
            continue
        image, image_name = image_and_name
        choices, hint = _choices(cells), cells.get("hint")
        yield Row(
            benchmark=name or TITLE,
            split=row_split or split or "",
            id=cells["index"],
            where=f"{file.name} line {record.line}",
            question=f"{hint}\n{cells['question']}" if hint else cells["question"],
            choices=choices,
            answer=as_text(cells["answer"], choices)
            if choices == YES_NO
            else as_letter(cells["answer"], choices),
            answer_text=cells["answer"],
            image=image,
            image_name=image_name,
            fields={key: cell for key, cell in cells.items() if key not in _OWN},
        )


def _choices(cells: Mapping[str, str]) -> tuple[str | None, ...]:
    """Returns the options, None for an empty cell; Yes and No if there are none and it fits."""
    choices = tuple(cells.get(letter) or None for letter in letters_of(cells))
    return choices if any(choices) else implied(cells["answer"])


def _listed(cell: str) -> list[str]:
    """Returns the texts of a cell that may be a list literal."""
    if not cell.startswith("["):
        return [cell] if cell else []
    try:
        value = ast.literal_eval(cell)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return [cell]
    return [str(text) for text in value]


class _Holders:
    """Which row of a file holds which image; reads ahead if a row refers to a later one."""

    def __init__(self, file: Path, header: list[str], folder: str) -> None:
        self.file, self.header, self.folder = file, header, folder
        self.offsets: dict[str, int] = {}
        self.complete = False

    def image_of(self, record: Record) -> tuple[ImageRef | None, str] | None:
        """Returns a row's image and its name, or None if the row has several images."""
        cell, paths = record.cells.get("image", ""), _listed(record.cells.get("image_path", ""))
        if cell and len(cell) <= LONGEST_INDEX:
            return self._referred(cell), cell
        embedded = _listed(cell)
        if len(embedded) > 1 or (not embedded and len(paths) > 1):
            return None
        if embedded:
            index = record.cells["index"]
            self.offsets.setdefault(index, record.offset)
            return self._held(record.offset, index), index
        return (find((self.folder,), (paths[0],)), paths[0]) if paths else (None, "")

    def _held(self, offset: int, index: str) -> TsvImage:
        return TsvImage(str(self.file), offset, self.header.index("image"), index)

    def _referred(self, index: str) -> ImageRef:
        if index not in self.offsets and not self.complete:
            for record in delimited(self.file, "\t"):
                if len(record.cells["image"]) > LONGEST_INDEX:
                    self.offsets.setdefault(record.cells["index"], record.offset)
            self.complete = True
        if index not in self.offsets:
            reason = f"{self.file.name} has no image in a row with index {index!r}."
            return NoImage(f"{self.file.name} index {index}", reason)
        return self._held(self.offsets[index], index)
