"""The entries of a benchmark's JSON file: objects with the fields that the benchmark documents.

for where, entry in entries(load_json(file), file):
    question = text_in(entry, "question", where)
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def entries(content: object, file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the objects of a JSON list with their places; ValueError if it is no such list."""
    if not isinstance(content, list):
        raise ValueError(f"{file} holds no list of questions.")
    for number, entry in enumerate(content, 1):
        where = f"{file.name} row {number}"
        if not isinstance(entry, dict):
            raise ValueError(f"{where} is no object with fields.")
        yield where, entry


def text_in(entry: Mapping[str, Any], field: str, where: str) -> str:
    """Returns a field that every entry has, as text; null is the empty text."""
    if field not in entry:
        raise ValueError(f"{where} has no {field!r}, but {', '.join(entry)}.")
    value = entry[field]
    return "" if value is None else str(value)


def option_texts(value: object, where: str) -> tuple[str | None, ...]:
    """Returns a list of options as texts; None stays None."""
    if not isinstance(value, list):
        raise ValueError(f"{where} has no list of choices.")
    return tuple(None if option is None else str(option) for option in value)
