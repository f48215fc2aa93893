"""Goes as far as it can, from the benchmark to a release, and says what it waits for.

    result = build("flows/recipes/proving_ground.toml")
    result.finished or result.waiting_for        # "judgments of 24 cues and 0 pairs"

Every stage does only what is missing, so the same flow resumes a run and runs it on a schedule.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from prefect import flow, get_run_logger, tags

from spuriforge.pipeline.budget import BudgetReached
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.release.destinations import destination

from .annotate import answer, collect, push
from .events import take_over
from .generate import generate
from .mine import mine
from .naming import ParameterDescription, RecipePath, run_name
from .publish import publish, read_score
from .screen import screen
from .stages import BUILD_STAGES, BuildStage
from .state.acceptance import open_cues, open_pairs, short_types
from .state.completion import mark_finished, report_folder
from .state.snapshot import Snapshot
from .state.store import store_proposals
from .verify import verify

_STAGE_FLOWS: dict[BuildStage, Callable[[str], object]] = {
    "mine": mine,
    "screen": screen,
    "generate": generate,
    "verify": verify,
}

Until = Annotated[
    BuildStage | None, ParameterDescription("Stop after this stage; left out, go on to a release.")
]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """How far a build came."""

    finished: bool
    #: What people must judge before the build can continue; empty when it waits for nobody.
    waiting_for: str
    #: Which limit of the budget stopped the build; empty when none did.
    stopped: str
    release: str | None
    report: str | None
    #: The page of the study, where the recipe has one.
    study: str | None
    #: Why the recipe's study could not use this release; empty where it could, or none is wanted.
    no_study: str
    score: dict[str, Any] | None
    seconds: float

    def __str__(self) -> str:
        """The outcome in one sentence, for logs."""
        if self.finished:
            return f"finished: release {self.release or 'none, since no type is ready'}"
        return self.stopped or f"waiting for {self.waiting_for or 'the next stage'}"


@flow(name="build", flow_run_name=run_name, on_running=[take_over])
def build(recipe_path: RecipePath, until: Until = None) -> BuildResult:
    """Runs every stage that can run, up to and including `until`."""
    began = time.monotonic()
    recipe = Recipe.load(recipe_path)
    for place in recipe.publish.to:
        destination(place)  # an impossible place is an error now, not after days of work
    with tags(recipe.run.name):
        waiting, stopped, release, finished = _run_stages(recipe_path, until)
        study, no_study = _study(recipe, release) if release else (None, "")
    if finished:
        mark_finished(recipe)
    result = BuildResult(
        finished=finished,
        waiting_for=waiting,
        stopped=stopped,
        release=release,
        report=str(report_folder(recipe) / "report.html") if finished else None,
        study=study,
        no_study=no_study,
        score=read_score(recipe) if finished else None,
        seconds=time.monotonic() - began,
    )
    get_run_logger().info("%s: %s", recipe.run.name, result)
    return result


def _run_stages(recipe_path: str, until: BuildStage | None) -> tuple[str, str, str | None, bool]:
    """Returns what the build waits for, what stopped it, the release, and whether it finished."""
    last = BUILD_STAGES.index(until) + 1 if until else len(BUILD_STAGES)
    try:
        for stage in BUILD_STAGES[:last]:
            waiting = _WAITS[stage](recipe_path) if stage in _WAITS else ""
            if waiting:
                return waiting, "", None, False
            if stage == "publish":
                return "", "", publish(recipe_path), True
            if stage in _STAGE_FLOWS:
                _STAGE_FLOWS[stage](recipe_path)
    except BudgetReached as reached:
        return "", str(reached), None, False
    return "", "", None, False


def _study(recipe: Recipe, release: str) -> tuple[str | None, str]:
    """Runs the recipe's study on its release; returns its page, or why there is none.

    The release is out by then, so a release with too few types for a study is no error.
    """
    if recipe.study is None or recipe.studied is None:
        return None, ""
    from .study import study_of_recipe

    folder = report_folder(recipe) / "study"
    try:
        return study_of_recipe(recipe.studied, release, folder, quick=recipe.study.quick), ""
    except ValueError as error:
        return None, str(error)


def _checked(recipe_path: str) -> str:
    """Has release pairs judged, and replaces rejected pairs, until each type has enough.

    Returns what people still have to judge; it is empty too when no more pairs come.
    """
    before = -1
    while True:
        waiting = _judged(recipe_path)
        snapshot = Snapshot.take(recipe_path)
        count = len(snapshot.kept_pairs)
        if waiting or count == before or not short_types(snapshot):
            return waiting
        before = count
        generate(recipe_path)
        verify(recipe_path)


def _judged(recipe_path: str) -> str:
    """Pushes and collects until nothing is open or only people can continue; says what is open.

    Each round takes a new snapshot: a judgment can take an unsound sample out, and then its type
    has another anchor.
    """
    while True:
        snapshot = Snapshot.take(recipe_path)
        store_proposals(snapshot)
        cues, pairs = len(open_cues(snapshot)), len(open_pairs(snapshot))
        if not cues and not pairs:
            return ""
        push(recipe_path)
        if snapshot.recipe.annotate.by == "scripted":
            answer(recipe_path)
        if not collect(recipe_path):
            return f"judgments of {cues} cues and {pairs} pairs"


#: What people must have judged before a stage can run.
_WAITS: dict[BuildStage, Callable[[str], str]] = {"annotate": _judged, "publish": _checked}
