"""Prompts keep a benchmark's texts unchanged, and their versions tell what can change an answer."""

from typing import Any, get_args

import pytest

from spuriforge.pipeline.lvlm import prompts
from spuriforge.pipeline.recipe_models import (
    EndpointModel,
    PublishedModel,
    Style,
    TransformersModel,
)


def _transformers(**changes: Any) -> TransformersModel:
    return TransformersModel(**{"name": "local", "path": "/nowhere", **changes})


def _endpoint(**changes: Any) -> EndpointModel:
    settings = {"name": "remote", "model": "m", "url": "https://host.invalid/v1"}
    return EndpointModel(backend="endpoint", **{**settings, **changes})


def test_every_style_of_a_recipe_has_its_prompt_and_its_limit() -> None:
    assert set(prompts.STYLES) == set(prompts.MAX_TOKENS) == set(get_args(Style))
    for template in prompts.STYLES.values():
        assert template.count("{question}") == template.count("{options}") == 1


def test_options_are_lettered_in_their_order() -> None:
    assert prompts.render("{question}\n{options}\nSo?", "Which?", ("bus", "train", "boat")) == (
        "Which?\nA. bus\nB. train\nC. boat\nSo?"
    )


def test_texts_with_braces_stay_as_they_are() -> None:
    text = prompts.render(prompts.DIRECT, "Is {options} a {question}?", ("{0}", "{question}"))
    assert text.startswith("Is {options} a {question}?\nA. {0}\nB. {question}\nAnswer with")


@pytest.mark.parametrize("count", [0, 1, 11])
def test_a_question_has_two_to_ten_options(count: int) -> None:
    with pytest.raises(ValueError, match=f"two to 10 options; this one has {count}"):
        prompts.render(prompts.DIRECT, "Which?", ("bus",) * count)


@pytest.mark.parametrize("count", [2, 10])
def test_as_many_options_as_there_are_letters_fit(count: int) -> None:
    choices = tuple(f"option {number}" for number in range(count))
    text = prompts.render(prompts.DIRECT, "Which?", choices)
    assert f"\n{'ABCDEFGHIJ'[count - 1]}. option {count - 1}\n" in text


def test_another_wording_is_another_version() -> None:
    assert prompts.version(prompts.DIRECT) == prompts.version(prompts.DIRECT)
    versions = {prompts.version(template) for template in prompts.STYLES.values()}
    assert len(versions | {prompts.version(prompts.DIRECT + " ")}) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 1.0},
        {"max_tokens": 7},
        {"image_side": 4},
        {"image_format": "png"},
        {"prompt": "spurious-aware"},
    ],
)
def test_what_can_change_an_endpoints_answer_changes_the_version(change: dict[str, Any]) -> None:
    assert prompts.version_for(_endpoint(**change)) != prompts.version_for(_endpoint())


def test_what_cannot_change_an_answer_leaves_the_version() -> None:
    slow = _endpoint(concurrency=1, timeout=1.0, price_in=3.0)
    assert prompts.version_for(slow) == prompts.version_for(_endpoint())
    small = _transformers(batch_size=1)
    assert prompts.version_for(small) == prompts.version_for(_transformers())


def test_local_models_differ_by_how_they_answer() -> None:
    written = _transformers(answer_by="generate")
    reasoned = _transformers(answer_by="generate", prompt="chain-of-thought")
    models = (_transformers(), written, reasoned, _endpoint())
    assert len({prompts.version_for(model) for model in models}) == 4


def test_published_answers_have_a_version_of_their_own() -> None:
    published = PublishedModel(name="old", backend="published")
    assert prompts.version_for(published) == prompts.PUBLISHED
    assert prompts.version_for(_transformers()) != prompts.PUBLISHED
