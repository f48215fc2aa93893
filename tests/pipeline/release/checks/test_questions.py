"""Questions whose options do not fit their answer, that give it away, or that favour a letter."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spuriforge.pipeline.release.checks.questions import (
    answers_among_choices,
    choices_distinct,
    letters_balanced,
    no_leaks,
)
from tests.pipeline.release.checks.corruption import data_file, fault_of, set_columns


@pytest.mark.parametrize(
    ("config", "column", "fault"),
    [
        ("pairs", "answer", "the answer 'violet' is not option"),
        ("anchors", "cue_linked", "the cue-linked option 'violet' is not a wrong option"),
        ("spuriverse", "answer", "the answer 'violet' is no option's letter"),
    ],
)
def test_an_answer_that_is_no_option_is_named(
    release: Path, config: str, column: str, fault: str
) -> None:
    set_columns(release, config, **{column: "violet"})
    assert fault in fault_of(answers_among_choices, release)


def test_an_option_twice_is_seen_whatever_its_case_and_spaces(release: Path) -> None:
    set_columns(release, "pairs", choices=["a", "A ", "b", "c"])
    assert "its options are" in fault_of(choices_distinct, release)


def test_a_question_that_names_its_answer_is_quoted(release: Path) -> None:
    set_columns(release, "pairs", question="Is it One?", choices=["one", "two"], answer="one")
    assert "the question 'Is it One?' names its answer 'one'" in fault_of(no_leaks, release)


def test_a_favourite_letter_is_seen_once_there_are_enough_rows(release: Path) -> None:
    """The same rows under new ids, with the answer first in each."""
    path = data_file(release, "pairs")
    table = pq.read_table(path)
    rows = [row | {"id": f"{row['id']}-{copy}"} for copy in range(20) for row in table.to_pylist()]
    for row in rows:
        others = [choice for choice in row["choices"] if choice != row["answer"]]
        row.update(choices=[row["answer"], *others], answer_index=0)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    fault = fault_of(letters_balanced, release)
    assert fault == "pairs: the answer is A in 61 of 66 questions of 4 options"
