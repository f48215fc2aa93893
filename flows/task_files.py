"""Judgments by way of files, for teams that use another tool than Label Studio."""

from pathlib import Path

from spuriforge.annotation import judgment_import, task_export
from spuriforge.pipeline.records import CatchTrial, CueType, Pair

from .catch_trials import cue_trials, pair_trials
from .state.acceptance import clearest_first, open_cues, open_pairs, tied
from .state.snapshot import Snapshot
from .state.store import store_decisions, store_proposals


def export_tasks(recipe_path: str, folder: Path) -> Path:
    """Writes the cues and pairs that await judgment, with catch trials; returns the tasks' file."""
    snapshot = Snapshot.take(recipe_path)
    store_proposals(snapshot)
    snapshot = snapshot.retake()
    cues, pairs = clearest_first(snapshot, open_cues(snapshot)), open_pairs(snapshot)
    if not cues and not pairs:
        raise ValueError(
            "Nothing awaits judgment: run the recipe until it screens, or there is nothing left to "
            "judge"
        )
    trials: list[tuple[CatchTrial, CueType | Pair]] = []
    trials += cue_trials(snapshot) if cues else []
    trials += pair_trials(snapshot) if pairs else []
    ties = tied(snapshot, "cue") | tied(snapshot, "pair")
    return task_export.export_tasks(
        cues,
        pairs,
        snapshot.types,
        snapshot.workspace,
        snapshot.recipe,
        folder,
        catch_trials=trials,
        ties=ties,
    )


def import_judgments(recipe_path: str, file: Path, *, partial: bool) -> judgment_import.Imported:
    """Takes in a file's judgments and decides what they suffice for."""
    snapshot = Snapshot.take(recipe_path)
    imported = judgment_import.import_judgments(
        file, snapshot.workspace, snapshot.recipe, partial=partial
    )
    store_decisions(snapshot.retake())
    return imported
