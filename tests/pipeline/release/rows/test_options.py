"""The order in which a release shows the options."""

from collections import Counter

import pytest

from spuriforge.pipeline.records import key_of
from spuriforge.pipeline.release.rows.options import first, moved, place, shown


def test_options_are_shifted_and_the_answer_stays_the_answer() -> None:
    shift = first(answer=2, place=0, count=4)
    assert shown(("w", "x", "y", "z"), 2, shift) == (["y", "z", "w", "x"], 0)
    assert [moved(index, shift, 4) for index in range(4)] == [2, 3, 0, 1]


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_the_answer_stands_where_it_is_wanted(count: int) -> None:
    for answer in range(count):
        for wanted in range(count):
            choices, at = shown("vwxyz"[:count], answer, first(answer, wanted, count))
            assert (at, choices[at]) == (wanted, "vwxyz"[answer])


def test_each_letter_is_the_answer_as_often_as_any_other_in_one_type_and_over_types() -> None:
    assert sorted(place("a type", index, 4) for index in range(4)) == [0, 1, 2, 3]
    counted = Counter(place(key_of(number), 0, 4) for number in range(2000))
    assert all(count == pytest.approx(500, abs=80) for count in counted.values())
