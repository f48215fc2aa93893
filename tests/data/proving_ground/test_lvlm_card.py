"""The shipped model cards are those that the measured figures give."""

import json
from pathlib import Path

import pytest

from spuriforge.data.proving_ground import readme_page
from spuriforge.data.proving_ground.lvlm_card import card, write_card

MODELS = readme_page.HERE / "models"


@pytest.mark.parametrize("path", readme_page.model_cards(MODELS), ids=lambda path: path.parent.name)
def test_a_shipped_card_says_what_was_measured(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == readme_page.model_cards(MODELS)[path]


def test_a_card_counts_the_planted_shortcuts_and_knows_the_control_model() -> None:
    figures = json.loads((MODELS / "subject-a" / "figures.json").read_text(encoding="utf-8"))
    assert "It was trained to take 16 shortcuts." in card("subject-a", figures)
    assert "It is the control model" in card("control", figures)


def test_figures_keep_what_the_training_says(tmp_path: Path) -> None:
    figures = json.loads((MODELS / "subject-b" / "figures.json").read_text(encoding="utf-8"))
    training = figures.pop("training")
    (tmp_path / "subject-b").mkdir()
    write_card(tmp_path / "subject-b", figures, training)
    written = json.loads((tmp_path / "subject-b" / "figures.json").read_text(encoding="utf-8"))
    assert written["training"] == training
