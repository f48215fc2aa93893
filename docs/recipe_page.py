"""The page of all recipe settings, from the recipe's pydantic models and their `#:` comments."""

import ast
import inspect
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from tables import kind, sections_of, table, toml, variant


def recipe_page() -> str:
    """Returns the page of every recipe setting: type, default and meaning, section by section."""
    from spuriforge.pipeline import recipe

    parts = [
        "# Recipe settings",
        "A recipe is one TOML file with everything that a run depends on. A setting that does not "
        "exist, or a value that cannot be, is an error that names it. Paths that start with a dot "
        "are relative to the recipe's folder; other relative paths and Hub ids stay as they are.",
    ]
    for name, field in recipe.Recipe.model_fields.items():
        sections = sections_of(field.annotation)
        many = get_origin(_bare(field.annotation)) is tuple
        title = f"`[[{name}]]`" if many else f"`[{name}]`"
        parts.append(f"## {title} {{ #{name} }}")
        note = "Required" if field.is_required() else "Optional"
        parts.append(f"*{note}.* {meanings(recipe.Recipe).get(name, '')}".strip())
        if name == "judge":
            parts.append("An [endpoint model](#models-endpoint).")
            continue
        for section in sections:
            if len(sections) > 1:
                anchor = f"{name}-{variant(section)}"
                parts.append(f"### {_variant_title(section)} {{ #{anchor} }}")
            parts.append(inspect.getdoc(section) or "")
            parts.append(_settings(section))
            for inner_name, inner in section.model_fields.items():
                nested = sections_of(inner.annotation)
                if nested and get_origin(_bare(inner.annotation)) is tuple:
                    parts.append(f"### `[[{name}.{inner_name}]]`")
                    parts.append(inspect.getdoc(nested[0]) or "")
                    parts.append(_settings(nested[0]))
    return "\n\n".join(part for part in parts if part) + "\n"


def _settings(section: type[BaseModel]) -> str:
    means = meanings(section)
    rows = [
        (f"`{name}`", kind(field.annotation, field.metadata), default(field), means.get(name, ""))
        for name, field in section.model_fields.items()
    ]
    return table(("setting", "type", "default", "meaning"), rows)


def meanings(section: type[BaseModel]) -> dict[str, str]:
    """Returns the meaning of each field: the `#:` comment above it, in its class or a base."""
    result: dict[str, str] = {}
    for base in reversed([cls for cls in section.__mro__ if cls.__module__.startswith("spurif")]):
        lines, _ = inspect.getsourcelines(base)
        (definition,) = ast.parse(inspect.cleandoc("\n" + "".join(lines))).body
        assert isinstance(definition, ast.ClassDef)
        for node in definition.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                comment = _comment_above(lines, node.lineno - 1)
                if comment:
                    result[node.target.id] = comment
    return result


def _comment_above(lines: list[str], number: int) -> str:
    """The `#:` lines that end right above line `number` (from 0), as one text."""
    comment: list[str] = []
    while number > 0 and lines[number - 1].strip().startswith("#:"):
        number -= 1
        comment.insert(0, lines[number].strip().removeprefix("#:").strip())
    return " ".join(comment)


def _bare(annotation: Any) -> Any:
    return _bare(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def _variant_title(section: type[BaseModel]) -> str:
    name = "backend" if "backend" in section.model_fields else "kind"
    values = get_args(section.model_fields[name].annotation)
    return f'`{name} = "{values[0]}"`' if len(values) == 1 else "Files of a benchmark"


def default(field: FieldInfo) -> str:
    """Returns a field's default as TOML writes it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    assert value is not PydanticUndefined
    if value is None or value == "" or value == () or value == {}:
        return ""
    return f"`{toml(value)}`"
