"""Images with a held-out cue are not trained on; a control's tags and a pair's prompt tell them."""

from dataclasses import replace

import pytest

from spuriforge.pipeline.finetune.hold_out import without_held_out
from spuriforge.pipeline.release.questions import Place, PublishedType, Question

TYPE = PublishedType("key", "What is it?", "kite", "dog", "cat", ("subject@1",))
CONTROL = Question(
    id="c",
    config="controls",
    arm="control",
    split="train",
    question="What is it?",
    choices=("cat", "dog"),
    answer=0,
    linked=None,
    image="digest",
    place=Place("path", 0, 0, "image"),
    type=None,
    sample="sample",
    prompt=None,
    cues=("beach ball", "men", "snowy background"),
)
PAIR = replace(
    CONTROL,
    config="pairs",
    arm="with",
    type=TYPE,
    cues=None,
    prompt="Two geese under umbrellas, in snow",
)


@pytest.mark.parametrize(
    ("cue", "control", "pair"),
    [
        ("an umbrella", False, True),
        ("goose", False, True),
        ("a beach", True, False),
        ("balls", True, False),
        ("Beach ball", True, False),
        ("man", True, False),
        ("a white goose", False, True),
        ("kite", False, False),
        ("ski", False, False),
    ],
)
def test_a_cue_is_found_by_its_noun_rather_too_often_than_too_rarely(
    cue: str, control: bool, pair: bool
) -> None:
    kept = without_held_out([CONTROL, PAIR], [replace(TYPE, cue=cue)])
    assert (CONTROL not in kept, PAIR not in kept) == (control, pair)


def test_a_control_that_shows_it_stays_where_it_asks_for_something_else() -> None:
    held = replace(TYPE, cue="an umbrella, or snow")
    elsewhere = replace(
        CONTROL, cues=("snow",), question="How many men are there?", choices=("one", "two")
    )
    mixed_up = [replace(elsewhere, choices=("one", option)) for option in ("Dog", "cat")]
    again = replace(elsewhere, question="WHAT is  it?")
    made = replace(PAIR, question=elsewhere.question, choices=elsewhere.choices)
    assert without_held_out([elsewhere, *mixed_up, again, made], [held]) == [elsewhere]


def test_what_says_nothing_stays() -> None:
    silent = [replace(CONTROL, cues=None), replace(CONTROL, cues=()), replace(PAIR, prompt=None)]
    assert (
        without_held_out(silent, [replace(TYPE, cue="umbrella"), replace(TYPE, cue="ball")])
        == silent
    )
    assert without_held_out([CONTROL, PAIR], []) == [CONTROL, PAIR]
