"""A run of one's own: the derived recipe is the same run with one human annotator and folders of
its own.
"""

from pathlib import Path

import pytest

from spuriforge.flows.terminal.own_judgments import recipe_of_me, to_toml
from spuriforge.pipeline.recipe import Recipe

DEMO = Path(__file__).parents[3] / "flows" / "recipes" / "proving_ground.toml"


#: The model of unlearn.toml is a folder that its reader has to fill in.
COMPLETE = sorted(path for path in DEMO.parent.glob("*.toml") if path.stem != "unlearn")


@pytest.mark.parametrize("path", COMPLETE, ids=lambda path: path.stem)
def test_a_recipe_written_loads_as_the_same_recipe(path: Path, tmp_path: Path) -> None:
    recipe = Recipe.load(path)
    (tmp_path / "recipe.toml").write_text(to_toml(recipe), encoding="utf-8")
    assert Recipe.load(tmp_path) == recipe


def test_scripted_and_human_judgments_never_mix(tmp_path: Path) -> None:
    demo, mine = Recipe.load(DEMO), Recipe.load(recipe_of_me(DEMO, tmp_path))
    assert (mine.annotate.by, mine.annotate.annotators, mine.annotate.overlap) == (
        "people",
        ("me",),
        1,
    )
    assert (mine.annotate.gold_rate, mine.annotate.previews) == (
        demo.annotate.gold_rate,
        demo.annotate.previews,
    )
    assert mine.run.workspace == f"{demo.run.workspace}-me"
    assert mine.publish.folder == f"{demo.publish.folder}-me"
    assert (mine.models, mine.generate, mine.verify) == (demo.models, demo.generate, demo.verify)
