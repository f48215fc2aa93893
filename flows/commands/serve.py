"""`spuriforge serve`: runs a recipe on a schedule, and at once when somebody judges."""

from pathlib import Path
from typing import Annotated

import typer

from ..home import HOME
from .options import RecipePath, load


def serve(
    recipe: RecipePath,
    build_cron: Annotated[str, typer.Option(help="When to build, as a cron line.")] = "0 * * * *",
    collect_cron: Annotated[
        str, typer.Option(help="When to collect judgments, as a cron line.")
    ] = "*/10 * * * *",
    listen: Annotated[
        str,
        typer.Option(help="Where the webhook receiver listens, HOST:PORT; port 0: a free one."),
    ] = "127.0.0.1:0",
    webhook_url: Annotated[
        str | None,
        typer.Option(
            help="The receiver's address as a Label Studio on another machine reaches it."
        ),
    ] = None,
) -> None:
    """Run a recipe on a schedule, and at once when somebody judges, until interrupted."""
    serve_recipe(
        recipe,
        HOME,
        build_cron=build_cron,
        collect_cron=collect_cron,
        listen=listen,
        webhook_url=webhook_url,
    )


def serve_recipe(
    path: Path,
    home: Path,
    *,
    build_cron: str,
    collect_cron: str,
    listen: str = "127.0.0.1:0",
    webhook_url: str | None = None,
) -> None:
    """Runs the recipe's deployments when they are due, and when people judged, until interrupted.

    Prefect's log lines say what happens; a warning says when a schedule does not fire.
    """
    recipe = load(path)
    from rich.console import Console

    from .. import prefect_server, servers

    prefect_server.configure(home, quiet=False)
    with (
        prefect_server.prefect_server(home) as prefect,
        servers.label_studio_of_a_run(home, wanted=True),
    ):
        from .. import deployments, schedules

        prefect.wait()
        if prefect.pid is not None:  # this machine's own server: nobody else serves the recipe
            schedules.release_orphans(recipe.run.name)
        Console().print(f"Prefect: {prefect.url.removesuffix('/api')}   (Ctrl-C ends)")
        with (
            servers.webhook_receiver(recipe, home, listen, webhook_url),
            schedules.watched(recipe.run.name),
        ):
            deployments.serve_recipe(path, build_cron=build_cron, collect_cron=collect_cron)
