"""`spuriforge audit` at work: a report for a benchmark's files, or each benchmark of a recipe."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from spuriforge.data.audit import audit
from spuriforge.data.audit_findings import Report
from spuriforge.data.benchmark_rows import Row
from spuriforge.data.sources import open_source
from spuriforge.pipeline.lvlm.parse import parse
from spuriforge.pipeline.recipe import Recipe, Source

from ..state.benchmarks import rows


def reports(
    source: str,
    *,
    kind: str | None,
    images: Path | None,
    columns: Sequence[str],
    check_images: bool,
) -> list[Report]:
    """Returns a report for a file, folder or Hub id, or one for each benchmark of a recipe."""
    renamed = dict(_column(text) for text in columns)
    if source.endswith(".toml"):
        if kind or images or renamed:
            raise ValueError(
                "A recipe says itself what its benchmarks are: leave out --kind, --images and "
                "--column"
            )
        return [
            audit(read, parse, source=name, check_images=check_images)
            for name, read in _benchmarks_of(source)
        ]
    folder = str(images) if images else None
    read = open_source(source, kind=kind, images=folder, columns=renamed or None)
    return [audit(read, parse, source=source, check_images=check_images)]


def _benchmarks_of(path: str) -> Iterator[tuple[str, Iterator[Row]]]:
    benchmarks = Recipe.load(path).benchmarks
    sources = [source for source in benchmarks if isinstance(source, Source)]
    if not sources:
        raise ValueError(
            f"{path} asks about the proving ground alone, which is made as it is read: nothing to "
            "audit"
        )
    for source in sources:
        yield source.path, rows(source)


def _column(text: str) -> tuple[str, str]:
    """OURS=THEIRS as a pair."""
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and theirs):
        raise ValueError(f"--column takes OURS=THEIRS, as question=prompt; {text!r} is not")
    return ours, theirs


def show(reports: Sequence[Report]) -> None:
    """Prints a table for each report."""
    for report in reports:
        text = report.table() if report.findings else f"{report.headline()}: no findings"
        Console().print(text, markup=False)
