"""Records as Arrow tables and back: a record's fields are its columns.

    table = to_table(samples, Sample)
    samples = from_table(table, Sample)

A table's lists are tuples in records.
"""

from dataclasses import fields
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import pyarrow as pa

from .records import Record

R = TypeVar("R", bound=Record)

_ARROW = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
}


def _arrow_type(annotation: Any) -> tuple[pa.DataType, bool]:
    """Returns the Arrow type of an annotation, and whether it allows None."""
    if isinstance(annotation, UnionType):
        (inner,) = [part for part in get_args(annotation) if part is not type(None)]
        return _arrow_type(inner)[0], True
    if get_origin(annotation) is tuple:
        return pa.list_(_ARROW[get_args(annotation)[0]]), False
    return _ARROW[annotation], False


def schema_of(record: type[Record]) -> pa.Schema:
    """Returns the Arrow schema of a record's table, in the order of its fields."""
    hints = get_type_hints(record)
    columns = []
    for field in fields(record):
        arrow, nullable = _arrow_type(hints[field.name])
        columns.append(pa.field(field.name, arrow, nullable=nullable))
    return pa.schema(columns)


def to_table(records: list[Any], record: type[Record]) -> pa.Table:
    """Returns records of one kind as an Arrow table."""
    names = [field.name for field in fields(record)]
    columns = {name: [getattr(row, name) for row in records] for name in names}
    return pa.Table.from_pydict(columns, schema=schema_of(record))


def from_table(table: pa.Table, record: type[R]) -> list[R]:
    """Returns an Arrow table as records; lists become tuples."""
    records: list[R] = []
    for row in table.to_pylist():
        values: dict[str, Any] = {
            name: tuple(cell) if isinstance(cell, list) else cell for name, cell in row.items()
        }
        records.append(record(**values))
    return records
