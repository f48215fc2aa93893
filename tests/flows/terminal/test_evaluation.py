"""The leaderboard in the terminal."""

import json
from pathlib import Path

import pytest

from spuriforge.flows.terminal import evaluation


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
    said = capsys.readouterr().out
    assert "[red]a †" in said  # a name is no markup
    assert "0.50 (0.25 to" in " ".join(said.split())
    assert f"{tmp_path}/index.html" in said
