"""What is wrong with a recipe, in words that name the setting and what was probably meant.

    try:
        recipe = Recipe.model_validate(raw)
    except ValidationError as error:
        raise ValueError(explain(error, Recipe)) from None

For example "run.worker: there is no such setting; did you mean workers?".
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

#: The settings that say which kind of model or benchmark a table is.
KINDS = ("kind", "backend")


def explain(error: ValidationError, recipe: type[BaseModel]) -> str:
    """Returns all mistakes as one line: each with the setting's place, as in `models.0.path`."""
    mistakes = error.errors()
    # pydantic also reports a list as empty if its only entry is wrong: leave that out.
    within = {mistake["loc"][:end] for mistake in mistakes for end in range(len(mistake["loc"]))}
    return "; ".join(
        _phrase(mistake["type"], mistake["loc"], mistake["msg"], mistake.get("ctx", {}), recipe)
        for mistake in mistakes
        if mistake["loc"] not in within or mistake["type"] != "too_short"
    )


def _phrase(
    kind: str,
    location: Sequence[int | str],
    message: str,
    context: dict[str, Any],
    recipe: type[BaseModel],
) -> str:
    path, holders, sections = _trace(location, recipe)
    if kind == "extra_forbidden":
        message = "there is no such setting; " + _meant(path, holders, recipe)
    elif kind == "missing":
        kinds = _kinds(holders) if path[-1] in KINDS else []
        message = "this setting is required" + "".join(f"; there is {name}" for name in kinds)
    elif kind == "union_tag_invalid":
        path.append(context["discriminator"].strip("'"))
        message = f"there is no {context['tag']!r}; " + _nearest(context["tag"], _kinds(sections))
    elif kind == "union_tag_not_found":
        path.append(context["discriminator"].strip("'"))
        message = f"this setting is required; there are {', '.join(_kinds(sections))}"
    return f"{'.'.join(path) or 'recipe'}: {message.removeprefix('Value error, ')}"


def _trace(
    location: Sequence[int | str], recipe: type[BaseModel]
) -> tuple[list[str], list[type[BaseModel]], list[type[BaseModel]]]:
    """Follows pydantic's location through the sections.

    Returns the path as the file has it, the sections that could hold its last part, and those that
    the last part could be. Pydantic adds the kind of a model or benchmark to its locations.
    """
    path: list[str] = []
    holders, inside = [recipe], [recipe]
    for part in location:
        of_kind = [section for section in inside if part in _kinds([section])]
        if len(inside) > 1 and of_kind:
            inside = of_kind
            continue
        path.append(str(part))
        if isinstance(part, str):
            holders = inside
            fields = [held.model_fields[part] for held in holders if part in held.model_fields]
            inside = [section for field in fields for section in _sections(field.annotation)]
    return path, holders, inside


def _kinds(sections: Iterable[type[BaseModel]]) -> list[str]:
    """Returns the kinds or backends that the sections stand for."""
    fields = (section.model_fields.get(name) for section in sections for name in KINDS)
    return [str(kind) for field in fields if field for kind in get_args(field.annotation)]


def _sections(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - any type that a field has
    """Returns the sections that a field's type names, at whatever depth."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for part in get_args(annotation) for section in _sections(part)]


def _meant(path: Sequence[str], holders: Sequence[type[BaseModel]], recipe: type[BaseModel]) -> str:
    """Returns what an unknown key was probably meant to be: a similar one, or another section's."""
    key = path[-1]
    known = list(dict.fromkeys(name for section in holders for name in section.model_fields))
    elsewhere = [
        f"{name}.{key}"
        for name, field in recipe.model_fields.items()
        if any(key in section.model_fields for section in _sections(field.annotation))
    ]
    if len(path) == 2 and 1 <= len(elsewhere) <= 2 and not get_close_matches(key, known):
        return f"did you mean {' or '.join(elsewhere)}?"
    return _nearest(key, known)


def _nearest(word: str, known: Sequence[str]) -> str:
    """Returns the known word that `word` begins or resembles, or all that there are."""
    begun = [name for name in known if len(word) > 2 and name.startswith(word)]
    near = begun or get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
