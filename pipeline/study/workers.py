"""The worker processes of a study: each trains a model, then evaluates it.

    with Workers(2) as workers:
        study_run = workers.do(run, Path("study"))    # a StudyRun; call it from a thread per worker

Workers are processes, because torch's threads share two cores badly. A worker ends with its parent,
however that ends, so a study that was killed and started again never trains twice at once.
"""

import json
import multiprocessing
import os
import shutil
import threading
import time
from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Self

from ..evaluate.answers import Grade, Reply, answer, grade
from ..evaluate.answers import plan as asks_of
from ..evaluate.figures import accuracy, by_type, means
from ..finetune import finetune
from ..finetune.image_cache import images_of
from ..finetune.partition import placed
from ..lvlm.interface import LVLM
from ..recipe_models import TransformersModel
from ..release.questions import Question, open_release, read_questions
from .plan import TrainingRun
from .runs import StudyRun

#: Seconds between two looks whether the parent still lives.
WATCH_SECONDS = 0.5
MISSING = float("nan")


class Workers:
    """Processes that do runs side by side."""

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        threads = max(1, len(os.sched_getaffinity(0)) // count)
        self._pool = ProcessPoolExecutor(
            count,
            mp_context=context,
            initializer=_begin,
            initargs=(os.getpid(), self._stop, threads),
        )

    def __enter__(self) -> Self:
        """The workers start with their first run."""
        return self

    def __exit__(self, *_: object) -> None:
        """All are ended; what they were at is begun anew another time."""
        self.stop()
        self._pool.shutdown(cancel_futures=True)

    def stop(self) -> None:
        """Ends the processes, whatever they are at."""
        self._stop.set()

    def do(self, run: TrainingRun, out: Path) -> StudyRun:
        """One run in a process of its own; RuntimeError where that process died."""
        try:
            return self._pool.submit(carry_out, run, out).result()
        except BrokenProcessPool:
            raise RuntimeError(
                "A training's process died, as it does where memory runs out: the same command "
                "goes on; take fewer "
                "--workers."
            ) from None


def _begin(parent: int, stop: Event, threads: int) -> None:
    """What a worker does before its first run."""
    threading.Thread(target=_watch, args=(parent, stop), daemon=True).start()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    import transformers

    torch.set_num_threads(threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def _watch(parent: int, stop: Event) -> None:
    while os.getppid() == parent and not stop.wait(WATCH_SECONDS):
        pass
    os._exit(1)


def carry_out(run: TrainingRun, out: Path) -> StudyRun:
    """Trains, where the run does, and judges; the trained model lies in `out`/models afterwards."""
    from ..lvlm.transformers_backend import TransformersLVLM

    settings, seconds = run.settings, 0.0
    path, revision = settings.path, settings.revision
    if run.kind == "train":
        trained = finetune(run.release, settings, folder_of(run.key, out), split_of=run.split_of)
        path, revision, seconds = str(trained.folder), None, trained.seconds
    began = time.monotonic()
    named = TransformersModel(
        name=run.name,
        path=path,
        revision=revision,
        device=settings.device,
        dtype="float32" if settings.precision == "float32" else "bfloat16",
    )
    grades = _asked(run, TransformersLVLM.load(named))
    return summed(run, grades, seconds=seconds, evaluation_seconds=time.monotonic() - began)


def folder_of(key: str, out: Path) -> Path:
    """Where a run's trained model is written."""
    return out / "models" / key


def _asked(run: TrainingRun, lvlm: LVLM) -> list[Grade]:
    release = open_release(run.release)
    questions = asked_of(run, read_questions(release))
    replies_or_failures = answer(
        asks_of(questions, lvlm.id, lvlm.prompt, rotations=1), lvlm, images_of(release.folder)
    )
    replies = {reply.key: reply for reply in replies_or_failures if isinstance(reply, Reply)}
    asked = len(replies_or_failures)
    if len(replies) < asked:
        raise RuntimeError(
            f"{lvlm.id} gave no answer to {asked - len(replies)} of {asked} questions"
        )
    return grade(questions, replies, lvlm.id, lvlm.prompt, rotations=1)


def asked_of(run: TrainingRun, questions: list[Question]) -> list[Question]:
    """The pairs of the types that a run is judged on, and the controls of which nothing was trained
    or stopped on.
    """
    types = {*run.held_out, *run.trained}
    pairs = [
        question
        for question in questions
        if question.config == "pairs" and question.type and question.type.key in types
    ]
    if run.kind == "look":
        return pairs
    return pairs + [
        question
        for question in placed(questions, run.split_of)["test"]
        if question.config == "controls"
    ]


def summed(
    run: TrainingRun, grades: list[Grade], *, seconds: float, evaluation_seconds: float
) -> StudyRun:
    """A run's answers as its record."""
    figures = means(by_type(grades))
    types = [key for key in (*run.held_out, *run.trained) if key in figures.get("with_cue", {})]
    without = figures.get("without_cue", {})
    placebo = {key: without[key] - gap for key, gap in figures.get("placebo_gap", {}).items()}
    trains = run.kind == "train"
    return StudyRun(
        key=run.key,
        condition=run.settings.condition if trains else run.kind,
        seed=run.settings.seed,
        limit=run.settings.types if trains else None,
        model=run.name,
        trained_on=run.trained_on,
        types=tuple(types),
        held_out=tuple(key in run.held_out for key in types),
        with_cue=tuple(figures["with_cue"][key] for key in types),
        without_cue=tuple(without[key] for key in types),
        placebo=tuple(placebo.get(key, MISSING) for key in types),
        bias=tuple(figures.get("bias_with", {}).get(key, MISSING) for key in types),
        controls=accuracy(grades).get("control"),
        controls_asked=sum(grade.question.arm == "control" for grade in grades),
        pairs=sum(grade.question.arm == "with" for grade in grades),
        settings=json.dumps(asdict(run.settings)) if trains else "",
        images=run.settings.steps * run.settings.images if trains else 0,
        seconds=round(seconds, 1),
        evaluation_seconds=round(evaluation_seconds, 1),
        device=run.settings.device,
    )


def sweep(out: Path, done: Collection[str]) -> None:
    """Removes the trained models whose answers are kept: a study of large models would fill the
    disk.
    """
    for key in done:
        shutil.rmtree(folder_of(key, out), ignore_errors=True)
