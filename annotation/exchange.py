"""Judgments by another tool than Label Studio: the tasks go out as JSON and images, the judgments
come back as JSON.

    path = export_tasks(cues, pairs, types, workspace, recipe, Path("tasks"))    # tasks/tasks.json, tasks/images/
    result = import_judgments(Path("judgments.json"), workspace, recipe)         # Imported(judgments, known, problems)

tasks.json is a list of what is still to be judged: "project" ("cue" or "pair"), "key", "annotators"
(who is asked; each judges alone), "adjudication" (true where the votes so far are tied),
"question", "options", "gold", "cue"; a cue task has an "image", the "model_answer", and "core",
"description_with" and "description_without" to be corrected; a pair task has the images "left" and
"right", and "side", where the cue should be: for the tool, not for the eyes of people.

judgments.json is a list of what people said, by judgments.schema.json beside tasks.json (see
`annotation.entries`):

    {"project": "cue", "subject": KEY, "annotator": "annotator-1", "verdict": "spurious", "cue": "wooden post",
     "box": [0.7, 0.3, 0.95, 0.8], "seconds": 12.5, "updated_at": "2026-05-01T12:00:00+02:00"}

It is held to the rules of the Label Studio screens. A file with a wrong entry is not taken in at
all, so that nobody decides on half of it unawares; `partial` takes the right entries in. A
judgment's key is made of what it says and when, so importing a file again, or a longer one, adds
only what is new; of several versions the latest by its time counts.
"""

import io
import json
import os
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from spuriforge.pipeline.decisions import excluded
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import (
    JUDGMENT_TEXTS,
    CatchTrial,
    CueType,
    Exclusion,
    Judgment,
    Pair,
    key_of,
)
from spuriforge.pipeline.workspace import Workspace

from .entries import Entry, schema, values_of, why
from .roster import everyone, staffed
from .screens import Answer, read, result_of, side_of
from .turns import assigned, judges, mixed
from .versions import moment, said

# --- out ------------------------------------------------------------------------------------------


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
    """Writes what is still to be judged, most valuable first as it is given, and gives the path of
    tasks.json.

    `types` has the pairs' types; `ties` are the subjects that one more person is to judge; controls
    lie among the others and go to everybody. Who has judged a task in the workspace is not asked
    again. As in Label Studio, no model and no figure is named. An earlier export in the folder is
    replaced; images that it has are left.
    """
    out = Path(folder)
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file: name a folder to export to.")
    known = workspace.keys(CatchTrial)
    workspace.append([one for one, _ in catch_trials if one.key not in known])
    tasks: list[dict[str, Any]] = []
    for project, ones in (("cue", cues), ("pair", pairs)):
        mixed_in = {
            catch_trial.subject: one
            for catch_trial, one in catch_trials
            if catch_trial.project == project
        }
        asked = _asked(project, ones, mixed_in, workspace, recipe, ties)
        shown: dict[str, CueType | Pair] = {**{one.key: one for one in ones}, **mixed_in}
        for key in mixed(
            [one for one in asked if one not in mixed_in], [*mixed_in], "export", lead=False
        ):
            if key in asked:
                one = shown[key]
                task = (
                    _cue(one, workspace, out)
                    if isinstance(one, CueType)
                    else _pair(one, types, workspace, out)
                )
                to = {"annotators": asked[key], "adjudication": key in ties}
                tasks.append({"project": project, "key": key, **to, **task})
    _write(out / "judgments.schema.json", _json(schema()))
    _write(out / "tasks.json", _json(tasks))
    return out / "tasks.json"


def _asked(
    project: str,
    ones: Sequence[CueType | Pair],
    catch_trials: Collection[str],
    workspace: Workspace,
    recipe: Recipe,
    ties: Collection[str],
) -> dict[str, list[str]]:
    """Subject -> who is still to judge it, for those that anybody is to judge."""
    people, out = staffed(workspace, recipe), excluded(workspace.records(Exclusion))
    if not people.annotate.annotators:
        raise ValueError("Nobody is left to judge: add an annotator, or include one again.")
    judged: dict[str, set[str]] = defaultdict(set)
    for one in workspace.records(Judgment):
        if one.project == project and one.annotator not in out:
            judged[one.subject].add(one.annotator)
    asked = {key: judges(key, people) for key in catch_trials}
    for subject in ones:
        overlap = (
            people.annotate.pair_overlap(subject.key)
            if isinstance(subject, Pair)
            else people.annotate.overlap
        )
        overlap = len(judged[subject.key]) + 1 if subject.key in ties else overlap
        asked[subject.key] = assigned(
            subject.key, overlap, people, having=(), judged=judged[subject.key]
        )
    left = {
        key: [name for name in names if name not in judged[key]] for key, names in asked.items()
    }
    return {key: names for key, names in left.items() if names}


