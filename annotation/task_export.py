"""Hands tasks to another tool than Label Studio, as JSON and images.

    path = export_tasks(cues, pairs, types, workspace, recipe, Path("tasks"))
    # tasks/tasks.json, tasks/judgments.schema.json, tasks/images/

tasks.json lists what is still to be judged. Each task has "project" ("cue" or "pair"), "key",
"annotators" (who is asked; each judges alone), "adjudication" (true where the votes so far are
tied), "question", "options", "gold" and "cue". A cue task has an "image", the "model_answer", and
the other JUDGMENT_TEXTS to correct. A pair task has the images "left" and "right", and "side",
where the cue should be: for the tool, not for people's eyes.

`judgment_import.py` takes the judgments in.
"""

import io
import json
import os
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from spuriforge.pipeline.atomic import write_bytes
from spuriforge.pipeline.decisions import excluded
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import (
    JUDGMENT_TEXTS,
    CatchTrial,
    CueType,
    Exclusion,
    Judgment,
    Pair,
)
from spuriforge.pipeline.workspace import Workspace

from .entries import schema
from .pair_screen import side_of
from .roster import staffed
from .turns import assigned, judges, mixed


def export_tasks(
    cues: Sequence[CueType],
    pairs: Sequence[Pair],
    types: Mapping[str, CueType],
    workspace: Workspace,
    recipe: Recipe,
    folder: str | os.PathLike[str],
    *,
    catch_trials: Sequence[tuple[CatchTrial, CueType | Pair]] = (),
    ties: Collection[str] = (),
) -> Path:
    """Writes what is still to be judged, most valuable first; returns the path of tasks.json.

    `types` has the pairs' types; `ties` are the subjects that one more person is to judge; catch
    trials lie among the others and go to everybody. Whoever has judged a task in the workspace is
    not asked again. As in Label Studio, no model and no figure is named. An earlier export in the
    folder is replaced; its images stay.
    """
    out = Path(folder)
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file: name a folder to export to.")
    known = workspace.keys(CatchTrial)
    workspace.append([trial for trial, _ in catch_trials if trial.key not in known])
    tasks: list[dict[str, Any]] = []
    for project, subjects in (("cue", cues), ("pair", pairs)):
        trials = {
            trial.subject: subject for trial, subject in catch_trials if trial.project == project
        }
        asked = _asked(project, subjects, trials, workspace, recipe, ties)
        shown: dict[str, CueType | Pair] = {
            **{subject.key: subject for subject in subjects},
            **trials,
        }
        for key in mixed(
            [key for key in asked if key not in trials], [*trials], "export", lead=False
        ):
            if key in asked:
                task = _task(shown[key], types, workspace, out)
                to = {"annotators": asked[key], "adjudication": key in ties}
                tasks.append({"project": project, "key": key, **to, **task})
    _write(out / "judgments.schema.json", _json(schema()))
    _write(out / "tasks.json", _json(tasks))
    return out / "tasks.json"


def _asked(
    project: str,
    subjects: Sequence[CueType | Pair],
    trials: Collection[str],
    workspace: Workspace,
    recipe: Recipe,
    ties: Collection[str],
) -> dict[str, list[str]]:
    """Returns subject -> who is still to judge it, without subjects that nobody is to judge."""
    people, out = staffed(workspace, recipe), excluded(workspace.records(Exclusion))
    if not people.annotate.annotators:
        raise ValueError("Nobody is left to judge: add an annotator, or include one again.")
    judged: dict[str, set[str]] = defaultdict(set)
    for judgment in workspace.records(Judgment):
        if judgment.project == project and judgment.annotator not in out:
            judged[judgment.subject].add(judgment.annotator)
    asked = {key: judges(key, people) for key in trials}
    for subject in subjects:
        key, overlap = subject.key, people.annotate.overlap
        if isinstance(subject, Pair):
            overlap = people.annotate.pair_overlap(key)
        if key in ties:
            overlap = len(judged[key]) + 1
        asked[key] = assigned(key, overlap, people, having=(), judged=judged[key])
    left = {
        key: [name for name in names if name not in judged[key]] for key, names in asked.items()
    }
    return {key: names for key, names in left.items() if names}


def _task(
    subject: CueType | Pair, types: Mapping[str, CueType], workspace: Workspace, out: Path
) -> dict[str, Any]:
    """Returns what is shown of a cue or a pair; a pair's images lie as in Label Studio."""
    if isinstance(subject, CueType):
        image = _picture(subject.image, workspace, out)
        texts = {name: getattr(subject, name) for name in JUDGMENT_TEXTS}
        return _question(subject) | {"image": image, "model_answer": subject.linked} | texts
    cue_type, side = types[subject.type], side_of(subject.key)
    images = [_picture(sha, workspace, out) for sha in (subject.image_with, subject.image_without)]
    left, right = images if side == "left" else images[::-1]
    return _question(cue_type) | {"left": left, "right": right, "side": side, "cue": cue_type.cue}


def _question(cue_type: CueType) -> dict[str, Any]:
    return {
        "question": cue_type.question,
        "options": list(cue_type.choices),
        "gold": cue_type.choices[cue_type.answer],
    }


def _picture(sha: str, workspace: Workspace, out: Path) -> str:
    """Writes an image beside the tasks, named by its content; returns its path in the folder."""
    payload = workspace.image_bytes(sha)
    with Image.open(io.BytesIO(payload)) as image:
        path = f"images/{sha}.{(image.format or 'png').lower()}"
    if not (out / path).exists():
        _write(out / path, payload)
    return path


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _write(path: Path, payload: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, payload, sync=False)
