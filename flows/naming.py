"""How flow runs present themselves in Prefect: their names, and what their parameters mean.

@flow(name="mine", flow_run_name=run_name)      # "proving-ground mine"
def mine(recipe_path: RecipePath) -> int: ...
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from prefect.runtime import flow_run
from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


@dataclass(frozen=True, slots=True)
class ParameterDescription:
    """A parameter's description in Prefect's form for a run.

    Prefect ignores the description of a `pydantic.Field` within `Annotated`; it keeps what the
    type's own schema has.
    """

    text: str

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Returns the type's schema with the description."""
        return {**handler(schema), "description": self.text}


RecipePath = Annotated[
    str,
    ParameterDescription(
        "The recipe: a TOML file, or a folder with a recipe.toml, where runs start."
    ),
]


def run_name() -> str:
    """Returns the recipe's name and the flow's: "proving-ground mine"."""
    return f"{recipe_name(str(flow_run.parameters['recipe_path']))} {flow_run.flow_name}"


def recipe_name(recipe_path: str) -> str:
    """The name that a recipe gives its runs, or its path where it cannot be read.

    A recipe with a mistake still gets a flow run, which says what the mistake is.
    """
    path = Path(recipe_path)
    file = path / "recipe.toml" if path.is_dir() else path
    try:
        return str(tomllib.loads(file.read_text(encoding="utf-8"))["run"]["name"])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError):
        return recipe_path
