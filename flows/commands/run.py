"""`spuriforge run`: starts the servers beside slow imports, builds, and stops the servers."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..home import HOME
from ..stages import BuildStage
from .options import RecipePath

if TYPE_CHECKING:
    from spuriforge.pipeline.recipe import Recipe

    from ..build import BuildResult

#: With `--until` before the first of these, a run needs no Label Studio.
NEEDS_PEOPLE = (None, "annotate", "generate", "verify", "publish")


def run(
    recipe: RecipePath,
    until: Annotated[BuildStage | None, typer.Option(help="Stop after this stage.")] = None,
    annotate: Annotated[
        Literal["me", "recipe"],
        typer.Option(
            envvar="ANNOTATE", help="Who judges: you, in a browser, or those whom the recipe names."
        ),
    ] = "recipe",
) -> None:
    """Go from the benchmark to a release, as far as possible; finished work is not done again."""
    run_recipe(recipe, HOME, until=until, by_me=annotate == "me")


def run_recipe(path: Path, home: Path, *, until: BuildStage | None, by_me: bool) -> None:
    """Builds as far as possible and prints the outcome; with `by_me`, waits for your judgments."""
    from rich.console import Console

    from spuriforge.pipeline.recipe import Recipe

    from ..state import completion
    from ..terminal import own_judgments, run_summary

    console = Console()
    path = own_judgments.recipe_of_me(path, home) if by_me else path
    recipe = Recipe.load(path)
    pending = completion.pending(recipe)
    if pending is None:
        name, folder = recipe.run.name, recipe.publish.folder
        console.print(f"Nothing to do: {name} is finished. [dim]{folder}[/dim]")
        return
    console.print(f"{recipe.run.name}: {pending}")
    if unlicensed := [source.title for source in recipe.benchmarks if not source.license]:
        text = f"No release can be published yet: set license of {', '.join(unlicensed)}."
        console.print(text, style="yellow", highlight=False, markup=False)
    result = _build(path, recipe, home, until=until, by_me=by_me)
    run_summary.show(result, console)


def _build(
    path: Path, recipe: "Recipe", home: Path, *, until: BuildStage | None, by_me: bool
) -> "BuildResult":
    """Builds with both servers up; with `by_me`, again after each wait for judgments."""
    from rich.console import Console

    from .. import prefect_server, servers
    from ..terminal import own_judgments

    console = Console()
    prefect_server.configure(home)
    with (
        prefect_server.prefect_server(home) as prefect,
        servers.label_studio_of_a_run(home, wanted=until in NEEDS_PEOPLE),
    ):
        models = _import_models()
        with console.status("Prefect is starting"):
            prefect.wait()
            models.join()  # two threads that import transformers at once break each other
        from prefect import tags

        from .. import build

        with tags(recipe.run.name):
            result = build.build(str(path), until)
            if by_me and result.waiting_for:
                own_judgments.show_logins(recipe, home, console)
            last = ""
            while by_me and until is None and result.waiting_for:
                own_judgments.wait(result.waiting_for, last, console)
                last = result.waiting_for
                result = build.build(str(path), until)
    return result


def _import_models() -> threading.Thread:
    """Starts a thread that imports the model libraries (5 to 7 s) while the servers start."""

    def load() -> None:
        import diffusers  # noqa: F401
        import open_clip  # noqa: F401
        import transformers  # noqa: F401

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    return thread
