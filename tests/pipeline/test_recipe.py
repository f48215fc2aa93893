"""A recipe is complete, typed and says in one sentence what is wrong with it."""

import re
import tomllib
from pathlib import Path

import pytest

from spuriforge.pipeline.recipe import Recipe

SHIPPED = Path(__file__).parents[2] / "flows" / "recipes" / "proving_ground.toml"


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "recipe.toml"
    text = text.replace(old, new).replace("../../data", str(SHIPPED.parents[2] / "data"))
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_recipe_is_valid_and_its_paths_are_absolute() -> None:
    recipe = Recipe.load(SHIPPED)
    assert Path(recipe.models[0].path).is_absolute()


@pytest.mark.parametrize("path", sorted(SHIPPED.parent.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_recipe_is_valid_and_holds_no_key(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    recipe = Recipe.model_validate(tomllib.loads(text)).resolved(path.parent)
    missing = ["models.0.path: there is no model folder"] if path.stem == "unlearn" else []
    assert [phrase.rpartition(" ")[0] for phrase in recipe.missing_models()] == missing
    assert not re.search(r"sk-|api_key\s*=", text)


def test_a_model_folder_that_does_not_exist_is_told_when_the_recipe_is_read(tmp_path: Path) -> None:
    shipped = '"../../data/proving_ground/models/subject-a"'
    path = _changed(tmp_path, shipped, '"./nowhere"')
    with pytest.raises(
        ValueError, match=r"recipe\.toml: models\.0\.path: there is no model folder"
    ):
        Recipe.load(path)
    (tmp_path / "nowhere").mkdir()
    assert Recipe.load(path).models[0].path == str(tmp_path / "nowhere")
    assert Recipe.load(_changed(tmp_path, shipped, '"org/name"')).models[0].path == "org/name"


def test_every_folder_of_a_model_is_looked_for(tmp_path: Path) -> None:
    path = _changed(tmp_path, "../../data/proving_ground/models/clip", str(tmp_path / "clip"))
    with pytest.raises(ValueError, match=r"screen\.clip: .*/clip; gate\.clip: there is no model"):
        Recipe.load(path)


def test_the_papers_recipe_is_its_process_and_the_strict_one_is_ours() -> None:
    paper, strict = (
        Recipe.load(SHIPPED.with_name(f"{name}.toml")) for name in ("spuriverse", "strict")
    )
    titles = ["a-okvqa", "seed-bench", "seed-bench-2", "naturalbench"]
    assert [source.title for source in paper.benchmarks] == titles
    assert [source.title for source in strict.benchmarks] == titles
    assert [model.name for model in paper.mined] == ["gpt-4o"]
    assert {model.name for model in paper.verifiers} == {
        "gpt-4o",
        "gemini-2.0-flash",
        "qwen-vl-max",
    }
    assert (paper.verify.rule, strict.verify.rule) == ("threshold", "test")
    assert (paper.mine.rotations, strict.mine.rotations) == (1, 4)


def test_a_folder_stands_for_the_recipe_in_it(tmp_path: Path) -> None:
    _changed(tmp_path, "seed = 0", "seed = 5")
    assert Recipe.load(tmp_path).run.seed == 5


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("overlap = 3", "overlap = 4", "overlap is 4, but there are 3 annotators"),
        ("error_rates = [0.02, 0.05, 0.08]", "", "one error rate each"),
        ('name = "subject-b"', 'name = "subject-a"', "two models have the same name"),
        ("[gate]", "[gate", "not valid TOML"),
        (
            "[mine]",
            '[judge]\nname = "j"\nbackend = "endpoint"\npreset = "gpt-9"\n[mine]',
            "there is no preset 'gpt-9'",
        ),
        ('clip"\n\n[[screen', 'clip"\nby = ["judge"]\n\n[[screen', "a .judge. is needed"),
        ('name = "thing"', 'name = "open"', "a category cannot be called 'open'"),
        (
            "[verify]",
            "[verify]\n[describe]\ntemplate_with = '{colour}'",
            "a template names 'colour'",
        ),
        (
            "[publish]",
            "[budget]\neuros = 3\n[publish]",
            "recipe.toml: budget.euros: there is no such setting",
        ),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Recipe.load(_changed(tmp_path, old, new))


def test_no_recipe_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="There is no recipe at"):
        Recipe.load(tmp_path / "nowhere.toml")


def test_a_gate_may_not_be_a_model_under_test(tmp_path: Path) -> None:
    path = _changed(
        tmp_path,
        '[gate]\nclip = "../../data/proving_ground/models/clip"',
        '[gate]\nclip = "../../data/proving_ground/models/control"',
    )
    with pytest.raises(ValueError, match="a model under test cannot also be the gate's"):
        Recipe.load(path)


def test_a_study_is_of_a_model_that_can_be_trained(tmp_path: Path) -> None:
    studied = Recipe.load(SHIPPED).studied
    assert studied is not None
    assert studied.name == "subject-a"
    with pytest.raises(ValueError, match="no model of transformers here is called 'subject-c'"):
        Recipe.load(
            _changed(tmp_path, '[study]\nmodel = "subject-a"', '[study]\nmodel = "subject-c"')
        )
