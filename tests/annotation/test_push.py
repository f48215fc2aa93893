"""Pushing, against a Label Studio in memory: killed at every request, and whatever people do to the
server.
"""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from spuriforge.annotation import desks, handout, repair, roster
from spuriforge.annotation.accounts import Account
from spuriforge.annotation.catch_trials import cue_trials, pair_trials
from spuriforge.annotation.client import Server
from spuriforge.annotation.handout import PushReport
from spuriforge.annotation.push import adjudicate_cues, judges, push_cues, push_pairs
from spuriforge.pipeline.recipe import Annotate, Recipe, Screen
from spuriforge.pipeline.records import CatchTrial, CueType, Sample, key_of
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.fake_label_studio import FakeLabelStudio, Killed
from tests.annotation.things import cue_type, pair_of, picture, recipe_for
from tests.judged import exclusion, judged

SERVER = Server("http://nowhere", "token")
PEOPLE = ("ann", "bea", "cem")


def recipe_with(**changes: Any) -> Recipe:
    fields = {"annotators": PEOPLE, "gold_rate": 0.1, "sham_rate": 0.1} | changes
    return recipe_for(Annotate(**fields)).model_copy(
        update={"screen": Screen.model_construct(vocabulary=())}
    )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeLabelStudio:
    """In place of every connection."""
    fake = FakeLabelStudio()
    for module in (handout, repair):
        monkeypatch.setattr(module, "connect", lambda server, token=None: fake)
    monkeypatch.setattr(
        repair, "annotators", lambda server, names: {name: Account(name, None) for name in names}
    )
    monkeypatch.setattr(desks, "_BATCH", 4)
    return fake


@pytest.fixture
def types(workspace: Workspace) -> list[CueType]:
    """Thirty types, the clearest first."""
    return [
        cue_type(workspace, number, cue=("kite", "umbrella")[number % 2]) for number in range(30)
    ]


@pytest.fixture
def catch_trials(workspace: Workspace, types: list[CueType]) -> list[tuple[CatchTrial, CueType]]:
    """Three gold and three sham cues."""
    samples = [
        Sample(
            key=key_of("s", number),
            benchmark="b",
            split="test",
            question_id=str(number),
            question="Which colour?",
            choices=("red", "blue"),
            answer=0,
            image=workspace.put_image(picture(40 + number)),
        )
        for number in range(30)
    ]
    trials = cue_trials(types, samples, {}, recipe_with())
    assert len(trials) == 6
    return trials


def balanced(report: PushReport) -> bool:
    return report.asked == report.imported + report.present + report.judged + report.held


def on_desks(server: FakeLabelStudio, kind: str = "cue") -> dict[str, list[str]]:
    return {name: server.row(kind, name) for name in PEOPLE}


# --- order and catch trials -----------------------------------------------------------------------


