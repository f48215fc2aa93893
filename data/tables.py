"""Your own questions: CSV, TSV, JSON Lines, Parquet, or a Parquet data set of the Hub.

    for row in read("my.csv", None, images="photos", split=None, columns={"question": "prompt"}):
        ...

Required columns: `question`, `answer`, and `image`: a path from `images` or the file's folder; in
Parquet also bytes or {bytes, path}.

Options are in `choices` (a list; in CSV '["red", "blue"]' or red|blue) or in columns A, B, ... J.
Without options, a yes/no answer makes it a yes/no question.

Optional columns: `id`, `caption`, `split`, `group`. Without `id` the row's number counts, so a row
inserted early makes all later rows new. `columns` maps our names to the file's.

An answer is a letter, an index from 0 or an option's text; data/answer_forms.py tells which. An
empty CSV cell is a missing value; "None", "NA" and "nan" are ordinary texts.
"""

import ast
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .answer_forms import LETTERS, forms_of, implied, letters_of, resolve
from .benchmark_rows import ImageFile, ImageRef, Row
from .image_files import find
from .parquet_files import columns_of, fetch, is_hub_id, parquet_files, parquet_rows
from .text_files import delimited, header_of, json_lines

REQUIRED = ("image", "question", "answer")
COLUMNS = (*REQUIRED, "choices", "id", "caption", "split", "group", *LETTERS)
DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_LINES = (".jsonl", ".ndjson")

Options = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class _Cells:
    """A row of a table, under our column names; `rest` has all other columns."""

    where: str
    number: int
    split: str
    named: Mapping[str, Any]
    rest: Mapping[str, str]


def read(
    path: str,
    name: str | None,
    images: str | None,
    split: str | None,
    columns: Mapping[str, str] | None = None,
) -> Iterator[Row]:
    """Yields the table's rows, after one pass over its answers."""
    hub, source = is_hub_id(path), fetch(path)
    folder = images or str(source if source.is_dir() else source.parent)
    rows = _cells(source, images, split, columns or {})
    forms = forms_of(((_answer(cells), _choices(cells)) for cells in rows), path)
    for cells in _cells(source, images, split, columns or {}):
        choices, answer = _choices(cells), _answer(cells)
        yield Row(
            benchmark=name or "table",
            split=cells.split,
            id=text_of(cells.named.get("id")) or str(cells.number),
            where=cells.where,
            question=text_of(cells.named.get("question")) or "",
            choices=choices,
            answer=resolve(answer, choices, forms),
            answer_text=text_of(cells.named.get("answer")) or "",
            image=_image(cells, folder, hub=hub),
            image_name=_image_name(cells),
            caption=text_of(cells.named.get("caption")),
            group=text_of(cells.named.get("group")),
            fields=cells.rest,
        )


def text_of(value: object) -> str | None:
    """Returns a cell as text, or None if it is missing; tables write NaN for a missing value."""
    return None if value is None or value != value else str(value)


def _cells(
    source: Path, images: str | None, split: str | None, columns: Mapping[str, str]
) -> Iterator[_Cells]:
    """Yields the rows of all files of a table, or only those of `split`."""
    file_names = {column: columns.get(column, column) for column in COLUMNS}
    image_path = f"{file_names['image']}.path"
    used = {*file_names.values(), image_path}
    numbers: Counter[str] = Counter()
    for file, file_split in _files(source, split):
        for place, (where, values) in enumerate(_values(file, images)):
            if place == 0:
                _check_columns(file, list(values), columns)
            # Counted by split, so that a row has the same number whether one split is read or all.
            numbers[file_split] += 1
            named = {column: values[name] for column, name in file_names.items() if name in values}
            named["image.path"] = values.get(image_path)
            row_split = text_of(named.get("split")) or file_split
            if split is not None and row_split not in ("", split):
                continue
            rest = {
                name: str(value)
                for name, value in values.items()
                if name not in used and _is_plain(value)
            }
            yield _Cells(where, numbers[file_split], row_split or split or "", named, rest)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and value == value


def _files(source: Path, split: str | None) -> list[tuple[Path, str]]:
    if source.is_dir() or _suffix(source) == ".parquet":
        return parquet_files(source, split)
    if _suffix(source) not in (*DELIMITERS, *JSON_LINES):
        raise ValueError(
            f"{source}: a table is a .csv, .tsv, .jsonl or .parquet file, or a folder of .parquet "
            "files."
        )
    return [(source, "")]


