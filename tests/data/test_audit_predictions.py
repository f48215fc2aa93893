"""Faults of a published prediction and verdict are found where they are."""

import pytest

from spuriforge.data.audit_findings import KINDS
from spuriforge.data.benchmark_rows import Row
from tests.data.audit_rows import kinds_in, published, row


@pytest.mark.parametrize(
    ("kind", "faulty"),
    [
        ("prediction-is-gold", row(published=published("(B) red", "B", True))),
        (
            "nan-chosen",
            row(choices=("red", "blue", None), published=published("(C) nan", "C", True)),
        ),
        ("unparsed-answer", row(published=published("I don't know", "", True))),
        ("parse-disagrees", row(published=published("Answer: B", "A", False))),
        ("parse-disagrees", row(published=published("I don't know", "D", True))),
        ("error-miscounted", row(published=published("I don't know", "", False))),
        ("error-miscounted", row(published=published("(A) red", "A", True))),
        ("error-miscounted", row(published=published("(B) blue", "B", False))),
        ("unread-flag", row(published=published("(A) red", "A", None))),
        (
            "verdict-disagrees",
            row(published=published("(B) blue", "B", True, "No, it is not.", True)),
        ),
        (
            "verdict-disagrees",
            row(published=published("(B) blue", "B", True, "I cannot tell.", False)),
        ),
        ("verdict-disagrees", row(published=published("(B) blue", "B", True, "", True))),
    ],
)
def test_a_fault_of_one_row_is_found_with_its_id(kind: str, faulty: Row) -> None:
    assert kinds_in(faulty)[kind] == ("1",)
    assert kind in KINDS


@pytest.mark.parametrize(
    "sound",
    [
        row(choices=("A man", "a cat"), published=published("A man", "A", False)),
        row(published=published("(B) blue", "B", True, "No, it misread the image.", False)),
        row(published=published("(B) blue", "B", True, "Yes. It associated rust with blue.", True)),
    ],
)
def test_what_is_sound_is_left_alone(sound: Row) -> None:
    assert kinds_in(sound) == {}
