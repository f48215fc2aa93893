"""A pair's three questions take a key each and give one verdict; its images lie at random."""

from xml.etree import ElementTree

import pytest

from spuriforge.annotation.pair_screen import (
    PAIR_VERDICTS,
    answers_of,
    pair_task,
    side_of,
    verdict_of,
)
from spuriforge.annotation.pictures import data_uri
from spuriforge.annotation.screens import SCREENS, check
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import cue_type, pair_of

PAIRS = ("pair", "pair-adjudication")


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


@pytest.mark.parametrize("verdict", PAIR_VERDICTS)
def test_a_verdict_s_answers_give_the_verdict(verdict: str) -> None:
    assert verdict_of(answers_of(verdict)) == verdict


def test_the_first_wrong_answer_is_the_verdict() -> None:
    assert (
        verdict_of({"answer_holds": "yes", "cue_in_one": "no", "otherwise_alike": "something"})
        == "cue_wrong"
    )
    assert (
        verdict_of({"answer_holds": "no", "cue_in_one": "no", "otherwise_alike": "something"})
        == "answer_fails"
    )
