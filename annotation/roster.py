"""Who judges: the recipe's annotators and those who joined, less those who left or are excluded.

    add(workspace, recipe, "ada")                # from the next push on
    remove(workspace, recipe, "bob")             # no new tasks; their judgments stay and count
    exclude(workspace, recipe, "bob", "gives every cue the same verdict")    # they count no longer
    roster(workspace, recipe)                    # ("annotator-1", "ada"): whom to ask
    everyone(workspace, recipe)                  # all who ever were: whose answers to collect

Who joined and who left lies in a small file in the workspace, which nobody has to edit. Exclusions
are records: each decision of the lead on a person is kept.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from spuriforge.pipeline.decisions import excluded
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import Exclusion, Judgment, key_of
from spuriforge.pipeline.workspace import Workspace

FILE = "roster.json"
#: What a pseudonym may be made of: what fits into a project's mark, a title and a table.
_NAME = re.compile(r"[^\W_][\w.-]*(?: [\w.-]+)*")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Changes:
    """What the workspace adds to the recipe's annotators, and takes from them."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


# --- who there is ---------------------------------------------------------------------------------


def roster(workspace: Workspace, recipe: Recipe) -> tuple[str, ...]:
    """Returns whom the next push asks: in the recipe's order, then as they joined."""
    out = {*changes(workspace).removed, *excluded(workspace.records(Exclusion))}
    return tuple(name for name in everyone(workspace, recipe) if name not in out)


def everyone(workspace: Workspace, recipe: Recipe) -> tuple[str, ...]:
    """Returns all who were ever asked: answers of those who left are collected too."""
    return tuple(dict.fromkeys((*recipe.annotate.annotators, *changes(workspace).added)))


def staffed(workspace: Workspace, recipe: Recipe) -> Recipe:
    """Returns the recipe with the roster as its annotators, for a push."""
    return _with(recipe, roster(workspace, recipe))


def complete(workspace: Workspace, recipe: Recipe) -> Recipe:
    """Returns the recipe with everyone as its annotators, to collect from."""
    return _with(recipe, everyone(workspace, recipe))


def changes(workspace: Workspace) -> Changes:
    """Returns who joined and who left; ValueError where the workspace's file is damaged."""
    text = workspace.read_text(FILE)
    if text is None:
        return Changes()
    try:
        kept = json.loads(text)
        return Changes(**{change: tuple(map(str, names)) for change, names in kept.items()})
    except (ValueError, TypeError, AttributeError):
        raise ValueError(
            f"{FILE} in the workspace {workspace.url} is damaged: mend it, or delete it."
        ) from None


# --- who comes and goes ---------------------------------------------------------------------------


def check_new(workspace: Workspace, recipe: Recipe, name: str) -> None:
    """ValueError if nobody of this name can be added."""
    if recipe.annotate.by == "scripted":
        raise ValueError(
            "The recipe's annotators are scripts (annotate.by), which nobody can join."
        )
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot be a pseudonym: give up to {_LONGEST} letters, digits, single "
            f"spaces, '.', '_' and '-'."
        )
    if name in changes(workspace).removed:
        return  # who was removed can come back
    for taken in everyone(workspace, recipe):
        if taken.casefold() == name.casefold():
            raise ValueError(
                f"{taken} is an annotator of this run already: choose another pseudonym."
            )


def add(workspace: Workspace, recipe: Recipe, name: str) -> None:
    """Puts somebody on the roster, or back on it."""
    check_new(workspace, recipe, name)
    now = changes(workspace)
    added = now.added if name in everyone(workspace, recipe) else (*now.added, name)
    _keep(workspace, Changes(added, tuple(other for other in now.removed if other != name)))


def remove(workspace: Workspace, recipe: Recipe, name: str) -> None:
    """Takes somebody off the roster; their judgments count, and their open tasks go to others."""
    _known(workspace, recipe, name)
    now = changes(workspace)
    if name in now.removed:
        raise ValueError(f"{name} is removed already.")
    left = [other for other in roster(workspace, recipe) if other != name]
    if len(left) < recipe.annotate.overlap:
        raise ValueError(
            f"Without {name} {len(left)} would be left to judge, and the recipe asks "
            f"{recipe.annotate.overlap} about each cue: add somebody first."
        )
    _keep(workspace, Changes(now.added, (*now.removed, name)))


def exclude(workspace: Workspace, recipe: Recipe, name: str, reason: str) -> None:
    """Leaves all of a person's judgments out from now on; they get no new tasks."""
    _known(workspace, recipe, name)
    if not reason.strip():
        raise ValueError(
            f"Say why {name}'s judgments are left out: the reason is kept with the run."
        )
    if name in excluded(workspace.records(Exclusion)):
        raise ValueError(f"{name}'s judgments are left out already.")
    _record(workspace, name, True, reason.strip())


def include(workspace: Workspace, recipe: Recipe, name: str, reason: str = "") -> None:
    """Lets a person's judgments count again."""
    _known(workspace, recipe, name)
    if name not in excluded(workspace.records(Exclusion)):
        raise ValueError(f"{name}'s judgments are not left out.")
    _record(workspace, name, False, reason.strip())


def _record(workspace: Workspace, name: str, out: bool, reason: str) -> None:
    """Records the lead's decision with its time; the last counts."""
    at = datetime.now(UTC).isoformat()
    key = key_of("exclusion", name, out, reason, at)
    workspace.append([Exclusion(key=key, annotator=name, excluded=out, reason=reason, at=at)])


def _known(workspace: Workspace, recipe: Recipe, name: str) -> None:
    """ValueError if nobody of this name was ever asked, or judged."""
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
    if names == recipe.annotate.annotators:
        return recipe
    annotate = recipe.annotate.model_copy(update={"annotators": names})
    return recipe.model_copy(update={"annotate": annotate})
