"""Finds the shortcuts that a vision-language model takes and proves each with image pairs.

    import spuriforge

    release = spuriforge.load_release("releases/demo")
    release.figures()[0]["cue"]
    spuriforge.parse_reply("The answer is (B).", ["a car", "a train"])      # 1

What `__all__` names is the public API; everything else is private by convention. Importing the
package is quick: the API's modules are imported when a name is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .pipeline.api import Release, load_model, load_release, parse_reply
    from .pipeline.evaluate import Evaluation, Figure
    from .pipeline.lvlm.interface import LVLM, Answer, Query

__all__ = [
    "LVLM",
    "Answer",
    "Evaluation",
    "Figure",
    "Query",
    "Release",
    "load_model",
    "load_release",
    "parse_reply",
]

_MODULES = {
    "pipeline.api": ("Release", "load_model", "load_release", "parse_reply"),
    "pipeline.evaluate": ("Evaluation", "Figure"),
    "pipeline.lvlm.interface": ("LVLM", "Answer", "Query"),
}


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
