"""The models that words on the command line stand for.

    models_of(["gpt-4o", "fixed=runs/mine/model"], None)      # a preset, and a folder under a name

A word is a folder, a preset or a Hub id; NAME=... gives it another name. A file of models, or a
recipe, can say more of each model: device, batch size, prices.
"""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from .presets import presets
from .recipe_errors import explain
from .recipe_models import (
    EndpointModel,
    ModelList,
    PublishedModel,
    TransformersModel,
)

#: A model that can be asked.
AskedModel = TransformersModel | EndpointModel
#: What a recipe takes as a model's name.
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"


def model_of(text: str) -> AskedModel:
    """The model that a word stands for; ValueError says what it could be."""
    name, _, what = text.rpartition("=")
    what = what.rstrip("/")
    if name and not re.fullmatch(NAME, name):
        raise ValueError(
            f"--model {text!r}: a name has letters, digits, dots, dashes and underscores only."
        )
    if what in presets():
        return EndpointModel(name=name or what, backend="endpoint", preset=what)
    path, _, revision = what.partition("@")
    if what and Path(what).is_dir():
        path, revision = what, ""
    elif not re.fullmatch(r"[\w.-]+/[\w.-]+", path):
        raise ValueError(
            f"--model {text!r} is no folder, no preset (`spuriforge models` lists them) and no Hub "
            "id like org/model."
        )
    own_name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(path).resolve().name).lstrip("._-")
    return TransformersModel(name=name or own_name or "model", path=path, revision=revision or None)


def trainable(text: str) -> TransformersModel:
    """The model that a word stands for; ValueError where it cannot be trained."""
    model = model_of(text)
    if not isinstance(model, TransformersModel):
        raise ValueError(
            f"--model {text!r} is an endpoint: only a model on this machine can be trained."
        )
    return model


def models_of(words: Sequence[str], file: Path | None) -> tuple[AskedModel, ...]:
    """All models that a command names; ValueError if there are none, or two of the same name."""
    models = [*(from_file(file) if file else []), *map(model_of, words)]
    if not models:
        raise ValueError(
            "Say which models to evaluate: --model FOLDER, PRESET or HUB-ID, or --models-file FILE."
        )
    names = [model.name for model in models]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"Two models are called {', '.join(twice)}: give one another name, as --model "
            "NAME=FOLDER."
        )
    return tuple(models)


def from_file(file: Path) -> list[AskedModel]:
    """The [[models]] of a file or recipe that can be asked; paths are relative to its folder."""
    if not file.is_file():
        raise ValueError(f"There is no file of models at {file}.")
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        models = ModelList.model_validate(raw).models
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} is not valid TOML: {error}.") from None
    except ValidationError as error:
        raise ValueError(f"{file}: {explain(error, ModelList)}") from None
    asked = [model for model in models if not isinstance(model, PublishedModel)]
    return [_resolved(model, file.parent) for model in asked]


def _resolved(model: AskedModel, folder: Path) -> AskedModel:
    if isinstance(model, TransformersModel) and model.path.startswith((".", "/")):
        return model.model_copy(update={"path": str((folder / model.path).resolve())})
    return model
