"""How every stage runs: pending work in shards, as Prefect tasks, with progress and a ledger.

    @flow(name="mine")
    def mine(recipe_path: str) -> int:
        run = run_shards("mine", workspace, planned, Prediction, work, size=recipe.run.shard)
        return run.outputs

    mine.with_options(task_runner=runner(recipe))("recipe.toml")

If a shard fails, the others still finish and keep their results; the first failure is raised at the
end, and the next run does only what is missing. A task is a shard, not a sample: a Prefect server
copes with hundreds of tasks, not with a hundred thousand.
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
from prefect.logging import get_run_logger
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
    """The task runner that a recipe asks for; a flow can be given a Dask or Ray runner instead."""
    return ThreadPoolTaskRunner(max_workers=recipe.run.workers)


# --- shards ---------------------------------------------------------------------------------------


class _Job:
    """A shard with everything that its task needs.

    It is a class of its own because Prefect and Dask search values of known kinds, but not this.
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
        """Does the work if the budget allows it, and keeps the records, a part for each kind.

        Returns the number of records of the stage's own kind, failures not counted.
        """
        if self.meter:
            self.meter.check()
            self.meter.add(**self.takes)
        by_kind: dict[type[Record], list[Record]] = {}
        for record in self.work(self.shard):
            by_kind.setdefault(type(record), []).append(record)
        for records in by_kind.values():
            self.workspace.append(records)
        return len(by_kind.get(self.record, []))


def _worth_retrying(_task: object, _run: object, state: State[Any]) -> bool:
    """True for anything but a ValueError: a user's mistake does not go away by trying again."""
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
    """A shard's task; returns the number of records that came out."""
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
    """Does the planned work that `record`'s table lacks, as a Prefect task per shard.

    `planned` holds (key, work) pairs, cut into shards of about `size`. `calls` and `images` return
    how many model calls and images a shard costs. Call it inside a flow, whose task runner says how
    many shards run at once; without pending work no task is made. The first failure, or a budget
    that `meter` finds reached, is raised after all other shards have ended.
    """
    shards = list(workspace.shards(planned, record, size))
    pending = sum(map(len, shards))
    clock = _Clock()
    if not shards:
        _log(f"{stage}: all {len(planned):,} are done already")
        return clock.row(stage, inputs=len(planned))

    def takes(shard: list[W]) -> dict[str, int]:
        return {
            "model_calls": calls(shard) if calls else 0,
            "images": images(shard) if images else 0,
        }

    labels = [f"{stage} {number}/{len(shards)}" for number in range(1, len(shards) + 1)]
    before = meter.spent.cost if meter else 0.0
    with meter.running() if meter else nullcontext():
        jobs = [_Job(shard, work, record, workspace, meter, takes(shard)) for shard in shards]
        futures = [_shard.submit(label, job) for label, job in zip(labels, jobs, strict=True)]
        done = _watch(stage, futures, [len(shard) for shard in shards])
    row = clock.row(
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
    """Waits for all shards, showing progress; returns the numbers of those that went well."""
    number_of = {id(future): number for number, future in enumerate(futures)}
    done = []
    with progress(stage, sum(sizes)) as advance:
        for future in as_completed(futures):
            number = number_of[id(future)]
            advance(sizes[number])
            future.wait()  # the shard has ended; this only spares its state a call to the server
            if future.state.is_completed():
                done.append(number)
    return sorted(done)


# --- progress -------------------------------------------------------------------------------------


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yields `advance(count)`, which moves a bar on stderr or, without a terminal, prints lines."""
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
    """When a stage began, as a date and on the monotonic clock."""

    def __init__(self) -> None:
        self.started_at = datetime.now(UTC).isoformat()
        self.started = time.monotonic()

    def row(self, stage: str, *, inputs: int, **figures: Any) -> StageRun:  # noqa: ANN401 - StageRun's fields
        """The ledger row of a stage that ends now; figures left out are 0."""
        zeros = {"pending": 0, "outputs": 0, "model_calls": 0, "images": 0, "cost": 0.0}
        return StageRun(
            key=key_of(stage, self.started_at),
            stage=stage,
            started_at=self.started_at,
            seconds=round(time.monotonic() - self.started, 3),
            inputs=inputs,
            **{**zeros, **figures},
        )


@dataclass(slots=True)
class Tally:
    """The figures of a stage without shards; with `pending` 0 it leaves no ledger row."""

    inputs: int = 0
    pending: int = 0
    outputs: int = 0


@contextmanager
def record_stage(stage: str, workspace: Workspace, *, inputs: int, pending: int) -> Iterator[Tally]:
    """Times a stage without shards and writes its ledger row and artifact.

    with record_stage("publish", workspace, inputs=12, pending=12) as tally:
        tally.outputs = workspace.append(rows)
    """
    clock = _Clock()
    tally = Tally(inputs=inputs, pending=pending)
    yield tally
    if not tally.pending:
        _log(f"{stage}: nothing new")
        return
    row = clock.row(stage, inputs=tally.inputs, pending=tally.pending, outputs=tally.outputs)
    _keep(row, workspace)


def _keep(row: StageRun, workspace: Workspace) -> None:
    """Writes a ledger row, a log line, and a table for the flow run's page."""
    workspace.append([row])
    columns = ("inputs", "pending", "outputs", "model_calls", "images", "cost", "seconds")
    figures = {name: getattr(row, name) for name in columns}
    _log(f"{row.stage}: {_sentence(row)}")
    table_artifact(f"yield-{row.stage}", [figures], f"What {row.stage} yielded and cost")


def _sentence(row: StageRun) -> str:
    """What a stage did: "512 of 600 were new, 510 records, 512 model calls in 14 s"."""
    parts = [f"{row.pending:,} of {row.inputs:,} were new", f"{row.outputs:,} records"]
    parts += [f"{row.model_calls:,} model calls"] if row.model_calls else []
    parts += [f"{row.images:,} images"] if row.images else []
    parts += [f"cost {row.cost:.2f}"] if row.cost else []
    return f"{', '.join(parts)} in {row.seconds:.0f} s"


def _log(text: str) -> None:
    """A line in the flow run's log; outside a flow run there is no log, and nothing is written."""
    if FlowRunContext.get() is not None:
        get_run_logger().info(text)


# --- artifacts ------------------------------------------------------------------------------------


def artifact_key(text: str) -> str:
    """A text as Prefect wants its artifact keys: lowercase letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def table_artifact(key: str, rows: list[dict[str, Any]], description: str) -> None:
    """A table on the flow run's page; outside a flow run there is no page, and nothing is made."""
    if FlowRunContext.get() is not None:
        create_table_artifact(table=rows, key=artifact_key(key), description=description)


def image_artifact(key: str, images: Sequence[tuple[str, bytes]], description: str) -> None:
    """Captioned PNGs in a row on the flow run's page.

    The artifact holds the images themselves, so the page needs no other server to show them.
    """
    if FlowRunContext.get() is None or not images:
        return
    captions = " | ".join(caption.replace("|", "/") for caption, _ in images)
    sources = [f"data:image/png;base64,{base64.b64encode(png).decode()}" for _, png in images]
    cells = " | ".join(f"![]({source})" for source in sources)
    markdown = f"{description}\n\n| {captions} |\n|{' --- |' * len(images)}\n| {cells} |\n"
    create_markdown_artifact(markdown=markdown, key=artifact_key(key), description=description)
