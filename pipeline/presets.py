"""Endpoint presets: where a model is asked, by which name, with which key variable, at which price.

    presets()["gpt-4o"].price_in     # all of presets.toml, for a table
    preset("gpt-4o")                 # the settings that a recipe's `preset = "gpt-4o"` stands for

What a recipe sets itself goes before its preset. Prices change: each has the month in which it was
true.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).with_name("presets.toml")

#: What a model that thinks first may write: its thoughts count as tokens written.
THINKING_TOKENS = 8192


class Preset(BaseModel):
    """One model behind one endpoint."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    url: str
    model: str
    key_variable: str | None = None
    #: US dollars per million tokens, in the month `as_of`; None for a model on one's own machine.
    price_in: float | None = None
    price_out: float | None = None
    as_of: str
    note: str = ""
    #: Does it think before it answers? Then its answer needs room.
    thinks: bool = False
    #: One of OpenAI's that think: they take no temperature, and another name for the most tokens.
    reasons: bool = False

    def settings(self) -> dict[str, object]:
        """The settings of a recipe's model that this stands for."""
        found = self.model_dump(
            include={"url", "model", "key_variable", "price_in", "price_out"}, exclude_none=True
        )
        if self.thinks or self.reasons:
            found["max_tokens"] = THINKING_TOKENS
        if self.reasons:
            found |= {"max_tokens_field": "max_completion_tokens", "temperature": None}
        return found


@cache
def presets() -> dict[str, Preset]:
    """All presets by their name."""
    raw = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        one["name"]: Preset.model_validate(_with_vendor(one, raw["vendors"]))
        for one in raw["presets"]
    }


def _with_vendor(one: dict[str, Any], vendors: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        **vendors[one["vendor"]],
        **{name: value for name, value in one.items() if name != "vendor"},
    }


def preset(name: str) -> dict[str, object]:
    """The settings that a preset stands for; ValueError with the names there are."""
    known = presets()
    if name not in known:
        raise ValueError(f"there is no preset {name!r}; there are {', '.join(known)}")
    return known[name].settings()
