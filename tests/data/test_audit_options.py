"""Faults of a question, its options and its gold answer are found where they are."""

import pytest

from spuriforge.data.audit_findings import KINDS
from spuriforge.data.benchmark_rows import Row
from tests.data.audit_rows import kinds_in, published, row


@pytest.mark.parametrize(
    ("kind", "faulty"),
    [
        ("gold-absent", row(answer=None)),
        ("gold-absent", row(choices=("red", "", "green"), answer=1)),
        ("gold-absent", row(choices=("red", "blue", None), answer=2)),
        ("gold-duplicated", row(choices=("red", "Red", "green"))),
        ("missing-option", row(choices=("red", None, "green"))),
        ("missing-option", row(choices=("red", None))),
        ("empty-option", row(choices=("red", " ", "green"))),
        ("duplicate-options", row(choices=("red", "blue", "blue."))),
        ("too-many-options", row(choices=tuple(str(number) for number in range(11)))),
        ("empty-question", row(question=" ")),
        ("literal-none", row(choices=("red", "None"))),
        ("literal-none", row(choices=("red", "N/A"))),
        ("nan-option", row(choices=("red", "nan"))),
        (
            "nan-option",
            row(choices=("red", "blue", None), published=published("(A) red", "A", False)),
        ),
        ("spreadsheet-date", row(question="How many are there?", choices=("0", "1-Feb", "3-Apr"))),
        ("spreadsheet-boolean", row(choices=("somewhat", "TRUE", "FALSE"))),
        ("garbled-text", row(choices=("cafÃ©", "blue"))),
        ("options-in-question", row(question="What is it? Option: A: red; B: blue;")),
        ("position-dependent-option", row(choices=("red", "Both A and B"))),
        ("position-dependent-option", row(choices=("red", "none of the above."))),
    ],
)
def test_a_fault_of_one_row_is_found_with_its_id(kind: str, faulty: Row) -> None:
    assert kinds_in(faulty)[kind] == ("1",)
    assert kind in KINDS


@pytest.mark.parametrize(
    "sound",
    [
        row(choices=("Yes", "No", None, None)),
        row(choices=("nothing", "no one", "nana")),
        row(choices=("True", "False")),
        row(question="What is above the sofa?", choices=("the lamp above it", "a cat")),
        row(choices=("café", "Über", "东京", "T恤")),
    ],
)
def test_what_is_sound_is_left_alone(sound: Row) -> None:
    assert kinds_in(sound) == {}
