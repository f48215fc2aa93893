"""What a run has so far and what each stage waits for, read from the workspace alone."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from spuriforge.pipeline.budget import CALLED, spent
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import (
    Candidate,
    CueType,
    Decision,
    Description,
    Evidence,
    Failure,
    GateResult,
    Judgment,
    Pair,
    PersistentError,
    Prediction,
    Record,
    Rejection,
    Response,
    Sample,
    Verdict,
)
from spuriforge.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Line:
    """A table of the workspace: its stage, its rows, a note on them, and what it waits for."""

    stage: str
    table: str
    rows: int
    note: str
    waits_for: str


def table_lines(recipe: Recipe) -> list[Line]:
    """Returns a line for each table, in the order in which a run fills them."""
    workspace = Workspace(recipe.run.workspace)
    before = "the benchmark (`spuriforge run`)"
    lines = []
    for stage, record, note in TABLES:
        rows = len(workspace.keys(record))
        if record in ASIDE:
            if rows:
                lines.append(Line(stage, record.table, rows, note(workspace), ""))
            continue
        waits = "" if rows else before
        if record is Decision:
            waits = waits or _undecided(workspace)
        lines.append(Line(stage, record.table, rows, note(workspace) if rows else "", waits))
        before = record.table
    return lines


def show(recipe: Recipe) -> None:
    """Prints the lines as a table."""
    table = Table(
        "stage", "table", title=f"{recipe.run.name}: {recipe.run.workspace}", title_justify="left"
    )
    table.add_column("rows", justify="right")
    table.add_column("of which")
    table.add_column("waits for")
    for line in table_lines(recipe):
        table.add_row(line.stage, line.table, str(line.rows), line.note, line.waits_for)
    Console().print(table)
    used, allowed = spent(Workspace(recipe.run.workspace)), recipe.budget
    limits = {
        name: f" of {limit:g}" for name, limit in allowed.model_dump().items() if limit is not None
    }
    Console().print(
        f"Spent: cost {used.cost:.2f}{limits.get('cost', '')}, {used.model_calls:,} model calls"
        f"{limits.get('model_calls', '')}, {used.images:,} images{limits.get('images', '')}, "
        f"{used.hours:.2f} hours{limits.get('hours', '')}"
    )


def _count(record: type[Record], column: str, phrase: str) -> Callable[[Workspace], str]:
    """How many rows of a table have a column true, as a phrase."""

    def note(workspace: Workspace) -> str:
        count = pc.sum(workspace.read(record, [column]).column(column)).as_py() or 0
        return f"{count} {phrase}"

    return note


def _nothing(_workspace: Workspace) -> str:
    return ""


def _undecided(workspace: Workspace) -> str:
    """The cues that wait for judgments."""
    decisions = workspace.read(Decision, ["project", "subject"]).to_pylist()
    cues = {row["subject"] for row in decisions if row["project"] == "cue"}
    missing = len(workspace.keys(CueType) - cues)
    return f"judgments of {missing} cues" if missing else ""


def _open_failures(workspace: Workspace) -> str:
    """Failed calls without a record since: the next run asks them again."""
    answered = set().union(*(workspace.keys(record) for record in (*CALLED, Pair)))
    missing = set(workspace.read(Failure, ["subject"]).column("subject").to_pylist()) - answered
    return f"{len(missing)} to be asked again"


def _still_rejected(workspace: Workspace) -> str:
    rejected = set(workspace.read(Rejection, ["sample"]).column("sample").to_pylist())
    mended = rejected & workspace.keys(Sample)
    return f"{len(mended)} mended since" if mended else ""


def _described(workspace: Workspace) -> str:
    outcomes = workspace.read(Description, ["outcome"]).column("outcome").to_pylist()
    return f"{outcomes.count('rejected')} rejected"


def _judged(workspace: Workspace) -> str:
    rows = workspace.read(Verdict, ["outcome", "spurious"]).to_pylist()
    rejected = sum(row["outcome"] == "rejected" for row in rows)
    return f"{sum(bool(row['spurious']) for row in rows)} spurious, {rejected} rejected"


#: Tables that only some runs have, and that nothing waits for.
ASIDE = (Rejection, Failure, Verdict, Description)

TABLES: tuple[tuple[str, type[Record], Callable[[Workspace], str]], ...] = (
    ("mine", Sample, _nothing),
    ("mine", Rejection, _still_rejected),
    ("mine", Prediction, _nothing),
    ("mine", Failure, _open_failures),
    ("mine", PersistentError, _count(PersistentError, "language_prior", "language priors")),
    ("screen", Verdict, _judged),
    ("screen", Candidate, _count(Candidate, "kept", "kept")),
    ("screen", Description, _described),
    ("screen", CueType, _nothing),
    ("annotate", Judgment, _count(Judgment, "skipped", "skipped")),
    ("annotate", Decision, _count(Decision, "accepted", "accepted")),
    ("generate", Pair, _nothing),
    ("generate", GateResult, _count(GateResult, "kept", "kept")),
    ("verify", Response, _nothing),
    ("verify", Evidence, _count(Evidence, "accepted", "accepted")),
)
