"""Each model is loaded once a process, and all stages count on one meter."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spuriforge.flows import models
from spuriforge.pipeline.budget import BudgetReached
from spuriforge.pipeline.imagegen import Generator
from spuriforge.pipeline.lvlm.endpoint import EndpointLVLM
from spuriforge.pipeline.lvlm.interface import Query
from spuriforge.pipeline.lvlm.transformers_backend import TransformersLVLM
from spuriforge.pipeline.recipe import Budget, EndpointModel, Recipe, TransformersModel
from tests import worlds

FAR = EndpointModel(name="far", backend="endpoint", url="http://127.0.0.1:9/v1", model="far-1")
HERE = TransformersModel(name="here", path="/nowhere/here")


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """A recipe whose workspace holds what was asked about one type, with a limit on the cost."""
    recipe = worlds.finished(tmp_path, types=1)[1]
    return recipe.model_copy(update={"budget": Budget(cost=1.0)})


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """The settings of every model that is loaded; nothing is really loaded."""
    loads: list[object] = []

    def load(settings: object) -> object:
        loads.append(settings)
        return object()

    monkeypatch.setattr(TransformersLVLM, "load", load)
    monkeypatch.setattr(Generator, "load", load)
    monkeypatch.setattr(models, "one_thread_each", lambda: None)
    models.transformers_lvlm.cache_clear()
    yield loads
    models.transformers_lvlm.cache_clear()
    models._thread.__dict__.clear()


def test_the_meter_starts_with_the_records_and_is_one_for_all_stages(recipe: Recipe) -> None:
    meter = models.meter(recipe)
    assert meter.spent.images > 0
    meter.add(cost=0.25)
    assert models.meter(recipe) is meter
    assert models.meter(recipe).spent.cost == 0.25


def test_another_budget_is_counted_apart(recipe: Recipe) -> None:
    other = recipe.model_copy(update={"budget": Budget(cost=2.0)})
    assert models.meter(other) is not models.meter(recipe)
    assert models.meter(other).budget.cost == 2.0


def test_a_model_of_this_machine_is_loaded_once(recipe: Recipe, loads: list[object]) -> None:
    first = models.lvlm(HERE, recipe)
    assert models.lvlm(HERE, recipe) is first
    models.lvlm(HERE.model_copy(update={"revision": "v2"}), recipe)
    assert [getattr(settings, "revision", None) for settings in loads] == [None, "v2"]


def test_a_model_that_needs_the_memory_alone_is_loaded_anew(
    recipe: Recipe, loads: list[object]
) -> None:
    before = models.lvlm(HERE, recipe)
    other = models.alone(HERE.model_copy(update={"name": "other"}))
    assert other is not before
    assert models.lvlm(HERE, recipe) is not before
    assert len(loads) == 3


def test_an_endpoint_is_asked_within_the_budget(recipe: Recipe) -> None:
    far = models.lvlm(FAR, recipe)
    assert isinstance(far, EndpointLVLM)
    assert models.lvlm(FAR, recipe) is far
    models.meter(recipe).add(cost=5.0)
    with pytest.raises(BudgetReached, match=r"cost 5\.00 of 1\.00"):
        far.answer([Query("What colour?", ("red", "blue"), None)])
    far.close()


def test_each_thread_has_an_image_model_of_its_own(recipe: Recipe, loads: list[object]) -> None:
    ours = models.generator(recipe.generate)
    assert models.generator(recipe.generate) is ours
    with ThreadPoolExecutor(1) as pool:
        theirs = pool.submit(models.generator, recipe.generate).result()
    assert theirs is not ours
    assert loads == [recipe.generate, recipe.generate]
