"""Options are shown in a rotated order, and answers refer to the order given."""

from collections.abc import Sequence

import pytest

from spuriforge.pipeline.lvlm.interface import Answer, Query, answer_rotated, rotated


class Recorder:
    """A model that always chooses the option at one position, or none; keeps what it was asked."""

    id, prompt = "recorder@1", "p"

    def __init__(self, position: int | None) -> None:
        self.position = position
        self.asked: list[Query] = []

    def answer(self, queries: Sequence[Query]) -> list[Answer]:
        """Returns the same answer to every query."""
        self.asked += queries
        outcome = "unparsed" if self.position is None else "parsed"
        return [Answer(outcome, self.position, "text", margin=0.5) for _ in queries]


def test_rotations_are_cyclic_and_bring_each_option_to_each_place_once() -> None:
    assert rotated(4, 0) == (0, 1, 2, 3)
    assert rotated(4, 1) == (1, 2, 3, 0)
    assert rotated(4, 5) == rotated(4, 1)
    orders = [rotated(4, rotation) for rotation in range(4)]
    for position in range(4):
        assert {order[position] for order in orders} == {0, 1, 2, 3}


def test_a_choice_refers_to_the_options_as_they_were_given() -> None:
    lvlm = Recorder(position=0)
    query = Query("Which?", ("bus", "train", "boat"), None)
    answers = answer_rotated(lvlm, [query] * 3, [0, 1, 2])
    assert [shown.choices for shown in lvlm.asked] == [
        ("bus", "train", "boat"),
        ("train", "boat", "bus"),
        ("boat", "bus", "train"),
    ]
    assert [answer.chosen for answer in answers] == [0, 1, 2]
    assert {(answer.text, answer.margin) for answer in answers} == {("text", 0.5)}


def test_an_unparsed_answer_stays_unparsed() -> None:
    (answer,) = answer_rotated(Recorder(None), [Query("Which?", ("bus", "train"), None)], [1])
    assert (answer.outcome, answer.chosen) == ("unparsed", None)


def test_each_query_needs_its_rotation() -> None:
    with pytest.raises(ValueError, match="zip"):
        answer_rotated(Recorder(0), [Query("Which?", ("bus", "train"), None)] * 2, [0])
