"""A plan's figures follow from the recipe, the number of questions, and the yields."""

from pathlib import Path

import pytest

from spuriforge.pipeline.plan import plan, total
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.stage_yields import Yield, yields
from spuriforge.pipeline.workspace import Workspace
from tests import worlds

ENDPOINT = {
    "name": "far",
    "backend": "endpoint",
    "url": "http://127.0.0.1:1/v1",
    "model": "far-1",
    "price_in": 2.0,
    "price_out": 8.0,
}


def _recipe(folder: Path, **changes: object) -> Recipe:
    raw = worlds.recipe(folder).model_dump(mode="json")
    return Recipe.model_validate({**raw, **changes})


def _assumed(recipe: Recipe) -> dict[str, Yield]:
    return yields(Workspace(recipe.run.workspace), recipe.plan)


def test_an_endpoint_takes_calls_tokens_and_currency(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, models=[ENDPOINT], mine={"rotations": 3})
    needs = {
        need.stage: need
        for need in plan(recipe, samples=1000, choices=2.0, yields=_assumed(recipe))
    }
    mining = needs["mine far"]
    assert mining.calls == 2000  # two options have two rotations
    assert mining.tokens_in == 2000 * (800 + 90)
    assert mining.cost == pytest.approx((mining.tokens_in * 2.0 + mining.tokens_out * 8.0) / 1e6)
    assert needs["mine far blind"].calls == 150 * 2
    assert needs["mine far blind"].tokens_in == 300 * 90


def test_a_price_that_is_not_known_is_not_free(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, models=[{**ENDPOINT, "price_out": None}])
    needs = plan(recipe, samples=10, choices=4.0, yields=_assumed(recipe))
    assert next(need for need in needs if need.stage == "mine far").cost is None
    assert total(needs).cost is None


def test_a_model_of_this_machine_takes_its_time(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, plan={"seconds_per_answer": 3.6, "price_per_hour": 2.0})
    mining = plan(recipe, samples=1000, choices=4.0, yields=_assumed(recipe))[1]
    assert (mining.calls, mining.device_hours, mining.cost) == (
        4000,
        pytest.approx(4.0),
        pytest.approx(8.0),
    )


def test_pairs_that_the_gate_will_reject_are_planned_for(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, plan={"gate_yield": 0.5, "types": 10, "cue_acceptance": 0.5})
    needs = {
        need.stage: need
        for need in plan(recipe, samples=1000, choices=4.0, yields=_assumed(recipe))
    }
    kept = 10 * (12 + 13)  # ten types, five of each of two models, are accepted
    assert needs["generate"].images == 2 * kept * 3
    assert total(list(needs.values())).images == needs["generate"].images
