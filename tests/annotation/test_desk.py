"""The whole way through a real Label Studio: push, answer, pull, adjudicate, each killed and
repeated.
"""

import itertools
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from spuriforge.annotation import desks, tasks
from spuriforge.annotation.accounts import annotators
from spuriforge.annotation.catch_trials import cue_trials
from spuriforge.annotation.client import Server, connect
from spuriforge.annotation.projects import Desk, annotated_tasks_of, projects, tasks_of
from spuriforge.annotation.pull import collect, waiting
from spuriforge.annotation.push import adjudicate_cues, judges, push_cues, push_pairs
from spuriforge.annotation.scripted import ScriptedAnswer, answer_all
from spuriforge.pipeline.agreement import agreement, latest
from spuriforge.pipeline.decisions import TIE, decide
from spuriforge.pipeline.recipe import Annotate, Recipe, Screen
from spuriforge.pipeline.records import CatchTrial, Judgment, key_of
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import (
    HOSTILE,
    cue_type,
    pair_of,
    picture,
    recipe_for,
    sample_of,
)

pytestmark = pytest.mark.integration


def always(verdict: str) -> Any:
    """A judge of one opinion."""
    return lambda kind, data, annotator: ScriptedAnswer(verdict)


def test_cues_and_pairs_go_out_and_come_back_once(
    label_studio: Server, workspace: Workspace, recipe: Recipe
) -> None:
    types = [
        cue_type(workspace, 0, cue=HOSTILE, question=HOSTILE),
        *(cue_type(workspace, n) for n in range(1, 8)),
    ]
    pairs = [pair_of(workspace, types[1], index) for index in range(12)]
    samples = {proposed.anchor: sample_of(proposed) for proposed in types}
    by_key = {proposed.key: proposed for proposed in types}

    first = push_cues(label_studio, workspace, types, samples, recipe)
    assert (first.asked, first.imported) == (16, 16)
    again = push_cues(label_studio, workspace, types, samples, recipe)
    assert (again.asked, again.imported, again.present) == (16, 0, 16)
    asked = push_pairs(label_studio, workspace, pairs, by_key, recipe).asked
    assert (
        sum(state.left for state in waiting(label_studio, workspace, recipe).values()) == 16 + asked
    )

    def judge(kind: str, data: dict[str, Any], annotator: str) -> ScriptedAnswer | None:
        if data["key"] == types[2].key:
            return None
        return (
            ScriptedAnswer("spurious", {"core": "edited"}, box=(0.5, 0.25, 1, 1))
            if kind == "cue"
            else always("good")(kind, data, annotator)
        )

    began = time.monotonic()
    answered = answer_all(label_studio, workspace, recipe, judge)
    seconds = (time.monotonic() - began) / answered
    print(f"{answered} answers, {seconds:.3f} s each")
    assert answered == 16 + asked
    assert answer_all(label_studio, workspace, recipe, judge) == 0

    judgments = collect(label_studio, workspace, recipe).judgments
    assert len(judgments) == 16 + asked
    assert collect(label_studio, workspace, recipe).judgments == []
    assert workspace.read(Judgment).num_rows == 16 + asked
    assert all(judgment.scripted for judgment in judgments)
    assert sum(judgment.skipped for judgment in judgments) == 2
    by_subject = {judgment.subject: judgment for judgment in judgments if not judgment.skipped}
    hostile = by_subject[types[0].key]
    assert (hostile.cue, hostile.core, hostile.box) == (
        HOSTILE.strip(),
        "edited",
        (0.5, 0.25, 1, 1),
    )
    assert hostile.description_with == types[0].description_with
    assert {
        (state.asked - state.done - state.skipped)
        for state in waiting(label_studio, workspace, recipe).values()
    } == {0}
    assert len([judgment for judgment in decide(judgments, "cue") if judgment.accepted]) == 7
    assert agreement(judgments, "pair").value is None  # all say "good"


