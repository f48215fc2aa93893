"""A run that the person at the keyboard annotates: its recipe, where to log in, and the wait.

    path = recipe_of_me(Path("flows/recipes/proving_ground.toml"), home)     # one annotator, "me"

The derived recipe has a workspace and a release folder of its own: scripted and human judgments
never mix.
"""

import json
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from spuriforge.annotation import server as label_studio
from spuriforge.annotation.accounts import annotators
from spuriforge.annotation.roster import roster
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.workspace import Workspace

#: Seconds between two looks at whether enough is annotated.
POLL_SECONDS = 5.0


def recipe_of_me(path: Path, home: Path) -> Path:
    """Writes the recipe with one human annotator, "me", and returns the new recipe's path."""
    recipe = Recipe.load(path)
    derived = recipe.model_copy(
        update={
            "run": recipe.run.model_copy(
                update={"name": f"{recipe.run.name}-me", "workspace": f"{recipe.run.workspace}-me"}
            ),
            "annotate": recipe.annotate.model_copy(
                update={"annotators": ("me",), "overlap": 1, "by": "people", "error_rates": ()}
            ),
            "publish": recipe.publish.model_copy(
                update={"folder": f"{recipe.publish.folder}-me", "to": ()}
            ),
        }
    )
    out = home / "recipes" / f"{derived.run.name}.toml"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(to_toml(derived), encoding="utf-8")
    return out


def to_toml(recipe: Recipe) -> str:
    """A recipe as TOML that loads as the same recipe."""
    lines = []
    for name, section in recipe.model_dump(mode="json").items():
        if section is None:
            continue
        tables = section if isinstance(section, list) else [section]
        for table in tables:
            lines.append(f"[[{name}]]" if isinstance(section, list) else f"[{name}]")
            lines += [
                f"{key} = {_value(value)}" for key, value in table.items() if value is not None
            ]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:  # noqa: ANN401 - anything that JSON has
    """A JSON value as an inline TOML value."""
    if isinstance(value, dict):
        cells = [f"{key} = {_value(cell)}" for key, cell in value.items() if cell is not None]
        return "{" + ", ".join(cells) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def show_logins(recipe: Recipe, home: Path, console: Console) -> None:
    """Says where each annotator logs in, and with what."""
    running = label_studio.up(home / "label-studio")
    people = roster(Workspace(recipe.run.workspace), recipe)
    for name, account in annotators(running, people).items():
        login = "with your own account"
        if account.login:
            login = f"login {account.login}   password {account.password}"
        console.print(f"{name}: {running.url}   {login}", soft_wrap=True, highlight=False)


def wait(what: str, last: str, console: Console) -> None:
    """Waits a little while people work; without a terminal it prints only what is new.

    `last` is what people had to judge at the last call.
    """
    text = f"Waiting for people: {what}"
    if not console.is_terminal and what != last:
        console.print(text)
    with console.status(f"{text}   (Ctrl-C stops; the same command goes on)"):
        time.sleep(POLL_SECONDS)
