"""What the docs name exists, and what exists is documented: commands, options, make targets."""

import re
from typing import Any

import pytest
import yaml

from tests.docs.generate import commands
from tests.docs.pages import IDS, PAGES, ROOT

NAMED: dict[str, Any] = dict(commands())
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
DOCS = "\n".join(TEXTS.values())
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[0].split())


@pytest.mark.parametrize("name", NAMED, ids=lambda name: name or "spuriforge")
def test_every_command_and_option_has_help(name: str) -> None:
    assert NAMED[name].help, name
    for parameter in NAMED[name].params:
        assert parameter.name == "help" or parameter.help, f"{name} {parameter.name}"


@pytest.mark.parametrize(
    "name", [name for name, command in NAMED.items() if not hasattr(command, "commands")]
)
def test_every_command_is_shown_in_the_docs(name: str) -> None:
    *group, last = name.split()
    assert f"spuriforge {name}" in DOCS or (group and f"`{last}`" in DOCS)


def _shown(text: str) -> list[list[str]]:
    """The words of each command line in a page's code, up to a comment."""
    lines = re.findall(r"(?:^|`)(?:\.venv/bin/)?spuriforge ([^`\n#]+)", text, re.MULTILINE)
    return [line.split() for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_command_and_option_that_a_page_shows_exists(page: Any) -> None:
    for words in _shown(TEXTS[page]):
        if words[0] == "--debug":
            words = words[1:]
        if words[0] in ("COMMAND", "--help", "..."):
            continue
        name = " ".join(words[:2]) if " ".join(words[:2]) in NAMED else words[0]
        assert name in NAMED, " ".join(words)
        assert not hasattr(NAMED[name], "commands") or len(words) == 1, " ".join(words)
        known = {
            option
            for parameter in NAMED[name].params
            for option in (*parameter.opts, *parameter.secondary_opts)
        } | {"--help"}
        assert {word for word in words if word.startswith("--")} <= known, " ".join(words)


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_option_named_in_a_page_is_somebodys(page: Any) -> None:
    known = {
        option
        for command in NAMED.values()
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    named = set(re.findall(r"`(--[a-z][a-z-]*)[^`]*`", TEXTS[page]))
    assert named <= known | {"--strict"}


def test_every_make_target_is_documented_and_every_documented_target_exists() -> None:
    shown = set(re.findall(r"(?:^|`)make ([a-z]+)", DOCS, re.MULTILINE))
    assert shown == TARGETS


@pytest.mark.parametrize("name", ["compose.yaml", "prefect.yaml", "CITATION.cff"])
def test_yaml_files_are_yaml(name: str) -> None:
    assert isinstance(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")), dict)


def test_scheduled_flows_exist() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    for deployment in deployments:
        module, _, name = deployment["entrypoint"].rpartition(".")
        source = (ROOT / "src" / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), name
        assert (ROOT / deployment["parameters"]["recipe_path"]).is_file()
