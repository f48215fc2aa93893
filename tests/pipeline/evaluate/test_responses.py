"""Every raw answer is in responses.parquet, and the leaderboard follows from it."""

import io

import pyarrow.parquet as pq

from spuriforge.pipeline.evaluate import responses
from spuriforge.pipeline.evaluate.leaderboard import Leaderboard


def test_every_raw_answer_is_published_and_the_leaderboard_follows_from_them(
    board: Leaderboard,
) -> None:
    rows = pq.read_table(io.BytesIO(responses.parquet(board.runs))).to_pylist()
    asked = [row for row in rows if row["model"] == "shortcut@v9" and not row["blind"]]
    assert len(asked) == 2 * len(board.questions)
    for row in asked:
        (question,) = (
            question
            for question in board.questions
            if (question.id, question.arm) == (row["id"], row["arm"])
        )
        assert sorted(row["shown"]) == sorted(question.choices)
        assert question.choices[row["chosen"]] == row["text"]
    right = [row["correct"] for row in asked if row["arm"] == "without"]
    assert sum(right) / len(right) == board.entries[2].figures["without_cue"].value
    assert any(row["outcome"] == "unparsed" and row["chosen"] is None for row in rows)


def test_blind_answers_are_rows_with_an_arm_of_their_own(board: Leaderboard) -> None:
    table = pq.read_table(io.BytesIO(responses.parquet(board.runs)))
    assert table.schema.equals(responses.SCHEMA)
    rows = table.to_pylist()
    assert {row["blind"] for row in rows} == {True, False}
    assert all((row["arm"] == "blind") == row["blind"] for row in rows)
    assert {row["rotation"] for row in rows} == {0, 1}


def test_the_file_has_a_row_group_for_each_run(board: Leaderboard) -> None:
    payload = responses.parquet(board.runs)
    assert pq.ParquetFile(io.BytesIO(payload)).num_row_groups == len(board.runs)
