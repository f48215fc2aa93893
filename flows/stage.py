"""The one way stages run: what is pending, in shards, as Prefect tasks, with progress, a ledger row
and an artifact.

    @flow(name="mine")
    def mine(recipe_path: str) -> StageRun:
        return run_shards("mine", workspace, planned, Prediction, answer, size=recipe.run.shard)

    mine.with_options(task_runner=runner(recipe))("recipe.toml")

A shard that fails leaves the others alone: they finish and stay, the first failure is raised at the
end, and the next run does only what is missing. Shards, not samples, are tasks: a server bears
hundreds of tasks, not a hundred thousand.
"""

import base64
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas import State
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture, as_completed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from spuriforge.pipeline.budget import Meter
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import Record, StageRun, key_of
from spuriforge.pipeline.workspace import Workspace

W = TypeVar("W")

#: Seconds between two lines of progress where there is no terminal to draw a bar on.
QUIET_SECONDS = 10.0


def runner(recipe: Recipe) -> TaskRunner[Any]:
    """The task runner that a recipe asks for; a flow can be given a Dask or Ray one instead."""
    return ThreadPoolTaskRunner(max_workers=recipe.run.workers)


# --- shards ---------------------------------------------------------------------------------------


class _Job:
    """One shard with all that its task needs; Prefect and Dask search known kinds of values, but
    not into this one.
    """

    def __init__(
        self,
        shard: list[Any],
        work: Callable[[list[Any]], Sequence[Record]],
        record: type[Record],
        workspace: Workspace,
        meter: Meter | None,
        takes: dict[str, int],
    ) -> None:
        self.shard, self.work, self.record, self.workspace = shard, work, record, workspace
        #: Its model calls and images, counted as it begins.
        self.meter, self.takes = meter, takes

    def run(self) -> int:
        """Does the work, if the budget allows, and keeps it: a part for each kind of record
        (failures beside answers).

        Gives how many records of the stage's own kind came out.
        """
        if self.meter:
            self.meter.check()
            self.meter.add(**self.takes)
        made: dict[type[Record], list[Record]] = {}
        for one in self.work(self.shard):
            made.setdefault(type(one), []).append(one)
        for records in made.values():
            self.workspace.append(records)
        return len(made.get(self.record, []))


def _worth_retrying(_task: object, _run: object, state: State[Any]) -> bool:
    """Anything but a ValueError: that is what a user did, and doing it again does not mend it."""
    return not isinstance(state.result(raise_on_failure=False), ValueError)


@task(
    name="shard",
    task_run_name="{label}",
    retries=2,
    retry_delay_seconds=1,
    retry_condition_fn=_worth_retrying,
    cache_policy=NO_CACHE,
    persist_result=False,
    log_prints=False,
)
def _shard(label: str, job: _Job) -> int:
    """One shard's task; gives how many records came out."""
    return job.run()


def run_shards(
    stage: str,
    workspace: Workspace,
    planned: Sequence[tuple[str, W]],
    record: type[Record],
    work: Callable[[list[W]], Sequence[Record]],
    *,
    size: int,
    calls: Callable[[list[W]], int] | None = None,
    images: Callable[[list[W]], int] | None = None,
    meter: Meter | None = None,
) -> StageRun:
    """Does what of `planned` is not yet in `record`'s table, a Prefect task for each shard of about
    `size`.

    `planned` is (key, work) pairs; `calls` and `images` say how many model calls and images a
    shard's work costs. To be called inside a flow, whose task runner says how many shards run at
    once. Nothing pending: no task is made. The first failure is raised after all other shards have
    ended; a budget that is reached, by `meter`, is one.
    """
    shards = list(workspace.shards(planned, record, size))
    pending = sum(map(len, shards))
    began = _Clock()
    if not shards:
        return began.row(stage, inputs=len(planned))

    def takes(shard: list[W]) -> dict[str, int]:
        return {
            "model_calls": calls(shard) if calls else 0,
            "images": images(shard) if images else 0,
        }

    names = [f"{stage} {number}/{len(shards)}" for number in range(1, len(shards) + 1)]
    before = meter.spent.cost if meter else 0.0
    with meter.running() if meter else nullcontext():
        jobs = [_Job(shard, work, record, workspace, meter, takes(shard)) for shard in shards]
        futures = [_shard.submit(name, job) for name, job in zip(names, jobs, strict=True)]
        done = _watch(stage, futures, [len(shard) for shard in shards])
    row = began.row(
        stage,
        inputs=len(planned),
        pending=pending,
        outputs=sum(futures[number].result() for number in done),
        model_calls=sum(takes(shards[number])["model_calls"] for number in done),
        images=sum(takes(shards[number])["images"] for number in done),
        cost=meter.spent.cost - before if meter else 0.0,
    )
    _keep(row, workspace)
    for future in futures:
        future.result()  # raises the first failure
    return row


