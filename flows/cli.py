"""The command line: `spuriforge --help`. It joins the commands of `flows/commands`.

Nothing slow is imported here: each command imports Prefect, torch and pyarrow when it runs, so that
the help is there within half a second.
"""

import os
import signal
from collections.abc import Callable
from typing import Annotated

import typer

from .commands.annotate import annotate_app
from .commands.approve import approve
from .commands.audit import audit
from .commands.doctor import doctor
from .commands.errors import ANNOTATE, MODELS, RELEASES, RUN, Commands
from .commands.evaluate import evaluate
from .commands.finetune import finetune
from .commands.label_studio import label_studio_app
from .commands.models import models
from .commands.plan import plan
from .commands.proving_ground import proving_ground_app
from .commands.publish import publish
from .commands.release import release_app
from .commands.report import report
from .commands.run import run
from .commands.serve import serve
from .commands.status import status
from .commands.study import study

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=(
        "Finds the shortcuts that a vision-language model takes, and proves each with "
        "counterfactual image pairs."
    ),
)


def _add(heading: str, *commands: Callable[..., None]) -> None:
    for command in commands:
        app.command(rich_help_panel=heading)(command)


_add(RUN, run, plan, audit, status, report, serve, doctor)
app.add_typer(annotate_app, name="annotate", rich_help_panel=ANNOTATE)
app.add_typer(label_studio_app, name="label-studio", rich_help_panel=ANNOTATE)
_add(RELEASES, publish, approve)
app.add_typer(release_app, name="release", rich_help_panel=RELEASES)
_add(MODELS, models, evaluate, finetune, study)
app.add_typer(proving_ground_app, name="proving-ground", rich_help_panel=MODELS)


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole traceback of an error.")
    ] = False,
) -> None:
    """Declares what all commands share."""


def main() -> None:
    """The console script."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # SIGTERM ends a run like Ctrl-C, which stops the servers; a shell's background jobs ignore
    # Ctrl-C itself.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app(prog_name="spuriforge")


if __name__ == "__main__":
    main()
