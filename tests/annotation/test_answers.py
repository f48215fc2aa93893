"""Answers go to Label Studio's regions and come back as given; what a screen cannot give is
refused.
"""

from itertools import product
from typing import Any

import pytest

from spuriforge.annotation.answers import TaskAnswer, read, result_of
from spuriforge.annotation.cue_screen import CUE_VERDICTS
from spuriforge.annotation.pair_screen import PAIR_QUESTIONS, PAIR_VERDICTS
from spuriforge.pipeline.records import key_of
from tests.annotation.things import HOSTILE


@pytest.mark.parametrize("kind", ["cue", "cue-adjudication"])
@pytest.mark.parametrize("verdict", CUE_VERDICTS)
def test_cue_answers_come_back_as_given(verdict: str, kind: str) -> None:
    texts = {
        "cue": HOSTILE.strip(),
        "core": "ball",
        "description_with": "w",
        "description_without": "o",
    }
    given = TaskAnswer(verdict, texts, box=(0.1, 0.2, 0.5, 0.75))
    assert read(kind, result_of(kind, given)) == (
        given if verdict == "spurious" else TaskAnswer(verdict)
    )


@pytest.mark.parametrize("kind", ["pair", "pair-adjudication"])
@pytest.mark.parametrize("verdict", PAIR_VERDICTS)
def test_pair_answers_come_back_as_given(verdict: str, kind: str) -> None:
    result = result_of(kind, TaskAnswer(verdict))
    assert [region["from_name"] for region in result] == [
        question.name for question in PAIR_QUESTIONS
    ]
    assert read(kind, result) == TaskAnswer(verdict)


def _judgments(*chosen: str) -> list[dict[str, Any]]:
    return [
        _region({"choices": [choice]}, asked.name, "left")
        for choice, asked in zip(chosen, PAIR_QUESTIONS, strict=False)
    ]


@pytest.mark.parametrize(
    "chosen", list(product(("yes", "no"), ("yes", "no"), ("nothing", "something")))
)
def test_the_first_judgment_that_fails_is_the_verdict(chosen: tuple[str, str, str]) -> None:
    failed = [choice in ("no", "something") for choice in chosen]
    expected = (
        "good" if not any(failed) else ("answer_fails", "cue_wrong", "defect")[failed.index(True)]
    )
    assert read("pair", _judgments(*chosen)).verdict == expected


def _region(value: dict[str, Any], name: str = "verdict", to: str = "image") -> dict[str, Any]:
    return {
        "id": key_of(value)[:5],
        "from_name": name,
        "to_name": to,
        "type": "choices",
        "value": value,
    }


@pytest.mark.parametrize(
    "result",
    [
        [],
        [_region({"choices": ["good"]})],
        [_region({"choices": ["spurious", "unsure"]})],
        [_region({"choices": []})],
        [{**_region({"choices": ["unsure"]}), "from_name": "nothing"}],
        ["text"],
    ],
)
def test_what_the_cue_screen_cannot_give_is_refused(result: list[Any]) -> None:
    with pytest.raises(ValueError, match="annotation"):
        read("cue", result)


@pytest.mark.parametrize(
    "result",
    [
        [],
        _judgments("yes", "no"),
        _judgments("yes", "nothing", "no"),
        [
            *_judgments("yes", "yes"),
            _region({"choices": ["nothing", "something"]}, "otherwise_alike", "left"),
        ],
    ],
)
def test_a_pair_needs_each_of_its_judgments_once(result: list[Any]) -> None:
    with pytest.raises(ValueError, match="annotation"):
        read("pair", result)


@pytest.mark.parametrize(("kind", "verdict"), [("pair", "spurious"), ("cue", "good")])
def test_an_answer_that_the_screen_lacks_is_not_sent(kind: str, verdict: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        result_of(kind, TaskAnswer(verdict))
