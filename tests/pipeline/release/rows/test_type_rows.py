"""The rows of published types: letters, boxes, images, and the paper's wide table."""

from dataclasses import replace
from pathlib import Path

from spuriforge.pipeline.records import CueType, Pair
from tests import worlds
from tests.pipeline.release.rows.conftest import Rows, World, rows_of


def test_images_are_named_by_their_hash_and_not_loaded(rows: Rows, world: World) -> None:
    row = rows["pairs"][0]
    assert row["image_with"] == row["image_with_sha256"]
    assert world[0].image_bytes(row["image_with"])[:4] == b"\x89PNG"


def test_the_answer_moves_on_by_a_letter_from_pair_to_pair(rows: Rows) -> None:
    for anchor in rows["anchors"]:
        pairs = [row for row in rows["pairs"] if row["type"] == anchor["type"]]
        places = {row["index"]: row["answer_index"] for row in pairs}
        assert places == {index: (anchor["answer_index"] + index) % 4 for index in range(3)}


def test_options_answer_and_linked_option_move_together(rows: Rows) -> None:
    for row in [*rows["pairs"], *rows["anchors"]]:
        assert row["choices"][row["answer_index"]] == row["answer"]
        assert row["choices"][row["cue_linked_index"]] == row["cue_linked"]


def test_a_linked_option_that_is_none_of_the_options_has_no_index(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    kind = workspace.records(CueType)[0]
    worlds.forget(workspace, "types")
    workspace.append([replace(kind, linked="violet")])
    (anchor,) = rows_of(workspace, recipe)["anchors"]
    assert (anchor["cue_linked"], anchor["cue_linked_index"]) == ("violet", None)


def test_the_wide_table_is_the_anchor_s_with_its_images_with_the_cue(rows: Rows) -> None:
    anchors = {row["type"]: row for row in rows["anchors"]}
    for row in rows["spuriverse"]:
        anchor = anchors[row["type"]]
        assert [row[letter] for letter in "ABCD"] == anchor["choices"]
        assert row[row["answer"]] == anchor["answer"]
        group = [row[f"spurious_group_{number}"] for number in range(1, 11)]
        with_cue = [pair["image_with"] for pair in rows["pairs"] if pair["type"] == row["type"]]
        assert group == with_cue + [None] * 7
        assert (row["image_id"], row["split"]) == (anchor["question_id"], anchor["split"])


def test_a_question_of_five_options_is_not_in_the_wide_table(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    kind = workspace.records(CueType)[0]
    worlds.forget(workspace, "types")
    workspace.append([replace(kind, choices=(*kind.choices, "black"))])
    rows = rows_of(workspace, recipe)
    assert len(rows["anchors"]) == 1
    assert rows["spuriverse"] == []


def test_an_inpainted_pair_names_its_box(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    painted = [replace(pair, box=(0.0, 0.25, 0.5, 0.75)) for pair in workspace.records(Pair)]
    worlds.forget(workspace, "pairs")
    workspace.append(painted)
    boxes = [row["box"] for row in rows_of(workspace, recipe)["pairs"]]
    assert boxes == [[0.0, 0.25, 0.5, 0.75]] * 3
