"""Endpoint presets: the address of a model, its name there, its key variable and its price.

    presets()["gpt-4o"].price_in     # all of presets.toml, for a table
    preset("gpt-4o")                 # the settings that a recipe's `preset = "gpt-4o"` stands for

A recipe's own settings win over its preset. Prices change: each preset has the month of its price.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).with_name("presets.toml")

#: Most tokens that a model that thinks first may write: its thoughts count as written.
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
    #: Whether it thinks before it answers, so that its answer needs room.
    thinks: bool = False
    #: Whether it is a thinking model of OpenAI: no temperature, and another name for `max_tokens`.
    reasons: bool = False

    def settings(self) -> dict[str, object]:
        """Returns the settings of a recipe's model that this preset stands for."""
        settings = self.model_dump(
            include={"url", "model", "key_variable", "price_in", "price_out"}, exclude_none=True
        )
        if self.thinks or self.reasons:
            settings["max_tokens"] = THINKING_TOKENS
        if self.reasons:
            settings |= {"max_tokens_field": "max_completion_tokens", "temperature": None}
        return settings


@cache
def presets() -> dict[str, Preset]:
    """Returns all presets by name."""
    raw = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        table["name"]: Preset.model_validate(_with_vendor(table, raw["vendors"]))
        for table in raw["presets"]
    }


def _with_vendor(table: dict[str, Any], vendors: dict[str, dict[str, str]]) -> dict[str, Any]:
    own = {name: value for name, value in table.items() if name != "vendor"}
    return {**vendors[table["vendor"]], **own}


def preset(name: str) -> dict[str, object]:
    """Returns the settings of a preset; ValueError lists the names there are."""
    known = presets()
    if name not in known:
        raise ValueError(f"there is no preset {name!r}; there are {', '.join(known)}")
    return known[name].settings()
