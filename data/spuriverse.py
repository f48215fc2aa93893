"""SpuriVerse's published metadata: GPT-4o's answers to a benchmark and a judge's texts, in one CSV
file.

    for row, asked in asked_rows(read("../shared/spuriverse/aokvqa_train_meta.csv")): ...

A-OKVQA's file is keyed by the COCO image, and 516 images carry two questions. Only the first was
ever asked: the second row's prediction is the first question's. `read` gives what stands there,
`asked_rows` says which rows count. A judge's text becomes a screening verdict with `verdict_of`.
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
#: "aokvqa_train_meta": the benchmark, and perhaps its split.
_FILE_NAME = re.compile(r"(?P<name>.+?)(?:_(?P<split>train|val|validation|test|dev))?(?:_meta)?")
_COCO_PREFIXES = (
    "",
    *(f"COCO_{part}_" for part in ("train2014", "val2014", "test2015", "train2017", "val2017")),
)


def read(
    path: str, name: str | None = None, images: str | None = None, split: str | None = None
) -> Iterator[Row]:
    """The rows of one metadata file, in its order; the benchmark's name and split are the file's
    where not given.

    `images` is the folder of the benchmark's images, named by the index ("12.jpg") or as COCO does
    it; without it the rows have no image. ValueError where the file cannot be read or lacks a
    column.
    """
    file = Path(path)
    said = _FILE_NAME.fullmatch(file.stem)
    assert said is not None  # a file's stem is never empty
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
            benchmark=name or said["name"],
            split=split or cells.get("split") or said["split"] or "",
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
    """Each row, and whether its question was asked: only the first of an id was, the others bear
    its prediction.
    """
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
    """The four options; those that are empty at the end are none (C and D of a question with two)."""
    last = max((index for index, letter in enumerate(LETTERS) if cells[letter]), default=-1)
    return tuple(cells[letter] if index <= last else None for index, letter in enumerate(LETTERS))


def _answer(cells: dict[str, str]) -> int | None:
    """The option that the gold names by its letter, as these files do, or else by its text."""
    options = [cells[letter] for letter in LETTERS]
    by_letter = as_letter(cells["answer"], options)
    return as_text(cells["answer"], options) if by_letter is None else by_letter


def _flag(cell: str) -> bool | None:
    """True or False as the file says; None where it says neither, which an audit reports."""
    return {"true": True, "false": False}.get(cell.strip().casefold())


def _image_names(index: str) -> tuple[str, ...]:
    """What the image of an index may be called: as COCO names it where the index is a number, or by
    the index alone.
    """
    coco = (
        tuple(f"{prefix}{index.zfill(12)}.jpg" for prefix in _COCO_PREFIXES)
        if index.isdecimal()
        else ()
    )
    return (*coco, f"{index}.jpg", f"{index}.png")