def test_everybody_sees_the_clearest_first_and_catch_trials_in_between(
    server: FakeLabelStudio,
    workspace: Workspace,
    types: list[CueType],
    catch_trials: list[tuple[CatchTrial, CueType]],
) -> None:
    recipe, hidden = recipe_with(), {trial.subject for trial, _ in catch_trials}
    report = push_cues(SERVER, workspace, types, {}, recipe, catch_trials=catch_trials)
    assert (report.asked, report.imported, report.held, report.problems) == (60 + 18, 78, 0, [])
    place = {cue_type.key: number for number, cue_type in enumerate(types)}
    for name, row in on_desks(server).items():
        assert hidden < set(row)
        assert row[0] not in hidden
        assert not any(subject in hidden and after in hidden for subject, after in pairwise(row))
        real = [subject for subject in row if subject not in hidden]
        assert set(real) == {
            cue_type.key for cue_type in types if name in judges(cue_type.key, recipe)[:2]
        }
        blocks = [place[subject] // 10 for subject in real]
        assert blocks == sorted(blocks)
    assert (
        len(
            {
                tuple(subject for subject in row if subject in hidden)
                for row in on_desks(server).values()
            }
        )
        == 3
    )
    assert {trial.key for trial in workspace.records(CatchTrial)} == {
        trial.key for trial, _ in catch_trials
    }


def test_a_later_push_appends_and_repeats_nothing(
    server: FakeLabelStudio,
    workspace: Workspace,
    types: list[CueType],
    catch_trials: list[tuple[CatchTrial, CueType]],
) -> None:
    hidden = {trial.subject for trial, _ in catch_trials}
    push_cues(SERVER, workspace, types[10:], {}, recipe_with(), catch_trials=catch_trials[:4])
    before = on_desks(server)
    report = push_cues(SERVER, workspace, types, {}, recipe_with(), catch_trials=catch_trials)
    assert balanced(report)
    assert report.imported == 26
    for name, row in on_desks(server).items():
        assert row[: len(before[name])] == before[name]
        assert len(set(row)) == len(row)
        assert not any(subject in hidden and after in hidden for subject, after in pairwise(row))
    again = push_cues(SERVER, workspace, types, {}, recipe_with(), catch_trials=catch_trials)
    assert (again.imported, again.present, again.problems) == (0, 78, [])
    assert workspace.read(CatchTrial).num_rows == 6


def test_catch_trials_that_would_be_recognised_wait(
    server: FakeLabelStudio,
    workspace: Workspace,
    types: list[CueType],
    catch_trials: list[tuple[CatchTrial, CueType]],
) -> None:
    report = push_cues(SERVER, workspace, types[:1], {}, recipe_with(), catch_trials=catch_trials)
    assert balanced(report)
    assert (report.imported, report.held) == (
        2 + 2,
        10,
    )  # two people have a task, and one catch trial after it
    later = push_cues(SERVER, workspace, types, {}, recipe_with(), catch_trials=catch_trials)
    assert (later.imported + report.imported, later.held) == (78, 0)


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


# --- killed ---------------------------------------------------------------------------------------


def test_killed_after_any_request_and_repeated_it_is_as_if_it_never_was(
    server: FakeLabelStudio,
    workspace: Workspace,
    types: list[CueType],
    catch_trials: list[tuple[CatchTrial, CueType]],
) -> None:
    asked = {
        **{cue_type.key: 2 for cue_type in types[:12]},
        **{trial.subject: 3 for trial, _ in catch_trials[:3]},
    }
    hidden = {trial.subject for trial, _ in catch_trials}
    died = 0
    for server.dies_after in range(1, 100):
        try:
            push_cues(
                SERVER, workspace, types[:12], {}, recipe_with(), catch_trials=catch_trials[:3]
            )
        except Killed:
            died += 1
            continue
        break
    assert died == server.requests > 8
    assert Counter(task.data["key"] for task in server.lying.values()) == asked
    assert len(server.by_number) == 3
    for row in on_desks(server).values():
        assert row[0] not in hidden
        assert not any(subject in hidden and after in hidden for subject, after in pairwise(row))


def test_tasks_that_lie_there_twice_are_taken_out_unless_answered(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:3], {}, recipe_with())
    for task in [*server.lying.values()]:
        server.projects.import_tasks(
            id=task.project, request=[{"data": task.data}], commit_to_project=True
        )
    first, second = server.tasks_on(types[0].key)[::2]
    assert first.project == second.project
    second.total_annotations = 1
    report = push_cues(SERVER, workspace, types[:3], {}, recipe_with())
    assert len(server.lying) == 6
    assert second.id in server.lying
    assert sum("twice" in problem for problem in report.problems) > 0
    assert push_cues(SERVER, workspace, types[:3], {}, recipe_with()).problems == []


# --- what people do to the server -----------------------------------------------------------------


def answered(
    workspace: Workspace, subject: str, annotator: str, verdict: str | None = "unsure"
) -> None:
    workspace.append([judged(subject, annotator, verdict)])


def test_a_deleted_task_is_asked_again_only_without_its_judgment(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:4], {}, recipe_with())
    first, second = judges(types[0].key, recipe_with())[:2]
    answered(workspace, types[0].key, first)
    for task in server.tasks_on(types[0].key):
        server.tasks.delete(str(task.id))
    report = push_cues(SERVER, workspace, types[:4], {}, recipe_with())
    assert balanced(report)
    assert (report.imported, report.present, report.judged) == (1, 6, 1)
    assert types[0].key in server.row("cue", second)
    assert types[0].key not in server.row("cue", first)
    assert any(
        f"{first}'s cue project: 0 are asked again, 1 are not" in problem
        for problem in report.problems
    )
    assert any(
        f"{second}'s cue project: 1 are asked again, 0 are not" in problem
        for problem in report.problems
    )
    again = push_cues(SERVER, workspace, types[:4], {}, recipe_with())
    assert (again.imported, again.judged, again.problems) == (0, 1, [])


