"""`spuriforge evaluate`: a leaderboard of models on a release."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..home import HOME
from .options import ReleasePath

#: Typer takes a list of choices as an enumeration only.
Style = StrEnum("Style", ["direct", "chain-of-thought", "spurious-aware"])
Config = StrEnum("Config", ["anchors", "pairs", "controls"])


def evaluate(
    release: ReleasePath,
    model: Annotated[
        list[str] | None,
        typer.Option(help="A folder, a preset or a Hub id; NAME=... names it; can be repeated."),
    ] = None,
    models_file: Annotated[
        Path | None, typer.Option(help="A TOML file with [[models]] as a recipe has them.")
    ] = None,
    prompt: Annotated[
        list[Style] | None,
        typer.Option(help="A prompt style; can be repeated; left out, each model's own."),
    ] = None,
    rotations: Annotated[
        int, typer.Option(help="In how many orders the options are shown.", min=1)
    ] = 1,
    blind: Annotated[bool, typer.Option(help="Ask without the image as well.")] = True,
    config: Annotated[
        list[Config] | None, typer.Option(help="What is asked; can be repeated; left out, all.")
    ] = None,
    split: Annotated[
        Literal["all", "train", "validation", "test"], typer.Option(help="Which split is asked.")
    ] = "all",
    out: Annotated[
        Path | None, typer.Option(help="Where the leaderboard goes; left out, beside the answers.")
    ] = None,
    workspace: Annotated[
        str | None, typer.Option(help="Where the answers are kept; left out, runs/evaluate-NAME.")
    ] = None,
    limit_types: Annotated[
        int | None, typer.Option(help="Ask about this many types only, to try it out.", min=1)
    ] = None,
    publish_answers: Annotated[
        bool,
        typer.Option(
            "--publish-answers", help="Write responses.parquet with every raw answer, too."
        ),
    ] = False,
) -> None:
    """Ask models a release's questions, and write a leaderboard with intervals and comparisons."""
    from spuriforge.pipeline import model_names

    from ..terminal import evaluation

    folder = evaluation.run(
        release,
        model_names.models_of(model or [], models_file),
        HOME,
        workspace=workspace,
        prompts=tuple(map(str, dict.fromkeys(prompt or ()))),
        configs=tuple(map(str, dict.fromkeys(config or Config))),
        rotations=rotations,
        blind=blind,
        split=split,
        out=out,
        limit_types=limit_types,
        publish_answers=publish_answers,
    )
    evaluation.show(folder)
