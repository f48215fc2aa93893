"""The generated reference is complete: every setting, column and command has a meaning."""

import re

import pytest
from pydantic import BaseModel

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.release.rows.columns import COLUMNS
from tests.docs.generate import commands, hook, meanings, sections_of


def _sections() -> list[type[BaseModel]]:
    """The recipe's sections and theirs, each once."""
    found: list[type[BaseModel]] = []
    todo: list[type[BaseModel]] = [Recipe]
    while todo:
        section = todo.pop()
        if section not in found:
            found.append(section)
            for field in section.model_fields.values():
                todo.extend(sections_of(field.annotation))
    return [section for section in found if section is not Recipe]


@pytest.mark.parametrize("section", _sections(), ids=lambda section: section.__name__)
def test_every_setting_has_a_meaning(section: type[BaseModel]) -> None:
    without = set(section.model_fields) - set(meanings(section))
    assert not without, "say what it means in a `#:` comment above it"


def test_the_recipe_page_has_every_section_and_setting() -> None:
    page = hook.recipe_page()
    for name, field in Recipe.model_fields.items():
        assert re.search(rf"^## `\[+{name}\]+`", page, re.MULTILINE)
        for section in sections_of(field.annotation):
            assert all(f"| `{setting}` |" in page for setting in section.model_fields)
    assert "| `min_effect` | number, 0 to 1 | `0.2` | Least accuracy drop" in page
    assert '| `dtype` | `"float32"`, `"bfloat16"`, `"float16"` | `"float32"` |' in page
    assert "| `error_rates` | list: number, 0 to 1 |  |" in page


def test_the_release_page_has_every_column_and_its_meaning() -> None:
    page = hook.release_page()
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    assert len(rows) == sum(map(len, COLUMNS.values()))
    assert all(meaning.strip() for _, _, meaning in rows)


def test_the_commands_page_has_every_command_and_option() -> None:
    page = hook.commands_page()
    for name, command in commands():
        assert f"# spuriforge {name}\n" in page or not name
        for parameter in command.params:
            assert (
                parameter.name == "help"
                or f"`{parameter.opts[0]}`" in page
                or (f"`{parameter.name.upper()}`" in page)
            )
    assert "| `--rotations` | integer, 1 or more | `1` |" in page


def test_the_api_page_has_every_public_name() -> None:
    import spuriforge

    page = hook.api_page()
    for name in getattr(spuriforge, "__all__", ()):
        assert f"heading: spuriforge.{name}\n" in page


def test_links_of_top_level_files_lead_to_pages_of_the_site() -> None:
    page = hook.project_page("ARCHITECTURE.md")
    links = re.findall(r"\]\(([^)#:]+)\)", page)
    assert links
    for link in links:
        target = (hook.ROOT / "docs" / "project" / link).resolve()
        assert target.exists() or target.stem in hook.PROJECT, link
