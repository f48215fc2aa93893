"""The prompts of a run as a release publishes them: name -> text and version.

used(recipe)["direct"]      # {"text": "{question}\\n{options}\\n...", "version": "9f1c..."}
"""

from ...gate import VQA_QUESTION
from ...imagegen import EDIT_INSTRUCTION
from ...lvlm import form_prompts, prompts
from ...recipe import PublishedModel, Recipe


def used(recipe: Recipe) -> dict[str, dict[str, str]]:
    """Returns every prompt that a recipe's stages send to a model."""
    texts: dict[str, str] = {
        model.prompt: prompts.STYLES[model.prompt]
        for model in recipe.models
        if not isinstance(model, PublishedModel)
    }
    if "judge" in recipe.screen.by:
        texts["judge"] = form_prompts.JUDGE
    if recipe.describe.by == "lvlm":
        texts["describe"] = form_prompts.DESCRIBE
    if recipe.describe.by == "template":
        texts |= {
            "describe with": recipe.describe.template_with,
            "describe without": recipe.describe.template_without,
        }
    if "edit" in recipe.generate.routes:
        texts["edit"] = EDIT_INSTRUCTION
    if recipe.gate.vqa:
        texts["gate"] = VQA_QUESTION
    return {
        name: {"text": text, "version": prompts.version(text)}
        for name, text in sorted(texts.items())
    }
