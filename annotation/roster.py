"""Who judges: the recipe's annotators, those who came later, less those who left or whose judgments
are left out.

    add(workspace, recipe, "ada")                # from the next push on
    remove(workspace, recipe, "annotator-2")     # no new tasks; their judgments stay and count
    roster(workspace, recipe)                    # ("annotator-1", "annotator-3", "ada"): whom to ask
    everyone(workspace, recipe)                  # and all who ever were: whose answers to collect
    staffed(workspace, recipe)                   # the recipe with the roster as its annotators, for pushing
    exclude(workspace, recipe, "ada", "gives every cue the same verdict")    # their judgments count no longer

Who came and who left lies in the workspace, in a small file beside the recipe's list, which nobody
has to edit. Exclusions are records: the lead's every word on a person is kept.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from spuriforge.pipeline.decisions import excluded
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import Exclusion, Judgment, key_of
from spuriforge.pipeline.workspace import Workspace

from .server import read_private

FILE = "roster.json"
#: What a pseudonym may be made of: what fits into a project's mark, a title and a table.
_NAME = re.compile(r"[^\W_][\w.-]*(?: [\w.-]+)*")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Changes:
    """What the workspace adds to the recipe's list, and takes from it."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


# --- who there is ---------------------------------------------------------------------------------


def roster(workspace: Workspace, recipe: Recipe) -> tuple[str, ...]:
    """Whom the next push asks, in the recipe's order and then as they came."""
    out = {*changes(workspace).removed, *excluded(workspace.records(Exclusion))}
    return tuple(name for name in everyone(workspace, recipe) if name not in out)


def everyone(workspace: Workspace, recipe: Recipe) -> tuple[str, ...]:
    """All who were ever asked: the answers of those who left are collected, too."""
    return tuple(dict.fromkeys((*recipe.annotate.annotators, *changes(workspace).added)))


def staffed(workspace: Workspace, recipe: Recipe) -> Recipe:
    """The recipe with the roster as its annotators: what a push takes; where nobody came or left,
    the recipe itself.
    """
    return _with(recipe, roster(workspace, recipe))


def complete(workspace: Workspace, recipe: Recipe) -> Recipe:
    """The recipe with everyone as its annotators: what collecting takes."""
    return _with(recipe, everyone(workspace, recipe))


def changes(workspace: Workspace) -> Changes:
    """Who came and who left, as the workspace has it; ValueError where its file is damaged."""
    text = workspace.read_text(FILE)
    if text is None:
        return Changes()
    try:
        return Changes(
            **{name: tuple(str(one) for one in names) for name, names in json.loads(text).items()}
        )
    except (ValueError, TypeError, AttributeError):
        raise ValueError(
            f"{FILE} in the workspace {workspace.url} is damaged: mend it, or delete it."
        ) from None


def logins(home: Path) -> dict[str, str]:
    """Each annotator's login on the embedded server, as its folder has it; nobody's account is
    made.
    """
    kept = read_private(home / "annotators.json") or {}
    return {name: one["login"] for name, one in kept.items() if one.get("login")}


# --- who comes and goes ---------------------------------------------------------------------------


def check_new(workspace: Workspace, recipe: Recipe, name: str) -> None:
    """ValueError unless somebody of this name can be added."""
    if recipe.annotate.by == "scripted":
        raise ValueError(
            "The recipe's annotators are scripts (annotate.by), which nobody can join."
        )
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot be a pseudonym: give up to {_LONGEST} letters, digits, single "
            f"spaces, '.', '_' and '-'."
        )
    gone = {name} & set(changes(workspace).removed)  # who was removed can come back
    alike = next(
        (
            one
            for one in everyone(workspace, recipe)
            if one.casefold() == name.casefold() and not gone
        ),
        None,
    )
    if alike:
        raise ValueError(f"{alike} is an annotator of this run already: choose another pseudonym.")


def add(workspace: Workspace, recipe: Recipe, name: str) -> None:
    """Puts somebody on the roster, or back on it."""
    check_new(workspace, recipe, name)
    now = changes(workspace)
    added = now.added if name in everyone(workspace, recipe) else (*now.added, name)
    _keep(workspace, Changes(added, tuple(one for one in now.removed if one != name)))


def remove(workspace: Workspace, recipe: Recipe, name: str) -> None:
    """Takes somebody off the roster; their judgments stay and count, and what they left open goes
    to others.
    """
    _known(workspace, recipe, name)
    now = changes(workspace)
    if name in now.removed:
        raise ValueError(f"{name} is removed already.")
    left = [one for one in roster(workspace, recipe) if one != name]
    if len(left) < recipe.annotate.overlap:
        raise ValueError(
            f"Without {name} {len(left)} would be left to judge, and the recipe asks "
            f"{recipe.annotate.overlap} about "
            "each cue: add somebody first."
        )
    _keep(workspace, Changes(now.added, (*now.removed, name)))


def exclude(workspace: Workspace, recipe: Recipe, name: str, reason: str) -> None:
    """Leaves a person's judgments out from now on, also those they have given; they get no new
    tasks.
    """
    _known(workspace, recipe, name)
    if not reason.strip():
        raise ValueError(
            f"Say why {name}'s judgments are left out: the reason is kept with the run."
        )
    if name in excluded(workspace.records(Exclusion)):
        raise ValueError(f"{name}'s judgments are left out already.")
    _say(workspace, name, True, reason.strip())


def include(workspace: Workspace, recipe: Recipe, name: str, reason: str = "") -> None:
    """Takes a person's judgments in again."""
    _known(workspace, recipe, name)
    if name not in excluded(workspace.records(Exclusion)):
        raise ValueError(f"{name}'s judgments are not left out.")
    _say(workspace, name, False, reason.strip())


def _say(workspace: Workspace, name: str, out: bool, reason: str) -> None:
    """The lead's word, with its time: the last one counts."""
    at = datetime.now(UTC).isoformat()
    key = key_of("exclusion", name, out, reason, at)
    workspace.append([Exclusion(key=key, annotator=name, excluded=out, reason=reason, at=at)])


def _known(workspace: Workspace, recipe: Recipe, name: str) -> None:
    """ValueError unless somebody of this name was ever asked, or judged."""
    names = {
        *everyone(workspace, recipe),
        *workspace.read(Judgment, ["annotator"]).column("annotator").to_pylist(),
    }
    if name not in names:
        raise ValueError(
            f"There is no annotator {name!r} in this run: there are {', '.join(sorted(names))}."
        )


def _keep(workspace: Workspace, now: Changes) -> None:
    text = json.dumps({"added": list(now.added), "removed": list(now.removed)}, ensure_ascii=False)
    workspace.write_text(FILE, text)


def _with(recipe: Recipe, names: tuple[str, ...]) -> Recipe:
    annotate = recipe.annotate.model_copy(update={"annotators": names})
    return (
        recipe
        if names == recipe.annotate.annotators
        else recipe.model_copy(update={"annotate": annotate})
    )
