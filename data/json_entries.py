"""The entries of a benchmark's JSON file, each an object with the fields that the benchmark
documents.

for where, entry in entries(load_json(file), file): question = text_in(entry, "question", where)
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def entries(content: object, file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSON list, each with where it stands; ValueError where it is no such list."""
    if not isinstance(content, list):
        raise ValueError(f"{file} holds no list of questions.")
    for number, entry in enumerate(content, 1):
        where = f"{file.name} row {number}"
        if not isinstance(entry, dict):
            raise ValueError(f"{where} is no object with fields.")
        yield where, entry


def text_in(entry: Mapping[str, Any], field: str, where: str) -> str:
    """A field that every entry has, as text; empty where its value is null."""
    if field not in entry:
        raise ValueError(f"{where} has no {field!r}, but {', '.join(entry)}.")
    value = entry[field]
    return "" if value is None else str(value)


def option_texts(value: object, where: str) -> tuple[str | None, ...]:
    """A list of options as texts; None stays None."""
    if not isinstance(value, list):
        raise ValueError(f"{where} has no list of choices.")
    return tuple(None if one is None else str(one) for one in value)
