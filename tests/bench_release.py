"""How fast a release is written compared with bare pyarrow, and how little growth rewrites.

    python -m tests.bench_release [--gigabytes 2.0] [--rounds 5] [--folder /tmp]

Both write the same row groups with the same settings. Bare pyarrow has them in memory already; a
release weighs, fetches, cuts and hashes as well. What counts is the ratio within a round, because
other work on the machine slows both.
"""

import argparse
import hashlib
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spuriforge.pipeline.release.files.images import IMAGE, ImageFiller
from spuriforge.pipeline.release.files.parquet import (
    Images,
    Part,
    declared,
    earlier,
    options,
    write,
)
from spuriforge.pipeline.release.files.shards import HUB, Row
from spuriforge.pipeline.workspace import Workspace

#: Bytes of an image, as a rendered photograph has them, and rows of a type.
SIZE, PER_TYPE = 100_000, 10
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("type", pa.string()),
        ("question", pa.string()),
        ("image", IMAGE),
        ("image_sha256", pa.string()),
    ]
)


def rows_of(types: Sequence[int], digests: Sequence[str]) -> Iterator[tuple[str, Row]]:
    """The rows of some types, in the order of the hashes of their keys, as the tables give them."""
    keys = sorted((hashlib.sha256(f"{number}".encode()).hexdigest(), number) for number in types)
    for key, number in keys:
        for index in range(PER_TYPE):
            digest = digests[(number * PER_TYPE + index) % len(digests)]
            yield (
                key,
                {
                    "id": f"{key}-{index}",
                    "type": key,
                    "question": "What colour is the main object?",
                    "image": digest,
                    "image_sha256": digest,
                },
            )


def bare(path: Path, rows: Sequence[Row], images: Images) -> float:
    """Seconds that pyarrow takes to write row groups that are in memory."""
    schema = declared(SCHEMA)
    light = pa.schema(
        [field.with_type(pa.string()) if field.type == IMAGE else field for field in schema]
    )
    size = HUB.group_bytes // SIZE
    seconds = 0.0
    writer = pq.ParquetWriter(path, schema, **options(schema))
    with ImageFiller(schema, images) as filler:
        for at in range(0, len(rows), size):
            table = filler.table(pa.RecordBatch.from_pylist(rows[at : at + size], schema=light))
            start = time.perf_counter()
            writer.write_table(table, row_group_size=len(table))
            seconds += time.perf_counter() - start
    start = time.perf_counter()
    writer.close()
    return seconds + time.perf_counter() - start


def measure(folder: Path, gigabytes: float, rounds: int) -> None:
    """Prints a line a round, the median ratio, the memory, and what another type rewrites."""
    workspace = Workspace(folder / "workspace")
    noise = os.urandom(SIZE)
    count = int(gigabytes * 1e9 / SIZE)
    digests = [
        workspace.put_image(number.to_bytes(8, "big") + noise[8:]) for number in range(count)
    ]
    images = Images.of(workspace)
    types = list(range(count // PER_TYPE))
    rows = list(rows_of(types, digests))
    ratios = []
    start_memory = _peak()
    for number in range(rounds):
        shutil.rmtree(folder / "release", ignore_errors=True)
        alone = bare(folder / "bare.parquet", [row for _, row in rows], images)
        (folder / "bare.parquet").unlink()
        start, spent = time.perf_counter(), time.process_time()
        files = write(folder / "release", Part("pairs", "train", rows), SCHEMA, images)
        release_seconds, spent = time.perf_counter() - start, time.process_time() - spent
        ratios.append(alone / release_seconds)
        print(
            f"round {number + 1}: pyarrow {gigabytes / alone:.2f} GB/s, a release "
            f"{gigabytes / release_seconds:.2f} GB/s, "
            f"ratio {alone / release_seconds:.2f}; {spent:.1f} s of CPU, {len(files)} files, load "
            f"{os.getloadavg()[0]:.1f}"
        )
    print(f"median ratio {statistics.median(ratios):.2f}, best {max(ratios):.2f} (wanted: .80)")
    print(
        f"peak memory {_peak():.0f} MB, of which {start_memory:.0f} MB before anything was written"
    )
    previous = earlier(folder / "release", {"files": {file.path: file.entry() for file in files}})
    more = [*rows_of([*types, len(types)], digests)]
    start = time.perf_counter()
    grown = write(folder / "grown", Part("pairs", "train", more), SCHEMA, images, previous)
    new = sum(file.bytes for file in grown if file.content not in previous)
    print(
        f"one type more: {new / 1e6:.0f} of {sum(file.bytes for file in grown) / 1e6:.0f} MB "
        f"written, the rest linked, "
        f"in {time.perf_counter() - start:.1f} s"
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measures in a temporary folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--gigabytes", type=float, default=2.0, help="of images; three times as much disk is used"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spuriforge-bench-", dir=arguments.folder) as folder:
        measure(Path(folder), arguments.gigabytes, arguments.rounds)


if __name__ == "__main__":
    main()
