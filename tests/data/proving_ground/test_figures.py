"""The proving ground's page is the one that the measured figures give."""

from pathlib import Path

from data.proving_ground import figures


def test_the_page_says_what_was_measured() -> None:
    written = (figures.HERE / "README.md").read_text(encoding="utf-8")
    assert written == figures.page(figures.HERE / "models")


def test_the_shipped_models_are_small_and_take_shortcuts() -> None:
    models = figures.HERE / "models"
    assert sum(file.stat().st_size for file in models.rglob("*") if file.is_file()) < 25 * 2**20
    page = figures.page(models)
    assert "| control | 0 | 0 |" in page
    assert Path(figures.HERE.parents[1] / "docs" / "world.png").is_file()
