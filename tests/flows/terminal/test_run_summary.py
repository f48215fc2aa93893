"""What a run prints at its end."""

import pytest
from rich.console import Console

from spuriforge.flows.terminal.run_summary import show_score


def test_the_score_is_told_with_its_variants(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"relied_on": 20, "found": 19, "recall": 0.95, "false_discoveries": 1}
    score = {
        "min_effect": 0.2,
        "summary": {**row, "planted": 22, "control_accepted": 0},
        "variants": [
            {"name": "pipeline", "accepted": 20, **row},
            {"name": "threshold rule", "accepted": 31, **row},
        ],
    }
    show_score(score, Console(width=120))
    shown = capsys.readouterr().out
    assert "Found 19 of the 20 planted shortcuts" in shown
    assert "threshold rule" in shown
