"""The command line: `spuriforge --help`. Every error is one sentence that says what to do; exit
code 2 is the user's.

Nothing slow is imported here: Prefect, torch and pyarrow are imported by the commands that need
them, so that help is there within half a second.
"""

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from .desk import annotate_app, annotators_app
from .finetune import finetune
from .releases import release_app
from .studied import study
from .using import evaluate

if TYPE_CHECKING:
    from spuriforge.pipeline.recipe import Recipe

#: Where the local servers keep their files, in the folder that the command is run in.
HOME = Path(".spuriforge")

Stage = Literal["mine", "screen", "annotate", "generate", "verify", "publish"]


class OneSentence(TyperGroup):
    """Turns an exception into one sentence on stderr and an exit code; `--debug` shows it whole."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer's own context is private
        """Runs the command; 2 for what a user did, 130 for Ctrl-C, 1 for the rest."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("Interrupted. The same command goes on where this one stopped.", err=True)
            raise typer.Exit(130) from None
        except Exception as error:
            if ctx.params.get("debug") or type(error).__module__.startswith("typer"):
                raise
            typer.echo(f"Error: {sentence(error)}", err=True)
            raise typer.Exit(2 if isinstance(error, ValueError) else 1) from None


def sentence(error: BaseException) -> str:
    """What went wrong in one line; an error that nobody foresaw says how to see where it came from."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, ValueError | RuntimeError | OSError) and str(error):
        return text if text.endswith((".", "!", "?")) else f"{text}."
    return f"{type(error).__name__}: {text}. Run it again as `spuriforge --debug ...` to see where."


app = typer.Typer(
    cls=OneSentence,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=(
        "Finds the shortcuts that a vision-language model takes, and proves each with "
        "counterfactual image pairs."
    ),
)
label_studio = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="The embedded Label Studio server."
)
proving_ground = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The small world in which every shortcut is known.",
)
app.add_typer(annotators_app, name="annotators")
app.add_typer(annotate_app, name="annotate")
app.add_typer(release_app, name="release")
app.add_typer(label_studio, name="label-studio")
app.add_typer(proving_ground, name="proving-ground")
for command in (evaluate, finetune, study):
    app.command()(command)

RecipePath = Annotated[
    Path, typer.Argument(help="The run's recipe, a TOML file, or a folder with a recipe.toml.")
]


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole traceback of an error.")
    ] = False,
) -> None:
    """What all commands share."""


def _print_json(value: object) -> None:
    """JSON on standard output, and nothing else."""
    import json

    typer.echo(json.dumps(value, indent=1, ensure_ascii=False))


def _load(path: Path) -> "Recipe":
    from spuriforge.pipeline.recipe import Recipe

    return Recipe.load(path)


# --- runs -----------------------------------------------------------------------------------------


@app.command()
def run(
    recipe: RecipePath,
    until: Annotated[Stage | None, typer.Option(help="Stop after this stage.")] = None,
    annotate: Annotated[
        Literal["me", "recipe"],
        typer.Option(
            envvar="ANNOTATE", help="Who judges: you, in a browser, or those whom the recipe names."
        ),
    ] = "recipe",
) -> None:
    """Go from the benchmark to a release, as far as possible; what is done is not done again."""
    from . import local

    _load(recipe)  # a mistake in it is told before anything starts
    local.run(recipe, HOME, until=until, by_me=annotate == "me")


@app.command()
def plan(
    recipe: RecipePath,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Say what a run needs before anything is spent: calls, tokens, images, currency and hours of
    each stage.
    """
    from . import plan as planned

    if json:
        _print_json(planned.as_json(_load(recipe)))
    else:
        planned.show(_load(recipe))


