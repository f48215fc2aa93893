"""`spuriforge approve`: answers a draft release that waits for a person."""

import os
from typing import Annotated

import typer

from ..home import HOME
from .options import RecipePath, load


def approve(
    recipe: RecipePath,
    decline: Annotated[
        bool, typer.Option("--decline", help="Do not publish it; the next run asks again.")
    ] = False,
    note: Annotated[str, typer.Option(help="Why; it is kept with the flow run.")] = "",
) -> None:
    """Approve the release that a run of this recipe holds back (publish.approve), or decline it."""
    name = load(recipe).run.name
    from .. import prefect_server

    prefect_server.configure(HOME)
    running = prefect_server.find(HOME)
    if running is None:
        raise ValueError(
            "No run is going on here: `spuriforge run` it in this folder, or set PREFECT_API_URL."
        )
    os.environ["PREFECT_API_URL"] = running.url
    from ..approval import answer

    typer.echo(answer(name, approved=not decline, note=note))
