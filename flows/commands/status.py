"""`spuriforge status`: what a run has so far, and what each stage waits for."""

from .options import RecipePath, load


def status(recipe: RecipePath) -> None:
    """Show what a run has so far and what each stage waits for."""
    from ..terminal import status as terminal

    terminal.show(load(recipe))
