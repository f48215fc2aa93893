"""`spuriforge plan`: what a run needs, before anything is spent."""

from .options import AsJson, RecipePath, load, print_json


def plan(recipe: RecipePath, json: AsJson = False) -> None:
    """Say what a run needs before anything is spent: calls, tokens, images, cost and hours."""
    from ..terminal import plan as terminal

    if json:
        print_json(terminal.as_json(load(recipe)))
    else:
        terminal.show(load(recipe))
