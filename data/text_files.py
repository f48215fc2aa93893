"""Text files as records: CSV and TSV with each record's line and byte offset, JSON Lines, and JSON.

    for record in delimited("my.csv", ","): ...          # record.line, record.offset, record.cells
    cells = cells_at("big.tsv", record.offset, "\\t")     # the same record's cells, by a seek
    for line, entry in json_lines("my.jsonl"): ...

Strict: an extra cell, an open quote or a line that is not UTF-8 raises ValueError with file and
line.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

#: The longest cell, in characters: an image in base64 fits. The csv module's own limit is 131,072.
LONGEST_CELL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a CSV or TSV file: the line and byte where it begins, and its cells by column."""

    line: int
    offset: int
    cells: dict[str, str]


class _Lines:
    """A file's lines as text, with the number and the byte offset of the next line."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self.stream, self.path = stream, path
        self.offset, self.next = stream.tell(), 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.stream.readline()
        if not line:
            raise StopIteration
        try:
            text = line.decode("utf-8-sig" if self.offset == 0 else "utf-8")
        except UnicodeDecodeError:
            raise ValueError(
                f"{self.path.name} line {self.next} is not UTF-8: save the file as UTF-8."
            ) from None
        self.offset += len(line)
        self.next += 1
        return text


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None


def delimited(path: str | Path, delimiter: str) -> Iterator[Record]:
    """Yields the records below the header, and skips empty lines; keeps no record in memory."""
    csv.field_size_limit(LONGEST_CELL)
    path = Path(path)
    with _opened(path) as stream:
        lines = _Lines(stream, path)
        records = csv.reader(lines, delimiter=delimiter, strict=True)
        header = _header(records, lines)
        while True:
            line, offset = lines.next, lines.offset
            cells = _cells(records, path, line)
            if cells is None:
                return
            if cells and len(cells) != len(header):
                raise ValueError(
                    f"{path.name} line {line} has {len(cells)} cells, but the header has "
                    f"{len(header)}."
                )
            if cells:
                yield Record(line, offset, dict(zip(header, cells, strict=True)))


def _cells(records: Iterator[list[str]], path: Path, line: int) -> list[str] | None:
    """Returns the next record's cells, or None at the end."""
    try:
        return next(records, None)
    except csv.Error as error:
        raise ValueError(
            f"{path.name} line {line} is malformed: {error} (look for a stray quote)."
        ) from None


def _header(records: Iterator[list[str]], lines: _Lines) -> list[str]:
    header = _cells(records, lines.path, 1)
    if not header:
        raise ValueError(f"{lines.path} has no header in its first line.")
    for name in header:
        if header.count(name) > 1:
            raise ValueError(f"{lines.path.name} has two columns called {name!r}: rename one.")
    return header


def header_of(path: str | Path, delimiter: str) -> list[str]:
    """Returns the columns of a CSV or TSV file."""
    csv.field_size_limit(LONGEST_CELL)
    path = Path(path)
    with _opened(path) as stream:
        lines = _Lines(stream, path)
        return _header(csv.reader(lines, delimiter=delimiter, strict=True), lines)


def cells_at(path: str | Path, offset: int, delimiter: str) -> list[str]:
    """Returns the cells of the record that begins at a byte offset."""
    csv.field_size_limit(LONGEST_CELL)
    with _opened(Path(path)) as stream:
        stream.seek(offset)
        return next(csv.reader(_Lines(stream, Path(path)), delimiter=delimiter, strict=True))


def json_lines(path: str | Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields the objects of a JSON Lines file, each with its line, and skips empty lines."""
    path = Path(path)
    with _opened(path) as stream:
        lines = _Lines(stream, path)
        for number, text in enumerate(lines, 1):
            if not text.strip():
                continue
            try:
                entry = json.loads(text)
            except (ValueError, RecursionError) as error:
                raise ValueError(f"{path.name} line {number} is not JSON: {error}.") from None
            if not isinstance(entry, dict):
                raise ValueError(
                    f"{path.name} line {number} is no object: "
                    'write {"question": ...} in each line.'
                )
            yield number, entry


def load_json(path: str | Path) -> Any:  # noqa: ANN401 - any JSON value
    """Returns a JSON file's content."""
    path = Path(path)
    with _opened(path) as stream:
        payload = stream.read()
    try:
        return json.loads(payload.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8: save the file as UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not valid JSON: {error}.") from None
