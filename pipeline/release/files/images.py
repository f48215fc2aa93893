"""Fills row groups with their images, in two buffers that are used in turn.

    with ImageFiller(schema, Images.of(workspace)) as filler:
        for group in ahead(filler.table(light) for light in shard.groups):
            writer.write_table(group)          # meanwhile the next group's images are fetched

Fresh memory for each group would cost as much time as reading the images does.
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

#: The Hub's image type: the bytes, and a file name with the right ending.
IMAGE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
#: Threads that fetch, and how many images a thread fetches at a time.
_THREADS, _AT_A_TIME = 4, 16
#: Buffers grow in steps of so many bytes, so that row groups of similar size fit the same buffer.
_STEP = 8 << 20


@dataclass(frozen=True, slots=True)
class Images:
    """A store of images by their sha256."""

    size_of: Callable[[str], int]
    #: Copies an image's bytes into a buffer of exactly its size.
    fetch: Callable[[str, memoryview], None]

    @classmethod
    def of(cls, workspace: Workspace) -> "Images":
        """Returns a workspace's images; on this machine's disk without fsspec, which is slower."""
        local = "file" in workspace.fs.protocol
        path = workspace.image_path

        @lru_cache(1 << 16)  # needed when a file is cut, and again when it is written
        def size_of(digest: str) -> int:
            try:
                if local:
                    return os.stat(path(digest)).st_size
                return int(workspace.fs.size(path(digest)))
            except FileNotFoundError:
                raise ValueError(
                    f"Image {digest} is not in the workspace {workspace.url}."
                ) from None

        def fetch(digest: str, buffer: memoryview) -> None:
            if local:
                _read_into(path(digest), buffer)
            else:
                buffer[:] = workspace.image_bytes(digest)

        return cls(size_of, fetch)


def _read_into(path: str, buffer: memoryview) -> None:
    """Reads a file that must have the buffer's size."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        count = os.readv(descriptor, [buffer])
    finally:
        os.close(descriptor)
    if count != len(buffer):
        raise ValueError(f"{path} has changed while it was read.")


def image_columns(schema: pa.Schema) -> list[str]:
    """Returns the names of the columns that hold images."""
    return [field.name for field in schema if field.type == IMAGE]


def ahead(items: Iterator[T]) -> Iterator[T]:
    """Yields the items; another thread computes the next item while a caller uses the last."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(next, items, None)
        while (item := future.result()) is not None:
            future = pool.submit(next, items, None)
            yield item


class ImageFiller:
    """Puts images into row groups; a group is valid until the second `table` call after its own."""

    def __init__(self, schema: pa.Schema, images: Images) -> None:
        self._schema, self._images = schema, images
        self._buffers = [_buffer(0), _buffer(0)]
        self._pool = ThreadPoolExecutor(_THREADS)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Ends the fetching threads."""
        self._pool.shutdown()

    def table(self, light: pa.RecordBatch) -> pa.Table:
        """Returns a row group with its images in place of their hashes."""
        digests = {name: light.column(name).to_pylist() for name in image_columns(self._schema)}
        sizes = {
            name: [self._images.size_of(digest) if digest else 0 for digest in digests[name]]
            for name in digests
        }
        buffer = self._next_buffer(sum(map(sum, sizes.values())))
        self._fetch([*chain(*digests.values())], [*chain(*sizes.values())], buffer)
        columns = []
        for name in self._schema.names:
            if name in digests:
                columns.append(_column(digests[name], sizes[name], buffer))
                buffer = buffer[sum(sizes[name]) :]
            else:
                columns.append(light.column(name))
        return pa.Table.from_arrays(columns, schema=self._schema)

    def _next_buffer(self, size: int) -> memoryview:
        """Returns the buffer that was not used last, enlarged if needed."""
        self._buffers.reverse()
        if len(self._buffers[0]) < size:
            self._buffers[0] = _buffer(-(-size // _STEP) * _STEP)
        return self._buffers[0][:size]

    def _fetch(self, digests: list[str | None], sizes: list[int], buffer: memoryview) -> None:
        """Fetches all images to their places in the buffer, some at a time in each thread."""
        ends = accumulate(sizes)
        places = [
            (digest, buffer[end - size : end])
            for digest, size, end in zip(digests, sizes, ends, strict=True)
            if digest
        ]

        def fetch(first: int) -> None:
            for digest, place in places[first : first + _AT_A_TIME]:
                self._images.fetch(digest, place)

        list(self._pool.map(fetch, range(0, len(places), _AT_A_TIME)))


def _buffer(size: int) -> memoryview:
    return np.empty(size, np.uint8).data


def _column(digests: list[str | None], sizes: list[int], buffer: memoryview) -> pa.StructArray:
    """Returns an image column over the buffer, without copying it."""
    ends = pa.array([0, *accumulate(sizes)], pa.int32())
    used = buffer[: sum(sizes)]
    missing = pa.array([digest is None for digest in digests], pa.bool_())
    payloads = pa.Array.from_buffers(
        pa.binary(), len(digests), [None, ends.buffers()[1], pa.py_buffer(used)]
    )
    paths = [
        f"{digest}.{_ending(buffer[end - size : end][:4])}" if digest else None
        for digest, size, end in zip(digests, sizes, accumulate(sizes), strict=True)
    ]
    return pa.StructArray.from_arrays(
        [payloads, pa.array(paths, pa.string())], fields=list(IMAGE), mask=missing
    )


def _ending(start: memoryview) -> str:
    return "png" if start == b"\x89PNG" else "jpg" if start[:2] == b"\xff\xd8" else "webp"
