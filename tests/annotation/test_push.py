"""Pushing, against a Label Studio in memory: catch trials, who comes and goes, and ties."""

from collections import Counter

import pytest

from spuriforge.annotation import roster
from spuriforge.annotation.catch_trials import pair_trials
from spuriforge.annotation.push import adjudicate_cues, judges, push_cues, push_pairs
from spuriforge.pipeline.records import CatchTrial, CueType
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.fake_label_studio import FakeLabelStudio
from tests.annotation.pushing import PEOPLE, SERVER, answered, balanced, on_desks, recipe_with
from tests.annotation.things import pair_of
from tests.judged import exclusion

# --- catch trials ---------------------------------------------------------------------------------


def test_with_previews_a_catch_trial_needs_one_too(
    server: FakeLabelStudio,
    workspace: Workspace,
    types: list[CueType],
    catch_trials: list[tuple[CatchTrial, CueType]],
) -> None:
    both = workspace.image_bytes(types[0].image), workspace.image_bytes(types[1].image)
    previews = {cue_type.key: both for cue_type in [*types, catch_trials[0][1]]}
    report = push_cues(
        SERVER, workspace, types, {}, recipe_with(), catch_trials=catch_trials, previews=previews
    )
    assert [
        problem
        for problem in report.problems
        if problem.startswith("5 catch trials have no preview")
    ]
    assert {trial.subject for trial, _ in catch_trials} & {*server.row("cue", "ann")} == {
        catch_trials[0][0].subject
    }
    shown = {task.data["preview"] for task in server.lying.values()}
    assert len(shown) == 1
    assert shown.pop().startswith("data:image/")


def test_gold_pairs_lie_among_the_pairs(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    pairs = [pair_of(workspace, types[0], index) for index in range(20)]
    by_key = {cue_type.key: cue_type for cue_type in types}
    trials = pair_trials(pairs, by_key, recipe_with())
    report = push_pairs(SERVER, workspace, pairs, by_key, recipe_with(), catch_trials=trials)
    assert balanced(report)
    assert all(
        {trial.subject for trial, _ in trials} < set(row)
        for row in on_desks(server, "pair").values()
    )


# --- who comes and goes ---------------------------------------------------------------------------


def test_who_joins_gets_new_tasks_only(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:10], {}, recipe_with(annotators=PEOPLE[:2]))
    report = push_cues(SERVER, workspace, types, {}, recipe_with())
    assert balanced(report)
    assert {cue_type.key for cue_type in types[:10]}.isdisjoint(server.row("cue", "cem"))
    assert server.row("cue", "cem")
    assert Counter(task.data["key"] for task in server.lying.values()) == {
        cue_type.key: 2 for cue_type in types
    }


def test_whose_judgments_are_left_out_is_replaced(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    for subject in server.row("cue", "ann")[:2]:
        answered(workspace, subject, "ann")
    workspace.append([exclusion("ann")])
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    assert (
        {*server.row("cue", "bea")}
        == {*server.row("cue", "cem")}
        == {cue_type.key for cue_type in types[:6]}
    )


def test_who_is_removed_leaves_what_is_open_to_others(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    done, *left = server.row("cue", "ann")
    answered(workspace, done, "ann")
    roster.remove(workspace, recipe_with(), "ann")
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    assert {*left} < {*server.row("cue", "bea")}
    assert {*left} < {*server.row("cue", "cem")}
    assert Counter(server.row("cue", "bea") + server.row("cue", "cem"))[done] == 1


def test_without_anybody_nothing_is_pushed(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    workspace.append([exclusion(name) for name in PEOPLE])
    with pytest.raises(ValueError, match="All annotators have left or are excluded"):
        push_cues(SERVER, workspace, types, {}, recipe_with())


# --- ties -----------------------------------------------------------------------------------------


def test_a_tie_goes_to_one_more_who_sees_what_was_said(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    subject, recipe = types[0].key, recipe_with()
    first, second, third = judges(subject, recipe)
    answered(workspace, subject, first, "spurious")
    assert adjudicate_cues(SERVER, workspace, types, {}, recipe).asked == 0
    answered(workspace, subject, second, "not_spurious")
    for imported in (1, 0):
        report = adjudicate_cues(SERVER, workspace, types, {}, recipe)
        assert (report.asked, report.imported, report.unassigned) == (1, imported, 0)
    assert server.row("cue-adjudication", third) == [subject]
    (task,) = server.tasks_on(subject)
    assert "Spurious" in task.data["said"]
    assert "Not spurious" in task.data["said"]
    assert not any(name in task.data["said"] for name in PEOPLE)
    answered(workspace, subject, third, "bad_image")
    assert adjudicate_cues(SERVER, workspace, types, {}, recipe).unassigned == 1


def test_nobody_breaks_a_tie_that_somebody_asked_may_break_yet(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    recipe = recipe_with(overlap=3, annotators=(*PEOPLE, "dan"))
    for name, verdict in zip(
        judges(types[0].key, recipe), ("spurious", "not_spurious"), strict=False
    ):
        answered(workspace, types[0].key, name, verdict)
    assert adjudicate_cues(SERVER, workspace, types, {}, recipe).asked == 0
    answered(workspace, types[0].key, judges(types[0].key, recipe)[2], "unsure")
    assert adjudicate_cues(SERVER, workspace, types, {}, recipe).imported == 1


def test_a_catch_trial_is_never_adjudicated(
    server: FakeLabelStudio,
    workspace: Workspace,
    types: list[CueType],
    catch_trials: list[tuple[CatchTrial, CueType]],
) -> None:
    workspace.append([trial for trial, _ in catch_trials])
    for name, verdict in zip(PEOPLE, ("spurious", "not_spurious"), strict=False):
        answered(workspace, catch_trials[0][0].subject, name, verdict)
    assert (
        adjudicate_cues(SERVER, workspace, [catch_trials[0][1], *types], {}, recipe_with()).asked
        == 0
    )
