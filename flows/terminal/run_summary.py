"""What a run prints at its end: release, report, and the score against the planted truth."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from ..build import BuildResult


def show(result: "BuildResult", console: Console) -> None:
    """Prints the result; a long path is never broken, so that it can be copied."""
    console.print()
    if result.score:
        show_score(result.score, console)
    if result.no_study:
        console.print(f"No study: {result.no_study}", style="yellow", markup=False, highlight=False)
    if result.study:
        show_study(result.study, console)
    for name, path in (
        ("Release", result.release),
        ("Report", result.report),
        ("Study", result.study),
    ):
        if path:
            console.print(f"{name:<8} {path}", soft_wrap=True, highlight=False)
    if result.finished:
        console.print(f"Finished in {_minutes(result.seconds)}.")
    elif result.stopped:
        console.print(f"After {_minutes(result.seconds)}. {result.stopped}.", soft_wrap=True)
    elif result.waiting_for:
        console.print(
            f"After {_minutes(result.seconds)}, waiting for: {result.waiting_for}", soft_wrap=True
        )


def show_score(score: dict[str, Any], console: Console) -> None:
    """Prints shortcuts found against planted, for the pipeline and each of its variants."""
    head = score["summary"]
    console.print(
        f"[bold]Found {head['found']} of the {head['relied_on']} planted shortcuts that a model "
        f"demonstrably relies on "
        f"(recall {_share(head['recall'])}).[/bold]\n"
        f"Accepted cues whose true effect is under {score['min_effect']:.2f}: "
        f"{head['false_discoveries']}. "
        f"Accepted on the control: {head['control_accepted']}."
    )
    table = Table("variant", title="Found against planted", title_justify="left")
    for column in ("accepted", "found", "recall", "false discoveries"):
        table.add_column(column, justify="right")
    for variant in score["variants"]:
        names = ("accepted", "found", "recall", "false_discoveries")
        figures = {**variant, "recall": _share(variant["recall"])}
        table.add_row(variant["name"], *(str(figures[name]) for name in names))
    console.print(table)


def show_study(page: str, console: Console) -> None:
    """Prints the study's headline and findings."""
    study = json.loads(Path(page).with_name("study.json").read_text(encoding="utf-8"))
    console.print(study["headline"], markup=False, highlight=False, style="bold")
    # A gain says nothing without the gain of the control groups beside it.
    for finding in study["findings"]:
        console.print(f"- {finding}", markup=False, highlight=False)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.1f} min"
