"""Brings cues and pairs before the annotators: one project for each annotator and kind, each subject once in each.

    report = push_cues(server, workspace, types, samples, recipe)
    report = push_pairs(server, workspace, pairs, types, recipe)
    report = adjudicate_cues(server, workspace, types, samples, recipe)      # ties go to one more annotator

Who judges what is a function of the subject's key and the annotators' names alone, so pushing can be killed and
repeated, and a subject that is added later moves no other. What a project has already is left alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.agreement import decide, latest, ties
from pipeline.recipe import Recipe
from pipeline.records import CueType, Judgment, Pair, Sample, key_of
from pipeline.workspace import Workspace

from .client import ADJUDICATION, Desk, connect, create_project, explained, projects, tasks_of
from .screens import INSTRUCTIONS, SCREENS, check, cue_task, pair_task
from .server import Server

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

_BATCH = 50

Build = Callable[[str], dict[str, str]]


@dataclass(frozen=True, slots=True)
class PushReport:
    """What a push did."""

    kind: str
    #: Tasks that should be there, over all annotators; of them those imported now, and those that were there.
    asked: int
    imported: int
    present: int
    #: Ties that nobody is left to break; always 0 for a first push.
    unassigned: int = 0


def push_cues(
    server: Server, workspace: Workspace, types: Sequence[CueType], samples: Mapping[str, Sample], recipe: Recipe
) -> PushReport:
    """Asks for `overlap` judgments of each cue."""
    wanted = {one.key: judges(one.key, recipe)[: recipe.annotate.overlap] for one in types}
    return _push(server, workspace, recipe, "cue", wanted, _cue_builder(workspace, types, samples))


def push_pairs(
    server: Server, workspace: Workspace, pairs: Sequence[Pair], types: Mapping[str, CueType], recipe: Recipe
) -> PushReport:
    """Asks for `overlap` judgments of a fixed share of the pairs and for one of each other pair."""
    wanted = {one.key: judges(one.key, recipe)[: pair_overlap(one.key, recipe)] for one in pairs}
    return _push(server, workspace, recipe, "pair", wanted, _pair_builder(workspace, pairs, types))


def adjudicate_cues(
    server: Server, workspace: Workspace, types: Sequence[CueType], samples: Mapping[str, Sample], recipe: Recipe
) -> PushReport:
    """Asks one more annotator for each cue on which the workspace's judgments are tied."""
    asked = {one.key: recipe.annotate.overlap for one in types}
    return _adjudicate(server, workspace, recipe, "cue", asked, _cue_builder(workspace, types, samples))


def adjudicate_pairs(
    server: Server, workspace: Workspace, pairs: Sequence[Pair], types: Mapping[str, CueType], recipe: Recipe
) -> PushReport:
    """Asks one more annotator for each pair on which the workspace's judgments are tied."""
    asked = {one.key: pair_overlap(one.key, recipe) for one in pairs}
    return _adjudicate(server, workspace, recipe, "pair", asked, _pair_builder(workspace, pairs, types))


# --- who judges what ---------------------------------------------------------------------------------------------


def judges(subject: str, recipe: Recipe) -> list[str]:
    """The annotators in the order in which they are asked about a subject: by a hash, so evenly over subjects."""
    return sorted(recipe.annotate.annotators, key=lambda name: key_of("judges", subject, name))


def pair_overlap(pair: str, recipe: Recipe) -> int:
    """How many people judge a pair: `overlap` for the share that measures agreement, else one."""
    doubled = int(key_of("doubled", pair), 16) / 16**20 < recipe.annotate.pairs_doubled
    return recipe.annotate.overlap if doubled else 1


def _adjudicate(
    server: Server, workspace: Workspace, recipe: Recipe, kind: str, asked: Mapping[str, int], build: Build
) -> PushReport:
    """Gives each tie to the first annotator in its order who has not judged it, unless they are asked already."""
    judgments = workspace.records(Judgment)
    done = {(one.subject, one.annotator) for one in latest(judgments) if one.project == kind}
    wanted: dict[str, list[str]] = {}
    unassigned = 0
    for tie in (one.subject for one in ties(decide(judgments, kind)) if one.subject in asked):
        order = judges(tie, recipe)
        left = [name for name in order if (tie, name) not in done]
        unassigned += not left
        if left and left[0] not in order[: asked[tie]]:
            wanted[tie] = left[:1]
    report = _push(server, workspace, recipe, kind + ADJUDICATION, wanted, build)
    return PushReport(report.kind, report.asked, report.imported, report.present, unassigned)


# --- what they see -----------------------------------------------------------------------------------------------


def _cue_builder(workspace: Workspace, types: Iterable[CueType], samples: Mapping[str, Sample]) -> Build:
    by_key = {one.key: one for one in types}

    def build(key: str) -> dict[str, str]:
        one = by_key[key]
        return cue_task(one, samples.get(one.anchor), workspace.image_bytes(one.image))

    return build


def _pair_builder(workspace: Workspace, pairs: Iterable[Pair], types: Mapping[str, CueType]) -> Build:
    by_key = {one.key: one for one in pairs}

    def build(key: str) -> dict[str, str]:
        one = by_key[key]
        images = workspace.image_bytes(one.image_with), workspace.image_bytes(one.image_without)
        return pair_task(one, types[one.type], *images)

    return build


# --- sending -----------------------------------------------------------------------------------------------------


def _push(
    server: Server, workspace: Workspace, recipe: Recipe, kind: str, wanted: Mapping[str, Sequence[str]], build: Build
) -> PushReport:
    """Imports what each annotator's project lacks, each annotator's tasks in a fixed order of their own."""
    if not wanted:
        return PushReport(kind, 0, 0, 0)
    asked = imported = 0
    with explained(f"the {kind} tasks", server):
        client = connect(server)
        found = projects(client, workspace, recipe.run.name)
        for annotator in recipe.annotate.annotators:
            desk = Desk(recipe.run.name, kind, annotator)
            subjects = sorted(
                (subject for subject, names in wanted.items() if annotator in names),
                key=lambda subject: key_of("order", annotator, subject),
            )
            asked += len(subjects)
            imported += _fill(client, workspace, desk, found.get(desk), subjects, build) if subjects else 0
    return PushReport(kind, asked, imported, asked - imported)


def _fill(
    client: "LabelStudio",
    workspace: Workspace,
    desk: Desk,
    project: Any,  # noqa: ANN401 - the SDK's classes of a project differ by endpoint
    subjects: Sequence[str],
    build: Build,
) -> int:
    """Imports the subjects that a desk's project lacks, and gives their number."""
    if project is None:
        number = create_project(client, workspace, desk, SCREENS[desk.judges], INSTRUCTIONS[desk.judges])
        missing = list(subjects)
    else:
        number = project.id
        present = {(task.get("data") or {}).get("key") for task in tasks_of(client, number)}
        missing = [subject for subject in subjects if subject not in present]
    for start in range(0, len(missing), _BATCH):
        tasks: Any = [{"data": build(subject)} for subject in missing[start : start + _BATCH]]
        for task in tasks:
            check(desk.judges, task["data"])
        client.projects.import_tasks(id=number, request=tasks, commit_to_project=True)
    return len(missing)
