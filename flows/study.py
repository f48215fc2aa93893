"""A study of unlearning as a Prefect flow: each run is a task, done once, with the results on the
run's page.

    start(StudyPlan(release="releases/demo", ...))         # the page's path

Killed anywhere, the same call does what is missing. `flows/studied.py` is the command.
"""

import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from spuriforge.pipeline.recipe_models import TransformersModel
from spuriforge.pipeline.release.questions import open_release
from spuriforge.pipeline.study import defaults, page, plan
from spuriforge.pipeline.study.data_files import data_files
from spuriforge.pipeline.study.report import Report
from spuriforge.pipeline.study.results import Results
from spuriforge.pipeline.study.runs import StudyRun
from spuriforge.pipeline.study.workers import Workers, sweep
from spuriforge.pipeline.workspace import Workspace

from .stage import artifact_key, run_shards, table_artifact


@flow(name="study")
def study(asked: plan.StudyPlan) -> str:
    """Gives the page that was written."""
    opened = plan.StudyRelease.of(asked)
    out = Path(asked.out)
    workspace = Workspace(out)
    with _alone(out), Workers(asked.workers) as workers:
        own = plan.found_on(asked, opened)
        looked = (
            []
            if own
            else _done("study look", [plan.look(asked, opened)], asked, workspace, workers)
        )
        if looked:
            own = plan.erring(looked[0])
        runs = _done("study", plan.plan(asked, opened, own), asked, workspace, workers)
    found = Results(runs, asked.conditions, asked.control_groups)
    report = Report(asked, opened, found, own=tuple(sorted(own)), measured=bool(looked))
    _write(out, report)
    _show(report)
    return str(out / "index.html")


def start(asked: plan.StudyPlan) -> str:
    """The study with as many runs at once as it has workers; gives the page."""
    runner: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=asked.workers)
    return study.with_options(task_runner=runner)(asked)


def study_of_recipe(model: TransformersModel, release: str, out: Path, *, quick: bool) -> str:
    """The study of a recipe's model on its new release; gives the page."""
    size: defaults.Name = "quick" if quick else "full"
    training = {
        "device": model.device,
        "precision": "float32" if model.dtype == "float32" else "bfloat16",
        **defaults.training_of(open_release(release), size),
    }
    return start(defaults.study_of(model, release, str(out), size, training=training))


def _done(
    stage: str,
    planned: Sequence[plan.TrainingRun],
    asked: plan.StudyPlan,
    workspace: Workspace,
    workers: Workers,
) -> list[StudyRun]:
    """The runs' records, in the order planned: those that are missing are done."""
    out = Path(asked.out)

    def work(shard: list[plan.TrainingRun]) -> list[StudyRun]:
        if not asked.keep_models:
            sweep(out, workspace.keys(StudyRun))
        return [_told(workers.do(one, out)) for one in shard]

    try:
        run_shards(stage, workspace, [(one.key, one) for one in planned], StudyRun, work, size=1)
    except BaseException:
        # the task runner waits for its threads, and they for what the workers are at
        workers.stop()
        raise
    done = {one.key: one for one in workspace.records(StudyRun)}
    if not asked.keep_models:
        sweep(out, done)
    return [done[one.key] for one in planned]


def _told(one: StudyRun) -> StudyRun:
    """A line on what a run found, as it ends."""
    fewer = f", {one.limit} types" if one.limit else ""
    shown = {
        "with_cue": "held-out with the cue",
        "without_cue": "without it",
        "controls": "controls",
    }
    figures = ", ".join(
        f"{said} {one.figures[name]:.2f}" for name, said in shown.items() if name in one.figures
    )
    seconds = one.seconds + one.evaluation_seconds
    print(
        f"{one.condition}{fewer}, seed {one.seed}: {figures} ({seconds:.0f} s)",
        file=sys.stderr,
        flush=True,
    )
    return one


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """One study at a time in a folder; ValueError where another is at work."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(
                f"Another study is at work in {out}: wait for it, or name another folder."
            ) from None
        yield


def _write(out: Path, report: Report) -> None:
    """The study's files, the page last; each is there whole or not at all."""
    for name, content in {**data_files(report), "index.html": page.render(report).encode()}.items():
        draft = out / f".{name}.{os.getpid()}.tmp"
        draft.write_bytes(content)
        draft.replace(out / name)


def _show(report: Report) -> None:
    """The same on the flow run's page: the table, and the study in words."""
    key = f"study-{report.opened.release.manifest['name']}"
    table_artifact(
        key, report.rows(), f"What fine-tuning unlearned on {report.opened.release.title}"
    )
    create_markdown_artifact(page.markdown(report), key=artifact_key(f"{key}-words"))
