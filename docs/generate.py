"""Adds to the site what the code and the files at the top say: the reference and the project pages.

MkDocs calls `on_files` before it builds (`hooks` in mkdocs.yml). Nothing is written to docs/, so no
page can lag behind the code:

    print(commands_page())
"""

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, MinLen
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

ROOT = Path(__file__).parents[1]

#: Pages of the site that are files at the top of the repository.
PROJECT = {
    "architecture": "ARCHITECTURE.md",
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the generated pages; called by MkDocs."""
    pages = {
        "reference/commands.md": commands_page(),
        "reference/recipe.md": recipe_page(),
        "reference/presets.md": presets_page(),
        "reference/release.md": release_page(),
        "reference/api.md": api_page(),
    }
    pages["explanation/proving-ground-figures.md"] = figures_page()
    pages |= {f"project/{page}.md": project_page(name) for page, name in PROJECT.items()}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; empty where there are no rows."""
    if not rows:
        return ""
    lines = [heading, ("---",) * len(heading), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# --- Commands ------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, Any]]:
    """Yields `spuriforge` itself, then its commands by who uses them, each group before its own."""
    from typer.main import get_command

    from spuriforge.flows.cli import app
    from spuriforge.flows.commands.errors import HEADINGS

    top = get_command(app)
    yield "", top
    by_heading = sorted(top.commands.items(), key=lambda named: HEADINGS.index(_heading(named[1])))
    for name, command in by_heading:
        yield name, command
        for word, child in getattr(command, "commands", {}).items():
            yield f"{name} {word}", child


def commands_page() -> str:
    """Returns the page of all commands: help, usage, arguments and options."""
    parts = ["# Commands", "`spuriforge COMMAND --help` prints the same on the command line."]
    heading = ""
    for name, command in commands():
        if name and " " not in name and _heading(command) != heading:
            heading = _heading(command)
            parts.append(f"## {heading}")
        if name:
            parts.append(f"{'####' if ' ' in name else '###'} spuriforge {name}")
        parts.append(_help(command))
        if not hasattr(command, "commands"):
            parts.append(f"```\n{_usage(name, command)}\n```")
        parts.append(table(("", "values", "default", "meaning"), _parameters(command)))
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(command: Any) -> str:
    """The heading of `--help` that a command stands under."""
    return str(command.rich_help_panel)


def _help(command: Any) -> str:
    return inspect.cleandoc(command.help or "").partition("\f")[0].strip()


def _usage(name: str, command: Any) -> str:
    arguments = " ".join(
        parameter.name.upper() if parameter.required else f"[{parameter.name.upper()}]"
        for parameter in command.params
        if parameter.param_type_name == "argument"
    )
    options = any(parameter.param_type_name == "option" for parameter in command.params)
    return " ".join(filter(None, ("spuriforge", name, arguments, "[OPTIONS]" if options else "")))


def _parameters(command: Any) -> list[tuple[str, ...]]:
    return [
        (_names(parameter), _values(parameter), _cli_default(parameter), parameter.help or "")
        for parameter in command.params
        if parameter.name != "help"
    ]


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    return ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))


def _values(parameter: Any) -> str:
    if getattr(parameter, "is_flag", False):
        return ""
    descriptor = parameter.type_descriptor
    annotation = descriptor.annotation
    several = get_origin(annotation) in (list, tuple)
    least, most = descriptor.parameter_info.min, descriptor.parameter_info.max
    limits = [Ge(least)] * (least is not None) + [Le(most)] * (most is not None)
    text = kind(get_args(annotation)[0] if several else annotation, limits).replace('"', "")
    return f"{text}; can be repeated" if several else text


def _cli_default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    default = parameter.default
    if default is None or default is False or default == () or "UNSET" in repr(default):
        return ""
    return "on" if default is True else f"`{getattr(default, 'value', default)}`"


# --- Recipe settings -----------------------------------------------------------------------------


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
                anchor = f"{name}-{_variant(section)}"
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


def sections_of(annotation: Any) -> list[type[BaseModel]]:
    """Returns the sections that a field's annotation names, however deep."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for part in get_args(annotation) for section in sections_of(part)]


def _bare(annotation: Any) -> Any:
    return _bare(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def _variant(section: type[BaseModel]) -> str:
    key = section.model_fields.get("backend") or section.model_fields["kind"]
    values = get_args(key.annotation)
    return str(values[0]) if len(values) == 1 else "files"


def _variant_title(section: type[BaseModel]) -> str:
    name = "backend" if "backend" in section.model_fields else "kind"
    values = get_args(section.model_fields[name].annotation)
    return f'`{name} = "{values[0]}"`' if len(values) == 1 else "Files of a benchmark"


def kind(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> str:
    """Returns a field's type in words: `number, 0 to 1`, or `one of a, b`."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind(parts[0], [*parts[1:], *metadata])
    if origin in (Union, UnionType):
        kinds = [kind(part) for part in parts if part is not NoneType]
        return " or ".join(dict.fromkeys(kinds)) + _limits(metadata)
    if origin is Literal:
        return ", ".join(f"`{_toml(value)}`" for value in parts)
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    if origin is tuple:
        items = list(dict.fromkeys(kind(part) for part in parts if part is not Ellipsis))
        number = f"{len(parts)} of " if Ellipsis not in parts else ""
        return f"list: {number}{' or '.join(items)}{_limits(metadata)}"
    if origin is dict:
        return "table: " + " to ".join(kind(part) for part in parts)
    if sections_of(annotation):
        return _section_link(annotation)
    words = {str: "text", int: "integer", float: "number", bool: "true or false", Path: "path"}
    return words[annotation] + _limits(metadata)


