"""A release publishes the prompts that its recipe sends, and no others."""

from pathlib import Path

from spuriforge.pipeline.gate import VQA_QUESTION
from spuriforge.pipeline.imagegen import EDIT_INSTRUCTION
from spuriforge.pipeline.lvlm import prompts
from spuriforge.pipeline.recipe import Recipe, TransformersModel
from spuriforge.pipeline.release.texts.prompts import used
from tests import worlds


def _with(recipe: Recipe, section: str, **changes: object) -> Recipe:
    changed = getattr(recipe, section).model_copy(update=changes)
    return recipe.model_copy(update={section: changed})


def test_a_recipe_s_own_prompts_are_published_with_their_versions(tmp_path: Path) -> None:
    published = used(worlds.recipe(tmp_path))
    assert list(published) == ["direct"]
    assert published["direct"] == {
        "text": prompts.DIRECT,
        "version": prompts.version(prompts.DIRECT),
    }


def test_each_stage_that_asks_a_model_adds_its_prompt(tmp_path: Path) -> None:
    recipe = worlds.recipe(tmp_path)
    recipe = _with(recipe, "screen", by=("association", "judge"))
    recipe = _with(recipe, "describe", by="lvlm")
    recipe = _with(recipe, "generate", routes=("edit",))
    recipe = _with(recipe, "gate", vqa=TransformersModel(name="vqa", path="/somewhere/vqa"))
    published = used(recipe)
    assert list(published) == ["describe", "direct", "edit", "gate", "judge"]
    assert published["edit"]["text"] == EDIT_INSTRUCTION
    assert published["gate"]["text"] == VQA_QUESTION
    assert len({prompt["version"] for prompt in published.values()}) == 5


def test_templates_are_prompts_too(tmp_path: Path) -> None:
    recipe = _with(worlds.recipe(tmp_path), "describe", by="template", template_with="near {cue}")
    published = used(recipe)
    assert published["describe with"]["text"] == "near {cue}"
    assert "describe without" in published