def test_a_renamed_project_is_found(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:4], {}, recipe_with())
    for project in server.by_number.values():
        project.title = "mine"
    report = push_cues(SERVER, workspace, types[:4], {}, recipe_with())
    assert (report.imported, report.problems, len(server.by_number)) == (0, [], 3)


def test_a_lost_mark_is_told_until_it_is_back(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    before = on_desks(server)
    (old,) = (project for project in server.by_number.values() if " ann]" in project.description)
    mark, old.description = old.description, "mine"
    done = before["ann"][0]
    answered(workspace, done, "ann")
    for _ in range(2):
        report = push_cues(SERVER, workspace, types[:6], {}, recipe_with())
        (problem,) = report.problems
        assert f"ann's cue project {old.id} has lost its mark" in problem
        assert mark.split(": ")[1] in problem
        assert len(server.by_number) == 4
        assert server.row("cue", "ann") == [subject for subject in before["ann"] if subject != done]
        assert balanced(report)
    old.description = mark
    report = push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    assert [problem for problem in report.problems if "lost" in problem] == []
    assert len(server.by_number) == 4
    assert sorted(server.row("cue", "ann")) == sorted(
        before["ann"]
    )  # the second copy of each was taken out


def test_a_deleted_project_is_made_anew_and_told_once(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    done, *rest = server.row("cue", "ann")
    answered(workspace, done, "ann")
    (old,) = (project for project in server.by_number.values() if " ann]" in project.description)
    del server.by_number[old.id]
    server.lying = {key: task for key, task in server.lying.items() if task.project != old.id}
    report = push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    (problem,) = report.problems
    assert f"ann's cue project {old.id} is no longer on the server" in problem
    assert server.row("cue", "ann") == rest
    assert push_cues(SERVER, workspace, types[:6], {}, recipe_with()).problems == []


def test_a_number_given_again_after_a_restore_is_another_project(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    (old,) = (project for project in server.by_number.values() if " ann]" in project.description)
    del server.by_number[old.id]
    server._numbers, now = old.id - 1, server._numbers
    server.projects.create(title="somebody's", description="", label_config="")
    server._numbers = now
    (problem,) = push_cues(SERVER, workspace, types[:6], {}, recipe_with()).problems
    assert "no longer on the server" in problem


@pytest.mark.parametrize("verdict", ["spurious", "not_spurious", None])
def test_a_restored_server_gets_the_judgments_back_and_asks_nobody_twice(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType], verdict: str | None
) -> None:
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    done = server.row("cue", "ann")[1]
    answered(workspace, done, "ann", verdict)
    report = push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    (task,) = (task for task in server.tasks_on(done) if task.results)
    assert (task.total_annotations, task.cancelled_annotations) == (
        (0, 1) if verdict is None else (1, 0)
    )
    assert [value["value"] for value in task.results[0]] == (
        [] if verdict is None else [{"choices": [verdict]}]
    )
    assert any(
        "1 tasks of ann's cue project were open again" in problem for problem in report.problems
    )
    assert push_cues(SERVER, workspace, types[:6], {}, recipe_with()).problems == []
    assert len(task.results) == 1


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


def test_a_broken_tie_is_put_back_on_a_restored_server(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    subject, recipe = types[0].key, recipe_with()
    *asked, third = judges(subject, recipe)
    for name, verdict in zip(asked, ("spurious", "not_spurious"), strict=True):
        answered(workspace, subject, name, verdict)
    adjudicate_cues(SERVER, workspace, types, {}, recipe)
    workspace.append([judged(subject, third, "spurious", source="cue-adjudication/7")])
    report = adjudicate_cues(SERVER, workspace, types, {}, recipe)
    assert any(
        f"{third}'s cue-adjudication project were open again" in problem
        for problem in report.problems
    )
    assert server.tasks_on(subject)[0].total_annotations == 1


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
