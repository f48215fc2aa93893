"""Goes as far as it can, from the benchmark to a release, and says what it waits for.

    result = build("flows/recipes/proving_ground.toml")
    result.finished or result.waiting_for        # "24 cue judgments", ...

Every stage does only what is missing, so this is also what resumes, and what runs on a schedule.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from prefect import flow

from spuriforge.pipeline.budget import BudgetReached
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.release.destinations import destination

from .annotate import answer, collect, push
from .checking import open_cues, open_pairs, short_types
from .events import take_over
from .finished import mark_finished, report_folder
from .generate import generate
from .mine import mine
from .opened import Opened
from .publish import publish, read_score
from .screen import screen
from .verify import verify

STAGES = ("mine", "screen", "annotate", "generate", "verify", "publish")
_STAGE_FLOWS: dict[str, Callable[[str], object]] = {
    "mine": mine, "screen": screen, "generate": generate, "verify": verify,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BuildResult:
    """How far a build came; `waiting_for` is empty when it waits for nobody, `stopped` when the
    budget allows more.
    """

    finished: bool
    waiting_for: str
    stopped: str
    release: str | None
    report: str | None
    #: The page of the study, where the recipe has one.
    study: str | None
    #: Why the recipe's study could not be made of this release; empty where it was, or none is
    #: wanted.
    no_study: str
    score: dict[str, Any] | None
    seconds: float


@flow(name="build", on_running=[take_over])
def build(recipe_path: str, until: str | None = None) -> BuildResult:
    """Runs every stage that can run, up to and with `until`."""
    began = time.monotonic()
    if until is not None and until not in STAGES:
        raise ValueError(f"There is no stage {until!r}; the stages are {', '.join(STAGES)}.")
    for place in Recipe.load(recipe_path).publish.to:
        destination(place)  # one that cannot be is told now, and not after the work of days
    waiting, stopped, release, finished = "", "", None, False
    try:
        for stage in STAGES[: STAGES.index(until) + 1] if until else STAGES:
            if stage in _WAITS:
                waiting = _WAITS[stage](recipe_path)
            if waiting:
                break
            if stage == "publish":
                release, finished = publish(recipe_path), True
            elif stage in _STAGE_FLOWS:
                _STAGE_FLOWS[stage](recipe_path)
    except BudgetReached as reached:
        stopped = str(reached)
    opened = Opened(recipe_path)
    study, no_study = _studied(opened.recipe, release) if finished and release else (None, "")
    if finished:
        mark_finished(opened.recipe)
    return BuildResult(
        finished=finished,
        waiting_for=waiting,
        stopped=stopped,
        release=release,
        report=str(report_folder(opened.recipe) / "report.html") if finished else None,
        study=study,
        no_study=no_study,
        score=read_score(opened.recipe) if finished else None,
        seconds=time.monotonic() - began,
    )


def _studied(recipe: Recipe, release: str) -> tuple[str | None, str]:
    """Has the recipe's model unlearn what the release shows, as far as it can; gives the page, or
    why there is none.

    The release is out by then: that it has too few types for a study is told, and ends nothing.
    """
    if recipe.study is None or recipe.studied is None:
        return None, ""
    from .study import study_of_recipe

    try:
        page = study_of_recipe(
            recipe.studied, release, report_folder(recipe) / "study", quick=recipe.study.quick
        )
    except ValueError as error:
        return None, str(error)
    return page, ""


def _checked(recipe_path: str) -> str:
    """Has the release pairs judged; what people reject is made again, until each type has enough or
    no more come.
    """
    made = -1
    while True:
        waiting = _judged(recipe_path)
        opened = Opened(recipe_path)
        now = len(opened.kept_pairs)
        if waiting or now == made or not short_types(opened):
            return waiting
        made = now
        generate(recipe_path)
        verify(recipe_path)


def _judged(recipe_path: str) -> str:
    """Pushes and collects until nothing is open, or only people can go on; says what is open then.

    Opened anew each time: a judgment can take an unsound sample out, and then its type has another
    anchor.
    """
    while True:
        opened = Opened(recipe_path)
        opened.keep_proposals()
        cues, pairs = len(open_cues(opened)), len(open_pairs(opened))
        if not cues and not pairs:
            return ""
        push(recipe_path)
        if opened.recipe.annotate.by == "scripted":
            answer(recipe_path)
        if not collect(recipe_path):
            return f"judgments of {cues} cues and {pairs} pairs"


#: What people must have judged before a stage can run.
_WAITS: dict[str, Callable[[str], str]] = {"annotate": _judged, "publish": _checked}
