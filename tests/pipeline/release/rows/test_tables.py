"""Parts of a release: columns, order, neutral names, and what is withheld."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from spuriforge.pipeline.records import Candidate, Judgment, Pair, Response, key_of
from spuriforge.pipeline.release.rows import clusters, tables
from spuriforge.pipeline.release.rows.columns import SCHEMAS
from spuriforge.pipeline.release.type_outcomes import outcomes
from spuriforge.pipeline.workspace import Workspace
from tests import worlds
from tests.pipeline.release.rows.conftest import Rows, World, rows_of


def test_every_config_has_its_columns_and_its_rows_by_key(world: World) -> None:
    workspace, recipe = world
    settled = outcomes(workspace, recipe)
    cluster_of = clusters.of(workspace, settled, recipe.publish)
    counts: dict[str, int] = defaultdict(int)
    for part in tables.parts(workspace, recipe, settled, cluster_of):
        keyed = list(part.rows)
        keys = [key for key, _ in keyed]
        assert keys == sorted(keys), part.config
        assert all(row.keys() == set(SCHEMAS[part.config].names) for _, row in keyed)
        counts[part.config] += len(keyed)
    assert counts == {
        "pairs": 9,
        "anchors": 3,
        "spuriverse": 3,
        "controls": 12,
        "candidates": 7,
        "annotations": 30,
        "responses": 108,
    }


def test_keys_order_rows_so_a_new_type_moves_no_other(world: World, rows: Rows) -> None:
    assert [row["id"] for row in rows["candidates"]] == sorted(world[0].keys(Candidate))
    assert key_of("type", 0) in {row["type"] for row in rows["anchors"]}


def test_neutral_names_follow_the_recipe_and_say_who_is_a_script(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    assert tables.pseudonyms(workspace, recipe) == {
        "Ada": "scripted-1",
        "Grace": "scripted-2",
        "Joan": "annotator-3",
    }
    judgment = workspace.records(Judgment)[0]
    workspace.append([replace(judgment, key="guest", annotator="Alan", scripted=False)])
    assert tables.pseudonyms(workspace, recipe)["Alan"] == "annotator-4"


# --- withheld -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Rows, Rows]:
    """A workspace of three types, a share of them withheld: its public and its private rows."""
    workspace, _ = worlds.finished(folder := tmp_path_factory.mktemp("withheld"), types=3)
    judgment = workspace.records(Judgment)[0]
    workspace.append(
        [replace(judgment, key="own words", cue="striped umbrellas", subject="a catch trial")]
    )
    settings: dict[str, float] = {"private": 0.4, "controls_per_type": 1}
    recipe = worlds.recipe(folder, **settings)
    return workspace, rows_of(workspace, recipe), rows_of(workspace, recipe, private=True)


def test_public_and_private_share_nothing_and_together_are_all(
    halves: tuple[Workspace, Rows, Rows],
) -> None:
    workspace, public, private = halves
    counts = {
        "pairs": 9,
        "candidates": len(workspace.keys(Candidate)),
        "annotations": len(workspace.keys(Judgment)),
        "responses": len(workspace.keys(Response)),
    }
    for config, count in counts.items():
        ids = [{row["id"] for row in half[config]} for half in (public, private)]
        assert all(ids), config
        assert not ids[0] & ids[1], config
        assert sum(map(len, ids)) == count, config
    splits = {row["split"] for name in ("pairs", "anchors", "controls") for row in private[name]}
    assert splits == {"private"}
    assert {row["split"] for row in private["responses"]} == {"full"}


def test_no_public_row_names_a_withheld_cue_or_image(halves: tuple[Workspace, Rows, Rows]) -> None:
    _, public, private = halves
    withheld = {row["cue"] for row in private["anchors"]}
    named = {row["cue"] for config in ("pairs", "anchors", "candidates") for row in public[config]}
    assert withheld
    assert not withheld & named
    images = [
        {row["image"] for config in ("anchors", "controls") for row in half[config]}
        for half in (public, private)
    ]
    assert not images[0] & images[1]


def test_somebody_s_own_words_for_a_withheld_cue_are_withheld_too(
    halves: tuple[Workspace, Rows, Rows],
) -> None:
    _, public, private = halves
    withheld = "umbrella" in {row["cluster"] for row in private["anchors"]}
    half = private if withheld else public
    assert [row["cue"] for row in half["annotations"] if row["cue"]] == ["striped umbrellas"]


def test_the_types_of_both_halves_are_all_types(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=3)
    recipe = worlds.recipe(tmp_path, private=0.4)
    settled = outcomes(workspace, recipe)
    cluster_of = clusters.of(workspace, settled, recipe.publish)
    halves = [
        tables.included_outcomes(settled, cluster_of, recipe, private=private)
        for private in (False, True)
    ]
    keys = [[outcome.type.key for outcome in half] for half in halves]
    assert all(half == sorted(half) for half in keys)
    assert sorted(keys[0] + keys[1]) == sorted(outcome.type.key for outcome in settled)
    assert len(workspace.keys(Pair)) == 18, "selection and release pairs of three types"
