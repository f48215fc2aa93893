"""A recipe is complete, typed and says in one sentence what is wrong with it."""

import re
from pathlib import Path

import pytest

from spuriforge.pipeline.recipe import EndpointModel, Recipe, version_of

SHIPPED = Path(__file__).parents[2] / "flows" / "recipes" / "proving_ground.toml"


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "recipe.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_the_shipped_recipe_is_valid_and_its_paths_are_absolute() -> None:
    recipe = Recipe.load(SHIPPED)
    assert Path(recipe.models[0].path).is_absolute()


@pytest.mark.parametrize("path", sorted(SHIPPED.parent.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_recipe_is_valid_and_none_holds_a_key(path: Path) -> None:
    recipe = Recipe.load(path)
    assert recipe.verifiers
    assert not re.search(r"sk-|api_key\s*=", path.read_text(encoding="utf-8"))


def test_the_papers_recipe_is_its_process_and_the_strict_one_is_ours() -> None:
    paper, strict = (
        Recipe.load(SHIPPED.with_name(f"{name}.toml")) for name in ("spuriverse", "strict")
    )
    assert [one.title for one in paper.benchmarks] == [one.title for one in strict.benchmarks] == [
        "a-okvqa", "seed-bench", "seed-bench-2", "naturalbench",
    ]  # fmt: skip
    assert [model.name for model in paper.mined] == ["gpt-4o"]
    assert {model.name for model in paper.verifiers} == {
        "gpt-4o",
        "gemini-2.0-flash",
        "qwen-vl-max",
    }
    assert (paper.verify.rule, strict.verify.rule) == ("threshold", "test")
    assert (paper.mine.rotations, strict.mine.rotations) == (1, 4)


def test_the_key_of_one_vendor_is_not_sent_to_another_host() -> None:
    model = EndpointModel(
        name="m", backend="endpoint", preset="gpt-4o", url="http://127.0.0.1:1/v1"
    )
    assert (model.key_variable, model.price_in, model.model) == (None, None, "gpt-4o-2024-08-06")


def test_a_model_trained_anew_in_the_same_folder_is_another_version(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = version_of(str(tmp_path), None)
    (tmp_path / "README.md").write_text("a card")
    version_of.cache_clear()
    assert version_of(str(tmp_path), None) == first
    version_of.cache_clear()
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert version_of(str(tmp_path), None) != first
    assert version_of(str(tmp_path), "v1") == "v1"
    assert version_of("hub/name", None) == "main"


def test_a_folder_stands_for_the_recipe_in_it(tmp_path: Path) -> None:
    _changed(tmp_path, "seed = 0", "seed = 5")
    assert Recipe.load(tmp_path).run.seed == 5


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "questions = 4800",
            "question = 4800",
            "benchmarks.0.question: Extra inputs are not permitted",
        ),
        (
            "questions = 4800",
            "questions = 0",
            "benchmarks.0.questions: Input should be greater than or equal to 1",
        ),
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
        ("[publish]", "[budget]\neuros = 3\n[publish]", "budget.euros: Extra inputs"),
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
