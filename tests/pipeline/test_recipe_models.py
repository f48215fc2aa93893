"""A model's table fits one backend, and a model's version changes with its weights."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from spuriforge.pipeline.recipe_models import EndpointModel, Model, TransformersModel, version_of


def _model(**settings: object) -> Any:
    return TypeAdapter(Model).validate_python({"name": "m", **settings})


def test_the_backend_decides_what_a_table_is() -> None:
    assert isinstance(_model(path="org/m"), TransformersModel)
    assert isinstance(_model(backend="endpoint", preset="gpt-4o"), EndpointModel)
    assert _model(backend="published").id == "m@published"
    model = TransformersModel(name="m", path="org/m")
    assert TypeAdapter(Model).validate_python(model) is model


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": "gpt-4o"}, 'a model with preset needs backend = "endpoint"'),
        ({"url": "http://127.0.0.1:1/v1"}, 'a model with url needs backend = "endpoint"'),
        (
            {"backend": "endpoint", "path": "org/m"},
            'a model with path needs backend = "transformers"',
        ),
        (
            {"backend": "vllm", "path": "org/m"},
            "there is no backend 'vllm'; a model with path needs backend = \"transformers\"",
        ),
        ({}, "a model needs a backend. There are transformers"),
    ],
)
def test_a_backend_that_does_not_fit_names_the_one_that_does(
    settings: dict[str, str], message: str
) -> None:
    with pytest.raises(
        ValidationError, match=r"There are transformers .*endpoint .*published"
    ) as caught:
        _model(**settings)
    assert message in str(caught.value)


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
