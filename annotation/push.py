"""Brings cues and pairs before the annotators.

    report = push_cues(server, workspace, types, samples, recipe, catch_trials=cue_trials(...))
    report = push_pairs(server, workspace, pairs, types, recipe, catch_trials=pair_trials(...))
    report = adjudicate_cues(server, workspace, types, samples, recipe)   # ties go to one more

Pass types and pairs with the most valuable first. Each annotator's project keeps that order, but
for a shuffle of their own within every ten; what a later push adds comes after it.

Who judges what follows from the subject's key, the annotators' names and who has the subject
already, so a subject added later moves no other. Nobody is asked again for a judgment that the
workspace has, whatever became of it on the server: a deleted task is not pushed again, and a task
that is open again, as after a restored backup, is answered as the workspace says. Everything else
that is gone is asked again. The report says so.

Catch trials go to every annotator, among the tasks that they have: `catch_trials.py` says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from spuriforge.pipeline.decisions import decide, ties
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import CatchTrial, CueType, Judgment, Pair, Sample
from spuriforge.pipeline.workspace import Workspace

from .client import Server
from .desks import DeskState
from .handout import PushReport, hand_out, judgment_by, judgments_of
from .projects import ADJUDICATION
from .roster import staffed
from .tasks import MakeTask, Previews, cue_tasks, pair_tasks, with_previews
from .turns import assigned, judges


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
    """Asks for `overlap` judgments of each cue; the clearest types come first.

    Where others have previews, a catch trial without one would be recognised and is held back.
    """
    shown, problems = (
        with_previews(catch_trials, previews) if previews else ([*catch_trials], list[str]())
    )
    overlaps = {cue_type.key: recipe.annotate.overlap for cue_type in types}
    # A gold trial is shown by its type alone: its sample has another gold answer.
    asked = [(cue_type, samples.get(cue_type.anchor)) for cue_type in types]
    asked += [(cue_type, None) for _, cue_type in shown]
    make_task = cue_tasks(workspace, asked, previews or {}, {})
    trials = [trial for trial, _ in shown]
    report = _push(server, workspace, recipe, "cue", overlaps, make_task, trials)
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
    """Asks for `overlap` judgments of a fixed share of the pairs, and for one of each other."""
    overlaps = {pair.key: recipe.annotate.pair_overlap(pair.key) for pair in pairs}
    shown = [*pairs, *(pair for _, pair in catch_trials)]
    make_task = pair_tasks(workspace, shown, types, {})
    trials = [trial for trial, _ in catch_trials]
    return _push(server, workspace, recipe, "pair", overlaps, make_task, trials)


def adjudicate_cues(
    server: Server,
    workspace: Workspace,
    types: Sequence[CueType],
    samples: Mapping[str, Sample],
    recipe: Recipe,
    *,
    previews: Previews | None = None,
) -> PushReport:
    """Asks one more annotator about each tied cue, and shows what the others said."""
    overlaps = {cue_type.key: recipe.annotate.overlap for cue_type in types}
    judgments = judgments_of(workspace, "cue")
    asked = [(cue_type, samples.get(cue_type.anchor)) for cue_type in types]
    make_task = cue_tasks(workspace, asked, previews or {}, judgments)
    return _adjudicate(server, workspace, recipe, "cue", overlaps, make_task, judgments)


def adjudicate_pairs(
    server: Server,
    workspace: Workspace,
    pairs: Sequence[Pair],
    types: Mapping[str, CueType],
    recipe: Recipe,
) -> PushReport:
    """Asks one more annotator about each tied pair, and shows what the others said."""
    overlaps = {pair.key: recipe.annotate.pair_overlap(pair.key) for pair in pairs}
    judgments = judgments_of(workspace, "pair")
    make_task = pair_tasks(workspace, pairs, types, judgments)
    return _adjudicate(server, workspace, recipe, "pair", overlaps, make_task, judgments)


def _push(
    server: Server,
    workspace: Workspace,
    recipe: Recipe,
    project: str,
    overlaps: Mapping[str, int],
    make_task: MakeTask,
    catch_trials: Sequence[CatchTrial],
) -> PushReport:
    """Asks as many people about each subject as `overlaps` says.

    The catch trials are noted before anybody can see one.
    """
    known = workspace.keys(CatchTrial) if catch_trials else set()
    workspace.append([trial for trial in catch_trials if trial.key not in known])
    judgments, people = judgments_of(workspace, project), _people(workspace, recipe)

    def choose(desks: Mapping[str, DeskState]) -> dict[str, list[str]]:
        return {
            subject: assigned(
                subject,
                overlap,
                people,
                having=[name for name, desk in desks.items() if subject in desk.tasks],
                judged=[judgment.annotator for judgment in judgments.get(subject, ())],
            )
            for subject, overlap in overlaps.items()
        }

    trials = [trial.subject for trial in catch_trials]
    return hand_out(server, workspace, people, project, choose, make_task, trials)


def _adjudicate(
    server: Server,
    workspace: Workspace,
    recipe: Recipe,
    project: str,
    overlaps: Mapping[str, int],
    make_task: MakeTask,
    judgments: Mapping[str, Sequence[Judgment]],
) -> PushReport:
    """Gives each tie to somebody who has not judged it, once everybody who was asked has."""
    people = _people(workspace, recipe)
    flat = [judgment for of_subject in judgments.values() for judgment in of_subject]
    trials = workspace.records(CatchTrial)
    decided = decide(flat, project, trials, votes=recipe.annotate.votes)
    tied = {decision.subject for decision in ties(decided)}
    left = {
        subject: [name for name in judges(subject, people) if not judgment_by(name, by_subject)]
        for subject, overlap in overlaps.items()
        if subject in tied and len(by_subject := judgments[subject]) >= overlap
    }

    def choose(desks: Mapping[str, DeskState]) -> dict[str, list[str]]:
        return {
            subject: sorted(names, key=lambda name: subject not in desks[name].tasks)[:1]
            for subject, names in left.items()
            if names
        }

    kind = project + ADJUDICATION
    # What was adjudicated before may have to be put back.
    before = any(judgment.source.startswith(kind) for judgment in flat)
    if not before and not any(left.values()):
        return PushReport(kind, 0, 0, 0, unassigned=len(left))
    report = hand_out(server, workspace, people, kind, choose, make_task)
    return replace(report, unassigned=sum(not names for names in left.values()))


def _people(workspace: Workspace, recipe: Recipe) -> Recipe:
    """Returns the recipe with today's roster as its annotators; ValueError without any."""
    people = staffed(workspace, recipe)
    if not people.annotate.annotators:
        raise ValueError("All annotators have left or are excluded: add one, or include one again.")
    return people
