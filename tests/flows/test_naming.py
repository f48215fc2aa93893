"""Flow runs carry the recipe's name, and Prefect's form for a run says what a parameter is."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.exceptions import ParameterTypeError
from prefect.flows import Flow

from spuriforge.flows.build import BUILD_STAGES, build
from spuriforge.flows.deployments import deployments
from spuriforge.flows.naming import recipe_name
from spuriforge.flows.publish import publish

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "flows" / "recipes" / "proving_ground.toml"


def _deployed_flows() -> list[Flow[..., Any]]:
    """The flows of prefect.yaml and of `spuriforge serve`."""
    entries = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    entrypoints = {entry["entrypoint"] for entry in entries}
    served = deployments(RECIPE, build_cron="0 * * * *", collect_cron="0 * * * *")
    entrypoints |= {str(deployment.entrypoint) for deployment in served}
    places = (entrypoint.rpartition(".") for entrypoint in entrypoints)
    return [getattr(import_module(module), name) for module, _, name in places]


def test_a_run_is_named_by_its_recipe(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text('[run]\nname = "birds"\n', encoding="utf-8")
    assert recipe_name(str(tmp_path / "recipe.toml")) == "birds"
    assert recipe_name(str(tmp_path)) == "birds"


@pytest.mark.parametrize(
    "content", [b"[run", b"\xff\xfe", b"[run]\nshard = 1\n", b"run = 3\n", None]
)
def test_an_unreadable_recipe_is_named_by_its_path(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "recipe.toml"
    if content is not None:
        path.write_bytes(content)
    assert recipe_name(str(path)) == str(path)


def test_prefect_describes_the_recipe_of_every_deployed_flow() -> None:
    flows = _deployed_flows()
    assert {flow.name for flow in flows} >= {"build", "mine"}
    for flow in flows:
        parameter = flow.parameters.properties["recipe_path"]
        assert parameter["type"] == "string", flow.name
        assert "recipe.toml" in parameter["description"], flow.name


def test_prefect_offers_the_stages_of_a_build_as_choices() -> None:
    parameter = build.parameters.properties["until"]
    choices, nothing = parameter["anyOf"]
    assert choices["enum"] == list(BUILD_STAGES)
    assert nothing == {"type": "null"}
    assert parameter["default"] is None
    assert "Stop after this stage" in parameter["description"]
    assert "next version" in publish.parameters.properties["bump"]["description"]


def test_a_run_refuses_a_stage_that_does_not_exist() -> None:
    given = {"recipe_path": "recipe.toml", "until": "mine"}
    assert build.validate_parameters(given) == given
    with pytest.raises(ParameterTypeError, match="until"):
        build.validate_parameters({**given, "until": "polish"})
