"""`spuriforge evaluate` hands its options to the evaluation."""

from pathlib import Path
from typing import Any

import pytest

from spuriforge.flows.terminal import evaluation
from tests.flows.command_line import error_sentence, invoke


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What an evaluation of the release releases/demo is started with; nothing is asked."""
    options: dict[str, Any] = {}

    def run(release: Path, models: Any, home: Path, **given: Any) -> str:
        options.update(given, release=release, models=models)
        return "the leaderboard's folder"

    (tmp_path / "releases" / "demo").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(evaluation, "run", run)
    monkeypatch.setattr(evaluation, "show", lambda folder: print(f"shown: {folder}"))
    return options


def test_what_is_left_out_asks_everything_once_and_blind(options: dict[str, Any]) -> None:
    result = invoke("evaluate", "releases/demo", "--model", "gpt-4o")
    assert result.exit_code == 0, result.output
    assert result.stdout == "shown: the leaderboard's folder\n"
    assert [model.name for model in options.pop("models")] == ["gpt-4o"]
    assert options == {
        "release": Path("releases/demo"),
        "workspace": None,
        "prompts": (),
        "configs": ("anchors", "pairs", "controls"),
        "rotations": 1,
        "blind": True,
        "split": "all",
        "out": None,
        "limit_types": None,
        "publish_answers": False,
    }


def test_options_can_be_repeated_and_count_once(options: dict[str, Any]) -> None:
    words = "--prompt direct --prompt spurious-aware --prompt direct --config pairs --no-blind"
    more = "--rotations 2 --split test --model mine=. --model gpt-4o"
    result = invoke("evaluate", "releases/demo", *words.split(), *more.split())
    assert result.exit_code == 0, result.output
    assert [model.name for model in options["models"]] == ["mine", "gpt-4o"]
    assert options["prompts"] == ("direct", "spurious-aware")
    assert all(type(style) is str for style in options["prompts"])  # no enumeration of Typer's
    assert options["configs"] == ("pairs",)
    assert (options["blind"], options["rotations"], options["split"]) == (False, 2, "test")


def test_without_a_model_it_says_how_to_name_them(options: dict[str, Any]) -> None:
    result = invoke("evaluate", "releases/demo")
    assert result.exit_code == 2
    assert "Say which models" in error_sentence(result)
    assert options == {}
