"""The prompts that a run asked by, as a release publishes them: each by its name, with its text and
version.

used(recipe)["direct"]      # {"text": "{question}\\n{options}\\n...", "version": "9f1c..."}
"""

from ...gate import VQA_QUESTION
from ...imagegen import EDIT_INSTRUCTION
from ...lvlm import form_prompts, prompts
from ...recipe import PublishedModel, Recipe


def used(recipe: Recipe) -> dict[str, dict[str, str]]:
    """Every prompt that a recipe's stages put to a model."""
    texts: dict[str, str] = {
        one.prompt: prompts.STYLES[one.prompt]
        for one in recipe.models
        if not isinstance(one, PublishedModel)
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
