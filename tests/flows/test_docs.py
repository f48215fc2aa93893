"""The docs are tested: every command, option and make target has help and is named where people
read.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from spuriforge.flows.cli import app

ROOT = Path(__file__).parents[2]
DOCS = "\n".join(
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")
)
REFERENCE = ROOT / "docs" / "commands.md"


def commands() -> Iterator[tuple[str, object]]:
    """Every command with its full name, groups included."""

    def below(name: str, command: object) -> Iterator[tuple[str, object]]:
        yield name, command
        for word, one in getattr(command, "commands", {}).items():
            yield from below(f"{name} {word}".strip(), one)

    yield from below("", get_command(app))


NAMED = list(commands())


@pytest.mark.parametrize(
    ("name", "command"), NAMED, ids=[name or "spuriforge" for name, _ in NAMED]
)
def test_every_command_and_option_has_help(name: str, command: object) -> None:
    assert command.help, name
    for parameter in command.params:
        assert parameter.name == "help" or parameter.help, f"{name} {parameter.name}"


@pytest.mark.parametrize(
    "name", [name for name, command in NAMED if name and not hasattr(command, "commands")]
)
def test_every_command_is_in_the_readme_or_beside_its_group(name: str) -> None:
    *group, last = name.split()
    assert f"spuriforge {name}" in DOCS or (group and f"`{last}`" in DOCS)


def test_every_option_is_in_the_docs() -> None:
    shown = DOCS + REFERENCE.read_text(encoding="utf-8")
    options = {
        one
        for _, command in NAMED
        for parameter in command.params
        for one in parameter.opts
        if one[:2] == "--"
    }
    assert {one for one in options if one not in shown} == set()


def test_the_reference_is_as_the_command_line_says() -> None:
    from typer.cli import app as typer_app
    from typer.testing import CliRunner

    shown = CliRunner().invoke(
        typer_app, ["spuriforge.flows.cli", "utils", "docs", "--name", "spuriforge"]
    )
    assert shown.output.strip() == REFERENCE.read_text(encoding="utf-8").strip(), "run `make docs`"


def test_every_make_target_is_in_the_docs() -> None:
    (targets,) = re.findall(
        r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [target for target in targets.split() if f"make {target}" not in DOCS] == []


def test_every_command_that_the_docs_show_exists() -> None:
    known = {name for name, _ in NAMED}
    for shown in re.findall(r"^spuriforge (.+)$", DOCS, re.MULTILINE):
        words = shown.split()
        assert words[0] in known or words[0].startswith("-"), shown
        if words[0] in ("label-studio", "proving-ground", "annotators", "annotate", "release"):
            assert " ".join(words[:2]) in known, shown


def test_links_lead_somewhere() -> None:
    for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / link).exists(), f"{name}: {link}"


@pytest.mark.parametrize("name", ["compose.yaml", "prefect.yaml", "CITATION.cff"])
def test_yaml_files_are_yaml(name: str) -> None:
    assert isinstance(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")), dict)


def test_scheduled_flows_exist() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    for one in deployments:
        module, _, name = one["entrypoint"].rpartition(".")
        source = (ROOT / "src" / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), one["entrypoint"]
    assert all((ROOT / one["parameters"]["recipe_path"]).is_file() for one in deployments)
