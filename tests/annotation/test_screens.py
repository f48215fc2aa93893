"""The screens and their tasks fit each other by Label Studio's own checker, whatever the texts
hold.
"""

import json
from xml.etree import ElementTree

import pytest

from spuriforge.annotation.cue_screen import CUE_VERDICTS, cue_task
from spuriforge.annotation.instructions import INSTRUCTIONS
from spuriforge.annotation.layout import STYLE
from spuriforge.annotation.pair_screen import PAIR_VERDICTS, pair_task, side_of
from spuriforge.annotation.pictures import data_uri
from spuriforge.annotation.projects import Desk
from spuriforge.annotation.screens import SCREENS, check, interface
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import HOSTILE, cue_type, pair_of, photo, sample_of
from tests.judged import judged

CUES, PAIRS = ("cue", "cue-adjudication"), ("pair", "pair-adjudication")


def test_every_kind_of_project_has_a_screen_and_instructions() -> None:
    assert set(SCREENS) == set(INSTRUCTIONS) == {*CUES, *PAIRS}
    assert {Desk("run", kind, "a").judges for kind in SCREENS} == {"cue", "pair"}


@pytest.mark.parametrize("kind", SCREENS)
def test_screens_are_valid_and_show_texts_as_texts(kind: str) -> None:
    interface(SCREENS[kind])
    assert "HyperText" not in SCREENS[kind]
    assert SCREENS[kind].count("<Text name=") == SCREENS[kind].count('valueType="text"')


@pytest.mark.parametrize("kind", CUES)
def test_each_verdict_on_a_cue_has_its_number_key(kind: str) -> None:
    choices = ElementTree.fromstring(SCREENS[kind]).iter("Choice")
    assert [(choice.get("alias"), choice.get("hotkey")) for choice in choices] == [
        (verdict, str(number)) for number, verdict in enumerate(CUE_VERDICTS, 1)
    ]


@pytest.mark.parametrize("kind", PAIRS)
def test_a_pair_is_judged_three_times_by_one_key_each(kind: str) -> None:
    groups = list(ElementTree.fromstring(SCREENS[kind]).iter("Choices"))
    assert [[choice.get("hotkey") for choice in group.iter("Choice")] for group in groups] == [
        ["1", "2"],
        ["3", "4"],
        ["5", "6"],
    ]
    assert all(group.get("required") == "true" for group in groups)
    assert PAIR_VERDICTS == ("good", "answer_fails", "cue_wrong", "defect")


def test_the_style_has_nothing_that_xml_would_change() -> None:
    assert not set("<>&") & set(STYLE)


@pytest.mark.parametrize("kind", SCREENS)
def test_instructions_name_each_key_and_have_two_examples(kind: str) -> None:
    ElementTree.fromstring(INSTRUCTIONS[kind])
    keys = [choice.get("hotkey") for choice in ElementTree.fromstring(SCREENS[kind]).iter("Choice")]
    assert all(
        f"<kbd>{key}</kbd>" in INSTRUCTIONS[kind] for key in [*keys, "Ctrl+Enter", "Ctrl+Space"]
    )
    assert INSTRUCTIONS[kind].count('class="scenes"') == 2


# --- tasks ----------------------------------------------------------------------------------------


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


def test_adjudication_shows_what_others_said_and_not_who(workspace: Workspace) -> None:
    proposed, image = cue_type(workspace, 1), photo(64, 64)
    pair = pair_of(workspace, proposed, 1)
    others = [
        judged(proposed.key, "zoe", "spurious", cue=HOSTILE),
        judged(proposed.key, "yan", "unsure"),
    ]
    pair_others = [
        judged(pair.key, "zoe", "good", project="pair"),
        judged(pair.key, "yan", "defect", project="pair"),
    ]
    cue, judged_pair = (
        cue_task(proposed, None, image, others=others),
        pair_task(pair, proposed, image, image, others=pair_others),
    )
    check("cue-adjudication", cue)
    check("pair-adjudication", judged_pair)
    assert "Unsure" in cue["said"]
    assert "<script>alert(1)</script>" in cue["said"]
    assert len(judged_pair["said"].split("\n")) == 2
    assert not any(
        name in json.dumps([cue["said"], judged_pair["said"]]) for name in ("zoe", "yan")
    )


def test_adjudication_without_others_is_refused(workspace: Workspace) -> None:
    proposed = cue_type(workspace, 1)
    with pytest.raises(ValueError, match="lacks something"):
        check("cue-adjudication", cue_task(proposed, None, photo(64, 64)))


def test_a_pair_lies_left_and_right_at_random_but_always_alike(workspace: Workspace) -> None:
    proposed = cue_type(workspace, 1)
    pairs = [pair_of(workspace, proposed, index) for index in range(40)]
    sides = [side_of(pair.key) for pair in pairs]
    assert 8 < sides.count("left") < 32
    for pair in pairs[:4]:
        images = [workspace.image_bytes(image) for image in (pair.image_with, pair.image_without)]
        data = pair_task(pair, proposed, *images)
        check("pair", data)
        assert data["side"] == side_of(pair.key)
        assert data[data["side"]] == data_uri(images[0])


def test_a_task_that_its_screen_cannot_show_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks something"):
        check("pair", {"key": "k", "left": "x"})
