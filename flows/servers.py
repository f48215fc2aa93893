"""The servers that a run on this machine needs, for as long as a block lasts.

    with prefect_server.prefect_server(HOME) as prefect, label_studio_of_a_run(HOME, wanted=True):
        prefect.wait()      # both start beside other work, such as slow imports

Importing this module imports no Prefect: `prefect_server.configure` must come first.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from spuriforge.annotation import server as label_studio
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.workspace import Workspace

#: Marks a Label Studio that a run started for itself.
OF_A_RUN = "of-a-run"
#: Hosts at which a Label Studio on this machine can reach a receiver on this machine.
LOCAL = ("127.0.0.1", "localhost", "::1")


@contextmanager
def label_studio_of_a_run(home: Path, *, wanted: bool) -> Iterator[None]:
    """Starts Label Studio if it is wanted, and stops it at the end unless somebody else started it.

    If it cannot start, the stage that needs it tries again and says why it cannot.
    """
    folder = home / "label-studio"
    mark = folder / OF_A_RUN
    running = label_studio.status(folder) and not mark.exists()
    if not wanted or label_studio.external_server() or running:
        yield
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.touch()  # if this run is killed, the next run takes its server over and stops it
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
    """Installs Label Studio (the first time) and starts it; prints why it could not."""
    try:
        label_studio.install(folder)
        label_studio.up(folder)
    except RuntimeError as error:
        Console(stderr=True).print(f"Label Studio: {error}", style="yellow")


@contextmanager
def webhook_receiver(recipe: Recipe, home: Path, listen: str, url: str | None) -> Iterator[None]:
    """Has Label Studio announce each judgment at once, until the block ends.

    `listen` is HOST:PORT; `url` is the receiver's address as a Label Studio elsewhere sees it.
    """
    from spuriforge.annotation import receiver, webhook

    from . import events

    console, run = Console(stderr=True), recipe.run.name
    elsewhere = label_studio.external_server()
    if elsewhere and not url and urlsplit(elsewhere.url).hostname not in LOCAL:
        console.print(
            f"Label Studio at {elsewhere.url} cannot reach this machine: judgments are collected "
            "on schedule alone. Give this machine's address as --webhook-url.",
            style="yellow",
        )
        yield
        return
    with (
        events.gathered(lambda count: events.judged(run, count)) as ring,
        receiver.receiving(home, run, ring, listen=listen, url=url) as hook,
    ):
        workspace, folder = Workspace(recipe.run.workspace), home / "label-studio"
        with _warning(console):
            running = label_studio.up(folder)
            webhook.register(running, workspace, recipe, hook.url, hook.secret)
        Console().print(f"Webhooks: {hook.url}")
        try:
            yield
        finally:
            running_now = elsewhere or label_studio.status(folder)
            if running_now:
                with _warning(console):
                    webhook.unregister(running_now, workspace, recipe)


@contextmanager
def _warning(console: Console) -> Iterator[None]:
    """Turns what Label Studio refuses into a warning: pushes and the schedule make up for it."""
    try:
        yield
    except RuntimeError as error:
        console.print(f"Webhooks: {error}", style="yellow")
