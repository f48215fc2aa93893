"""The leaderboard in the terminal."""

import json
from pathlib import Path

import pytest

from spuriforge.flows.terminal import evaluation


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives tables room, whatever the terminal of the tests."""
    monkeypatch.setenv("COLUMNS", "160")


def test_the_terminal_shows_figures_flags_and_where_the_page_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gap = {"value": 0.5, "low": 0.25, "high": 0.75}
    entries = [
        {"model": "[red]a@1", "prompt": "direct", "part": "selected", "figures": {"gap": gap}}
    ]
    board = {"release": "demo", "version": "1.0.0", "split": "all", "entries": entries}
    (tmp_path / "leaderboard.json").write_text(json.dumps(board))
    evaluation.show(str(tmp_path))
    shown = capsys.readouterr().out
    assert "[red]a †" in shown  # a name is no markup
    assert "0.50 (0.25 to" in " ".join(shown.split())
    assert f"{tmp_path}/index.html" in shown


def test_a_model_without_a_mark_and_figures_that_are_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {"with_cue": {"value": 0.25, "low": None, "high": None}}
    entries = [
        {"model": f"{part}@1", "prompt": "direct", "part": part, "figures": figures}
        for part in ("selected", "no", "other")
    ]
    board = {"release": "demo", "version": "1.0.0", "split": "test", "entries": entries}
    (tmp_path / "leaderboard.json").write_text(json.dumps(board))
    evaluation.show(str(tmp_path))
    rows = [line.strip("│ ") for line in capsys.readouterr().out.splitlines() if "direct" in line]
    cells = [[cell.strip() for cell in row.split("│")] for row in rows]
    assert [row[0] for row in cells] == ["selected †", "no", "other ‡"]
    assert cells[0][2:] == ["0.25", "-", "-", "-"]


def test_an_unreadable_release_is_an_error_before_a_server_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Path] = []
    monkeypatch.setattr(evaluation.prefect_server, "configure", started.append)
    with pytest.raises(ValueError, match=str(tmp_path)):
        evaluation.run(tmp_path, (), tmp_path, workspace=None)
    assert started == []