def _cue(one: CueType, workspace: Workspace, out: Path) -> dict[str, Any]:
    """What is shown of a cue, and the texts to correct."""
    shown = {"image": _picture(one.image, workspace, out), "model_answer": one.linked}
    return _question(one) | shown | {name: getattr(one, name) for name in JUDGMENT_TEXTS}


def _pair(
    one: Pair, types: Mapping[str, CueType], workspace: Workspace, out: Path
) -> dict[str, Any]:
    """What is shown of a pair: its images lie left and right as in Label Studio."""
    asked, side = types[one.type], side_of(one.key)
    images = [_picture(image, workspace, out) for image in (one.image_with, one.image_without)]
    left, right = images if side == "left" else images[::-1]
    return _question(asked) | {"left": left, "right": right, "side": side, "cue": asked.cue}


def _question(one: CueType) -> dict[str, Any]:
    return {"question": one.question, "options": list(one.choices), "gold": one.choices[one.answer]}


def _picture(digest: str, workspace: Workspace, out: Path) -> str:
    """Keeps an image as it is beside the tasks, named by its content, and gives its path in the
    folder.
    """
    payload = workspace.image_bytes(digest)
    with Image.open(io.BytesIO(payload)) as image:
        path = f"images/{digest}.{(image.format or 'png').lower()}"
    if not (out / path).exists():
        _write(out / path, payload)
    return path


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _write(path: Path, payload: bytes) -> None:
    """A file, there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    temporary.write_bytes(payload)
    temporary.replace(path)


# --- in -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Imported:
    """The judgments that were new, how many the workspace had already, and a sentence for each
    wrong entry.
    """

    judgments: list[Judgment]
    known: int
    problems: list[str]


def import_judgments(
    path: str | os.PathLike[str], workspace: Workspace, recipe: Recipe, *, partial: bool = False
) -> Imported:
    """Appends what the file has and the workspace lacks: nothing of a file with a wrong entry,
    unless `partial`.

    ValueError where the file as a whole cannot be read, or the recipe's judgments are made by
    scripts.
    """
    if recipe.annotate.by == "scripted":
        raise ValueError(
            'The recipe is judged by scripts: set annotate.by = "people" to import people\'s judgments.'
        )
    file = Path(path)
    entries = values_of(file)
    known = {one.key: one for one in workspace.records(Judgment)}
    versions, problems = {_version(one): said(one) for one in known.values()}, []
    subjects, people, right = (
        _subjects(workspace),
        everyone(workspace, recipe),
        dict[str, Judgment](),
    )
    for index, entry in enumerate(entries):
        try:
            one = _judgment(entry, subjects, people)
            if versions.setdefault(_version(one), said(one)) != said(one):
                raise ValueError(
                    "another judgment of the same task by the same person at the same time says "
                    "otherwise"
                )
            right[one.key] = one
        except ValueError as error:
            problems.append(f"{file.name}[{index}]: {why(error)}.")
    new = [one for key, one in right.items() if key not in known] if partial or not problems else []
    workspace.append(new)
    return Imported(new, sum(key in known for key in right), problems)


def _subjects(workspace: Workspace) -> dict[str, Set[str]]:
    """What can be judged in each project."""
    catch_trials = workspace.records(CatchTrial)
    return {
        project: workspace.keys(kind)
        | {one.subject for one in catch_trials if one.project == project}
        for project, kind in (("cue", CueType), ("pair", Pair))
    }


def _judgment(entry: object, subjects: Mapping[str, Set[str]], people: Collection[str]) -> Judgment:
    """One entry as a judgment; ValueError, saying why, where it is none that a screen could have
    given.
    """
    one = Entry.model_validate(entry)
    if one.subject not in subjects[one.project]:
        raise ValueError(
            f"subject: there is no {one.project} {one.subject[:40]!r} in the workspace"
        )
    if one.annotator not in people:
        raise ValueError(
            f"annotator: neither the recipe nor the roster names {one.annotator[:40]!r}"
        )
    answer = None
    if one.verdict is not None:
        given = Answer(
            one.verdict, **{name: getattr(one, name) for name in (*JUDGMENT_TEXTS, "box")}
        )
        answer = read(one.project, result_of(one.project, given))
    texts: dict[str, Any] = {
        name: getattr(answer, name, None) for name in ("verdict", *JUDGMENT_TEXTS, "box")
    }
    content = key_of(one.project, one.subject, one.annotator, one.adjudication, texts)
    source, at = f"import/{'adjudication/' * one.adjudication}{content}", moment(one.updated_at)
    return Judgment(
        key=key_of("judgment", one.project, one.subject, one.annotator, source, at),
        project=one.project,
        subject=one.subject,
        annotator=one.annotator,
        skipped=one.skipped,
        scripted=False,
        seconds=one.seconds,
        source=source,
        updated_at=at,
        **texts,
    )


def _version(one: Judgment) -> tuple[str, str, str, str]:
    return one.project, one.subject, one.annotator, one.updated_at