@app.command()
def audit(
    source: Annotated[
        str,
        typer.Argument(help="A file or folder with questions, a recipe, or a data set's Hub id."),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            help="The source's format, where it cannot be told: table, vlmevalkit, a-okvqa, ..."
        ),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="The images' folder, where the file has only names.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="OURS=THEIRS, where a table calls a column otherwise; can be repeated."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with every row's id, instead of a table.")
    ] = False,
    skip_images: Annotated[
        bool, typer.Option("--skip-images", help="Look at the texts alone.")
    ] = False,
) -> None:
    """Say everything that is wrong with a benchmark's files: ids, options, gold answers,
    predictions, images.
    """
    from . import audit as audited

    found = audited.reports(
        source, kind=kind, images=images, columns=column or [], check_images=not skip_images
    )
    if json:
        parts = [one.as_json() for one in found]
        _print_json(parts[0] if len(parts) == 1 else parts)
    else:
        audited.show(found)


@app.command()
def models() -> None:
    """List the endpoint presets: address, model, the variable that holds the key, and prices."""
    from . import presets

    presets.show()


@app.command()
def status(recipe: RecipePath) -> None:
    """Show what a run has so far and what each stage waits for."""
    from . import status as told

    told.show(_load(recipe))


@app.command()
def report(recipe: RecipePath) -> None:
    """Write the HTML report anew from what the run has so far."""
    from . import local

    typer.echo(local.report(recipe, HOME))


@app.command()
def publish(
    recipe: RecipePath,
    bump: Annotated[
        Literal["minor", "major"] | None,
        typer.Option(
            help="Make the next version larger than what changed asks for; smaller is refused."
        ),
    ] = None,
) -> None:
    """Publish a release of what is verified and checked so far, to its folder and to every place in
    publish.to.
    """
    from . import local

    typer.echo(local.publish(recipe, HOME, bump))


@app.command()
def approve(
    recipe: RecipePath,
    decline: Annotated[
        bool, typer.Option("--decline", help="Do not publish it; the next run asks again.")
    ] = False,
    note: Annotated[str, typer.Option(help="Why; it is kept with the flow run.")] = "",
) -> None:
    """Approve the release that a run of this recipe holds back (publish.approve), or decline it."""
    from . import local

    typer.echo(local.approve(recipe, HOME, approved=not decline, note=note))


@app.command()
def serve(
    recipe: RecipePath,
    build_cron: Annotated[str, typer.Option(help="When to build, as a cron line.")] = "0 * * * *",
    collect_cron: Annotated[
        str, typer.Option(help="When to fetch judgments, as a cron line.")
    ] = "*/10 * * * *",
    listen: Annotated[
        str,
        typer.Option(
            help="Where the webhook receiver listens, HOST:PORT; port 0 takes a free one."
        ),
    ] = "127.0.0.1:0",
    webhook_url: Annotated[
        str | None,
        typer.Option(
            help="The receiver's address as a Label Studio on another machine reaches it."
        ),
    ] = None,
) -> None:
    """Run a recipe on a schedule, and at once when somebody judges, until interrupted."""
    from . import local

    _load(recipe)
    local.serve(
        recipe,
        HOME,
        build_cron=build_cron,
        collect_cron=collect_cron,
        listen=listen,
        webhook_url=webhook_url,
    )


