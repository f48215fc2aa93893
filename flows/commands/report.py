"""`spuriforge report`: writes the HTML report anew."""

import typer

from ..home import HOME
from .options import RecipePath, load


def report(recipe: RecipePath) -> None:
    """Write the HTML report anew from what the run has so far."""
    load(recipe)
    from .. import prefect_server

    prefect_server.configure(HOME)
    from ..publish import write_report
    from ..state.snapshot import Snapshot

    typer.echo(write_report(Snapshot.take(str(recipe))))
