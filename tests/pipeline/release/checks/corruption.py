"""Changes to the files of a release, and the fault that a check then finds.

set_columns(folder, "pairs", seed=99)
fault_of(files.counts_agree, folder)        # "pairs/test-00000.parquet is not the file ..."
"""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spuriforge.pipeline.release.checks.result import Result
from spuriforge.pipeline.release.contents import Contents, read
from spuriforge.pipeline.release.files.parquet import Row


def fault_of(check: Callable[[Contents], Result], folder: Path) -> str:
    """Returns the explanation of a check that must fail."""
    passed, explanation = check(read(folder))
    assert not passed, explanation
    return explanation


def data_file(folder: Path, config: str, split: str = "test") -> Path:
    """Returns the first data file of a split."""
    return folder / config / f"{split}-00000.parquet"


def rows_of(folder: Path, config: str, split: str = "test") -> list[Row]:
    """Returns the rows of a split."""
    rows: list[Row] = pq.read_table(data_file(folder, config, split)).to_pylist()
    return rows


def change_rows(path: Path, change: Callable[[Row], object]) -> None:
    """Rewrites a data file after changing each row in place."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    for row in rows:
        change(row)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


def set_columns(folder: Path, config: str, split: str = "test", **values: object) -> None:
    """Sets columns of all rows of a split."""
    change_rows(data_file(folder, config, split), lambda row: row.update(values))


def set_everywhere(folder: Path, config: str, **values: object) -> None:
    """Sets columns of all rows of a config."""
    for path in (folder / config).iterdir():
        change_rows(path, lambda row: row.update(values))
