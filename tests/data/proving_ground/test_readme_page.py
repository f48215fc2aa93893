"""The proving ground's page is the one that the measured figures give."""

from pathlib import Path
from shutil import copyfile

import pytest

from spuriforge.data.proving_ground import readme_page


def test_the_page_says_what_was_measured() -> None:
    written = (readme_page.HERE / "README.md").read_text(encoding="utf-8")
    assert written == readme_page.page(readme_page.HERE / "models")


def test_the_shipped_models_are_small_and_take_shortcuts() -> None:
    models = readme_page.HERE / "models"
    assert sum(file.stat().st_size for file in models.rglob("*") if file.is_file()) < 25 * 2**20
    page = readme_page.page(models)
    assert "| control | 0 | 0 |" in page
    assert Path(readme_page.HERE.parents[1] / "docs" / "world.png").is_file()


def _trained(folder: Path, seed: str) -> Path:
    """Makes a folder with the figures of the shipped LVLMs, or of those of another seed."""
    models = readme_page.HERE / "models"
    for name in ("subject-a", "subject-b", "control"):
        (folder / name).mkdir(parents=True)
        source = (
            models / name / "figures.json"
            if seed == "0"
            else models / "other-seeds" / seed / f"{name}.json"
        )
        copyfile(source, folder / name / "figures.json")
    copyfile(models / "shortcuts.toml", folder / "shortcuts.toml")
    return folder


def test_figures_of_another_seed_are_kept_and_those_of_the_same_refused(tmp_path: Path) -> None:
    shipped, other = _trained(tmp_path / "shipped", "0"), _trained(tmp_path / "other", "1")
    readme_page.keep_other_seed(other, shipped)
    assert {file.name for file in (shipped / "other-seeds" / "1").iterdir()} == {
        "subject-a.json",
        "subject-b.json",
        "control.json",
    }
    with pytest.raises(ValueError, match="seed 0"):
        readme_page.keep_other_seed(_trained(tmp_path / "same", "0"), shipped)
