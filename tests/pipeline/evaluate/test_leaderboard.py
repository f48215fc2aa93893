"""The leaderboard: its order, its files, and which models took part in the selection."""

import io
import json
from dataclasses import asdict

import pyarrow.parquet as pq
import pytest

from spuriforge.pipeline.evaluate.figures import FIGURES
from spuriforge.pipeline.evaluate.leaderboard import SCHEMA, Leaderboard, parquet, part_in
from spuriforge.pipeline.release.questions import types_of
from tests.pipeline.evaluate.tiny import ASKED, FOUND


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
