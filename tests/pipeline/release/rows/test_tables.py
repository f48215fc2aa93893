"""What a release holds, row for row: order, letters, rights, boxes, and what is withheld."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import Candidate, CueType, Judgment, Pair, Response, Sample, key_of
from spuriforge.pipeline.release.rows import clusters, tables
from spuriforge.pipeline.release.rows.columns import SCHEMAS
from spuriforge.pipeline.release.rows.licences import Licences, canary
from spuriforge.pipeline.release.type_outcomes import outcomes
from spuriforge.pipeline.workspace import Workspace
from tests import worlds

Rows = dict[str, list[dict[str, Any]]]


def _rows(workspace: Workspace, recipe: Recipe, *, private: bool = False) -> Rows:
    """Every config's rows, each with its split."""
    settled = outcomes(workspace, recipe)
    cluster_of = clusters.of(workspace, settled, recipe.publish)
    found: Rows = defaultdict(list)
    for part in tables.parts(workspace, recipe, settled, cluster_of, private=private):
        found[part.config] += [row | {"split": part.split} for _, row in part.rows]
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Recipe]:
    """A finished workspace that nobody changes."""
    return worlds.finished(tmp_path_factory.mktemp("world"), types=3)


@pytest.fixture(scope="module")
def rows(world: tuple[Workspace, Recipe]) -> Rows:
    """Its public rows."""
    return _rows(*world)


def test_every_config_has_its_columns_and_its_rows_by_key(world: tuple[Workspace, Recipe]) -> None:
    workspace, recipe = world
    settled = outcomes(workspace, recipe)
    cluster_of = clusters.of(workspace, settled, recipe.publish)
    counted: dict[str, int] = defaultdict(int)
    for part in tables.parts(workspace, recipe, settled, cluster_of):
        keyed = list(part.rows)
        assert [key for key, _ in keyed] == sorted(key for key, _ in keyed), part.config
        assert all(
            list(row) != [] and row.keys() == set(SCHEMAS[part.config].names) for _, row in keyed
        )
        counted[part.config] += len(keyed)
    assert counted == {
        "pairs": 9, "anchors": 3, "spuriverse": 3, "controls": 12, "candidates": 7, "annotations": 30,
        "responses": 108,
    }  # fmt: skip


def test_images_are_named_by_their_hash_and_not_loaded(
    rows: Rows, world: tuple[Workspace, Recipe]
) -> None:
    row = rows["pairs"][0]
    assert row["image_with"] == row["image_with_sha256"]
    assert world[0].image_bytes(row["image_with"])[:4] == b"\x89PNG"


def test_the_answer_moves_on_by_one_letter_from_pair_to_pair(rows: Rows) -> None:
    for anchor in rows["anchors"]:
        of = {
            row["index"]: row["answer_index"]
            for row in rows["pairs"]
            if row["type"] == anchor["type"]
        }
        assert of == {index: (anchor["answer_index"] + index) % 4 for index in of}


def test_options_answer_and_linked_option_move_together(rows: Rows) -> None:
    for row in [*rows["pairs"], *rows["anchors"]]:
        assert row["choices"][row["answer_index"]] == row["answer"]
        assert row["choices"][row["cue_linked_index"]] == row["cue_linked"]
    assert all(row["choices"][row["answer_index"]] == row["answer"] for row in rows["controls"])


def test_a_response_chose_what_the_pair_s_row_shows_there(
    rows: Rows, world: tuple[Workspace, Recipe]
) -> None:
    chosen = {one.key: one for one in world[0].records(Response)}
    types = {one.key: one for one in world[0].records(CueType)}
    pairs = {row["id"]: row for row in rows["pairs"]}
    published = [row for row in rows["responses"] if row["published"]]
    assert len(published) == 9 * 3 * 2
    for row in published:
        pair, one = pairs[row["pair"]], chosen[row["id"]]
        assert (
            pair["choices"][row["chosen"]]
            == row["option"]
            == types[one.type].choices[one.chosen or 0]
        )
        assert (row["chosen"] == pair["answer_index"]) == row["correct"]
        shown_first = types[one.type].choices[one.rotation]
        assert pair["choices"][row["rotation"]] == shown_first, (
            "the rotation starts where the model's did"
        )


def test_the_wide_table_is_the_anchor_s_with_its_images_with_the_cue(rows: Rows) -> None:
    anchors = {row["type"]: row for row in rows["anchors"]}
    for row in rows["spuriverse"]:
        anchor = anchors[row["type"]]
        assert [row[letter] for letter in "ABCD"] == anchor["choices"]
        assert row[row["answer"]] == anchor["answer"]
        group = [row[f"spurious_group_{number}"] for number in range(1, 11)]
        made = [pair["image_with"] for pair in rows["pairs"] if pair["type"] == row["type"]]
        assert group == made + [None] * 7
        assert (row["image_id"], row["split"]) == (anchor["question_id"], anchor["split"])


