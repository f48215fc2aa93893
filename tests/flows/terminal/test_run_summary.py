"""What a run prints at its end."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from spuriforge.flows.build import BuildResult
from spuriforge.flows.terminal.run_summary import show, show_score


def test_the_score_has_a_row_for_each_variant(capsys: pytest.CaptureFixture[str]) -> None:
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


# --- the whole summary ----------------------------------------------------------------------------


def _result(**changes: object) -> BuildResult:
    """A build that did nothing yet."""
    fields: dict[str, object] = {
        "finished": False,
        "waiting_for": "",
        "stopped": "",
        "release": None,
        "report": None,
        "study": None,
        "no_study": "",
        "score": None,
        "seconds": 12.3,
    }
    return BuildResult(**{**fields, **changes})  # type: ignore[arg-type]


def _shown(result: BuildResult, capsys: pytest.CaptureFixture[str]) -> str:
    show(result, Console(width=40))
    return capsys.readouterr().out.strip()


def test_a_finished_run_says_where_its_files_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = {"headline": "Half is [unlearned].", "findings": ["The control gained nothing."]}
    (tmp_path / "study.json").write_text(json.dumps(study), encoding="utf-8")
    page = f"{tmp_path}/study.html"
    release = "releases/" + "long/" * 20 + "1.0.0"
    result = _result(finished=True, release=release, report="report.html", study=page, seconds=200)
    lines = _shown(result, capsys).splitlines()
    assert lines == [
        "Half is [unlearned].",
        "- The control gained nothing.",
        f"Release  {release}",
        "Report   report.html",
        f"Study    {page}",
        "Finished in 3.3 min.",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"stopped": "The budget is reached"}, "After 12 s. The budget is reached."),
        ({"waiting_for": "judgments of 3 cues"}, "After 12 s, waiting for: judgments of 3 cues"),
        ({"no_study": "no [control] types"}, "No study: no [control] types"),
    ],
)
def test_a_run_that_did_not_finish_says_why(
    changes: dict[str, object], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _shown(_result(**changes), capsys).replace("\n", " ") == line


def test_a_recall_of_nothing_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"relied_on": 0, "found": 0, "recall": None, "false_discoveries": 0}
    summary = {**row, "planted": 2, "control_accepted": 1}
    show_score({"min_effect": 0.2, "summary": summary, "variants": []}, Console(width=120))
    assert "(recall -)" in capsys.readouterr().out
