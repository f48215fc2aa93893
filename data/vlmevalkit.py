"""A VLMEvalKit benchmark: its TSV file, the images in base64 within it or beside it.

    for row in read("MMBench_DEV_EN.tsv", None, images=None, split=None): ...

Columns as VLMEvalKit reads them: index; image (base64, or in at most 64 characters the index of the
row that has it) or image_path (from `images` or the file's own folder; also a list literal);
question; hint, which it shows before the question and so it stands there here; A, B, ... J; answer
(a letter; Yes or No where there are no options); category, l2-category, split. An empty cell is a
missing value, "None" and "nan" are texts. Left out, by rule: questions about several images. No
image is kept: a row remembers the byte where its record begins.
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
#: An image cell of at most so many characters is the index of another row.
LONGEST_INDEX = 64
_OWN = frozenset({"index", "image", "image_path", "question", "answer", "split", *LETTERS})


@dataclass(frozen=True, slots=True)
class TsvImage:
    """An image in base64 in a cell of a TSV file."""

    path: str
    #: Where its record begins, in bytes, and which cell it is.
    offset: int
    cell: int
    index: str

    @property
    def name(self) -> str:
        """The file and the row's index."""
        return f"{Path(self.path).name} index {self.index}"

    def read(self) -> bytes:
        """The decoded bytes."""
        text = _listed(cells_at(self.path, self.offset, "\t")[self.cell])[0]
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            raise ValueError(f"The image in {self.name} is not base64.") from None


def read(path: str, name: str | None, images: str | None, split: str | None) -> Iterator[Row]:
    """The questions about one image, in the order of the file."""
    file = Path(path)
    header = header_of(file, "\t")
    for needed in ("index", "question", "answer"):
        if needed not in header:
            raise ValueError(
                f"{file} has no column {needed!r}, but {', '.join(header)}: it is no file of "
                f"VLMEvalKit."
            )
    if not {"image", "image_path"} & set(header):
        raise ValueError(
            f"{file} has neither a column 'image' nor 'image_path', but {', '.join(header)}."
        )
    holders = _Holders(file, header, images or str(file.parent))
    for record in delimited(file, "\t"):
        cells = record.cells
        own = cells.get("split", "")
        if split is not None and own not in ("", split):
            continue
        found = holders.image_of(record)
        if found is None:
            continue
        choices = _choices(cells)
        yield Row(
            benchmark=name or TITLE,
            split=own or split or "",
            id=cells["index"],
            where=f"{file.name} line {record.line}",
            question=f"{cells['hint']}\n{cells['question']}"
            if cells.get("hint")
            else cells["question"],
            choices=choices,
            answer=as_text(cells["answer"], choices)
            if choices == YES_NO
            else as_letter(cells["answer"], choices),
            answer_text=cells["answer"],
            image=found[0],
            image_name=found[1],
            fields={key: cell for key, cell in cells.items() if key not in _OWN},
        )


def _choices(cells: Mapping[str, str]) -> tuple[str | None, ...]:
    """The options with a None for each empty cell; Yes and No where there are none and the answer
    is one of them.
    """
    found = tuple(cells.get(letter) or None for letter in letters_of(cells))
    if any(found):
        return found
    return implied(cells["answer"])


def _listed(cell: str) -> list[str]:
    """The texts of a cell that may be a list literal."""
    if not cell.startswith("["):
        return [cell] if cell else []
    try:
        value = ast.literal_eval(cell)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return [cell]
    return [str(one) for one in value]


class _Holders:
    """Which row of a file has which image, as far as it was read, and further where a row refers
    forward.
    """

    def __init__(self, file: Path, header: list[str], folder: str) -> None:
        self.file, self.header, self.folder = file, header, folder
        self.offsets: dict[str, int] = {}
        self.complete = False

    def image_of(self, record: Record) -> tuple[ImageRef | None, str] | None:
        """A row's image and its name; None where it has several."""
        cell, paths = record.cells.get("image", ""), _listed(record.cells.get("image_path", ""))
        if cell and len(cell) <= LONGEST_INDEX:
            return self._referred(cell), cell
        inside = _listed(cell)
        if len(inside) > 1 or (not inside and len(paths) > 1):
            return None
        if inside:
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
