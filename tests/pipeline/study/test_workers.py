"""One run's answers as its record, and workers that never outlive the study."""

import math
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from spuriforge.pipeline.evaluate.answers import Grade
from spuriforge.pipeline.release.questions import Question
from spuriforge.pipeline.study import plan, workers
from spuriforge.pipeline.study.plan import StudyRelease
from tests.pipeline.finetune.tiny_release import made
from tests.pipeline.study.made_runs import study_of

#: A study whose worker sleeps.
ASLEEP = """
import time
from spuriforge.pipeline.study.workers import Workers
if __name__ == "__main__":
    with Workers(1) as workers:
        workers._pool.submit(time.sleep, 600).result()
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> StudyRelease:
    release = made(tmp_path_factory.mktemp("release"), types=8, controls=24)
    return StudyRelease.of(study_of(release, release))


def test_a_run_is_summed_up_by_type(opened: StudyRelease) -> None:
    """Right without the cue, what the cue says with it, and the control questions right but one."""
    study = study_of(opened.release.folder, Path("study"), seeds=1)
    one = plan.plan(study, opened, plan.found_on(study, opened))[3]
    asked = workers.asked_of(one, opened.questions)
    wrong = next(question.id for question in asked if question.arm == "control")

    def chosen(question: Question) -> int | None:
        return (
            question.linked
            if question.arm == "with"
            else None
            if question.id == wrong
            else question.answer
        )

    grades = [Grade(question, (chosen(question),)) for question in asked]
    found = workers.summed(one, grades, seconds=3.21, evaluation_seconds=1.0)
    assert (found.condition, found.limit, found.trained_on, found.images) == ("pairs", None, 5, 16)
    assert [key for key, held in zip(found.types, found.held_out, strict=True) if held] == list(
        one.held_out
    )
    assert {
        "with_cue": 0.0,
        "without_cue": 1.0,
        "placebo": 1.0,
        "bias": 1.0,
    }.items() <= found.figures.items()
    assert found.controls == pytest.approx(1 - 1 / found.controls_asked)
    no_placebo = [grade for grade in grades if grade.question.arm != "placebo"]
    without = workers.summed(one, no_placebo, seconds=0, evaluation_seconds=0)
    assert math.isnan(without.placebo[0])
    assert "placebo" not in without.figures


def test_only_models_whose_answers_are_kept_are_removed(tmp_path: Path) -> None:
    for key in ("kept", "done"):
        workers.folder_of(key, tmp_path).mkdir(parents=True)
    workers.sweep(tmp_path, {"done", "never trained"})
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["kept"]


@pytest.mark.integration
def test_a_worker_ends_with_its_parent_even_if_that_is_killed() -> None:
    parent = psutil.Popen([sys.executable, "-c", ASLEEP], stderr=subprocess.DEVNULL)
    try:
        _wait(lambda: _threads(parent) > 1, 60)  # it watches
        children = parent.children()
    finally:
        parent.kill()
        parent.wait()
    _wait(lambda: not any(_lives(child) for child in children), 30)


def _threads(parent: psutil.Process) -> int:
    """The most threads that a worker has; the tracker of its resources has one."""
    return max((child.num_threads() for child in parent.children()), default=0)


def _lives(one: psutil.Process) -> bool:
    return one.is_running() and one.status() != psutil.STATUS_ZOMBIE


def _wait(true: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)
