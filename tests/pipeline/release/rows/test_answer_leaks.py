"""Questions that name their own answer."""

import pytest

from spuriforge.pipeline.release.rows.answer_leaks import names_its_answer


@pytest.mark.parametrize(
    ("question", "leaks"),
    [
        ("Is the red car red?", True),
        ("Is it RED?", True),
        ("Is it red or blue?", False),
        ("Is it blue?", False),
        ("Was it covered in redwood?", False),
        ("What colour is it?", False),
    ],
)
def test_a_question_leaks_if_it_names_its_answer_alone(question: str, leaks: bool) -> None:
    assert names_its_answer(question, ("red", "blue"), "red") is leaks
