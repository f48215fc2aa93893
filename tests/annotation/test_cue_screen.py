"""A cue's screen has a key for each verdict, and its task holds texts as they are and no names."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from spuriforge.annotation.cue_screen import CUE_VERDICTS, cue_task
from spuriforge.annotation.screens import SCREENS, check
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import HOSTILE, cue_type, photo, sample_of

CUES = ("cue", "cue-adjudication")


@pytest.mark.parametrize("kind", CUES)
def test_each_verdict_on_a_cue_has_its_number_key(kind: str) -> None:
    choices = ElementTree.fromstring(SCREENS[kind]).iter("Choice")
    assert [(choice.get("alias"), choice.get("hotkey")) for choice in choices] == [
        (verdict, str(number)) for number, verdict in enumerate(CUE_VERDICTS, 1)
    ]


def test_benchmark_texts_are_data(workspace: Workspace) -> None:
    proposed = cue_type(
        workspace,
        1,
        question=HOSTILE * 5,
        choices=tuple(f"{HOSTILE} {n}" for n in range(10)),
        answer=3,
        linked=f"{HOSTILE} 7",
        cue=HOSTILE,
        core=HOSTILE,
        description_with=HOSTILE,
        description_without=HOSTILE,
    )
    data = cue_task(proposed, None, workspace.image_bytes(proposed.image))
    check("cue", data)
    assert data["question"] == HOSTILE * 5
    assert data["cue"] == HOSTILE
    assert json.loads(json.dumps(data)) == data


def test_a_task_names_no_model_and_no_figure(workspace: Workspace) -> None:
    proposed = cue_type(workspace, 1)
    data = cue_task(proposed, sample_of(proposed), workspace.image_bytes(proposed.image))
    texts = json.dumps({name: text for name, text in data.items() if name != "image"})
    assert data["key"] == proposed.key
    assert "secret-model" not in texts
    assert "0.00012" not in texts


def test_a_task_with_and_one_without_a_preview_have_the_same_screen(workspace: Workspace) -> None:
    proposed = cue_type(workspace, 1)
    without = cue_task(proposed, None, photo(64, 64))
    with_preview = cue_task(proposed, None, photo(64, 64), preview=(photo(64, 64), photo(64, 64)))
    check("cue", without)
    check("cue", with_preview)
    assert {name for name in without if without[name] != with_preview[name]} == {"preview"}


def test_the_sample_s_question_is_shown_where_there_is_one(workspace: Workspace) -> None:
    proposed = cue_type(workspace, 1)
    sample = replace(sample_of(proposed), question="As the benchmark asks it?")
    image = workspace.image_bytes(proposed.image)
    assert cue_task(proposed, sample, image)["question"] == "As the benchmark asks it?"
    assert cue_task(proposed, None, image)["question"] == proposed.question
