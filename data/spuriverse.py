"""SpuriVerse's published metadata: a CSV of GPT-4o's answers to a benchmark and a judge's texts.

    for row, was_asked in asked_rows(read("../shared/spuriverse/aokvqa_train_meta.csv")): ...

A-OKVQA's file is keyed by the COCO image, and 516 images have two questions. Only the first was
asked: the second row has the first question's prediction. `read` yields the rows as they are,
`asked_rows` tells which ones count, and `verdict_of` turns a judge's text into a verdict.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from .answer_forms import as_letter, as_text
from .benchmark_rows import Published, Row
from .image_files import find, image_folders
from .judge_verdicts import JudgeVerdict, verdict_of
from .text_files import delimited

__all__ = ["JudgeVerdict", "asked_rows", "read", "verdict_of"]

LETTERS = "ABCD"
_COLUMNS = (
    "index",
    "question",
    "answer",
    *LETTERS,
    "prediction",
    "parsed",
    "spuriousAttr",
    "isSpurious",
    "isError",
)
#: "aokvqa_train_meta": the benchmark and, optionally, its split.
_FILE_NAME = re.compile(r"(?P<name>.+?)(?:_(?P<split>train|val|validation|test|dev))?(?:_meta)?")
_COCO_PREFIXES = (
    "",
    *(f"COCO_{part}_" for part in ("train2014", "val2014", "test2015", "train2017", "val2017")),
)


def read(
    path: str, name: str | None = None, images: str | None = None, split: str | None = None
) -> Iterator[Row]:
    """Yields the rows of a metadata file; name and split default to those in the file's name.

    `images` is the folder of the images, named by the index ("12.jpg") or as in COCO; without it
    the rows have no image. Raises ValueError if the file cannot be read or lacks a column.
    """
    file = Path(path)
    file_name = _FILE_NAME.fullmatch(file.stem)
    assert file_name is not None  # a file's stem is never empty
    folders = (
        image_folders(images, file.parent, ("train2017", "val2017", "train2014", "val2014"))
        if images
        else ()
    )
    for record in delimited(path, ","):
        cells = record.cells
        if missing := [column for column in _COLUMNS if column not in cells]:
            raise ValueError(
                f"{file.name} is no SpuriVerse metadata: it has no column {', '.join(missing)}."
            )
        yield Row(
            benchmark=name or file_name["name"],
            split=split or cells.get("split") or file_name["split"] or "",
            id=cells["index"],
            where=f"{file.name} line {record.line}",
            question=cells["question"],
            choices=_choices(cells),
            answer=_answer(cells),
            answer_text=cells["answer"],
            image=find(folders, _image_names(cells["index"])),
            image_name=cells["index"],
            published=_published(cells),
            fields={column: cell for column, cell in cells.items() if column not in _COLUMNS},
        )


def asked_rows(rows: Iterable[Row]) -> Iterator[tuple[Row, bool]]:
    """Yields each row and whether its question was asked: only the first row of an id was."""
    seen: set[tuple[str, str]] = set()
    for row in rows:
        key = (row.split, row.id)
        yield row, key not in seen
        seen.add(key)


def _published(cells: dict[str, str]) -> Published:
    return Published(
        text=cells["prediction"],
        parsed=cells["parsed"],
        is_error=_flag(cells["isError"]),
        judge_text=cells["spuriousAttr"],
        is_spurious=_flag(cells["isSpurious"]),
    )


def _choices(cells: dict[str, str]) -> tuple[str | None, ...]:
    """Returns the four options, None for empty ones at the end (C and D of a yes/no question)."""
    last = max((index for index, letter in enumerate(LETTERS) if cells[letter]), default=-1)
    return tuple(cells[letter] if index <= last else None for index, letter in enumerate(LETTERS))


def _answer(cells: dict[str, str]) -> int | None:
    """Returns the gold option by its letter, as these files write it, or else by its text."""
    options = [cells[letter] for letter in LETTERS]
    by_letter = as_letter(cells["answer"], options)
    return as_text(cells["answer"], options) if by_letter is None else by_letter


def _flag(cell: str) -> bool | None:
    """Returns True or False as in the file, or None if it is neither; an audit reports that."""
    return {"true": True, "false": False}.get(cell.strip().casefold())


def _image_names(index: str) -> tuple[str, ...]:
    """Returns the possible names of an index's image: COCO's names for a number, or the index."""
    coco = (
        tuple(f"{prefix}{index.zfill(12)}.jpg" for prefix in _COCO_PREFIXES)
        if index.isdecimal()
        else ()
    )
    return (*coco, f"{index}.jpg", f"{index}.png")
