"""Models as a command names them: a folder, a preset, a Hub id, or a file that says more."""

from pathlib import Path

import pytest

from spuriforge.pipeline import model_names
from spuriforge.pipeline.recipe_models import EndpointModel, TransformersModel


def test_a_word_names_a_folder_a_preset_or_a_hub_id(tmp_path: Path) -> None:
    (tmp_path / "my model").mkdir()
    folder = model_names.model_of(f"{tmp_path}/my model/")
    assert (folder.name, folder.path) == ("my-model", f"{tmp_path}/my model")  # type: ignore[union-attr]
    assert model_names.model_of(f"tuned={tmp_path}").name == "tuned"
    preset = model_names.model_of("gpt-4o")
    assert isinstance(preset, EndpointModel)
    assert preset.url.startswith("https://")
    hub = model_names.model_of("org/model@abc")
    assert isinstance(hub, TransformersModel)
    assert (hub.name, hub.path, hub.revision) == ("model", "org/model", "abc")


@pytest.mark.parametrize("word", ["gpt-nothing", "a b=gpt-4o", "/nowhere/at/all", ""])
def test_what_names_nothing_is_an_error_of_one_line(word: str) -> None:
    with pytest.raises(ValueError, match="--model") as error:
        model_names.model_of(word)
    assert str(error.value).count("\n") == 0


def test_a_file_of_models_or_a_recipe_says_more_of_each(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text(
        '[[models]]\nname = "a"\npath = "./a"\ndtype = "bfloat16"\n'
        '[[models]]\nname = "p"\nbackend = "published"\n'
        '[[models]]\nname = "b"\nbackend = "endpoint"\nurl = "http://127.0.0.1:1/v1"\nmodel = "m"\n'
    )
    models = model_names.models_of(["gpt-4o"], file)
    assert [model.id.partition("@")[0] for model in models] == ["a", "b", "gpt-4o"]
    assert models[0].path == str(tmp_path / "a")  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="Two models are called a"):
        model_names.models_of([f"a={tmp_path}"], file)
    file.write_text('[[models]]\nname = "a"\npath = "./a"\nbatch = 3\n')
    with pytest.raises(
        ValueError,
        match=r"models\.toml: models\.0\.batch: there is no such setting; did you mean batch_size",
    ):
        model_names.models_of([], file)
    with pytest.raises(ValueError, match="Say which models"):
        model_names.models_of([], None)


def test_an_endpoint_cannot_be_trained(tmp_path: Path) -> None:
    model = model_names.trainable(f"mine={tmp_path}")
    assert (model.name, model.path, model.revision) == ("mine", str(tmp_path), None)
    with pytest.raises(ValueError, match="is an endpoint"):
        model_names.trainable("gpt-4o")
