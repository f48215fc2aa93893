"""A release folder as it lies there: manifest, columns and rows. What checks and diffs look at.

    contents = read(Path("releases/demo/1.0.0"))
    anchors = list(contents.rows("anchors", images=False))

Rows are read in batches; nothing needs a whole config in memory.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from .files.parquet import IMAGE, schema_hash
from .manifest import MANIFEST


@dataclass(frozen=True, slots=True)
class Contents:
    """A release folder, its rows read when asked for."""

    folder: Path
    manifest: dict[str, Any]
    #: Config -> its data files, sorted; config -> hash of its columns.
    files: dict[str, tuple[Path, ...]]
    schemas: dict[str, str]

    @property
    def texts(self) -> str | None:
        """The hash of everything that is said beside the rows, but for the version."""
        return self.manifest.get("texts")

    def rows(self, config: str, *, images: bool = True) -> Iterator[dict[str, Any]]:
        """The rows of a config with their `split`, in the files' order; `images=False` leaves the
        bytes unread.
        """
        for path in self.files.get(config, ()):
            file = pq.ParquetFile(path)
            wanted = [field.name for field in file.schema_arrow if images or field.type != IMAGE]
            split = split_of(path)
            for batch in file.iter_batches(batch_size=256, columns=wanted):
                yield from (row | {"split": split} for row in batch.to_pylist())


def split_of(path: Path) -> str:
    """The split that a data file belongs to, by its name."""
    return path.stem.rsplit("-", 1)[0]


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a release folder; ValueError where the folder is none."""
    path = folder / MANIFEST
    if not path.is_file():
        raise ValueError(f"{folder} is not a release: it has no {MANIFEST}.")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: it is not JSON ({error}).") from None
    return manifest


def read(folder: Path) -> Contents:
    """Looks at a release folder; ValueError where it is none."""
    manifest = manifest_of(folder)
    files: dict[str, tuple[Path, ...]] = {}
    for path in sorted(folder.glob("*/*.parquet")):
        files[path.parent.name] = (*files.get(path.parent.name, ()), path)
    schemas = {config: schema_hash(pq.read_schema(paths[0])) for config, paths in files.items()}
    return Contents(folder, manifest, files, schemas)
