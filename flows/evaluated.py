"""`spuriforge evaluate`: what its options mean, and the server that the flow needs.

    models = models_of(["gpt-4o", "runs/mine/model"], None)
    show(run(Path("releases/demo"), models, Path(".spuriforge"), workspace=None, rotations=2))

A model is named by a folder, a preset or a Hub id; NAME=... gives it another name. A file of
models, or a recipe, says more of each: device, batch size, prices.
"""

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spuriforge.pipeline.presets import presets
from spuriforge.pipeline.recipe_models import (
    EndpointModel,
    Model,
    PublishedModel,
    TransformersModel,
)

from . import server

Asked = TransformersModel | EndpointModel
#: The figures that the terminal shows; the page has all.
SHOWN = ("with_cue", "without_cue", "gap", "controls")
#: What a recipe takes as a model's name.
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"


def named(text: str) -> Asked:
    """The model that a word on the command line stands for; ValueError with what it could be."""
    name, _, what = text.rpartition("=")
    what = what.rstrip("/")
    if name and not re.fullmatch(NAME, name):
        raise ValueError(
            f"--model {text!r}: a name is of letters, digits, dots, dashes and underscores."
        )
    if what in presets():
        return EndpointModel(name=name or what, backend="endpoint", preset=what)
    path, _, revision = what.partition("@")
    if what and Path(what).is_dir():
        path, revision = what, ""
    elif not re.fullmatch(r"[\w.-]+/[\w.-]+", path):
        raise ValueError(
            f"--model {text!r} is no folder, no preset (`spuriforge models` lists them) and no Hub "
            f"id like org/model."
        )
    own = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(path).resolve().name).lstrip("._-") or "model"
    return TransformersModel(name=name or own, path=path, revision=revision or None)


def from_file(file: Path) -> list[Asked]:
    """The [[models]] of a file or recipe that can be asked; relative paths are taken from its
    folder.
    """
    if not file.is_file():
        raise ValueError(f"There is no file of models at {file}.")
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8")).get("models", [])
        found = TypeAdapter(tuple[Model, ...]).validate_python(raw)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} is not valid TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in ("models", *first["loc"]))
        raise ValueError(f"{file}: {where}: {first['msg'].removeprefix('Value error, ')}") from None
    return [_there(one, file.parent) for one in found if not isinstance(one, PublishedModel)]


def _there(model: Asked, folder: Path) -> Asked:
    if isinstance(model, TransformersModel) and model.path.startswith((".", "/")):
        return model.model_copy(update={"path": str((folder / model.path).resolve())})
    return model


def models_of(words: Sequence[str], file: Path | None) -> tuple[Asked, ...]:
    """All models that a command names; ValueError where there is none, or two of one name."""
    found = [*(from_file(file) if file else []), *map(named, words)]
    if not found:
        raise ValueError(
            "Say which models to evaluate: --model FOLDER, PRESET or HUB-ID, or --models FILE.toml."
        )
    names = [one.name for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"Two models are called {', '.join(twice)}: give one another name, as --model "
            f"NAME=FOLDER."
        )
    return tuple(found)


def chosen(
    option: str, words: str | Sequence[str] | None, allowed: Sequence[str]
) -> tuple[str, ...]:
    """The words of an option, repeated or separated by commas; ValueError with what it takes."""
    given = words.split(",") if isinstance(words, str) else words or ()
    found = tuple(dict.fromkeys(word.strip() for word in given))
    unknown = [word for word in found if word not in allowed]
    if unknown:
        raise ValueError(
            f"{option} takes {', '.join(allowed)}; {', '.join(unknown) or 'nothing'} is none of "
            f"them."
        )
    return found


def run(
    release: Path,
    models: tuple[Asked, ...],
    home: Path,
    *,
    workspace: str | None,
    **options: Any,  # noqa: ANN401
) -> str:
    """Evaluates, and gives the leaderboard's folder; `options` are those of
    `flows.evaluate.Settings`.

    The answers are kept under runs/ by the release's name, whatever its version: the next version
    asks what is new.
    """
    from spuriforge.pipeline.evaluate.questions import open_release

    name = open_release(release).manifest["name"]  # a mistake in it is told before anything starts
    server.configure(home)
    with server.prefect_server(home) as prefect:
        from .evaluate import Settings, evaluate

        settings = Settings(
            release=release,
            models=models,
            workspace=workspace or f"runs/evaluate-{name}",
            **options,
        )
        prefect.wait()
        return evaluate(settings)


def show(folder: str) -> None:
    """Prints the leaderboard's first figures, and where the page is."""
    board = json.loads((Path(folder) / "leaderboard.json").read_text(encoding="utf-8"))
    table = Table(
        title=f"{board['release']} {board['version']}, split {board['split']}", title_justify="left"
    )
    for name in ("model", "prompt", *SHOWN):
        table.add_column(
            name.replace("_", " "), justify="left" if name in ("model", "prompt") else "right"
        )
    for one in board["entries"]:
        flag = {"selected": " †", "no": ""}.get(one["part"], " ‡")
        figures = [_interval(one["figures"].get(name)) for name in SHOWN]
        table.add_row(Text(one["model"].partition("@")[0] + flag), one["prompt"], *figures)
    console = Console()
    console.print(table)
    console.print(
        "† selected on these types   ‡ it, or another version of it, was asked when they were "
        "selected"
    )
    console.print(str(Path(folder) / "index.html"), soft_wrap=True, highlight=False, markup=False)


def _interval(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return "-"
    ends = "" if figure["low"] is None else f" ({figure['low']:.2f} to {figure['high']:.2f})"
    return f"{figure['value']:.2f}{ends}"
