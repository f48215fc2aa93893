"""Brings cues and pairs before the annotators: one project for each annotator and kind, each
subject once in each.

    report = push_cues(server, workspace, types, samples, recipe, catch_trials=cue_trials(...))
    report = push_pairs(server, workspace, pairs, types, recipe, catch_trials=pair_trials(...))
    report = adjudicate_cues(server, workspace, types, samples, recipe)      # ties go to one more annotator

Give types and pairs with the most valuable first: in each annotator's project they lie in that
order, but for a shuffle within every ten that is the annotator's own, and what a later push adds
comes after it.

Who judges what follows from the subject's key, the annotators' names and who has the subject
already: pushing can be killed and repeated, and a subject that is added later moves no other.
Nobody is asked for what the workspace has their judgment of, whatever became of it on the server: a
task that is gone is not pushed again, and one that lies there unanswered, as after a server was
restored from a backup, is answered there as the workspace says. All else that is gone is asked
again. The report tells of it.

Controls go to every annotator, gold and sham alike, among the tasks that they have:
`annotation.controls` says why.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from spuriforge.pipeline.agreement import latest
from spuriforge.pipeline.decisions import counted, decide, ties
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import CatchTrial, CueType, Exclusion, Judgment, Pair, Sample
from spuriforge.pipeline.workspace import Workspace

from .client import ADJUDICATION, Desk, connect, explained, projects
from .desks import Build, Found, fill, find, gone, heal
from .roster import staffed
from .server import Server
from .tasks import Previews, cue_builder, pair_builder, unrecognisable
from .turns import assigned, in_order, judges, mixed

__all__ = [
    "PushReport",
    "adjudicate_cues",
    "adjudicate_pairs",
    "judges",
    "push_cues",
    "push_pairs",
]

#: Of each annotator's desk as found: subject -> the annotators asked about it, the subjects in
#: order of value.
Choose = Callable[[Mapping[str, Found]], Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class PushReport:
    """What a push did: `asked` is `imported` + `present` + `judged` + `held`."""

    kind: str
    #: Tasks that should be there, over all annotators; of them those imported now, and those that
    #: were there.
    asked: int
    imported: int
    present: int
    #: Ties that nobody is left to break; always 0 for a first push.
    unassigned: int = 0
    #: Tasks that are not there, and are not asked again since the workspace has their judgments.
    judged: int = 0
    #: Control tasks that wait for more tasks to lie among.
    held: int = 0
    #: What somebody should know of, a sentence each: what was gone, lost, put back, or twice there.
    problems: list[str] = field(default_factory=list)


# --- pushing --------------------------------------------------------------------------------------


def push_cues(
    server: Server,
    workspace: Workspace,
    types: Sequence[CueType],
    samples: Mapping[str, Sample],
    recipe: Recipe,
    *,
    catch_trials: Sequence[tuple[CatchTrial, CueType]] = (),
    previews: Previews | None = None,
) -> PushReport:
    """Asks for `overlap` judgments of each cue, the types given with the clearest first.

    With previews, a control needs one like any other type: without it everybody would know it, so
    it is held back.
    """
    shown, problems = unrecognisable(catch_trials, previews) if previews else (catch_trials, [])
    overlaps = {one.key: recipe.annotate.overlap for one in types}
    # a gold control is shown by its type alone: its sample has another answer
    asked = [(one, samples.get(one.anchor)) for one in types] + [(one, None) for _, one in shown]
    build = cue_builder(workspace, asked, previews or {}, {})
    report = _push_new(server, workspace, recipe, "cue", overlaps, build, [one for one, _ in shown])
    return replace(report, problems=[*problems, *report.problems])


def push_pairs(
    server: Server,
    workspace: Workspace,
    pairs: Sequence[Pair],
    types: Mapping[str, CueType],
    recipe: Recipe,
    *,
    catch_trials: Sequence[tuple[CatchTrial, Pair]] = (),
) -> PushReport:
    """Asks for `overlap` judgments of a fixed share of the pairs and for one of each other pair."""
    overlaps = {one.key: recipe.annotate.pair_overlap(one.key) for one in pairs}
    build = pair_builder(workspace, [*pairs, *(one for _, one in catch_trials)], types, {})
    return _push_new(
        server, workspace, recipe, "pair", overlaps, build, [one for one, _ in catch_trials]
    )


def adjudicate_cues(
    server: Server,
    workspace: Workspace,
    types: Sequence[CueType],
    samples: Mapping[str, Sample],
    recipe: Recipe,
    *,
    previews: Previews | None = None,
) -> PushReport:
    """Asks one more annotator for each cue on which the workspace's judgments are tied, and shows
    what was said.
    """
    overlaps = {one.key: recipe.annotate.overlap for one in types}
    said = _said(workspace, "cue")
    asked = [(one, samples.get(one.anchor)) for one in types]
    build = cue_builder(workspace, asked, previews or {}, said)
    return _adjudicate(server, workspace, recipe, "cue", overlaps, build, said)


def adjudicate_pairs(
    server: Server,
    workspace: Workspace,
    pairs: Sequence[Pair],
    types: Mapping[str, CueType],
    recipe: Recipe,
) -> PushReport:
    """Asks one more annotator for each pair on which the workspace's judgments are tied, and shows
    what was said.
    """
    overlaps = {one.key: recipe.annotate.pair_overlap(one.key) for one in pairs}
    said = _said(workspace, "pair")
    return _adjudicate(
        server,
        workspace,
        recipe,
        "pair",
        overlaps,
        pair_builder(workspace, pairs, types, said),
        said,
    )


def _push_new(
    server: Server,
    workspace: Workspace,
    recipe: Recipe,
    kind: str,
    overlaps: Mapping[str, int],
    build: Build,
    catch_trials: Sequence[CatchTrial],
) -> PushReport:
    """Asks about each subject as many people as `overlaps` says; notes the controls before anybody
    can see one.
    """
    known = workspace.keys(CatchTrial) if catch_trials else set()
    workspace.append([one for one in catch_trials if one.key not in known])
    said, people = _said(workspace, kind), _people(workspace, recipe)

    def choose(desks: Mapping[str, Found]) -> dict[str, list[str]]:
        return {
            subject: assigned(
                subject,
                overlap,
                people,
                having=[name for name, desk in desks.items() if subject in desk.tasks],
                judged=[one.annotator for one in said.get(subject, ())],
            )
            for subject, overlap in overlaps.items()
        }

    return _push(
        server, workspace, people, kind, choose, build, [one.subject for one in catch_trials]
    )


def _adjudicate(
    server: Server,
    workspace: Workspace,
    recipe: Recipe,
    kind: str,
    overlaps: Mapping[str, int],
    build: Build,
    said: Mapping[str, Sequence[Judgment]],
) -> PushReport:
    """Gives each tie to somebody who has not judged it, once all who were asked have."""
    people = _people(workspace, recipe)
    judgments = [one for ones in said.values() for one in ones]
    decided = decide(judgments, kind, workspace.records(CatchTrial), votes=recipe.annotate.votes)
    tied = [one.subject for one in ties(decided)]
    waiting = [one for one in overlaps if one in tied and len(said[one]) >= overlaps[one]]
    left = {
        one: [name for name in judges(one, people) if not _by(name, said[one])] for one in waiting
    }

    def choose(desks: Mapping[str, Found]) -> dict[str, list[str]]:
        return {
            subject: sorted(names, key=lambda name: subject not in desks[name].tasks)[:1]
            for subject, names in left.items()
            if names
        }

    before = any(
        one.source.startswith(kind + ADJUDICATION) for one in judgments
    )  # there may be something to put back
    if not before and not any(left.values()):
        return PushReport(kind + ADJUDICATION, 0, 0, 0, unassigned=len(left))
    report = _push(server, workspace, people, kind + ADJUDICATION, choose, build)
    return replace(report, unassigned=sum(not names for names in left.values()))


# --- who is there, and what they said -------------------------------------------------------------


def _people(workspace: Workspace, recipe: Recipe) -> Recipe:
    """The recipe with those as its annotators who are on the roster now; ValueError without any."""
    people = staffed(workspace, recipe)
    if not people.annotate.annotators:
        raise ValueError("All annotators have left or are excluded: add one, or include one again.")
    return people


def _said(workspace: Workspace, kind: str) -> dict[str, list[Judgment]]:
    """Subject -> the newest judgments on it that count, one a person."""
    said: dict[str, list[Judgment]] = {}
    for one in counted(latest(workspace.records(Judgment)), workspace.records(Exclusion)):
        if one.project == kind:
            said.setdefault(one.subject, []).append(one)
    return said


def _by(annotator: str, judgments: Iterable[Judgment]) -> Judgment | None:
    return next((one for one in judgments if one.annotator == annotator), None)


# --- sending --------------------------------------------------------------------------------------


def _push(
    server: Server,
    workspace: Workspace,
    people: Recipe,
    kind: str,
    choose: Choose,
    build: Build,
    catch_trials: Sequence[str] = (),
) -> PushReport:
    """Sees what lies on each annotator's desk, and imports what it lacks of what `choose` gives to
    whom.
    """
    with explained(f"the {kind} tasks", server):
        client = connect(server)
        marked = projects(client, workspace, people.run.name)
        desks = {name: Desk(people.run.name, kind, name) for name in people.annotate.annotators}
        found = {
            name: find(client, workspace, desk, marked.get(desk)) for name, desk in desks.items()
        }
        wanted = choose(found)
        barred = {*catch_trials, *(one.subject for one in workspace.records(CatchTrial))}
        said = _said(workspace, kind.removesuffix(ADJUDICATION))
        reports = []
        for name, here in found.items():
            mine = [one for one in in_order([*wanted], name) if name in wanted[one]]
            done = {subject: one for subject, ones in said.items() if (one := _by(name, ones))}
            told = heal(client, server, here, done)
            asked = [*mine, *catch_trials] if mine or here.tasks else []
            row = _row(
                here, [one for one in asked if one not in here.tasks and one not in done], barred
            )
            told += gone(here, asked=row, judged=done)
            fill(client, workspace, here, row, build)
            reports.append(_report(here, asked, row, done, told))
    return _sum(kind, reports)


def _row(here: Found, lacking: Sequence[str], catch_trials: Collection[str]) -> list[str]:
    """What a desk lacks, in the order in which it is imported; a control that would be recognised
    is left out.
    """
    return mixed(
        [one for one in lacking if one not in catch_trials],
        [one for one in lacking if one in catch_trials],
        here.desk.annotator,
        lead=here.last is not None and here.last not in catch_trials,
    )


def _report(
    here: Found, asked: Sequence[str], row: Sequence[str], done: Collection[str], told: list[str]
) -> PushReport:
    """What was done for one desk."""
    present = sum(one in here.tasks for one in asked)
    judged = sum(one not in here.tasks and one in done for one in asked)
    held = len(asked) - present - judged - len(row)
    return PushReport(
        here.desk.kind, len(asked), len(row), present, judged=judged, held=held, problems=told
    )


def _sum(kind: str, reports: Sequence[PushReport]) -> PushReport:
    """What was done for all desks."""
    counts = {
        name: sum(getattr(one, name) for one in reports)
        for name in ("asked", "imported", "present", "judged", "held")
    }
    return PushReport(kind, **counts, problems=[said for one in reports for said in one.problems])
