"""A release folder's manifest, columns and rows, as checks and diffs read them.

    contents = read(Path("releases/demo/1.0.0"))
    anchors = list(contents.rows("anchors", images=False))

Rows are read in batches, so no config needs to fit into memory.
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
    """A release folder, whose rows are read on demand."""

    folder: Path
    manifest: dict[str, Any]
    #: Config -> its data files, sorted.
    files: dict[str, tuple[Path, ...]]
    #: Config -> a hash of its columns.
    schemas: dict[str, str]

    @property
    def texts(self) -> str | None:
        """The hash of what the release says beside its rows, whatever its version."""
        return self.manifest.get("texts")

    def rows(self, config: str, *, images: bool = True) -> Iterator[dict[str, Any]]:
        """Yields a config's rows with their `split`, in the files' order.

        `images=False` leaves out the image columns, whose bytes are then not read.
        """
        for path in self.files.get(config, ()):
            file = pq.ParquetFile(path)
            wanted = [field.name for field in file.schema_arrow if images or field.type != IMAGE]
            split = split_of(path)
            for batch in file.iter_batches(batch_size=256, columns=wanted):
                yield from (row | {"split": split} for row in batch.to_pylist())


def split_of(path: Path) -> str:
    """Returns the split that a data file's name says."""
    return path.stem.rsplit("-", 1)[0]


def manifest_of(folder: Path) -> dict[str, Any]:
    """Returns a release folder's manifest; ValueError if the folder is no release."""
    path = folder / MANIFEST
    if not path.is_file():
        raise ValueError(f"{folder} is not a release: it has no {MANIFEST}.")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: it is not JSON ({error}).") from None
    return manifest


def read(folder: Path) -> Contents:
    """Reads a release folder's manifest and columns; ValueError if the folder is no release."""
    manifest = manifest_of(folder)
    files: dict[str, tuple[Path, ...]] = {}
    for path in sorted(folder.glob("*/*.parquet")):
        files[path.parent.name] = (*files.get(path.parent.name, ()), path)
    schemas = {config: schema_hash(pq.read_schema(paths[0])) for config, paths in files.items()}
    return Contents(folder, manifest, files, schemas)
