"""A recipe error names the setting and what was probably meant."""

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.recipe_errors import explain
from spuriforge.pipeline.recipe_sections import Category

SHIPPED = Path(__file__).parents[2] / "flows" / "recipes" / "proving_ground.toml"


def _mistakes(old: str, new: str) -> str:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ValidationError) as caught:
        Recipe.model_validate(tomllib.loads(text.replace(old, new, 1)))
    return explain(caught.value, Recipe)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 0", "sede = 0", "run.sede: there is no such setting; did you mean seed?"),
        (
            "[gate]",
            "batch = 3\n[gate]",
            "generate.batch: there is no such setting; did you mean batch_size?",
        ),
        ("[annotate]", "[anotate]", "anotate: there is no such setting; did you mean annotate?"),
        (
            "questions = 4800",
            "question = 4800",
            "benchmarks.0.question: there is no such setting; did you mean questions?",
        ),
        (
            "tags =",
            "tag =",
            "screen.vocabulary.0.tags: this setting is required; "
            "screen.vocabulary.0.tag: there is no such setting; did you mean tags?",
        ),
        (
            "[mine]",
            "[mine]\nmax_failed = 0.2",
            "mine.max_failed: there is no such setting; did you mean run.max_failed?",
        ),
        (
            "[mine]",
            "[mine]\nxyz = 1",
            "mine.xyz: there is no such setting; there are rotations, min_share",
        ),
    ],
)
def test_an_unknown_key_suggests_the_right_key(old: str, new: str, message: str) -> None:
    assert _mistakes(old, new) == message


def test_an_unknown_kind_of_benchmark_suggests_the_nearest() -> None:
    message = _mistakes('kind = "proving-ground"', 'kind = "proving-grounds"')
    assert message == (
        "benchmarks.0.kind: there is no 'proving-grounds'; did you mean proving-ground?"
    )


def test_a_missing_kind_lists_all_kinds() -> None:
    message = _mistakes('kind = "proving-ground"\n', "")
    assert message.startswith(
        "benchmarks.0.kind: this setting is required; there are proving-ground,"
    )


def test_a_judge_without_a_backend_learns_which() -> None:
    message = _mistakes("[mine]", '[judge]\nname = "j"\npreset = "gpt-4o"\n[mine]')
    assert message == "judge.backend: this setting is required; there is endpoint"


def test_a_value_out_of_range_is_no_empty_list_of_benchmarks_as_well() -> None:
    message = _mistakes("questions = 4800", "questions = 0")
    assert message == "benchmarks.0.questions: Input should be greater than or equal to 1"


def test_an_empty_list_is_an_error() -> None:
    raw = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    with pytest.raises(ValidationError) as caught:
        Recipe.model_validate({**raw, "models": []})
    assert explain(caught.value, Recipe).startswith("models: ")


def test_a_section_alone_can_be_explained() -> None:
    with pytest.raises(ValidationError) as caught:
        Category.model_validate({"name": "place", "prompt": "{}", "tags": "a", "phrse": ""})
    message = explain(caught.value, Category)
    assert "phrase: this setting is required" in message
    assert "phrse: there is no such setting; did you mean phrase?" in message
