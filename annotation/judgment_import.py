"""Takes in judgments from another tool than Label Studio.

    result = import_judgments(Path("judgments.json"), workspace, recipe)
    result.judgments, result.known, result.problems

judgments.json is a list of what people said, by the judgments.schema.json of the exported tasks:

    {"project": "cue", "subject": KEY, "annotator": "ada", "verdict": "spurious",
     "cue": "wooden post", "box": [0.7, 0.3, 0.95, 0.8], "seconds": 12.5,
     "updated_at": "2026-05-01T12:00:00+02:00"}

The rules of the Label Studio screens hold (`entries.py`). A file with a wrong entry is not taken in
at all, so that nobody decides on half of it unawares; `partial` takes in the right entries. A
judgment's key is made of what it says and when, so a file can be imported again, or grow: only what
is new is added.
"""

import os
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import (
    JUDGMENT_TEXTS,
    CatchTrial,
    CueType,
    Judgment,
    Pair,
    key_of,
)
from spuriforge.pipeline.workspace import Workspace

from .answers import TaskAnswer, read, result_of
from .entries import Entry, reason, values_of
from .roster import everyone
from .versions import content, version


@dataclass(frozen=True, slots=True)
class Imported:
    """The new judgments, how many were known, and a sentence for each wrong entry."""

    judgments: list[Judgment]
    known: int
    problems: list[str]


def import_judgments(
    path: str | os.PathLike[str], workspace: Workspace, recipe: Recipe, *, partial: bool = False
) -> Imported:
    """Appends what the file has and the workspace lacks.

    ValueError where the whole file cannot be read, or where scripts judge for the recipe.
    """
    if recipe.annotate.by == "scripted":
        raise ValueError(
            'The recipe is judged by scripts: set annotate.by = "people" to import people\'s '
            "judgments."
        )
    file = Path(path)
    known = {judgment.key: judgment for judgment in workspace.records(Judgment)}
    contents = {_moment(judgment): content(judgment) for judgment in known.values()}
    subjects, people = _subjects(workspace), everyone(workspace, recipe)
    valid, problems = dict[str, Judgment](), list[str]()
    for index, entry in enumerate(values_of(file)):
        try:
            judgment = _judgment(entry, subjects, people)
            if contents.setdefault(_moment(judgment), content(judgment)) != content(judgment):
                raise ValueError(
                    "another judgment of the same task by the same person at the same time says "
                    "otherwise"
                )
            valid[judgment.key] = judgment
        except ValueError as error:
            problems.append(f"{file.name}[{index}]: {reason(error)}.")
    new = [judgment for key, judgment in valid.items() if key not in known]
    new = new if partial or not problems else []
    workspace.append(new)
    return Imported(new, sum(key in known for key in valid), problems)


def _subjects(workspace: Workspace) -> dict[str, Set[str]]:
    """Returns project -> the subjects that can be judged in it."""
    subjects = {"cue": set(workspace.keys(CueType)), "pair": set(workspace.keys(Pair))}
    for trial in workspace.records(CatchTrial):
        subjects[trial.project].add(trial.subject)
    return {project: frozenset(keys) for project, keys in subjects.items()}


def _judgment(value: object, subjects: Mapping[str, Set[str]], people: Collection[str]) -> Judgment:
    """Returns an entry as a judgment; ValueError if no screen could have given it."""
    entry = Entry.model_validate(value)
    if entry.subject not in subjects[entry.project]:
        raise ValueError(
            f"subject: there is no {entry.project} {entry.subject[:40]!r} in the workspace"
        )
    if entry.annotator not in people:
        raise ValueError(
            f"annotator: neither the recipe nor the roster names {entry.annotator[:40]!r}"
        )
    answer = entry.answer
    if answer is not None:
        answer = read(entry.project, result_of(entry.project, answer))
    return version(
        answer,
        project=entry.project,
        subject=entry.subject,
        annotator=entry.annotator,
        source=f"import/{'adjudication/' * entry.adjudication}{_content_key(entry, answer)}",
        updated_at=entry.updated_at,
        seconds=entry.seconds,
        scripted=False,
    )


def _content_key(entry: Entry, answer: TaskAnswer | None) -> str:
    """Returns a key of who says what about a task."""
    said = {
        "verdict": answer.verdict if answer else None,
        **{name: answer.texts.get(name) if answer else None for name in JUDGMENT_TEXTS},
        "box": answer.box if answer else None,
    }
    return key_of(entry.project, entry.subject, entry.annotator, entry.adjudication, said)


def _moment(judgment: Judgment) -> tuple[str, str, str, str]:
    return judgment.project, judgment.subject, judgment.annotator, judgment.updated_at
