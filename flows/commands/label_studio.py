"""`spuriforge label-studio`: the embedded Label Studio server, by hand."""

import sys
from typing import TYPE_CHECKING

import typer

from ..home import LABEL_STUDIO

if TYPE_CHECKING:
    from spuriforge.annotation.client import Server

label_studio_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="The embedded Label Studio server."
)


@label_studio_app.command("up")
def up() -> None:
    """Start Label Studio (installing it the first time) and print its address and login."""
    from spuriforge.annotation import server

    from ..servers import OF_A_RUN

    show_progress = _Progress()
    server.install(LABEL_STUDIO, say=show_progress)
    # From now on it is yours: a run that ends leaves it running.
    (LABEL_STUDIO / OF_A_RUN).unlink(missing_ok=True)
    _print(server.up(LABEL_STUDIO, say=show_progress))


@label_studio_app.command("down")
def down() -> None:
    """Stop Label Studio; its data stays."""
    from spuriforge.annotation import server

    stopped = server.down(LABEL_STUDIO)
    typer.echo("Label Studio is stopped." if stopped else "Label Studio was not running.")


@label_studio_app.command("status")
def status() -> None:
    """Say whether Label Studio runs, and where; exit code 1 if it does not."""
    from spuriforge.annotation import server

    running = server.status(LABEL_STUDIO)
    if running is None:
        typer.echo("Label Studio is not running: start it with `spuriforge label-studio up`.")
        raise typer.Exit(1)
    _print(running)


def _print(running: "Server") -> None:
    """Prints address and login on lines of their own, to be copied."""
    typer.echo(f"address   {running.url}")
    if running.login:
        typer.echo(f"login     {running.login}\npassword  {running.password}")


class _Progress:
    """Shows a slow start: a line that changes on a terminal, elsewhere a line for each step."""

    def __init__(self) -> None:
        self._steps: set[str] = set()

    def __call__(self, text: str) -> None:
        step = text.rpartition(":")[0] or text
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{text}")
        elif step not in self._steps:
            self._steps.add(step)
            sys.stderr.write(f"{step} ...\n")
        sys.stderr.flush()
