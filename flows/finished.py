"""Is there anything to do? Answered in an instant, without Prefect or a model library."""

from pathlib import Path

from spuriforge.annotation import roster
from spuriforge.pipeline.recipe import Recipe, clip_id
from spuriforge.pipeline.records import Exclusion, key_of
from spuriforge.pipeline.workspace import Workspace

from .benchmarks import fingerprint

MARKER = "finished.txt"


def report_folder(recipe: Recipe) -> Path:
    """Where report.html and score.json lie: in the run's own folder, or here where that is on
    another machine.
    """
    return (
        Path("reports") / recipe.run.name
        if "://" in recipe.run.workspace
        else Path(recipe.run.workspace)
    )


def pending(recipe: Recipe) -> str | None:
    """What there is to do for a recipe, or None where its build is finished and nothing it was made
    from changed.
    """
    done = Workspace(recipe.run.workspace).read_text(MARKER)
    if done is None:
        return "starting, or going on where it was left"
    if done != _state(recipe):
        return (
            "the recipe, a model, the benchmark or the annotators changed; only what is new is done"
        )
    if not (report_folder(recipe) / "report.html").is_file():
        return "the report is gone"
    return None


def mark_finished(recipe: Recipe) -> None:
    """Notes that all is done for the recipe and its models as they are."""
    Workspace(recipe.run.workspace).write_text(MARKER, _state(recipe))


def _state(recipe: Recipe) -> str:
    """All that a finished build was made from, as a hash."""
    models = [model.id for model in recipe.models]
    others = [clip_id(path) for path in (recipe.gate.clip, recipe.screen.clip) if path]
    workspace = Workspace(recipe.run.workspace)
    people = sorted(workspace.keys(Exclusion)), workspace.read_text(roster.FILE)
    settings = recipe.model_dump(mode="json")
    return key_of(settings, models, recipe.generate.id, others, fingerprint(recipe), *people)
