"""A recipe's benchmarks as rows, and how many questions they have, without reading an image."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from spuriforge.data.benchmark_rows import Row
from spuriforge.data.sources import open_source
from spuriforge.pipeline.recipe import ProvingGround, Recipe, Source


def rows(source: Source) -> Iterator[Row]:
    """Yields a source's rows, up to the recipe's limit."""
    opened = open_source(
        source.path,
        kind=source.kind,
        name=source.title,
        images=source.images,
        split=source.split,
        columns=source.columns,
    )
    return islice(opened, source.limit)


def size(recipe: Recipe) -> tuple[int, float]:
    """Returns the number of questions and the mean number of options of a question."""
    options: list[int] = []
    for benchmark in recipe.benchmarks:
        if isinstance(benchmark, ProvingGround):
            options += [4] * benchmark.questions
        else:
            choices = (row.choices for row in rows(benchmark))
            options += [sum(choice is not None for choice in row) for row in choices]
    if not options:
        raise ValueError(
            "The recipe's benchmarks have no questions: `spuriforge audit` says what is in a source"
        )
    return len(options), sum(options) / len(options)


def fingerprint(recipe: Recipe) -> list[tuple[str, int, int]]:
    """Path, size and time of each local benchmark file: it changes when a benchmark's files do."""
    fingerprints = []
    for benchmark in recipe.benchmarks:
        path = Path(benchmark.path)
        files = sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []
        stats = [(file, file.stat()) for file in files if isinstance(benchmark, Source)]
        fingerprints += [(str(file), stat.st_size, stat.st_mtime_ns) for file, stat in stats]
    return fingerprints
