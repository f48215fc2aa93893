"""Repeated ids, misplaced predictions, biased gold and lost options of a whole source."""

import random

from spuriforge.data.audit import audit
from spuriforge.pipeline.lvlm.parse import parse
from tests.data.audit_rows import kinds_in, published, row


def test_the_same_id_again_is_a_duplicate_or_ambiguous() -> None:
    rows = [
        row("1"),
        row("1", choices=("green", "blue", "red"), answer=2),
        row("2"),
        row("2", "What shape is it?"),
        row("3"),
        row("3", choices=("red", "pink", "black")),
        row("2", split="test"),
    ]
    assert kinds_in(*rows) == {"duplicate-id": ("1",), "ambiguous-id": ("2", "3")}


def test_the_same_question_of_the_same_image_under_another_id() -> None:
    rows = [row("1", image_name="a"), row("2", image_name="a"), row("3", image_name="b"), row("4")]
    assert kinds_in(*rows) == {"repeated-question": ("2",)}


def test_predictions_of_another_question_are_told_from_equal_answers() -> None:
    first = row("1", published=published("(A) red", "A", False), image_name="a")
    other = row(
        "2", "What shape is it?", ("round", "flat"), 0, published("(A) red", "A", False), "a"
    )
    alike = row(
        "3", "What colour is the sky?", ("red", "grey"), 0, published("(A) red", "A", False), "a"
    )
    asked = row("4", "Where is it?", ("here", "there"), 1, published("(B) there", "B", False), "a")
    kind = "prediction-of-another-question"
    assert kinds_in(first, other, alike)[kind] == (
        "2",
        "3",
    )  # joined by image: every later row has the first's
    assert kinds_in(first, other, alike, asked)[kind] == (
        "2",
    )  # some were asked: only what cannot be its own
    assert kind not in kinds_in(first, alike)


def test_a_hardly_ever_missing_last_option_was_lost() -> None:
    whole = [
        row(str(number), choices=("red", "blue", "green"), answer=number % 3)
        for number in range(300)
    ]
    assert kinds_in(*whole, row("x", choices=("red", "blue", None)))["empty-option"] == ("x",)
    often = [
        row(f"y{number}", choices=("red", "blue", None), answer=number % 2) for number in range(100)
    ]
    assert kinds_in(*whole, *often) == {}


def test_a_constant_gold_is_found_by_letter_and_by_text() -> None:
    by_letter = [row(str(number), choices=(f"{number}", "b")) for number in range(20)]
    assert len(kinds_in(*by_letter)["constant-answer"]) == 20
    assert kinds_in(*by_letter[:19]) == {}
    yes = [
        row(
            str(number),
            choices=("yes", "no") if number % 2 else ("no", "yes"),
            answer=1 - number % 2,
        )
        for number in range(40)
    ]
    (finding,) = audit(yes, parse, source="f").findings
    assert (finding.kind, finding.count) == ("constant-answer", 40)
    assert "'yes' is the gold of 40 of 40 rows" in finding.what


def test_biased_places_are_tested_for_each_number_of_options() -> None:
    draw = random.Random(0)
    fair = [
        row(
            str(number),
            choices=tuple("abcd"[: 2 + number % 3]),
            answer=draw.randrange(2 + number % 3),
        )
        for number in range(3000)
    ]
    assert kinds_in(*fair) == {}
    biased = [
        row(str(number), choices=tuple("abcd"), answer=draw.choice((0, 0, 1, 2, 3)))
        for number in range(3000)
    ]
    (finding,) = audit(biased, parse, source="f").findings
    assert (finding.kind, finding.count, finding.ids) == ("position-bias", 3000, ())
    assert "4 options: A 39.6%, B 2" in finding.what
