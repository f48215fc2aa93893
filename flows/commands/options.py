"""What several commands share: arguments, options, and loading a recipe. Imports nothing slow."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from spuriforge.pipeline.recipe import Recipe

RecipePath = Annotated[
    Path, typer.Argument(help="The run's recipe: a TOML file, or a folder with a recipe.toml.")
]
ReleasePath = Annotated[
    Path, typer.Argument(help="A release, or a folder of releases: then its latest.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def load(path: Path) -> "Recipe":
    """The recipe; ValueError says what is wrong with it."""
    from spuriforge.pipeline.recipe import Recipe

    return Recipe.load(path)


def print_json(value: object) -> None:
    """Prints JSON, and nothing else, on standard output."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False))
