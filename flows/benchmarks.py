"""A recipe's benchmarks as rows, and how many questions they have, without reading an image."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from spuriforge.data.rows import Row
from spuriforge.data.sources import open_source
from spuriforge.pipeline.recipe import ProvingGround, Recipe, Source


def rows(source: Source) -> Iterator[Row]:
    """A source's rows, no more than the recipe's limit."""
    found = open_source(
        source.path,
        kind=source.kind,
        name=source.title,
        images=source.images,
        split=source.split,
        columns=source.columns,
    )
    return islice(found, source.limit)


def size(recipe: Recipe) -> tuple[int, float]:
    """How many questions there are, and how many options one has on average."""
    counts = []
    for one in recipe.benchmarks:
        if isinstance(one, ProvingGround):
            counts += [4] * one.questions
        else:
            counts += [sum(choice is not None for choice in row.choices) for row in rows(one)]
    if not counts:
        raise ValueError(
            "The recipe's benchmarks have no questions: `spuriforge audit` says what is in a source"
        )
    return len(counts), sum(counts) / len(counts)


def fingerprint(recipe: Recipe) -> list[tuple[str, int, int]]:
    """What tells whether a benchmark's files changed: path, size and time of each, as far as they
    are local.
    """
    found = []
    for one in recipe.benchmarks:
        path = Path(one.path)
        files = sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []
        stats = [(file, file.stat()) for file in files if isinstance(one, Source)]
        found += [(str(file), stat.st_size, stat.st_mtime_ns) for file, stat in stats]
    return found
