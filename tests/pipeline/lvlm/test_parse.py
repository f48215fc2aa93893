"""What a model means, and that nothing is guessed."""

import pytest

from spuriforge.pipeline.lvlm.parse import parse
from spuriforge.pipeline.lvlm.prompts import DIRECT, render, version

CHOICES = ("bus", "train", "a boat", "cab")


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("B", 1),
        ("(B)", 1),
        ("B.", 1),
        (" b ", 1),
        ("B. train", 1),
        ("(D) cab", 3),
        ("Answer: D", 3),
        ("It has rails.\nAnswer: B", 1),
        ("Based on the image, the answer is C", 2),
        ("The correct answer is (C).", 2),
        ("train", 1),
        ("A boat", 2),
        ("**D**", 3),
        ("D) cab", 3),
        ("D. cab. It is yellow.", 3),
        ("Option C", 2),
        ("The answer is: B. train", 1),
        ("It has rails.\n**Answer: B. train**", 1),
        ("(A) tram", 0),
    ],
)
def test_what_is_said_is_understood(text: str, chosen: int) -> None:
    assert parse(text, CHOICES) == chosen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I don't know",
        "A or B",
        "E",
        "The answer is a vehicle",
        "A bus and a train",
        "(A) bus (B) train",
        "bus, train",
        "(E) Error",
        "(A) train",
        "Answer: C. cab",
    ],
)
def test_what_is_not_said_is_not_guessed(text: str) -> None:
    assert parse(text, CHOICES) is None


def test_the_published_parsers_mistake_is_not_repeated() -> None:
    assert parse("(D) cab. Option (A) is wrong", CHOICES) != 0


def test_options_are_put_in_as_they_are() -> None:
    text = render(DIRECT, "What is {options}?", ("<b>", "{question}"))
    assert "What is {options}?\nA. <b>\nB. {question}\n" in text


def test_a_question_needs_two_to_ten_options() -> None:
    with pytest.raises(ValueError, match="two to 10 options"):
        render(DIRECT, "q", ("only",))


def test_a_changed_prompt_is_another_version() -> None:
    assert version(DIRECT) != version(DIRECT + " ")
