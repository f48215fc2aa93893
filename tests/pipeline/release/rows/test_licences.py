"""Licence, attribution and canary of every image."""

from dataclasses import replace
from pathlib import Path

import pytest

from spuriforge.pipeline.records import Pair, Sample
from spuriforge.pipeline.release.rows.licences import Licences, canary
from spuriforge.pipeline.workspace import Workspace
from tests import worlds
from tests.pipeline.release.rows.conftest import Rows, World


def _terms(rows: Rows, *configs: str) -> set[tuple[str, str]]:
    return {(row["license"], row["attribution"]) for config in configs for row in rows[config]}


def test_every_image_has_a_licence_and_every_row_the_canary(rows: Rows) -> None:
    assert _terms(rows, "pairs") == {("cc-by-4.0", worlds.GENERATOR)}
    benchmark = ("cc0-1.0", "the proving ground of Spuriforge")
    assert _terms(rows, "anchors", "controls") == {benchmark}
    asking = ("pairs", "anchors", "controls", "spuriverse")
    assert {row["canary"] for config in asking for row in rows[config]} == {canary("tiny")}
    assert canary("tiny") != canary("other")


def test_an_edited_pair_stays_under_the_licence_of_its_original(world: World) -> None:
    pair, sample = world[0].records(Pair)[0], world[0].records(Sample)[0]
    columns = Licences.of(*world).of_pair(replace(pair, source_image=sample.image))
    assert columns["license"] == "cc0-1.0"
    attribution = f"the proving ground of Spuriforge; changed by {worlds.GENERATOR}"
    assert columns["attribution"] == attribution


def test_a_benchmark_with_two_licences_is_refused(tmp_path: Path) -> None:
    recipe = worlds.recipe(tmp_path)
    (benchmark,) = recipe.benchmarks
    other = benchmark.model_copy(update={"license": "cc-by-4.0"})
    both = recipe.model_copy(update={"benchmarks": (benchmark, other)})
    with pytest.raises(ValueError, match="'proving-ground' and differ"):
        Licences.of(Workspace(tmp_path / "workspace"), both)
