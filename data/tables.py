"""Your own questions: a CSV, TSV, JSON Lines or Parquet file, a folder of Parquet files, or a data
set of the Hub.

    for row in read("my.csv", None, images="photos", split=None, columns={"question": "prompt"}): ...

Columns: `image` (a path from `images` or the file's own folder; in Parquet also bytes, or {bytes,
path}), `question`, `answer`; the options in `choices` (a list; in CSV '["red", "blue"]' or
red|blue) or in columns A, B, ... J; without options a yes/no answer makes it a yes/no question.
Optional: `id` (without it the row's number, so that a row put in between makes all later ones new),
`caption`, `split`, `group`. `columns` says what the file calls them otherwise. An answer is a
letter, an index from 0 or an option's text: data/answer_forms.py says how they are told apart. An empty
cell of CSV is a missing value; "None", "NA" and "nan" are texts like any other.
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
OURS = (*REQUIRED, "choices", "id", "caption", "split", "group", *LETTERS)
DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_LINES = (".jsonl", ".ndjson")

Options = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class _Cells:
    """A row of a table, under our names for its columns; `rest` is what none of them is."""

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
    """The table's rows, lazily, after one pass over its answers."""
    hub, source = is_hub_id(path), fetch(path)
    folder = images or str(source if source.is_dir() else source.parent)
    pairs = ((_answer(one), _choices(one)) for one in _cells(source, images, split, columns or {}))
    forms = forms_of(pairs, path)
    for one in _cells(source, images, split, columns or {}):
        choices, answer = _choices(one), _answer(one)
        yield Row(
            benchmark=name or "table",
            split=one.split,
            id=text_of(one.named.get("id")) or str(one.number),
            where=one.where,
            question=text_of(one.named.get("question")) or "",
            choices=choices,
            answer=resolve(answer, choices, forms),
            answer_text=text_of(one.named.get("answer")) or "",
            image=_image(one, folder, hub=hub),
            image_name=_image_name(one),
            caption=text_of(one.named.get("caption")),
            group=text_of(one.named.get("group")),
            fields=one.rest,
        )


def text_of(value: object) -> str | None:
    """A cell as text; None where it is missing. A float that is not a number is how tables say so."""
    return None if value is None or value != value else str(value)


def _cells(
    source: Path, images: str | None, split: str | None, columns: Mapping[str, str]
) -> Iterator[_Cells]:
    """The rows of all files of a table, those of the wanted split alone."""
    theirs = {ours: columns.get(ours, ours) for ours in OURS}
    used = {*theirs.values(), f"{theirs['image']}.path"}
    numbers: Counter[str] = Counter()
    for file, of_file in _files(source, split):
        for place, (where, values) in enumerate(_values(file, images)):
            if place == 0:
                _check_columns(file, list(values), columns)
            # Counted by split, so that a row has the same number whether one split is read or all.
            numbers[of_file] += 1
            named = {ours: values[name] for ours, name in theirs.items() if name in values}
            named["image.path"] = values.get(f"{theirs['image']}.path")
            own = text_of(named.get("split")) or of_file
            if split is not None and own not in ("", split):
                continue
            rest = {
                key: str(one) for key, one in values.items() if key not in used and _is_plain(one)
            }
            yield _Cells(where, numbers[of_file], own or split or "", named, rest)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and value == value


def _files(source: Path, split: str | None) -> list[tuple[Path, str]]:
    if source.is_dir() or _suffix(source) == ".parquet":
        return parquet_files(source, split)
    if _suffix(source) not in (*DELIMITERS, *JSON_LINES):
        raise ValueError(
            f"{source}: a table is a .csv, .tsv, .jsonl or .parquet file, or a folder of .parquet "
            f"files."
        )
    return [(source, "")]


def _suffix(file: Path) -> str:
    return file.suffix.lower()


def _values(file: Path, images: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """A file's rows with where they stand."""
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


def columns_there(file: Path) -> list[str]:
    """The columns of a table's file; of JSON Lines those of its first row."""
    if _suffix(file) == ".parquet":
        return columns_of(file)
    if _suffix(file) in JSON_LINES:
        return list(next(json_lines(file), (0, {}))[1])
    return header_of(file, DELIMITERS[_suffix(file)])


def _check_columns(file: Path, there: list[str], columns: Mapping[str, str]) -> None:
    """ValueError where a needed column is missing; of JSON Lines the first row has to have what all
    rows need.
    """
    if unknown := sorted(set(columns) - set(OURS)):
        raise ValueError(
            f"columns: {unknown[0]!r} is no column that a table has; there are {', '.join(OURS)}."
        )
    for ours in REQUIRED if _suffix(file) in JSON_LINES else (*REQUIRED, *columns):
        name = columns.get(ours, ours)
        if name not in there:
            shown = ", ".join(one for one in there if not one.endswith(".path"))
            raise ValueError(
                f'{file} has no column {name!r}, but {shown}: say columns = {{{ours} = "..."}}.'
            )


def _answer(one: _Cells) -> object:
    """The answer, as a text where options are numbers too: 2 among 1, 2, 3 is no index for certain."""
    answer = one.named.get("answer")
    if isinstance(answer, bool):
        return "Yes" if answer else "No"
    raw = one.named.get("choices")
    numbers = isinstance(raw, list) and any(isinstance(choice, int | float) for choice in raw)
    return str(answer) if numbers and answer is not None else answer


def _choices(one: _Cells) -> Options:
    """The options as the table gives them; Yes and No where it gives none and the answer is one of
    them.
    """
    given = _listed(one.named.get("choices"), one.where)
    letters = [text_of(one.named.get(letter)) for letter in letters_of(one.named)]
    choices = given or (tuple(letters) if any(letter is not None for letter in letters) else ())
    return choices or implied(_answer(one))


def _listed(value: object, where: str) -> Options:
    """A cell with all options: a list, or in CSV a list as JSON or Python writes it, or texts
    between bars.
    """
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


def _image(one: _Cells, folder: str, *, hub: bool) -> ImageRef | None:
    """Where the image lies. Your own table may point anywhere; what came from the Hub only into its
    own folder.
    """
    value = one.named.get("image")
    if isinstance(value, dict):
        value = value.get("path")
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return value if hasattr(value, "read") else None
    if value.startswith(("http://", "https://")):
        raise ValueError(
            f"{one.where}: the image is an address, {value[:80]}; download the images, give their "
            f"paths."
        )
    return find((folder,), (value,)) if hub else ImageFile(os.path.join(folder, value))


def _image_name(one: _Cells) -> str:
    value = one.named.get("image")
    if isinstance(value, dict):
        value = value.get("path")
    return value if isinstance(value, str) else one.named.get("image.path") or ""
