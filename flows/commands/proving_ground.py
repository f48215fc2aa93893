"""`spuriforge proving-ground`: the small world in which every shortcut is known."""

from pathlib import Path
from typing import Annotated

import typer

proving_ground_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The small world in which every shortcut is known.",
)

World = Annotated[
    Path | None, typer.Option(help="A folder that `train` wrote; left out, the shipped models.")
]


@proving_ground_app.command()
def train(
    shortcuts: Annotated[Path, typer.Option(help="Which shortcuts to plant, a TOML file.")],
    out: Annotated[Path, typer.Option(help="The folder for the models and their recipe.toml.")],
    seed: Annotated[int, typer.Option(help="Seed of the training.")] = 0,
) -> None:
    """Train LVLMs that take shortcuts of your choice, and write their recipe (20 to 45 minutes)."""
    if not shortcuts.is_file():
        raise ValueError(
            f"There is no shortcut file at {shortcuts}; data/proving_ground/shortcuts.toml is one."
        )
    from spuriforge.data.proving_ground.benchmark import write_recipe
    from spuriforge.data.proving_ground.train_lvlm import train_all

    train_all(shortcuts, out, seed=seed)
    typer.echo(f"Trained. Next: spuriforge run {write_recipe(out)}")


@proving_ground_app.command()
def measure(world: World = None) -> None:
    """Measure the models by intervention, and print the tables (minutes)."""
    from ..terminal import proving_ground

    for line in proving_ground.measure(world):
        typer.echo(line)


@proving_ground_app.command()
def show(
    out: Annotated[Path, typer.Option(help="The PNG to write.")] = Path("proving-ground.png"),
    seed: Annotated[int, typer.Option(help="Seed of the scenes.")] = 0,
) -> None:
    """Draw a grid of scenes into a PNG."""
    from ..terminal import proving_ground

    typer.echo(proving_ground.show(out, seed))


@proving_ground_app.command()
def export(
    out: Annotated[
        Path, typer.Option(help="The folder for the questions, the images and a recipe.")
    ] = Path("example"),
    questions: Annotated[int, typer.Option(help="How many questions.", min=1)] = 2400,
    world: World = None,
) -> None:
    """Write questions, images and a recipe as if they were your own data."""
    from ..terminal import proving_ground

    recipe = proving_ground.export(out, world, questions)
    source = out / "questions.csv"
    typer.echo(f"Written. Next: spuriforge audit {source}, then spuriforge run {recipe}")
