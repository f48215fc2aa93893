"""The leaderboard's files: rows with a schema, JSON, every raw answer, and a page that fetches
nothing.
"""

import io
import json
import re
from dataclasses import asdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spuriforge.pipeline.evaluate import page, responses
from spuriforge.pipeline.evaluate.answers import Reply, answer, blind_questions, grade, plan
from spuriforge.pipeline.evaluate.figures import FIGURES
from spuriforge.pipeline.evaluate.leaderboard import SCHEMA, Leaderboard, ModelRun, parquet, part_in
from spuriforge.pipeline.release.questions import Pictures, open_release, read_questions, types_of
from tests.pipeline.evaluate.tiny import ASKED, FOUND, Shortcut, Sound, write_release

LVLMS = (Shortcut(), Sound(), Shortcut(id=FOUND, mumbles_on="picture 0"))


def board_of(folder: Path, lvlms: tuple[Shortcut, ...] = LVLMS) -> Leaderboard:
    """What these models do on a tiny release, in two rotations and blind."""
    release = open_release(folder)
    questions, picture = read_questions(release), Pictures(folder)
    unseen = blind_questions(questions)
    runs = []
    for lvlm in lvlms:
        asks = plan(questions, lvlm.id, "p", rotations=2) + plan(
            unseen, lvlm.id, "p", rotations=2, blind=True
        )
        replies = {
            reply.key: reply for reply in answer(asks, lvlm, picture) if isinstance(reply, Reply)
        }
        runs.append(
            ModelRun(
                model=lvlm.id,
                prompt="direct",
                prompt_version="p",
                rotations=2,
                replies=replies,
                failed=0,
                cost=None,
                grades=grade(questions, replies, lvlm.id, "p", rotations=2),
                blind=grade(unseen, replies, lvlm.id, "p", rotations=2, blind=True),
            )
        )
    return Leaderboard(release, "test", questions, runs)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Leaderboard:
    """One leaderboard for all tests that only look."""
    return board_of(write_release(tmp_path_factory.mktemp("release"), types=3))


def test_the_best_with_the_cue_comes_first(board: Leaderboard) -> None:
    assert [entry.model for entry in board.entries] == ["sound@v9", FOUND, "shortcut@v9"]
    assert [entry.unparsed > 0 for entry in board.entries] == [False, True, False]


def test_the_parquet_file_has_a_row_for_each_model_and_every_figure(board: Leaderboard) -> None:
    table = pq.read_table(io.BytesIO(parquet(board)))
    assert table.schema.equals(SCHEMA)
    rows = {row["model"]: row for row in table.to_pylist()}
    assert rows["shortcut@v9"]["gap"] == 1.0
    assert rows["shortcut@v9"]["gap_low"] <= 1.0 <= rows["shortcut@v9"]["gap_high"]
    assert (rows["shortcut@v9"]["gap_groups"], rows["shortcut@v9"]["gap_n"]) == (3, 6)
    assert all(rows["sound@v9"][name] is not None for name in FIGURES)
    assert rows[FOUND]["part_in_selection"] == "selected"


def test_json_has_the_same_figures_and_the_comparisons(board: Leaderboard) -> None:
    said = json.loads(board.as_json())
    assert said["entries"][0]["figures"]["gap"] == asdict(board.entries[0].figures["gap"])
    assert {
        (comparison["first"], comparison["second"], comparison["figure"])
        for comparison in said["comparisons"]
    } >= {("sound · direct", "shortcut · direct", "gap")}
    assert said["entries"][2]["by_type"]["with_cue"] == {"type0": 0.0, "type1": 0.0, "type2": 0.0}


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (FOUND, ("selected", 3)),
        (FOUND.replace("found", "renamed"), ("selected", 3)),
        (ASKED, ("asked", 0)),
        ("asked@1234", ("another version", 0)),
        ("new@f00d", ("no", 0)),
    ],
)
def test_models_that_took_part_in_the_selection_are_told(
    board: Leaderboard, model: str, part: tuple[str, int]
) -> None:
    assert part_in(model, board.release.models, types_of(board.questions)) == part


@pytest.mark.parametrize(
    ("version", "part"), [("main", "no"), ("v1.0", "no"), ("2", "no"), ("gpt-4o", "asked")]
)
def test_a_branch_or_tag_makes_two_models_no_one_model(version: str, part: str) -> None:
    assert part_in(f"new@{version}", [f"old@{version}"], {}) == (part, 0)


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


def test_the_page_escapes_what_a_benchmark_says_and_fetches_nothing(board: Leaderboard) -> None:
    html = page.render(board, Pictures(board.release.folder))
    assert "cue &lt;b&gt;0&lt;/b&gt;" in html
    assert "<b>0" not in html
    assert not re.search(r'(?:src|href)="(?!data:|#)', html)
    assert "default-src 'none'" in html
    assert html.count("<article>") == 3
    assert "selected on these types, 3 of 3" in html


def test_the_page_says_what_the_release_does_not_have(tmp_path: Path) -> None:
    board = board_of(write_release(tmp_path, types=1, controls=0), LVLMS[:1])
    assert "This release has no controls" in page.render(board, Pictures(board.release.folder))


def test_the_worst_pairs_are_of_different_types_and_say_what_was_answered(
    board: Leaderboard,
) -> None:
    worst = page.worst_pairs(board)
    assert {pair.type.key for pair in worst} == {"type0", "type1", "type2"}
    assert all(pair.answers["shortcut · direct"] == ("dog", "cat") for pair in worst)
    assert [round(pair.gap, 3) for pair in worst] == [
        0.667,
        0.667,
        0.333,
    ]  # one of three mumbles about picture 0


def test_the_heat_map_has_the_hardest_type_first(board: Leaderboard) -> None:
    rows = page.heat(board)
    assert [row["mean"] for row in rows] == sorted(row["mean"] for row in rows)
    assert rows[0]["cells"][0] == (1.0, 1.0)


def test_markdown_names_cannot_break_out_of_the_table(board: Leaderboard) -> None:
    said = page.markdown(board)
    assert said.count("\n| ") == 1 + 1 + len(board.entries)
    assert "sound · direct" in said
    assert "| found · direct † |" in said
