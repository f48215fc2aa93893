"""The desk's part of the command line: who the annotators are, and how they do.

    spuriforge annotators add RECIPE ada          # and list, remove
    spuriforge annotate status RECIPE             # and exclude, include

Thin: who is asked is `annotation/roster.py`, how people do is `annotation/performance.py`. Nothing
slow is imported here, as in `cli.py`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from spuriforge.annotation.server import Server
    from spuriforge.pipeline.recipe import Recipe
    from spuriforge.pipeline.workspace import Workspace

annotators_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Who judges cues and pairs: beside those whom the recipe names.",
)
annotate_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="How the annotators do, and whose judgments count.",
)

RecipePath = Annotated[
    Path, typer.Argument(help="The run's recipe, a TOML file, or a folder with a recipe.toml.")
]
Name = Annotated[str, typer.Argument(help="The annotator's pseudonym in this run.")]


def _opened(path: Path) -> "tuple[Recipe, Workspace]":
    from spuriforge.pipeline.recipe import Recipe
    from spuriforge.pipeline.workspace import Workspace

    recipe = Recipe.load(path)
    return recipe, Workspace(recipe.run.workspace)


def _running() -> "Server | None":
    """The Label Studio that the environment names or that runs here, or None: nothing is started."""
    from spuriforge.annotation import server

    return server.external_server() or server.status(server.HOME)


# --- annotators -----------------------------------------------------------------------------------


@annotators_app.command("list")
def list_annotators(recipe: RecipePath) -> None:
    """List the annotators and their logins.

    Where Label Studio runs, also their projects' addresses, and their tasks done and left.
    """
    from . import standing

    loaded, workspace = _opened(recipe)
    standing.show_people(loaded, workspace, _running())


@annotators_app.command("add")
def add_annotator(
    recipe: RecipePath,
    name: Annotated[
        str,
        typer.Argument(
            help=(
                "A pseudonym, not the person's name: it stays with the run, and releases change it."
            )
        ),
    ],
) -> None:
    """Add an annotator, and print their login.

    Makes their account, and prints the password this once. They get tasks from the next `spuriforge
    run` on, beside those whom the recipe names. What others have judged stays as it is.
    """
    from spuriforge.annotation import server
    from spuriforge.annotation.client import annotators
    from spuriforge.annotation.roster import add, check_new

    loaded, workspace = _opened(recipe)
    check_new(workspace, loaded, name)
    if _running() is None:
        typer.echo("Label Studio is starting (the first time takes minutes) ...", err=True)
        server.install(server.HOME)
    running = server.up(server.HOME)
    account = annotators(running, (name,))[
        name
    ]  # first: a kill after it loses nothing, and adding again goes on
    add(workspace, loaded, name)
    typer.echo(f"address   {running.url}")
    if account.login:
        typer.echo(f"login     {account.login}\npassword  {account.password}")
    else:
        typer.echo(f"This server is yours: give {name} an account on it.")
    typer.echo(
        f"{name} is an annotator of {loaded.run.name}; `spuriforge run {recipe}` hands out tasks."
    )


@annotators_app.command("remove")
def remove_annotator(recipe: RecipePath, name: Name) -> None:
    """Give an annotator no new tasks.

    Their judgments stay and count; what they left open goes to the others. To leave out what they
    have judged, too, see `spuriforge annotate exclude`. `annotators add` takes them back.
    """
    from spuriforge.annotation.roster import remove

    loaded, workspace = _opened(recipe)
    remove(workspace, loaded, name)
    typer.echo(
        f"{name} gets no new tasks. `spuriforge run {recipe}` gives what they left open to the "
        f"others."
    )


# --- how they do ----------------------------------------------------------------------------------


@annotate_app.command("status")
def status(
    recipe: RecipePath,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Show how the annotators do, and agree.

    Also what is decided and waits, and warnings where somebody is too fast, always says the same,
    or errs too often.

    gold: known answers given right. shams: cues drawn at random that were accepted. equal votes:
    votes equal to another person's on the same cue or pair, with the 95 % interval. Alpha is
    Krippendorff's, with its 95 % interval.
    """
    from . import standing

    loaded, workspace = _opened(recipe)
    running = _running()
    told = standing.measured(recipe, loaded, workspace, running)
    if json:
        import json as as_text

        typer.echo(
            as_text.dumps(standing.as_json(loaded, told, running), indent=1, ensure_ascii=False)
        )
    else:
        standing.show(loaded, told, running)


@annotate_app.command("exclude")
def exclude(
    recipe: RecipePath,
    name: Name,
    reason: Annotated[
        str,
        typer.Option(help="Why, in a sentence; it is kept with the run and shown in its status."),
    ],
) -> None:
    """Leave an annotator's judgments out.

    Nothing is decided by them any more, and others judge in their place. The judgments stay with
    the run, and so does the reason. `annotate include` takes them in again.
    """
    from spuriforge.annotation import roster

    loaded, workspace = _opened(recipe)
    roster.exclude(workspace, loaded, name, reason)
    typer.echo(
        f"{name}'s judgments are left out. `spuriforge run {recipe}` decides anew without them."
    )
    left, wanted = len(roster.roster(workspace, loaded)), loaded.annotate.overlap
    if left < wanted:
        typer.echo(
            f"{left} are left to judge, and each cue needs {wanted}: add some by `spuriforge "
            f"annotators add`."
        )


@annotate_app.command("include")
def include(
    recipe: RecipePath,
    name: Name,
    reason: Annotated[str, typer.Option(help="Why, if you like; it is kept with the run.")] = "",
) -> None:
    """Take the judgments of an excluded annotator in again."""
    from spuriforge.annotation import roster

    loaded, workspace = _opened(recipe)
    roster.include(workspace, loaded, name, reason)
    typer.echo(f"{name}'s judgments count again. `spuriforge run {recipe}` decides anew with them.")


# --- without Label Studio -------------------------------------------------------------------------


@annotate_app.command("export")
def export_tasks(
    recipe: RecipePath,
    folder: Annotated[
        Path, typer.Argument(help="Where tasks.json, the images and the answers' schema go.")
    ],
) -> None:
    """Write what awaits judgment as JSON and images, for a team that uses another tool than Label
    Studio.
    """
    from .exchanged import export

    typer.echo(export(str(recipe), folder))


@annotate_app.command("import")
def import_judgments(
    recipe: RecipePath,
    file: Annotated[
        Path, typer.Argument(help="The judgments, as judgments.schema.json of an export says.")
    ],
    partial: Annotated[
        bool, typer.Option("--partial", help="Take what is right and leave out the rest.")
    ] = False,
) -> None:
    """Take in judgments that were made elsewhere; checked as strictly as Label Studio's, all or
    nothing.
    """
    from .exchanged import SHOWN, take_in

    done = take_in(str(recipe), file, partial=partial)
    for problem in done.problems[:SHOWN]:
        typer.echo(problem, err=True)
    if len(done.problems) > SHOWN:
        typer.echo(f"... and {len(done.problems) - SHOWN} more", err=True)
    typer.echo(f"{len(done.judgments)} judgments taken in, {done.known} known already.")
    if done.problems:
        raise typer.Exit(1)
