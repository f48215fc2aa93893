"""Is there anything to do? Answered at once, without Prefect or a model library."""

from pathlib import Path

from spuriforge.annotation import roster
from spuriforge.pipeline.recipe import Recipe, clip_id
from spuriforge.pipeline.records import Exclusion, key_of
from spuriforge.pipeline.workspace import Workspace

from .benchmarks import fingerprint

MARKER = "finished.txt"


def report_folder(recipe: Recipe) -> Path:
    """The folder of report.html: the workspace, or reports/NAME if the workspace is remote."""
    if "://" in recipe.run.workspace:
        return Path("reports") / recipe.run.name
    return Path(recipe.run.workspace)


def pending(recipe: Recipe) -> str | None:
    """Returns what there is to do, or None if the build is finished and no input changed."""
    finished = Workspace(recipe.run.workspace).read_text(MARKER)
    if finished is None:
        return "starting, or continuing where the last run stopped"
    if finished != _inputs_key(recipe):
        return "the recipe, a model, the benchmark or the annotators changed; only new work is done"
    if not (report_folder(recipe) / "report.html").is_file():
        return "the report is gone"
    return None


def mark_finished(recipe: Recipe) -> None:
    """Notes that all is done for the recipe, its models and its benchmarks as they are."""
    Workspace(recipe.run.workspace).write_text(MARKER, _inputs_key(recipe))


def _inputs_key(recipe: Recipe) -> str:
    """A hash of everything that a finished build was made from."""
    models = [model.id for model in recipe.models]
    others = [clip_id(path) for path in (recipe.gate.clip, recipe.screen.clip) if path]
    workspace = Workspace(recipe.run.workspace)
    people = sorted(workspace.keys(Exclusion)), workspace.read_text(roster.FILE)
    settings = recipe.model_dump(mode="json")
    return key_of(settings, models, recipe.generate.id, others, fingerprint(recipe), *people)
