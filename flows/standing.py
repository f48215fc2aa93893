"""What the command line shows of the annotators: who they are, how they do, what is decided and
waits.

    told = measured(path, recipe, workspace, running)       # rows of annotators, and how far cues and pairs are
    show(recipe, told, running)

`running` is the Label Studio that answers, or None: what is left, and what is not collected, only
it knows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spuriforge.annotation import server as label_studio
from spuriforge.annotation.client import connect, explained, projects
from spuriforge.annotation.performance import Performance, Rate, Standing, performances, standing
from spuriforge.annotation.pull import Waiting, waiting
from spuriforge.annotation.roster import changes, complete, everyone, logins, roster
from spuriforge.annotation.server import Server
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import Control, Exclusion, Judgment
from spuriforge.pipeline.workspace import Workspace

from .checking import open_cues, open_pairs
from .opened import Opened

NOT_RUNNING = "Label Studio is not running, so tasks left are not known; `spuriforge label-studio up` starts it."


@dataclass(frozen=True, slots=True)
class Told:
    """A row for each annotator, and how far cues and pairs are."""

    rows: list[Performance]
    standings: list[Standing]


def measured(path: Path, recipe: Recipe, workspace: Workspace, running: Server | None) -> Told:
    """How the annotators do, from the workspace, and from the server if it runs."""
    said = workspace.records(Judgment), workspace.records(Control), workspace.records(Exclusion)
    rows = performances(
        *said,
        names=everyone(workspace, recipe),
        gold_bar=recipe.annotate.gold_bar,
        waiting=waiting(running, workspace, complete(workspace, recipe)) if running else None,
        removed=changes(workspace).removed,
    )
    opened = Opened(str(path))
    open_ones = {
        "cue": {one.key for one in open_cues(opened)},
        "pair": {one.key for one in open_pairs(opened)},
    }
    return Told(
        rows,
        [
            standing(
                *said,
                project,
                decided=len(opened.decisions(project).keys() - still),
                waiting=len(still),
            )
            for project, still in open_ones.items()
        ],
    )


def as_json(recipe: Recipe, told: Told, running: Server | None) -> dict[str, Any]:
    """All of it as JSON has it."""
    return {
        "run": recipe.run.name,
        "server": running.url if running else None,
        "annotators": [one.as_json() for one in told.rows],
        **{one.project: one.as_json() for one in told.standings},
    }


# --- how they do ----------------------------------------------------------------------------------


def show(recipe: Recipe, told: Told, running: Server | None) -> None:
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
    for one in told.rows:
        usual = f"{one.usual_verdict} {one.usual.share:.0%}" if one.usual_verdict else "-"
        seconds = "-" if one.seconds is None else f"{one.seconds:.1f}"
        row = (one.annotator, str(one.done), _figure(one.left), str(one.skipped), seconds, usual,
               _of(one.gold), _of(one.shams), _share(one.agreement))  # fmt: skip
        table.add_row(*map(Text, row))
    Console().print(table)
    for line in lines(told, running):
        typer.echo(line)


def lines(told: Told, running: Server | None) -> Iterator[str]:
    """What is told beneath the table, a sentence each."""
    yield from map(_standing_line, told.standings)
    for row in told.rows:
        if row.excluded is not None:
            yield f"{row.annotator}'s judgments are left out: {row.excluded}"
        elif row.removed:
            yield f"{row.annotator} gets no new tasks."
        for warning in row.warnings:
            yield f"Warning: {row.annotator} {warning}."
    uncollected = sum(row.uncollected or 0 for row in told.rows)
    if uncollected:
        yield f"{uncollected} answers are not collected yet: `spuriforge run` collects them."
    if running is None:
        yield NOT_RUNNING


def _standing_line(one: Standing) -> str:
    alpha = one.alpha
    agree = "too few votes of two on the same for an alpha"
    if alpha.value is not None:
        agree = f"alpha {alpha.value:.2f} ({alpha.low:.2f} to {alpha.high:.2f}) on {alpha.subjects} that two judged"
    return f"{one.project}s: {one.decided} decided, {one.waiting} waiting; {agree}."


def _figure(number: int | None) -> str:
    return "-" if number is None else str(number)


def _of(rate: Rate) -> str:
    return f"{rate.count}/{rate.of}" if rate.of else "-"


def _share(rate: Rate) -> str:
    interval = rate.interval
    return "-" if interval is None else f"{rate.share:.2f} ({interval[0]:.2f}-{interval[1]:.2f})"


# --- who they are ---------------------------------------------------------------------------------


def show_people(recipe: Recipe, workspace: Workspace, running: Server | None) -> None:
    """A table of the annotators with their logins; where the server runs, with their projects and
    tasks.
    """
    told: Mapping[str, Waiting] = (
        waiting(running, workspace, complete(workspace, recipe)) if running else {}
    )
    addresses = _addresses(running, workspace, recipe) if running else {}
    active, login = roster(workspace, recipe), logins(label_studio.HOME)
    table = Table(title=f"{recipe.run.name}: annotators", title_justify="left")
    for heading in ("annotator", "login", "projects", "done", "left", "note"):
        table.add_column(
            heading, justify="right" if heading in ("done", "left") else "left", overflow="fold"
        )
    for name in everyone(workspace, recipe):
        done = told[name].done + told[name].skipped if name in told else None
        left = told[name].left if name in told else None
        row = (name, login.get(name, "-"), addresses.get(name, "-"), _figure(done), _figure(left),
               "" if name in active else "no new tasks")  # fmt: skip
        table.add_row(*map(Text, row))
    Console().print(table)
    typer.echo(f"Label Studio: {running.url}" if running else NOT_RUNNING)
    if login:
        typer.echo(
            f"Passwords are in {label_studio.HOME / 'annotators.json'}, which only you can read."
        )


def _addresses(server: Server, workspace: Workspace, recipe: Recipe) -> dict[str, str]:
    """Each annotator's projects, where they work, a line each."""
    found: dict[str, list[str]] = {}
    with explained("the projects", server):
        for desk, project in projects(connect(server), workspace, recipe.run.name).items():
            found.setdefault(desk.annotator, []).append(f"{server.url}/projects/{project.id}/data")
    return {name: "\n".join(sorted(ones)) for name, ones in found.items()}
