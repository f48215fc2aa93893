"""What an answer column means is read off the whole file, and never guessed row by row."""

import pytest

from spuriforge.data.answer_forms import (
    FORMS,
    as_index,
    as_letter,
    as_text,
    forms_of,
    implied,
    letters_of,
    resolve,
)

NUMBERS = ("1", "2", "3", "4")


def test_each_form_reads_its_own() -> None:
    assert as_text(" red ", ("blue", "Red", "red")) == 2
    assert as_text("RED", ("blue", "red")) == 1
    assert as_text("RED", ("Red", "red")) is None
    assert as_text("", ("", "red")) is None
    assert as_letter("b", ("x", "y")) == 1
    assert as_letter("C", ("x", "y")) is None
    assert [as_index(answer, NUMBERS) for answer in (0, 1.0, "2")] == [0, 1, 2]
    for answer in (4, -1, 1.5, True, float("nan"), "²", "9" * 9000):
        assert as_index(answer, NUMBERS) is None


@pytest.mark.parametrize(
    ("answer", "index"), [("red", 0), ("B", 1), (1, 1), ("1", 1), ("C", None), (None, None)]
)
def test_one_file_may_mix_the_forms(answer: object, index: int | None) -> None:
    assert resolve(answer, ("red", "blue"), FORMS) == index


def test_a_number_among_numbers_is_a_text_where_texts_explain_the_file() -> None:
    assert resolve("1", ("1", "2"), forms_of([("1", ("1", "2"))], "f")) == 0


def test_and_an_index_where_indices_explain_more_of_it() -> None:
    forms = forms_of([("1", ("1", "2")), ("0", ("red", "blue")), ("1", ("cat", "dog"))], "f")
    assert resolve("1", ("1", "2"), forms) == 1


def test_a_letter_among_letters_likewise() -> None:
    which = ("B", "A", "C")
    letters = forms_of([("A", which), ("B", ("red", "blue")), ("A", ("cat", "dog"))], "f")
    texts = forms_of([("A", which), ("blue", ("red", "blue"))], "f")
    assert (resolve("A", which, letters), resolve("A", which, texts)) == (0, 1)


def test_answers_counted_from_1_are_refused() -> None:
    choices = ("a cat", "a dog", "a cow")
    with pytest.raises(ValueError, match=r"my.csv: the answers are numbers counted from 1"):
        forms_of([(number % 3 + 1, choices) for number in range(12)], "my.csv")
    # Counted from 0, with one that is broken; and counts, which are texts.
    assert forms_of([(number % 4, choices) for number in range(12)], "f")[0] is as_index
    assert forms_of([("4", NUMBERS)] * 12, "f")[0] is as_text


def test_a_question_without_options_is_yes_or_no() -> None:
    assert implied("yes") == ("Yes", "No")
    assert implied("red") == implied(None) == ()
    assert letters_of({"A", "B", "D"}) == "ABCD"
    assert letters_of(set()) == ""
