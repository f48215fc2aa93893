"""Scripted annotators answer what is open, once, as a person's form would send it."""

from typing import Any

import pytest

from spuriforge.annotation import scripted
from spuriforge.annotation.accounts import Account
from spuriforge.annotation.push import push_cues
from spuriforge.annotation.scripted import ScriptedAnswer, answer_all
from spuriforge.pipeline.recipe import Annotate
from spuriforge.pipeline.records import CueType
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.fake_label_studio import FakeLabelStudio
from tests.annotation.pushing import PEOPLE, SERVER, recipe_with
from tests.annotation.things import recipe_for

RECIPE = recipe_with(by="scripted", error_rates=(0.0, 0.0, 0.0))


@pytest.fixture
def pushed(
    server: FakeLabelStudio,
    workspace: Workspace,
    types: list[CueType],
    monkeypatch: pytest.MonkeyPatch,
) -> FakeLabelStudio:
    """Three types on the desks of two people each."""
    fake = server
    monkeypatch.setattr(scripted, "connect", lambda server, token=None: fake)
    monkeypatch.setattr(
        scripted, "annotators", lambda server, names: {name: Account(name, None) for name in names}
    )
    push_cues(SERVER, workspace, types[:3], {}, RECIPE)
    return server


def test_open_tasks_are_answered_once_by_those_who_have_them(
    pushed: FakeLabelStudio, workspace: Workspace
) -> None:
    calls: list[tuple[str, str, str]] = []

    def judge(kind: str, data: dict[str, Any], annotator: str) -> ScriptedAnswer | None:
        calls.append((kind, data["key"], annotator))
        return ScriptedAnswer("unsure")

    assert answer_all(SERVER, workspace, RECIPE, judge) == 6
    desks = {(key, name) for name in PEOPLE for key in pushed.row("cue", name)}
    assert {(key, name) for _, key, name in calls} == desks
    assert {kind for kind, *_ in calls} == {"cue"}
    assert all(task.total_annotations == 1 for task in pushed.lying.values())
    assert answer_all(SERVER, workspace, RECIPE, judge) == 0


def test_none_skips_a_task(pushed: FakeLabelStudio, workspace: Workspace) -> None:
    assert answer_all(SERVER, workspace, RECIPE, lambda *_: None) == 6
    counts = {(t.total_annotations, t.cancelled_annotations) for t in pushed.lying.values()}
    assert counts == {(0, 1)}
    assert all(task.results == [[]] for task in pushed.lying.values())


def test_texts_that_were_not_edited_stay_as_filled_in(
    pushed: FakeLabelStudio, workspace: Workspace
) -> None:
    answer = ScriptedAnswer("spurious", {"cue": "an oak post", "core": None})
    answer_all(SERVER, workspace, RECIPE, lambda *_: answer)
    for task in pushed.lying.values():
        (result,) = task.results
        texts = {
            region["from_name"]: region["value"]["text"][0]
            for region in result
            if region["type"] == "textarea"
        }
        assert texts["cue"] == "an oak post"
        assert texts["core"] == task.data["core"]
        assert texts["description_with"] == task.data["description_with"]


def test_people_are_never_answered_for(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="asks people, not scripts"):
        answer_all(SERVER, workspace, recipe_for(Annotate()), lambda *_: None)