def test_a_killed_push_is_finished_by_the_next(
    label_studio: Server, workspace: Workspace, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = [cue_type(workspace, number) for number in range(9)]
    monkeypatch.setattr(desks, "_BATCH", 2)
    calls = itertools.count()
    whole = tasks.cue_task

    def dies(*given: Any, **named: Any) -> dict[str, str]:
        if next(calls) == 7:
            raise KeyboardInterrupt
        return whole(*given, **named)

    monkeypatch.setattr(tasks, "cue_task", dies)
    with pytest.raises(KeyboardInterrupt):
        push_cues(label_studio, workspace, types, {}, recipe)
    report = push_cues(label_studio, workspace, types, {}, recipe)
    assert report.asked == 18
    assert 0 < report.present < 18
    client = connect(label_studio)
    for desk, project in projects(client, workspace, "test").items():
        keys = [task["data"]["key"] for task in tasks_of(client, project.id)]
        assert len(set(keys)) == len(keys)
        assert set(keys) == {
            proposed.key for proposed in types if desk.annotator in judges(proposed.key, recipe)[:2]
        }


def test_a_killed_annotator_goes_on_where_they_were(
    label_studio: Server, workspace: Workspace, recipe: Recipe
) -> None:
    types = [cue_type(workspace, number) for number in range(6)]
    push_cues(label_studio, workspace, types, {}, recipe)
    calls = itertools.count()

    def dies(kind: str, data: dict[str, Any], annotator: str) -> ScriptedAnswer:
        if next(calls) >= 5:
            raise KeyboardInterrupt
        return ScriptedAnswer("unsure")

    with pytest.raises(KeyboardInterrupt):
        answer_all(label_studio, workspace, recipe, dies)
    before = collect(label_studio, workspace, recipe).judgments
    assert len(before) == 5
    assert answer_all(label_studio, workspace, recipe, always("not_spurious")) == 7
    assert len(collect(label_studio, workspace, recipe).judgments) == 7
    assert Counter(judgment.verdict for judgment in workspace.records(Judgment)) == {
        "unsure": 5,
        "not_spurious": 7,
    }


def test_a_tie_goes_to_a_third_annotator_once(
    label_studio: Server, workspace: Workspace, recipe: Recipe
) -> None:
    proposed = cue_type(workspace, 1)
    first, second, third = judges(proposed.key, recipe)
    opinions = {first: "spurious", second: "not_spurious", third: "spurious"}

    def judge(kind: str, data: dict[str, Any], annotator: str) -> ScriptedAnswer:
        return ScriptedAnswer(opinions[annotator])

    push_cues(label_studio, workspace, [proposed], {}, recipe)
    assert adjudicate_cues(label_studio, workspace, [proposed], {}, recipe).asked == 0
    answer_all(label_studio, workspace, recipe, judge)
    collect(label_studio, workspace, recipe)
    assert decide(workspace.records(Judgment), "cue")[0].verdict == TIE
    assert adjudicate_cues(label_studio, workspace, [proposed], {}, recipe).imported == 1
    assert adjudicate_cues(label_studio, workspace, [proposed], {}, recipe).imported == 0
    assert waiting(label_studio, workspace, recipe)[third].left == 1
    assert answer_all(label_studio, workspace, recipe, judge) == 1
    collect(label_studio, workspace, recipe)
    (decision,) = decide(workspace.records(Judgment), "cue")
    assert (decision.verdict, decision.accepted, decision.adjudicated, decision.votes) == (
        "spurious",
        True,
        True,
        3,
    )


def test_changes_are_new_versions_and_nonsense_is_told(
    label_studio: Server, workspace: Workspace, recipe: Recipe
) -> None:
    proposed = cue_type(workspace, 1)
    push_cues(label_studio, workspace, [proposed], {}, recipe)
    answer_all(label_studio, workspace, recipe, always("unsure"))
    assert len(collect(label_studio, workspace, recipe).judgments) == 2
    name = judges(proposed.key, recipe)[0]
    client = connect(label_studio, annotators(label_studio, (name,))[name].token)
    project = projects(client, workspace, "test")[Desk("test", "cue", name)]
    (task,) = annotated_tasks_of(client, project.id)
    number = task["annotations"][0]["id"]
    choice = {
        "from_name": "verdict",
        "to_name": "image",
        "type": "choices",
        "value": {"choices": ["bad_image"]},
    }
    client.annotations.update(id=number, result=[choice])
    client.annotations.create(id=task["id"], result=[choice | {"value": {"choices": ["nonsense"]}}])
    connect(label_studio).annotations.create(id=task["id"], result=[choice])  # the lead's own
    pulled = collect(label_studio, workspace, recipe)
    assert [judgment.verdict for judgment in pulled.judgments] == ["bad_image"]
    assert len(pulled.problems) == 2
    assert any("another account" in problem for problem in pulled.problems)
    (decision,) = decide(workspace.records(Judgment), "cue")
    assert decision.verdict == "bad_image"


def test_a_renamed_project_is_found_and_another_workspaces_is_not(
    label_studio: Server, workspace: Workspace, recipe: Recipe
) -> None:
    proposed = cue_type(workspace, 1)
    push_cues(label_studio, workspace, [proposed], {}, recipe)
    client = connect(label_studio)
    by_desk = projects(client, workspace, "test")
    assert len(by_desk) == 2
    client.projects.update(id=next(iter(by_desk.values())).id, title="My own name")
    assert push_cues(label_studio, workspace, [proposed], {}, recipe).imported == 0
    other = Workspace(f"{workspace.url}-other")
    assert projects(client, other, "test") == {}


def test_what_people_delete_or_unmark_is_told_and_nobody_is_asked_twice(
    label_studio: Server, workspace: Workspace, recipe: Recipe
) -> None:
    types = [cue_type(workspace, number) for number in range(6)]
    push_cues(label_studio, workspace, types, {}, recipe)
    answer_all(label_studio, workspace, recipe, always("not_spurious"))
    assert len(collect(label_studio, workspace, recipe).judgments) == 12
    client = connect(label_studio)
    first, second, third = projects(client, workspace, "test").items()

    task, another = list(annotated_tasks_of(client, first[1].id))[:2]
    client.tasks.delete(str(task["id"]))
    client.annotations.delete(another["annotations"][0]["id"])
    client.projects.update(id=second[1].id, description="mine")
    client.projects.delete(third[1].id)
    report = push_cues(label_studio, workspace, types, {}, recipe)
    assert (report.asked, report.imported, report.present + report.judged) == (12, 0, 12)
    for desk, words in (
        (first[0], "tasks are gone"),
        (first[0], "were put back"),
        (second[0], "has lost its mark"),
        (third[0], "is no longer on the server"),
    ):
        assert any(words in problem and desk.annotator in problem for problem in report.problems), (
            words
        )
    assert sum(state.left for state in waiting(label_studio, workspace, recipe).values()) == 0

    new = [*types, *(cue_type(workspace, number) for number in range(6, 12))]
    report = push_cues(label_studio, workspace, new, {}, recipe)
    assert report.imported == 12
    (problem,) = report.problems
    assert "has lost its mark" in problem
    client.projects.update(id=second[1].id, description=second[1].description)
    report = push_cues(label_studio, workspace, new, {}, recipe)
    assert (report.imported, report.problems) == (0, [])
    answer_all(label_studio, workspace, recipe, always("not_spurious"))
    collect(label_studio, workspace, recipe)
    votes = Counter(judgment.subject for judgment in latest(workspace.records(Judgment)))
    assert votes == {cue.key: 2 for cue in new}


def test_catch_trials_go_to_everybody_and_come_back_as_their_right_answers(
    label_studio: Server, workspace: Workspace
) -> None:
    annotate = Annotate(by="scripted", error_rates=(0.0, 0.0, 0.0), gold_rate=0.1, sham_rate=0.1)
    recipe = recipe_for(annotate).model_copy(
        update={"screen": Screen.model_construct(vocabulary=())}
    )
    types = [
        cue_type(workspace, number, cue=("kite", "umbrella")[number % 2]) for number in range(20)
    ]
    samples = [
        replace(
            sample_of(proposed),
            key=key_of("sample", proposed.key),
            image=workspace.put_image(picture(30 + number)),
        )
        for number, proposed in enumerate(types)
    ]
    catch_trials = cue_trials(types, samples, {}, recipe)
    right = {trial.subject: trial.expected for trial, _ in catch_trials}
    assert len(right) == 4
    push_cues(label_studio, workspace, types, {}, recipe, catch_trials=catch_trials)
    client = connect(label_studio)
    for project in projects(client, workspace, "test").values():
        row = [task["data"]["key"] for task in tasks_of(client, project.id)]
        hidden = [subject in right for subject in row]
        assert sum(hidden) == 4
        assert not hidden[0]
        assert not any(subject and after for subject, after in itertools.pairwise(hidden))

    def judge(kind: str, data: dict[str, Any], annotator: str) -> ScriptedAnswer:
        return ScriptedAnswer(right.get(data["key"], "unsure"))

    answer_all(label_studio, workspace, recipe, judge)
    trial_judgments = [
        judgment
        for judgment in collect(label_studio, workspace, recipe).judgments
        if judgment.subject in right
    ]
    assert len(trial_judgments) == 12
    assert all(judgment.verdict == right[judgment.subject] for judgment in trial_judgments)
    assert {trial.subject for trial in workspace.records(CatchTrial)} == set(right)
    assert (
        push_cues(label_studio, workspace, types, {}, recipe, catch_trials=catch_trials).imported
        == 0
    )


def test_only_scripted_recipes_are_answered_by_scripts(
    label_studio: Server, workspace: Workspace
) -> None:
    with pytest.raises(ValueError, match="asks people"):
        answer_all(label_studio, workspace, recipe_for(Annotate()), always("unsure"))
