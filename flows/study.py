"""A study of unlearning as a Prefect flow: each training is a task and is done only once.

    start(StudyPlan(release="releases/demo", ...))         # returns the page's path

After a kill, the same call does what is missing. `flows/commands/study.py` is the command.
"""

import fcntl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from spuriforge.pipeline.atomic import write_bytes
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
    """Does the study's missing trainings, writes its page and returns the page's path."""
    release = plan.StudyRelease.of(asked)
    out = Path(asked.out)
    workspace = Workspace(out)
    first: list[StudyRun] = []
    with _alone(out), Workers(asked.workers) as workers:
        own = plan.found_on(asked, release)
        if not own:  # the model is new to the release: its errors are measured first
            look = [plan.look(asked, release)]
            first = _runs("study look", look, asked, workspace, workers)
            own = plan.erring(first[0])
        runs = _runs("study", plan.plan(asked, release, own), asked, workspace, workers)
    results = Results(runs, asked.conditions, asked.control_groups)
    report = Report(asked, release, results, own=tuple(sorted(own)), measured=bool(first))
    _write(out, report)
    _show(report)
    return str(out / "index.html")


def start(asked: plan.StudyPlan) -> str:
    """Runs the study, as many trainings at once as it has workers; returns the page's path."""
    runner: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=asked.workers)
    return study.with_options(task_runner=runner)(asked)


def study_of_recipe(model: TransformersModel, release: str, out: Path, *, quick: bool) -> str:
    """Runs the study of a recipe's model on its new release; returns the page's path."""
    size: defaults.Name = "quick" if quick else "full"
    training = {
        "device": model.device,
        "precision": "float32" if model.dtype == "float32" else "bfloat16",
        **defaults.training_of(open_release(release), size),
    }
    return start(defaults.study_of(model, release, str(out), size, training=training))


def _runs(
    stage: str,
    planned: Sequence[plan.TrainingRun],
    asked: plan.StudyPlan,
    workspace: Workspace,
    workers: Workers,
) -> list[StudyRun]:
    """The records of the planned trainings, in their order; missing trainings are done."""
    out = Path(asked.out)

    def work(shard: list[plan.TrainingRun]) -> list[StudyRun]:
        if not asked.keep_models:
            sweep(out, workspace.keys(StudyRun))
        runs = [workers.do(training, out) for training in shard]
        for run in runs:
            _print(run)
        return runs

    try:
        pairs = [(training.key, training) for training in planned]
        run_shards(stage, workspace, pairs, StudyRun, work, size=1)
    except BaseException:
        # The task runner waits for its threads, and they wait for the workers.
        workers.stop()
        raise
    runs = {run.key: run for run in workspace.records(StudyRun)}
    if not asked.keep_models:
        sweep(out, runs)
    return [runs[training.key] for training in planned]


def _print(run: StudyRun) -> None:
    """Prints a line with a training's results as it ends."""
    fewer = f", {run.limit} types" if run.limit else ""
    names = {
        "with_cue": "held-out with the cue",
        "without_cue": "without it",
        "controls": "controls",
    }
    figures = ", ".join(
        f"{text} {run.figures[name]:.2f}" for name, text in names.items() if name in run.figures
    )
    seconds = run.seconds + run.evaluation_seconds
    line = f"{run.condition}{fewer}, seed {run.seed}: {figures} ({seconds:.0f} s)"
    print(line, file=sys.stderr, flush=True)


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
    """Writes the study's files, the page last."""
    for name, content in {**data_files(report), "index.html": page.render(report).encode()}.items():
        write_bytes(out / name, content)


def _show(report: Report) -> None:
    """Puts the table, and the study in words, on the flow run's page."""
    key = f"study-{report.opened.release.manifest['name']}"
    title = f"What fine-tuning unlearned on {report.opened.release.title}"
    table_artifact(key, report.rows(), title)
    create_markdown_artifact(page.markdown(report), key=artifact_key(f"{key}-words"))