def _suffix(file: Path) -> str:
    return file.suffix.lower()


def _values(file: Path, images: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields a file's rows with their places."""
    if _suffix(file) == ".parquet":
        for number, values in parquet_rows(file, images):
            yield f"{file.name} row {number}", values
    elif _suffix(file) in JSON_LINES:
        for line, values in json_lines(file):
            yield f"{file.name} line {line}", values
    else:
        for record in delimited(file, DELIMITERS[_suffix(file)]):
            yield (
                f"{file.name} line {record.line}",
                {name: cell or None for name, cell in record.cells.items()},
            )


def columns_in(file: Path) -> list[str]:
    """Returns the columns of a table's file; of JSON Lines those of the first row."""
    if _suffix(file) == ".parquet":
        return columns_of(file)
    if _suffix(file) in JSON_LINES:
        return list(next(json_lines(file), (0, {}))[1])
    return header_of(file, DELIMITERS[_suffix(file)])


def _check_columns(file: Path, there: list[str], columns: Mapping[str, str]) -> None:
    """Raises ValueError if a needed column is missing; JSON Lines may lack optional columns."""
    if unknown := sorted(set(columns) - set(COLUMNS)):
        raise ValueError(
            f"columns: {unknown[0]!r} is no column of a table; there are {', '.join(COLUMNS)}."
        )
    for column in REQUIRED if _suffix(file) in JSON_LINES else (*REQUIRED, *columns):
        name = columns.get(column, column)
        if name not in there:
            shown = ", ".join(other for other in there if not other.endswith(".path"))
            raise ValueError(
                f'{file} has no column {name!r}, but {shown}: set columns = {{{column} = "..."}}.'
            )


def _answer(cells: _Cells) -> object:
    """Returns the answer, as a text if options are numbers: 2 among 1, 2, 3 may be no index."""
    answer = cells.named.get("answer")
    if isinstance(answer, bool):
        return "Yes" if answer else "No"
    raw = cells.named.get("choices")
    numbers = isinstance(raw, list) and any(isinstance(choice, int | float) for choice in raw)
    return str(answer) if numbers and answer is not None else answer


def _choices(cells: _Cells) -> Options:
    """Returns the table's options, or Yes and No if it has none and the answer is one of them."""
    given = _listed(cells.named.get("choices"), cells.where)
    letters = [text_of(cells.named.get(letter)) for letter in letters_of(cells.named)]
    choices = given or (tuple(letters) if any(letter is not None for letter in letters) else ())
    return choices or implied(_answer(cells))


def _listed(value: object, where: str) -> Options:
    """Returns the options in a cell: a list, a JSON or Python literal, or texts between bars."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _literal(value, where)
    elif isinstance(value, str):
        return tuple(choice.strip() or None for choice in value.split("|"))
    if value is None or value != value:
        return ()
    if not isinstance(value, list) or any(isinstance(choice, list | dict) for choice in value):
        raise ValueError(f"{where}: the choices are no list of texts.")
    return tuple(text_of(choice) for choice in value)


def _literal(text: str, where: str) -> object:
    for load in (json.loads, ast.literal_eval):
        try:
            return load(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    raise ValueError(
        f"{where}: the choices {text[:60]!r} are no list; write them as JSON, or as red|blue."
    )


def _image(cells: _Cells, folder: str, *, hub: bool) -> ImageRef | None:
    """Returns where the image lies; a table from the Hub may only point into its own folder."""
    value = cells.named.get("image")
    if isinstance(value, dict):
        value = value.get("path")
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return value if hasattr(value, "read") else None
    if value.startswith(("http://", "https://")):
        raise ValueError(
            f"{cells.where}: the image is an address, {value[:80]}; download the images and give "
            "their paths."
        )
    return find((folder,), (value,)) if hub else ImageFile(os.path.join(folder, value))


def _image_name(cells: _Cells) -> str:
    value = cells.named.get("image")
    if isinstance(value, dict):
        value = value.get("path")
    return value if isinstance(value, str) else cells.named.get("image.path") or ""