@app.command()
def doctor() -> None:
    """Check that this machine has what a run needs; exit code 1 if not."""
    from .doctor import examine

    findings = examine(HOME)
    for finding in findings:
        typer.secho(
            "ok      " if finding.ok else "not ok  ", fg="green" if finding.ok else "red", nl=False
        )
        typer.echo(f"{finding.what}: {finding.told}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


# --- Label Studio ---------------------------------------------------------------------------------


@label_studio.command("up")
def label_studio_up() -> None:
    """Start Label Studio (installing it the first time) and print its address and login."""
    from spuriforge.annotation import server

    from .local import OF_A_RUN

    home = HOME / "label-studio"
    server.install(home, say=_say)
    (home / OF_A_RUN).unlink(missing_ok=True)  # it is yours now: a run that ends leaves it running
    _print_server(server.up(home, say=_say))


@label_studio.command("down")
def label_studio_down() -> None:
    """Stop Label Studio; its data stays."""
    from spuriforge.annotation import server

    typer.echo(
        "Label Studio is stopped."
        if server.down(HOME / "label-studio")
        else "Label Studio was not running."
    )


@label_studio.command("status")
def label_studio_status() -> None:
    """Say whether Label Studio runs, and where; exit code 1 if it does not."""
    from spuriforge.annotation import server

    running = server.status(HOME / "label-studio")
    if running is None:
        typer.echo("Label Studio is not running: start it with `spuriforge label-studio up`.")
        raise typer.Exit(1)
    _print_server(running)


def _print_server(server: Any) -> None:  # noqa: ANN401 - annotation.server.Server, not imported here
    """Address and login on lines of their own, to be copied."""
    typer.echo(f"address   {server.url}")
    if server.login:
        typer.echo(f"login     {server.login}\npassword  {server.password}")


_said: list[str] = []


def _say(text: str) -> None:
    """Progress of a slow start: on a terminal one line that changes, elsewhere a line for each new
    step.
    """
    step = text.rpartition(":")[0] or text
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
    elif step not in _said:
        _said.append(step)
        sys.stderr.write(f"{step} ...\n")
    sys.stderr.flush()


# --- the proving ground ---------------------------------------------------------------------------


@proving_ground.command()
def train(
    shortcuts: Annotated[Path, typer.Option(help="Which shortcuts to plant, a TOML file.")],
    out: Annotated[Path, typer.Option(help="The folder for the models and their recipe.toml.")],
    seed: Annotated[int, typer.Option(help="Seed of the training.")] = 0,
) -> None:
    """Train LVLMs that take the shortcuts of your choice, and write a recipe that runs them (20 to
    45 minutes).
    """
    if not shortcuts.is_file():
        raise ValueError(
            f"There is no shortcut file at {shortcuts}; data/proving_ground/shortcuts.toml is one."
        )
    from spuriforge.data.proving_ground.benchmark import write_recipe
    from spuriforge.data.proving_ground.train_lvlm import train_all

    train_all(shortcuts, out, seed=seed)
    typer.echo(f"Trained. Next: spuriforge run {write_recipe(out)}")


@proving_ground.command()
def measure(
    models: Annotated[
        Path | None, typer.Option(help="A trained folder; the shipped models if left out.")
    ] = None,
) -> None:
    """Measure the proving ground's models by intervention, and print the tables (minutes)."""
    from . import ground

    for line in ground.measure(models):
        typer.echo(line)


@proving_ground.command()
def show(
    out: Annotated[Path, typer.Option(help="The PNG to write.")] = Path("proving-ground.png"),
    seed: Annotated[int, typer.Option(help="Seed of the scenes.")] = 0,
) -> None:
    """Draw a grid of scenes into a PNG."""
    from . import ground

    typer.echo(ground.show(out, seed))


@proving_ground.command()
def export(
    out: Annotated[
        Path, typer.Option(help="The folder for the questions, the images and a recipe.")
    ] = Path("example"),
    questions: Annotated[int, typer.Option(help="How many questions.", min=1)] = 2400,
    models: Annotated[
        Path | None,
        typer.Option(
            help="A trained folder, whose models the recipe names; the shipped if left out."
        ),
    ] = None,
) -> None:
    """Write questions as a CSV with images and a recipe, as if they were your own data
    (docs/your-data.md).
    """
    from . import ground

    recipe = ground.export(out, models, questions)
    typer.echo(
        f"Written. Next: spuriforge audit {out / 'questions.csv'}, then spuriforge run {recipe}"
    )


def main() -> None:
    """The console script."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Ends like Ctrl-C, which stops the servers, also where a shell that put it into the background
    # has Ctrl-C ignored.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app(prog_name="spuriforge")


if __name__ == "__main__":
    main()
