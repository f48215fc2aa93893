"""The page of all commands, from the command line itself."""

import inspect
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from annotated_types import Ge, Le

from tables import kind, table


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