def test_every_image_has_a_licence_and_every_row_the_canary(
    rows: Rows, world: tuple[Workspace, Recipe]
) -> None:
    assert {(row["license"], row["attribution"]) for row in rows["pairs"]} == {
        ("cc-by-4.0", worlds.GENERATOR)
    }
    theirs = {(row["license"], row["attribution"]) for row in [*rows["anchors"], *rows["controls"]]}
    assert theirs == {("cc0-1.0", "the proving ground of Spuriforge")}
    marked = [
        row for config in ("pairs", "anchors", "controls", "spuriverse") for row in rows[config]
    ]
    assert {row["canary"] for row in marked} == {canary("tiny")}
    assert canary("tiny") != canary("other")
    edited = replace(world[0].records(Pair)[0], source_image=world[0].records(Sample)[0].image)
    said = Licences.of(*world).of_pair(edited)
    assert said["license"] == "cc0-1.0"
    assert said["attribution"] == f"the proving ground of Spuriforge; changed by {worlds.GENERATOR}"


def test_one_benchmark_with_two_licences_is_refused(tmp_path: Path) -> None:
    recipe = worlds.recipe(tmp_path)
    (one,) = recipe.benchmarks
    both = recipe.model_copy(
        update={"benchmarks": (one, one.model_copy(update={"license": "cc-by-4.0"}))}
    )
    with pytest.raises(ValueError, match="'proving-ground' and differ"):
        Licences.of(Workspace(tmp_path / "workspace"), both)


def test_an_inpainted_pair_names_its_box(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    painted = [replace(pair, box=(0.0, 0.25, 0.5, 0.75)) for pair in workspace.records(Pair)]
    worlds.forget(workspace, "pairs")
    workspace.append(painted)
    assert {tuple(row["box"]) for row in _rows(workspace, recipe)["pairs"]} == {
        (0.0, 0.25, 0.5, 0.75)
    }


# --- withheld -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Rows, Rows]:
    """A workspace of three types and clean samples, some of it withheld: public and private rows."""
    workspace, _ = worlds.finished(folder := tmp_path_factory.mktemp("withheld"), types=3)
    judged = workspace.records(Judgment)[0]
    workspace.append(
        [replace(judged, key="own words", cue="striped umbrellas", subject="a control")]
    )
    settings: dict[str, float] = {"private": 0.4, "controls_per_type": 1}
    recipe = worlds.recipe(folder, **settings)
    return workspace, _rows(workspace, recipe), _rows(workspace, recipe, private=True)


def test_public_and_private_share_nothing_and_together_are_all(
    halves: tuple[Workspace, Rows, Rows],
) -> None:
    workspace, public, private = halves
    for config, of in (
        ("pairs", Pair),
        ("candidates", Candidate),
        ("annotations", Judgment),
        ("responses", Response),
    ):
        ids = [{row["id"] for row in found[config]} for found in (public, private)]
        assert all(ids), config
        assert not ids[0] & ids[1], config
        assert sum(map(len, ids)) == (9 if of is Pair else len(workspace.keys(of))), config
    assert {
        row["split"] for config in ("pairs", "anchors", "controls") for row in private[config]
    } == {"private"}
    assert {row["split"] for row in private["responses"]} == {"full"}


def test_no_public_row_names_a_withheld_cue_or_image(halves: tuple[Workspace, Rows, Rows]) -> None:
    _, public, private = halves
    cues = {row["cue"] for row in private["anchors"]}
    said = {row["cue"] for config in ("pairs", "anchors", "candidates") for row in public[config]}
    assert cues
    assert not cues & said
    images = [
        {row["image"] for config in ("anchors", "controls") for row in found[config]}
        for found in halves[1:]
    ]
    assert not images[0] & images[1]


def test_somebody_s_own_words_for_a_withheld_cue_are_withheld_too(
    halves: tuple[Workspace, Rows, Rows],
) -> None:
    _, public, private = halves
    withheld = "umbrella" in {row["cluster"] for row in private["anchors"]}
    assert [
        row["cue"] for row in (private if withheld else public)["annotations"] if row["cue"]
    ] == ["striped umbrellas"]


def test_keys_order_rows_so_a_new_type_moves_no_other(
    world: tuple[Workspace, Recipe], rows: Rows
) -> None:
    assert [row["id"] for row in rows["candidates"]] == sorted(world[0].keys(Candidate))
    assert key_of("type", 0) in {row["type"] for row in rows["anchors"]}
