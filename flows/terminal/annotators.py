"""The annotators in the terminal: who they are, how they do, what is decided and what waits.

    overview = overview(path, recipe, workspace, running)
    show(recipe, overview, running)

`running` is the Label Studio that answers, or None. Only the server knows what is left to do and
what is not collected yet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spuriforge.annotation.accounts import logins
from spuriforge.annotation.client import Server, connect, explained
from spuriforge.annotation.performance import Performance, Rate, Standing, performances, standing
from spuriforge.annotation.projects import projects
from spuriforge.annotation.pull import Waiting, waiting
from spuriforge.annotation.roster import changes, complete, everyone, roster
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import CatchTrial, Exclusion, Judgment
from spuriforge.pipeline.workspace import Workspace

from ..home import LABEL_STUDIO
from ..state.acceptance import open_cues, open_pairs
from ..state.snapshot import Snapshot

NOT_RUNNING = (
    "Label Studio is not running, so the tasks left are unknown; `spuriforge label-studio up` "
    "starts it."
)


@dataclass(frozen=True, slots=True)
class Overview:
    """A row for each annotator, and how far cues and pairs are."""

    rows: list[Performance]
    standings: list[Standing]


def overview(path: Path, recipe: Recipe, workspace: Workspace, running: Server | None) -> Overview:
    """How the annotators do, from the workspace, and from the server if it runs."""
    records = (
        workspace.records(Judgment),
        workspace.records(CatchTrial),
        workspace.records(Exclusion),
    )
    rows = performances(
        *records,
        names=everyone(workspace, recipe),
        gold_bar=recipe.annotate.gold_bar,
        waiting=waiting(running, workspace, complete(workspace, recipe)) if running else None,
        removed=changes(workspace).removed,
    )
    snapshot = Snapshot.take(str(path))
    open_keys = {
        "cue": {cue_type.key for cue_type in open_cues(snapshot)},
        "pair": {pair.key for pair in open_pairs(snapshot)},
    }
    return Overview(
        rows,
        [
            standing(
                *records,
                project,
                decided=len(snapshot.decisions(project).keys() - still),
                waiting=len(still),
            )
            for project, still in open_keys.items()
        ],
    )


def as_json(recipe: Recipe, overview: Overview, running: Server | None) -> dict[str, Any]:
    """All of it as JSON has it."""
    return {
        "run": recipe.run.name,
        "server": running.url if running else None,
        "annotators": [row.as_json() for row in overview.rows],
        **{standing.project: standing.as_json() for standing in overview.standings},
    }


# --- how they do ----------------------------------------------------------------------------------


def show(recipe: Recipe, overview: Overview, running: Server | None) -> None:
    """A table of the annotators, and a line for each thing to know."""
    table = Table(title=f"{recipe.run.name}: {recipe.run.workspace}", title_justify="left")
    table.add_column("annotator", overflow="fold")
    for heading in (
        "done",
        "left",
        "skipped",
        "s a task",
        "most often",
        "gold",
        "shams",
        "equal votes",
    ):
        table.add_column(heading, justify="right")
    for annotator in overview.rows:
        usual = annotator.usual_verdict
        row = (
            annotator.annotator,
            str(annotator.done),
            _figure(annotator.left),
            str(annotator.skipped),
            "-" if annotator.seconds is None else f"{annotator.seconds:.1f}",
            f"{usual} {annotator.usual.share:.0%}" if usual else "-",
            _of(annotator.gold),
            _of(annotator.shams),
            _share(annotator.agreement),
        )
        table.add_row(*map(Text, row))
    Console().print(table)
    for line in sentences(overview, running):
        typer.echo(line)


def sentences(overview: Overview, running: Server | None) -> Iterator[str]:
    """What is told beneath the table, a sentence each."""
    yield from map(_standing_sentence, overview.standings)
    for row in overview.rows:
        if row.excluded is not None:
            yield f"{row.annotator}'s judgments are left out: {row.excluded}"
        elif row.removed:
            yield f"{row.annotator} gets no new tasks."
        for warning in row.warnings:
            yield f"Warning: {row.annotator} {warning}."
    uncollected = sum(row.uncollected or 0 for row in overview.rows)
    if uncollected:
        yield f"{uncollected} answers are not collected yet: `spuriforge run` collects them."
    if running is None:
        yield NOT_RUNNING


def _standing_sentence(standing: Standing) -> str:
    alpha = standing.alpha
    agreement = "too few subjects with two votes for an alpha"
    if alpha.value is not None:
        interval = f"({alpha.low:.2f} to {alpha.high:.2f})"
        agreement = f"alpha {alpha.value:.2f} {interval} on {alpha.subjects} with two votes"
    return (
        f"{standing.project}s: {standing.decided} decided, {standing.waiting} waiting; {agreement}."
    )


def _figure(number: int | None) -> str:
    return "-" if number is None else str(number)


def _of(rate: Rate) -> str:
    return f"{rate.count}/{rate.of}" if rate.of else "-"


def _share(rate: Rate) -> str:
    interval = rate.interval
    return "-" if interval is None else f"{rate.share:.2f} ({interval[0]:.2f}-{interval[1]:.2f})"


# --- who they are ---------------------------------------------------------------------------------


def show_people(recipe: Recipe, workspace: Workspace, running: Server | None) -> None:
    """Prints the annotators with their logins; if the server runs, their projects and tasks too."""
    tasks: Mapping[str, Waiting] = {}
    addresses: dict[str, str] = {}
    if running:
        tasks = waiting(running, workspace, complete(workspace, recipe))
        addresses = _addresses(running, workspace, recipe)
    active, login = roster(workspace, recipe), logins(LABEL_STUDIO)
    table = Table(title=f"{recipe.run.name}: annotators", title_justify="left")
    for heading in ("annotator", "login", "projects", "done", "left", "note"):
        right = heading in ("done", "left")
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for name in everyone(workspace, recipe):
        own = tasks.get(name)
        row = (
            name,
            login.get(name, "-"),
            addresses.get(name, "-"),
            _figure(own.done + own.skipped if own else None),
            _figure(own.left if own else None),
            "" if name in active else "no new tasks",
        )
        table.add_row(*map(Text, row))
    Console().print(table)
    typer.echo(f"Label Studio: {running.url}" if running else NOT_RUNNING)
    if login:
        file = LABEL_STUDIO / "annotators.json"
        typer.echo(f"Passwords are in {file}, which only you can read.")


def _addresses(server: Server, workspace: Workspace, recipe: Recipe) -> dict[str, str]:
    """Annotator -> the addresses of their projects, a line each."""
    addresses: dict[str, list[str]] = {}
    with explained("the projects", server):
        for desk, project in projects(connect(server), workspace, recipe.run.name).items():
            address = f"{server.url}/projects/{project.id}/data"
            addresses.setdefault(desk.annotator, []).append(address)
    return {name: "\n".join(sorted(own)) for name, own in addresses.items()}
