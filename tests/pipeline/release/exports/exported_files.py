"""Reads exported files of YAML and Python, as the harnesses do."""

from pathlib import Path
from typing import Any

import yaml


class Loader(yaml.SafeLoader):
    """YAML in which `!function a.b` is the text a.b."""


Loader.add_constructor("!function", lambda loader, node: loader.construct_scalar(node))


def run(path: Path) -> dict[str, Any]:
    """The names that an exported file of Python defines."""
    names: dict[str, Any] = {}
    exec(compile(path.read_text(), path.name, "exec"), names)
    return names