def _section_link(section: type[BaseModel]) -> str:
    fields = section.model_fields
    if "backend" in fields:
        return f"a [model](#models-{_variant(section)})"
    return "a section"


def _limits(metadata: list[Any] | tuple[Any, ...]) -> str:
    flat = [
        limit
        for entry in metadata
        for limit in (entry.metadata if isinstance(entry, FieldInfo) else [entry])
    ]
    least = next((limit.ge for limit in flat if isinstance(limit, Ge)), None)
    above = next((limit.gt for limit in flat if isinstance(limit, Gt)), None)
    most = next((limit.le for limit in flat if isinstance(limit, Le)), None)
    length = next((limit.min_length for limit in flat if isinstance(limit, MinLen)), None)
    pattern = next((limit.pattern for limit in flat if getattr(limit, "pattern", None)), None)
    if least is not None and most is not None:
        return f", {least} to {most}"
    if least is not None:
        return f", {least} or more"
    if above is not None:
        return f", over {above}"
    if length is not None:
        return f", {length} or more of them"
    return f", matching `{pattern}`" if pattern else ""


def default(field: FieldInfo) -> str:
    """Returns a field's default as TOML writes it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    assert value is not PydanticUndefined
    if value is None or value == "" or value == () or value == {}:
        return ""
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


# --- Presets, release columns, API, project ------------------------------------------------------


def presets_page() -> str:
    """Returns the page of endpoint presets: model, address, key variable, prices."""
    from spuriforge.pipeline import presets

    text = Path(presets.__file__).with_suffix(".toml").read_text(encoding="utf-8")
    known = tomllib.loads(text)
    rows = []
    for entry in known["presets"]:
        vendor = known["vendors"][entry["vendor"]]
        prices = [entry.get("price_in"), entry.get("price_out")]
        rows.append(
            (
                f"`{entry['name']}`",
                f"`{entry['model']}`",
                entry["vendor"],
                f"`{vendor['key_variable']}`" if "key_variable" in vendor else "",
                " / ".join(f"{price:g}" for price in prices if price is not None),
            )
        )
    return "\n\n".join(
        [
            "# Model presets",
            'A model with `backend = "endpoint"` may name a `preset` instead of an address. '
            "`spuriforge models` prints the same list. The key comes from the environment variable "
            "and is written nowhere. Prices are US dollars per million tokens, in and out, from "
            "memory: check them before you rely on them.",
            table(("preset", "model there", "vendor", "key variable", "prices"), rows),
        ]
    )


def release_page() -> str:
    """Returns the page of every column of a release, by configuration."""
    from spuriforge.pipeline.release.rows.columns import COLUMNS

    parts = [
        "# Release columns",
        "Each configuration is a folder of Parquet files. An image is a struct of `bytes` and "
        "`path`, which `datasets` decodes.",
    ]
    for config, columns in COLUMNS.items():
        rows = [(f"`{column.name}`", column.type_name, column.meaning) for column in columns]
        parts += [f"## {config}", table(("column", "type", "meaning"), rows)]
    return "\n\n".join(parts) + "\n"


def api_page() -> str:
    """Returns the page of the public API: what `spuriforge.__all__` holds."""
    import spuriforge

    parts = [
        "# Python API",
        "`import spuriforge` gives these names. They stay as they are within a major version; "
        "everything else in the package is private and may change at any time.",
    ]
    for name in getattr(spuriforge, "__all__", ()):
        value = getattr(spuriforge, name)
        path = f"{value.__module__}.{value.__qualname__}"
        parts.append(f"::: {path}\n    options:\n      heading: spuriforge.{name}")
    return "\n\n".join(parts) + "\n"


def figures_page() -> str:
    """Returns the measured figures of the proving ground's models, which `make bench` writes."""
    text = (ROOT / "data" / "proving_ground" / "README.md").read_text(encoding="utf-8")
    return "# Figures of the models\n\n" + text[text.index("## ") :]


def project_page(name: str) -> str:
    """Returns a file at the top of the repository with its links as the site needs them."""
    text = (ROOT / name).read_text(encoding="utf-8")
    pages = {file: f"{page}.md" for page, file in PROJECT.items()}
    text = re.sub(r"\]\(docs/([^)]+)\)", r"](../\1)", text)
    return re.sub(r"\]\((\w+\.md)\)", lambda link: f"]({pages.get(link[1], link[1])})", text)
