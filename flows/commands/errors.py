"""Errors on the command line: a sentence that says what to do; exit code 2: a user's mistake."""

from typing import Any

import typer
from typer.core import TyperGroup

#: The headings of the commands in `--help`: who uses them, in this order.
HEADINGS = RUN, ANNOTATE, RELEASES, MODELS = ("Run", "Annotate", "Releases", "Models")


class Commands(TyperGroup):
    """A group that prints an exception as a sentence, and its commands by who uses them."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer's own context is private
        """Runs the command; exits with 2 for a user's mistake, 130 for Ctrl-C, 1 for the rest."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("Interrupted. The same command continues where this one stopped.", err=True)
            raise typer.Exit(130) from None
        except Exception as error:
            if ctx.params.get("debug") or type(error).__module__.startswith("typer"):
                raise
            typer.echo(f"Error: {sentence(error)}", err=True)
            raise typer.Exit(2 if isinstance(error, ValueError) else 1) from None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as above
        """Lists the commands under the headings that they were registered with."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                heading = getattr(command, "rich_help_panel", None) or "Commands"
                sections.setdefault(str(heading), []).append(
                    (name, command.get_short_help_str(200))
                )
        for heading in sorted(sections, key=self._place):
            rows = sections[heading]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def _place(self, heading: str) -> int:
        return HEADINGS.index(heading) if heading in HEADINGS else len(HEADINGS)


def sentence(error: BaseException) -> str:
    """What went wrong, in one line; an unforeseen error says how to see where it came from."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, ValueError | RuntimeError | OSError) and str(error):
        return text if text.endswith((".", "!", "?")) else f"{text}."
    return f"{type(error).__name__}: {text}. Run it again as `spuriforge --debug ...` to see where."
