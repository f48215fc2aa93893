"""Pages are quick to read: short paragraphs, figures in tables, links that lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, IDS, PAGES, ROOT, prose

#: The pages that docs/generate.py makes.
GENERATED = ("reference/", "project/", "proving-ground-figures.md")
WORDS, DECIMALS = 80, 5


def _paragraphs(page: Path) -> list[str]:
    """Paragraphs and list items, without tables, headings and code."""
    parts = re.split(r"\n\s*\n|\n(?=\s*(?:- |\d+\. ))", prose(page))
    return [part.strip() for part in parts if part.strip() and part.strip()[0] not in "|#"]


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_no_paragraph_is_long_or_full_of_decimals(page: Path) -> None:
    for paragraph in _paragraphs(page):
        assert len(paragraph.split()) <= WORDS, paragraph
        assert len(re.findall(r"\d*\.\d+", paragraph)) <= DECIMALS, paragraph


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=[*IDS, "CHANGELOG.md"])
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", prose(page)):
        target = (page.parent / link).resolve()
        generated = target.is_relative_to(DOCS) and any(
            part in str(target.relative_to(DOCS)) for part in GENERATED
        )
        assert generated or target.exists(), link


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_files_and_folders_that_a_page_names_exist(page: Path) -> None:
    named = re.findall(
        r"`((?:data|pipeline|annotation|flows|tests|docs|src)/[\w./-]*)`",
        page.read_text(encoding="utf-8"),
    )
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_code_and_recipes_point_to_pages_that_exist() -> None:
    sources = [
        path
        for room in ("data", "pipeline", "annotation", "flows", "tests")
        for suffix in ("*.py", "*.toml")
        for path in (ROOT / room).rglob(suffix)
    ]
    for path in sources:
        for page in re.findall(r"\bdocs/[\w/-]+\.md", path.read_text(encoding="utf-8")):
            assert (ROOT / page).exists(), f"{path}: {page}"