def _watch(stage: str, futures: list[PrefectFuture[int]], sizes: list[int]) -> list[int]:
    """Waits for all shards, showing progress; gives the numbers of those that went well, in order."""
    number_of = {id(future): number for number, future in enumerate(futures)}
    done = []
    with progress(stage, sum(sizes)) as advance:
        for future in as_completed(futures):
            number = number_of[id(future)]
            advance(sizes[number])
            future.wait()  # done as it is, but only now does its state need no call to the server
            if future.state.is_completed():
                done.append(number)
    return sorted(done)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, or a line every ten seconds where that is no terminal; yields
    `advance(n)`.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(what, total)
        return
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as bar:
        row = bar.add_task(what, total=total)
        yield lambda count: bar.advance(row, count)


def _lines(what: str, total: int) -> Callable[[int], None]:
    """Progress as lines: one every `QUIET_SECONDS`, and one at the end."""
    began = last = time.monotonic()
    done = 0

    def advance(count: int) -> None:
        nonlocal done, last
        done += count
        now = time.monotonic()
        if done == total or now - last >= QUIET_SECONDS:
            last = now
            print(f"{what}: {done}/{total} in {now - began:.0f} s", file=sys.stderr, flush=True)

    return advance


# --- the ledger -----------------------------------------------------------------------------------


class _Clock:
    """When a stage began, in both kinds of time."""

    def __init__(self) -> None:
        self.started_at = datetime.now(UTC).isoformat()
        self.started = time.monotonic()

    def row(
        self,
        stage: str,
        *,
        inputs: int,
        pending: int = 0,
        outputs: int = 0,
        model_calls: int = 0,
        images: int = 0,
        cost: float = 0.0,
    ) -> StageRun:
        """The ledger row of a stage that ends now."""
        return StageRun(
            key=key_of(stage, self.started_at),
            stage=stage,
            started_at=self.started_at,
            seconds=round(time.monotonic() - self.started, 3),
            inputs=inputs,
            pending=pending,
            outputs=outputs,
            model_calls=model_calls,
            images=images,
            cost=cost,
        )


@dataclass(slots=True)
class Tally:
    """What a stage without shards says of itself; `pending` 0 leaves no ledger row."""

    inputs: int = 0
    pending: int = 0
    outputs: int = 0
    model_calls: int = 0
    images: int = 0


@contextmanager
def record_stage(stage: str, workspace: Workspace, *, inputs: int, pending: int) -> Iterator[Tally]:
    """Times a stage without shards and writes its ledger row and artifact; set `outputs` on what it
    yields.

    with record_stage("publish", workspace, inputs=12, pending=12) as tally:
        tally.outputs = workspace.append(rows)
    """
    began = _Clock()
    tally = Tally(inputs=inputs, pending=pending)
    yield tally
    if tally.pending:
        row = began.row(
            stage,
            inputs=tally.inputs,
            pending=tally.pending,
            outputs=tally.outputs,
            model_calls=tally.model_calls,
            images=tally.images,
        )
        _keep(row, workspace)


def _keep(row: StageRun, workspace: Workspace) -> None:
    """A row for the ledger and a table for the Prefect server's page."""
    workspace.append([row])
    columns = ("inputs", "pending", "outputs", "model_calls", "images", "cost", "seconds")
    table_artifact(
        f"yield-{row.stage}",
        [{name: getattr(row, name) for name in columns}],
        f"What {row.stage} yielded and cost",
    )


# --- artifacts ------------------------------------------------------------------------------------


def artifact_key(text: str) -> str:
    """A text as Prefect wants its artifact keys: lowercase letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def table_artifact(key: str, rows: list[dict[str, Any]], description: str) -> None:
    """A table on the flow run's page; outside a flow run there is no page, and nothing is made."""
    if FlowRunContext.get() is not None:
        create_table_artifact(table=rows, key=artifact_key(key), description=description)


def image_artifact(key: str, images: Sequence[tuple[str, bytes]], description: str) -> None:
    """Captioned PNGs in a row on the flow run's page, kept in the artifact itself: pairs are seen
    without a server.
    """
    if FlowRunContext.get() is None or not images:
        return
    captions = " | ".join(caption.replace("|", "/") for caption, _ in images)
    cells = " | ".join(
        f"![](data:image/png;base64,{base64.b64encode(png).decode()})" for _, png in images
    )
    markdown = f"{description}\n\n| {captions} |\n|{' --- |' * len(images)}\n| {cells} |\n"
    create_markdown_artifact(markdown=markdown, key=artifact_key(key), description=description)
