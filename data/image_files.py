"""Images that are files beside a benchmark: where they may lie, and which file a row means.

    folders = image_folders(None, Path("SEED-Bench.json").parent, ("SEED-Bench-image", "images"))
    image = find(folders, (data_id, f"{data_id}.jpg"))

A benchmark's names are data: one that leads out of its folder ("../../photo.jpg") finds nothing.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .benchmark_rows import ImageFile, ImageRef


@dataclass(frozen=True, slots=True)
class NoImage:
    """A row's image that the source names but does not have, and why not."""

    name: str
    reason: str

    def read(self) -> bytes:
        """ValueError with the reason."""
        raise ValueError(self.reason)


def image_folders(images: str | None, beside: Path, inside: Sequence[str]) -> tuple[str, ...]:
    """The folders that images may lie in: `images`, or the folder of the questions, and what they
    have of `inside`.

    None at all where `images` is not given and nothing beside the questions looks like images.
    """
    base = Path(images) if images else beside
    found = [str(base / one) for one in inside if (base / one).is_dir()]
    direct = images is not None or any(
        one.suffix.lower() in (".jpg", ".jpeg", ".png") for one in base.iterdir()
    )
    return tuple([str(base)] if direct else []) + tuple(found)


def find(folders: Sequence[str], names: Sequence[str]) -> ImageRef | None:
    """The first file of these names in these folders; where there is none, the one that should be,
    which tells so when it is read. None where there is no folder to look in.
    """
    if not folders:
        return None
    paths = [path for folder in folders for name in names if (path := _inside(folder, name))]
    if not paths:
        return NoImage(names[0], f"The image {names[0]} lies outside the folder of the images.")
    return ImageFile(next((path for path in paths if os.path.isfile(path)), paths[0]))


def _inside(folder: str, name: str) -> str | None:
    """The path of `name` in `folder`, or None where it leads out of it."""
    base = _absolute(folder)
    path = os.path.normpath(os.path.join(base, name))
    return path if path.startswith(base.rstrip(os.sep) + os.sep) and "\0" not in path else None


@lru_cache(maxsize=64)
def _absolute(folder: str) -> str:
    return os.path.abspath(folder)
