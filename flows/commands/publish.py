"""`spuriforge publish`: a release of what is ready."""

from typing import Annotated, Literal

import typer

from ..home import HOME
from .options import RecipePath, load


def publish(
    recipe: RecipePath,
    bump: Annotated[
        Literal["minor", "major"] | None,
        typer.Option(
            help="Make the next version larger than what changed asks for; smaller is refused."
        ),
    ] = None,
) -> None:
    """Publish a release of what is verified and checked, to every place that the recipe names."""
    load(recipe)
    from .. import prefect_server

    prefect_server.configure(HOME)
    with prefect_server.prefect_server(HOME) as prefect:
        from ..publish import publish as flow

        prefect.wait()
        typer.echo(flow(str(recipe), bump))
