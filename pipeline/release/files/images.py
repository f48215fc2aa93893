"""Row groups filled with their images, in memory that is used again for every other group.

    with Filling(schema, Images.of(workspace)) as filling:
        for group in ahead(filling.table(light) for light in shard.groups):
            writer.write_table(group)          # meanwhile the next group's images are fetched

Fresh memory for each group would cost as much as the reading does; this is what keeps a large
release quick to write.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain
from typing import Self, TypeVar

import numpy as np
import pyarrow as pa

from ...workspace import Workspace

T = TypeVar("T")

#: How the Hub stores an image: the bytes once, and a name with the right ending.
IMAGE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
#: Threads that fetch, and how many images one fetches at a time.
_THREADS, _AT_A_TIME = 4, 16
#: Rooms are of so many bytes or some times as much: row groups of nearly one size fit the same.
_STEP = 8 << 20


@dataclass(frozen=True, slots=True)
class Images:
    """Where images are, by their sha256."""

    size_of: Callable[[str], int]
    #: Puts an image's bytes into memory of just its size.
    fetch: Callable[[str, memoryview], None]

    @classmethod
    def of(cls, workspace: Workspace) -> "Images":
        """The images of a workspace; on this machine's disk without the detour through fsspec,
        which takes longer.
        """
        local = "file" in workspace.fs.protocol

        path = workspace.image_path

        @lru_cache(1 << 16)  # asked when a file is cut, and again when it is written
        def size_of(digest: str) -> int:
            try:
                return (
                    os.stat(path(digest)).st_size if local else int(workspace.fs.size(path(digest)))
                )
            except FileNotFoundError:
                raise ValueError(
                    f"Image {digest} is not in the workspace {workspace.url}."
                ) from None

        def fetch(digest: str, room: memoryview) -> None:
            room[:] = workspace.image_bytes(digest)

        return cls(
            size_of, (lambda digest, room: _read_into(path(digest), room)) if local else fetch
        )


def _read_into(path: str, room: memoryview) -> None:
    """A file of just the room's size."""
    opened = os.open(path, os.O_RDONLY)
    try:
        count = os.readv(opened, [room])
    finally:
        os.close(opened)
    if count != len(room):
        raise ValueError(f"{path} has changed while it was read.")


def image_columns(schema: pa.Schema) -> list[str]:
    """The names of the columns that hold images."""
    return [field.name for field in schema if field.type == IMAGE]


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The items, each made by another thread while the one before it is being used."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


class Filling:
    """Puts images into row groups; a group's images last until the next one but one is filled."""

    def __init__(self, schema: pa.Schema, images: Images) -> None:
        self._schema, self._images = schema, images
        self._rooms = [_room(0), _room(0)]
        self._pool = ThreadPoolExecutor(_THREADS)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Ends the threads that fetch."""
        self._pool.shutdown()

    def table(self, light: pa.RecordBatch) -> pa.Table:
        """A row group with its images in place of their hashes."""
        digests = {name: light.column(name).to_pylist() for name in image_columns(self._schema)}
        sizes = {
            name: [self._images.size_of(one) if one else 0 for one in digests[name]]
            for name in digests
        }
        room = self._next_room(sum(map(sum, sizes.values())))
        self._fetch([*chain(*digests.values())], [*chain(*sizes.values())], room)
        columns = []
        for name in self._schema.names:
            if name in digests:
                columns.append(_column(digests[name], sizes[name], room))
                room = room[sum(sizes[name]) :]
            else:
                columns.append(light.column(name))
        return pa.Table.from_arrays(columns, schema=self._schema)

    def _next_room(self, size: int) -> memoryview:
        """The room that was given the time before last, as large as is asked."""
        self._rooms.reverse()
        if len(self._rooms[0]) < size:
            self._rooms[0] = _room(-(-size // _STEP) * _STEP)
        return self._rooms[0][:size]

    def _fetch(self, digests: list[str | None], sizes: list[int], room: memoryview) -> None:
        """All images to their places, some at a time in each thread."""
        ends = accumulate(sizes)
        places = [
            (one, room[end - size : end])
            for one, size, end in zip(digests, sizes, ends, strict=True)
            if one
        ]

        def fetch(first: int) -> None:
            for digest, place in places[first : first + _AT_A_TIME]:
                self._images.fetch(digest, place)

        list(self._pool.map(fetch, range(0, len(places), _AT_A_TIME)))


def _room(size: int) -> memoryview:
    return np.empty(size, np.uint8).data


def _column(digests: list[str | None], sizes: list[int], room: memoryview) -> pa.StructArray:
    """An image column over memory that is not copied."""
    ends = pa.array([0, *accumulate(sizes)], pa.int32())
    used = room[: sum(sizes)]
    missing = pa.array([digest is None for digest in digests], pa.bool_())
    payloads = pa.Array.from_buffers(
        pa.binary(), len(digests), [None, ends.buffers()[1], pa.py_buffer(used)]
    )
    paths = [
        f"{digest}.{_ending(room[end - size : end][:4])}" if digest else None
        for digest, size, end in zip(digests, sizes, accumulate(sizes), strict=True)
    ]
    return pa.StructArray.from_arrays(
        [payloads, pa.array(paths, pa.string())], fields=list(IMAGE), mask=missing
    )


def _ending(start: memoryview) -> str:
    return "png" if start == b"\x89PNG" else "jpg" if start[:2] == b"\xff\xd8" else "webp"
