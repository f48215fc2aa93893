"""`spuriforge audit`: what is wrong with a benchmark's files, or with every benchmark of a recipe."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from spuriforge.data.audit import audit
from spuriforge.data.audit_findings import Report
from spuriforge.data.rows import Row
from spuriforge.data.sources import open_source
from spuriforge.pipeline.lvlm.parse import parse
from spuriforge.pipeline.recipe import Recipe, Source

from .benchmarks import rows


def reports(
    source: str,
    *,
    kind: str | None,
    images: Path | None,
    columns: Sequence[str],
    check_images: bool,
) -> list[Report]:
    """One report for a file, folder or Hub id; for a recipe one for each of its benchmarks."""
    named = dict(_column(one) for one in columns)
    if source.endswith(".toml"):
        if kind or images or named:
            raise ValueError(
                "A recipe says itself what its benchmarks are: leave out --kind, --images and "
                "--column"
            )
        return [
            audit(found, parse, source=name, check_images=check_images)
            for name, found in _of_recipe(source)
        ]
    found = open_source(
        source, kind=kind, images=str(images) if images else None, columns=named or None
    )
    return [audit(found, parse, source=source, check_images=check_images)]


def _of_recipe(path: str) -> Iterator[tuple[str, Iterator[Row]]]:
    sources = [one for one in Recipe.load(path).benchmarks if isinstance(one, Source)]
    if not sources:
        raise ValueError(
            f"{path} asks about the proving ground alone, which is made as it is read: nothing to "
            f"audit"
        )
    for one in sources:
        yield one.path, rows(one)


def _column(text: str) -> tuple[str, str]:
    """OURS=THEIRS as a pair."""
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and theirs):
        raise ValueError(f"--column takes OURS=THEIRS, as question=prompt; {text!r} is not")
    return ours, theirs


def show(found: Sequence[Report]) -> None:
    """Prints a table for each report."""
    for one in found:
        Console().print(
            one.table() if one.findings else f"{one.headline()}: nothing found", markup=False
        )
