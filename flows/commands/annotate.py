"""`spuriforge annotate`: who judges, how they do, and whose judgments count.

    spuriforge annotate add RECIPE ada
    spuriforge annotate status RECIPE

The work is done in `annotation`: `roster.py` says who is asked, `performance.py` how people do.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..home import LABEL_STUDIO
from .options import AsJson, RecipePath, load, print_json

if TYPE_CHECKING:
    from spuriforge.annotation.client import Server
    from spuriforge.pipeline.recipe import Recipe
    from spuriforge.pipeline.workspace import Workspace

annotate_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Annotators: who judges cues and pairs, how they do, and whose judgments count.",
)

#: No more problems of a file than this are shown.
SHOWN = 20

Name = Annotated[str, typer.Argument(help="The annotator's pseudonym in this run.")]


def _open(path: Path) -> "tuple[Recipe, Workspace]":
    from spuriforge.pipeline.workspace import Workspace

    recipe = load(path)
    return recipe, Workspace(recipe.run.workspace)


def _running() -> "Server | None":
    """The Label Studio that the environment names or that runs here; None if there is none."""
    from spuriforge.annotation import server

    return server.external_server() or server.status(LABEL_STUDIO)


# --- who judges -----------------------------------------------------------------------------------


@annotate_app.command("list")
def list_annotators(recipe: RecipePath) -> None:
    """List the annotators and their logins.

    Where Label Studio runs, also their projects' addresses, and their tasks done and left.
    """
    from ..terminal import annotators as terminal

    loaded, workspace = _open(recipe)
    terminal.show_people(loaded, workspace, _running())


@annotate_app.command("add")
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
    from spuriforge.annotation.accounts import annotators
    from spuriforge.annotation.roster import add, check_new

    loaded, workspace = _open(recipe)
    check_new(workspace, loaded, name)
    if _running() is None:
        typer.echo("Label Studio is starting (the first time takes minutes) ...", err=True)
        server.install(LABEL_STUDIO)
    running = server.up(LABEL_STUDIO)
    # The account comes first: after a kill here, adding again continues.
    account = annotators(running, (name,))[name]
    add(workspace, loaded, name)
    typer.echo(f"address   {running.url}")
    if account.login:
        typer.echo(f"login     {account.login}\npassword  {account.password}")
    else:
        typer.echo(f"This server is yours: give {name} an account on it.")
    typer.echo(
        f"{name} is an annotator of {loaded.run.name}; `spuriforge run {recipe}` hands out tasks."
    )


@annotate_app.command("remove")
def remove_annotator(recipe: RecipePath, name: Name) -> None:
    """Give an annotator no new tasks.

    Their judgments stay and count; what they left open goes to the others. To leave out what they
    have judged, too, see `spuriforge annotate exclude`. `annotate add` takes them back.
    """
    from spuriforge.annotation.roster import remove

    loaded, workspace = _open(recipe)
    remove(workspace, loaded, name)
    typer.echo(
        f"{name} gets no new tasks. `spuriforge run {recipe}` gives what they left open to the "
        f"others."
    )


# --- how they do ----------------------------------------------------------------------------------


@annotate_app.command("status")
def status(
    recipe: RecipePath,
    json: AsJson = False,
) -> None:
    """Show how the annotators do, and agree.

    Also what is decided and waits, and warnings where somebody is too fast, always says the same,
    or errs too often.

    gold: known answers given right. shams: cues drawn at random that were accepted. equal votes:
    votes equal to another person's on the same cue or pair, with the 95 % interval. Alpha is
    Krippendorff's, with its 95 % interval.
    """
    from ..terminal import annotators as terminal

    loaded, workspace = _open(recipe)
    running = _running()
    overview = terminal.overview(recipe, loaded, workspace, running)
    if json:
        print_json(terminal.as_json(loaded, overview, running))
    else:
        terminal.show(loaded, overview, running)


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

    loaded, workspace = _open(recipe)
    roster.exclude(workspace, loaded, name, reason)
    typer.echo(
        f"{name}'s judgments are left out. `spuriforge run {recipe}` decides anew without them."
    )
    left, wanted = len(roster.roster(workspace, loaded)), loaded.annotate.overlap
    if left < wanted:
        typer.echo(
            f"{left} are left to judge, and each cue needs {wanted}: add some by `spuriforge "
            f"annotate add`."
        )


@annotate_app.command("include")
def include(
    recipe: RecipePath,
    name: Name,
    reason: Annotated[str, typer.Option(help="Why, if you like; it is kept with the run.")] = "",
) -> None:
    """Take the judgments of an excluded annotator in again."""
    from spuriforge.annotation import roster

    loaded, workspace = _open(recipe)
    roster.include(workspace, loaded, name, reason)
    typer.echo(f"{name}'s judgments count again. `spuriforge run {recipe}` decides anew with them.")


# --- without Label Studio -------------------------------------------------------------------------


@annotate_app.command("export")
def export(
    recipe: RecipePath,
    folder: Annotated[
        Path, typer.Argument(help="Where tasks.json, the images and the answers' schema go.")
    ],
) -> None:
    """Write what awaits judgment as JSON and images, for a team with another tool."""
    from ..task_files import export_tasks

    typer.echo(export_tasks(str(recipe), folder))


@annotate_app.command("import")
def import_(
    recipe: RecipePath,
    file: Annotated[
        Path, typer.Argument(help="The judgments, as judgments.schema.json of an export says.")
    ],
    partial: Annotated[
        bool, typer.Option("--partial", help="Take what is right and leave out the rest.")
    ] = False,
) -> None:
    """Take in judgments that were made elsewhere, all or nothing.

    They are checked as strictly as Label Studio's.
    """
    from ..task_files import import_judgments

    imported = import_judgments(str(recipe), file, partial=partial)
    for problem in imported.problems[:SHOWN]:
        typer.echo(problem, err=True)
    if len(imported.problems) > SHOWN:
        typer.echo(f"... and {len(imported.problems) - SHOWN} more", err=True)
    typer.echo(f"{len(imported.judgments)} judgments taken in, {imported.known} known already.")
    if imported.problems:
        raise typer.Exit(1)
