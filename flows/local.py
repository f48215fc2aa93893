"""Runs on this machine: starts the servers that a run needs beside its slow imports, runs the flow,
stops them.

    run(Path("flows/recipes/proving_ground.toml"), Path(".spuriforge"), until=None, by_me=False)

Prefect is imported only after `server.configure` has put its settings into the environment.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rich.console import Console

from spuriforge.annotation import server as label_studio
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.workspace import Workspace

from . import finished, people, server, summary

if TYPE_CHECKING:
    from spuriforge.pipeline.release.versions.version import Bump

#: Stages at and after which Label Studio is needed.
ANNOTATED = (None, "annotate", "generate", "verify", "publish")
#: Marks a Label Studio that a run started for itself.
OF_A_RUN = "of-a-run"
#: Where a Label Studio runs on this machine, and so reaches a receiver on it.
LOCAL = ("127.0.0.1", "localhost", "::1")


def run(path: Path, home: Path, *, until: str | None, by_me: bool) -> None:
    """Builds as far as possible and prints what came out; waits for the person at the keyboard if
    it is their turn.
    """
    console = Console()
    path = people.recipe_of_one(path, home) if by_me else path
    recipe = Recipe.load(path)
    waits = finished.pending(recipe)
    if waits is None:
        console.print(
            f"Nothing to do: {recipe.run.name} is finished. [dim]{recipe.publish.folder}[/dim]"
        )
        return
    console.print(f"{recipe.run.name}: {waits}")
    if unlicensed := [one.title for one in recipe.benchmarks if not one.license]:
        console.print(
            f"No release can be published yet: set license under [[benchmarks]] for "
            f"{', '.join(unlicensed)}.",
            style="yellow",
            highlight=False,
            markup=False,
        )
    server.configure(home)
    with server.prefect_server(home) as prefect, _label_studio(home, wanted=until in ANNOTATED):
        models = _import_models()
        with console.status("Prefect is starting"):
            prefect.wait()
            models.join()  # two threads that import transformers at once find it half made
        from . import build

        result = build.build(str(path), until)
        if by_me and result.waiting_for:
            people.tell(recipe, home, console)
        said = ""
        while by_me and until is None and result.waiting_for:
            people.wait(result.waiting_for, said, console)
            said = result.waiting_for
            result = build.build(str(path), until)
    summary.show(result, console)


@contextmanager
def _label_studio(home: Path, *, wanted: bool) -> Iterator[None]:
    """Starts Label Studio beside other work if it is wanted, and stops it again unless somebody
    else started it.

    An error while it starts is raised by the stage that needs it: that one starts it again, and
    says why it cannot.
    """
    folder = home / "label-studio"
    mark = folder / OF_A_RUN
    if (
        not wanted
        or label_studio.external_server()
        or (label_studio.status(folder) and not mark.exists())
    ):
        yield
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.touch()  # a run that is killed leaves its server to the next one, which stops it
    thread = threading.Thread(target=_try_up, args=(folder,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        with Console(stderr=True).status("Label Studio is stopping"):
            thread.join(label_studio.START_SECONDS)
            label_studio.down(folder)
        mark.unlink(missing_ok=True)


def _try_up(folder: Path) -> None:
    """Installs (the first time) and starts Label Studio; a failure is left for the stage that needs
    it.
    """
    try:
        label_studio.install(folder)
        label_studio.up(folder)
    except RuntimeError as error:
        Console(stderr=True).print(f"Label Studio: {error}", style="yellow")


def _import_models() -> threading.Thread:
    """Imports the model libraries (5 to 7 s) while the servers start, in the thread that it gives."""

    def load() -> None:
        import diffusers  # noqa: F401
        import open_clip  # noqa: F401
        import transformers  # noqa: F401

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    return thread


def report(path: Path, home: Path) -> str:
    """Writes the report anew from the workspace; gives its path."""
    server.configure(home)
    from .opened import Opened
    from .publish import write_report

    return str(write_report(Opened(str(path))))


def publish(path: Path, home: Path, bump: "Bump | None" = None) -> str:
    """Publishes what is verified and checked so far; gives the release's folder."""
    Recipe.load(path)
    server.configure(home)
    with server.prefect_server(home) as prefect:
        from .publish import publish as flow

        prefect.wait()
        return str(flow(str(path), bump))


def approve(path: Path, home: Path, *, approved: bool, note: str) -> str:
    """Answers the draft of this recipe's run that waits for approval; says what was done."""
    recipe = Recipe.load(path)
    server.configure(home)
    running = server.find(home)
    if running is None:
        raise ValueError(
            "No run is going on here: `spuriforge run` it in this folder, or set PREFECT_API_URL."
        )
    os.environ["PREFECT_API_URL"] = running.url
    from .approval import answer

    return answer(recipe.run.name, approved=approved, note=note)


def serve(
    path: Path,
    home: Path,
    *,
    build_cron: str,
    collect_cron: str,
    listen: str = "127.0.0.1:0",
    webhook_url: str | None = None,
) -> None:
    """Runs the recipe's deployments when they are due, and when people judged, until interrupted.

    `listen` is where the webhook receiver listens, `webhook_url` its address as a Label Studio
    elsewhere sees it. Prefect's log lines say what happens.
    """
    recipe = Recipe.load(path)
    server.configure(home, quiet=False)
    with server.prefect_server(home) as prefect, _label_studio(home, wanted=True):
        from . import deployments

        prefect.wait()
        Console().print(f"Prefect: {prefect.url.removesuffix('/api')}   (Ctrl-C ends)")
        with _receiver(recipe, home, listen, webhook_url):
            deployments.serve_recipe(path, build_cron=build_cron, collect_cron=collect_cron)


@contextmanager
def _receiver(recipe: Recipe, home: Path, listen: str, url: str | None) -> Iterator[None]:
    """Has Label Studio tell of each judgment at once, and no more when the block ends."""
    from spuriforge.annotation import receiver, webhook

    from . import events

    console, run = Console(stderr=True), recipe.run.name
    elsewhere = label_studio.external_server()
    if elsewhere and not url and urlsplit(elsewhere.url).hostname not in LOCAL:
        console.print(
            f"Label Studio at {elsewhere.url} cannot tell this machine of judgments: they are "
            f"fetched on schedule "
            "alone. Give the address at which it reaches this machine as --webhook-url.",
            style="yellow",
        )
        yield
        return
    with (
        events.gathered(lambda count: events.judged(run, count)) as ring,
        receiver.receiving(home, run, ring, listen=listen, url=url) as hook,
    ):
        workspace = Workspace(recipe.run.workspace)
        with _told(console):
            webhook.register(
                label_studio.up(home / "label-studio"), workspace, recipe, hook.url, hook.secret
            )
        Console().print(f"Webhooks: {hook.url}")
        try:
            yield
        finally:
            running = elsewhere or label_studio.status(home / "label-studio")
            if running:
                with _told(console):
                    webhook.unregister(running, workspace, recipe)


@contextmanager
def _told(console: Console) -> Iterator[None]:
    """What Label Studio refuses is told, and no more: each push asks again, and the schedule
    fetches judgments too.
    """
    try:
        yield
    except RuntimeError as error:
        console.print(f"Webhooks: {error}", style="yellow")
