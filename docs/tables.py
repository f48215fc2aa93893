"""Markdown tables, and types and values in words: what the reference pages share.

kind(Annotated[float, Field(ge=0, le=1)])        # "number, 0 to 1"
"""

import inspect
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo


def table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; empty where there are no rows."""
    if not rows:
        return ""
    lines = [heading, ("---",) * len(heading), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def sections_of(annotation: Any) -> list[type[BaseModel]]:
    """Returns the sections that a field's annotation names, however deep."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for part in get_args(annotation) for section in sections_of(part)]


def variant(section: type[BaseModel]) -> str:
    """Returns the only `backend` or `kind` that a section is for, or "files"."""
    key = section.model_fields.get("backend") or section.model_fields["kind"]
    values = get_args(key.annotation)
    return str(values[0]) if len(values) == 1 else "files"


def kind(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> str:
    """Returns a field's type in words: `number, 0 to 1`, or `one of a, b`."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind(parts[0], [*parts[1:], *metadata])
    if origin in (Union, UnionType):
        kinds = [kind(part) for part in parts if part is not NoneType]
        return " or ".join(dict.fromkeys(kinds)) + _limits(metadata)
    if origin is Literal:
        return ", ".join(f"`{toml(value)}`" for value in parts)
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    if origin is tuple:
        items = list(dict.fromkeys(kind(part) for part in parts if part is not Ellipsis))
        number = f"{len(parts)} of " if Ellipsis not in parts else ""
        return f"list: {number}{' or '.join(items)}{_limits(metadata)}"
    if origin is dict:
        return "table: " + " to ".join(kind(part) for part in parts)
    if sections_of(annotation):
        return _section_link(annotation)
    words = {str: "text", int: "integer", float: "number", bool: "true or false", Path: "path"}
    return words[annotation] + _limits(metadata)


def _section_link(section: type[BaseModel]) -> str:
    fields = section.model_fields
    if "backend" in fields:
        return f"a [model](#models-{variant(section)})"
    return "a section"


def _limits(metadata: list[Any] | tuple[Any, ...]) -> str:
    flat = [
        limit
        for entry in metadata
        for limit in (entry.metadata if isinstance(entry, FieldInfo) else [entry])
    ]
    least = next((limit.ge for limit in flat if isinstance(limit, Ge)), None)
    above = next((limit.gt for limit in flat if isinstance(limit, Gt)), None)
    most = next((limit.le for limit in flat if isinstance(limit, Le)), None)
    length = next((limit.min_length for limit in flat if isinstance(limit, MinLen)), None)
    pattern = next((limit.pattern for limit in flat if getattr(limit, "pattern", None)), None)
    if least is not None and most is not None:
        return f", {least} to {most}"
    if least is not None:
        return f", {least} or more"
    if above is not None:
        return f", over {above}"
    if length is not None:
        return f", {length} or more of them"
    return f", matching `{pattern}`" if pattern else ""


def toml(value: object) -> str:
    """Returns a value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(toml(part) for part in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
