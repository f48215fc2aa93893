"""Images that are files beside a benchmark: which folders hold them, and which file a row means.

    folders = image_folders(None, Path("SEED-Bench.json").parent, ("SEED-Bench-image", "images"))
    image = find(folders, (data_id, f"{data_id}.jpg"))

A benchmark's file names are untrusted: a path that leaves the folder ("../../photo.jpg") is never
opened.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .benchmark_rows import ImageFile, ImageRef


@dataclass(frozen=True, slots=True)
class NoImage:
    """An image that a row names but the source lacks, with the reason."""

    name: str
    reason: str

    def read(self) -> bytes:
        """Raises ValueError with the reason."""
        raise ValueError(self.reason)


def image_folders(images: str | None, beside: Path, inside: Sequence[str]) -> tuple[str, ...]:
    """Returns the folders that may hold images: `images`, or `beside`, and their `inside` folders.

    Empty if `images` is not given and nothing beside the questions looks like an image.
    """
    base = Path(images) if images else beside
    nested = [str(base / name) for name in inside if (base / name).is_dir()]
    direct = images is not None or any(
        path.suffix.lower() in (".jpg", ".jpeg", ".png") for path in base.iterdir()
    )
    return tuple([str(base)] if direct else []) + tuple(nested)


def find(folders: Sequence[str], names: Sequence[str]) -> ImageRef | None:
    """Returns the first file with one of the names, or None if there is no folder to look in.

    If no such file exists, the reference returned raises ValueError when it is read.
    """
    if not folders:
        return None
    paths = [path for folder in folders for name in names if (path := _inside(folder, name))]
    if not paths:
        return NoImage(names[0], f"The image {names[0]} lies outside the folder of the images.")
    return ImageFile(next((path for path in paths if os.path.isfile(path)), paths[0]))


def _inside(folder: str, name: str) -> str | None:
    """Returns the path of `name` in `folder`, or None if it leads out of the folder."""
    base = _absolute(folder)
    path = os.path.normpath(os.path.join(base, name))
    return path if path.startswith(base.rstrip(os.sep) + os.sep) and "\0" not in path else None


@lru_cache(maxsize=64)
def _absolute(folder: str) -> str:
    return os.path.abspath(folder)
