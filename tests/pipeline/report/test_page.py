"""The report: right numbers, everything escaped, nothing fetched, and something to read at any
time.
"""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.records import CueType, Judgment
from spuriforge.pipeline.report import write
from spuriforge.pipeline.workspace import Workspace
from tests import worlds

AGREEMENT = {"cue": {"alpha": 0.812, "low": 0.7, "high": 0.9}, "pair": {"alpha": None}}
SCORE: dict[str, Any] = {
    "world": "the proving ground",
    "min_effect": 0.2,
    "summary": {
        "planted": 5,
        "relied_on": 4,
        "found": 3,
        "recall": 0.75,
        "false_discoveries": 1,
        "control_accepted": 0,
    },
    "planted": [
        {
            "model": "subject-a@main",
            "family": "colour",
            "question": "What colour?",
            "answer": "blue",
            "cue": "umbrella",
            "strength": 0.9,
            "true_gap": 0.7,
            "low": 0.6,
            "high": 0.8,
            "relied_on": True,
            "found": True,
            "lost_at": None,
        },
        {
            "model": "subject-a@main",
            "family": "sky",
            "question": "What sky?",
            "answer": "foggy",
            "cue": "gem",
            "strength": 0.9,
            "true_gap": 0.5,
            "low": None,
            "high": None,
            "relied_on": True,
            "found": False,
            "lost_at": "screen",
        },
    ],
    "accepted": [
        {
            "type": "t",
            "model": "subject-a@main",
            "question": "What colour?",
            "cue": "umbrella",
            "linked": "blue",
            "planted": True,
            "true_gap": 0.7,
            "true_low": 0.6,
            "true_high": 0.8,
            "real": True,
            "published_gap": 0.8,
            "published_low": 0.6,
            "published_high": 0.95,
        },
        {
            "type": "u",
            "model": "subject-b@main",
            "question": "What sky?",
            "cue": "ladder",
            "linked": "rainy",
            "planted": False,
            "true_gap": 0.0,
            "true_low": -0.1,
            "true_high": 0.1,
            "real": False,
            "published_gap": None,
            "published_low": None,
            "published_high": None,
        },
    ],
    "variants": [
        {"name": "paper's threshold rule", "accepted": 9, "recall": 1.0, "false_discoveries": 4}
    ],
}


class _Reader(HTMLParser):
    """The page's tags with their attributes, and its visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def _read(path: Path) -> _Reader:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def test_the_report_tells_the_figures_of_the_run(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=2)
    page = _read(
        write(
            workspace,
            recipe,
            tmp_path / "out" / "report.html",
            agreement=AGREEMENT,
            release="1.0.0",
        )
    )
    for text in (
        "release 1.0.0",
        "2 shortcuts published 6 counterfactual pairs",
        "+0.80 mean effect",
        "0.81 Krippendorff's alpha, cue judgments 95 % interval 0.70 to 0.90",
        "6.0 min of stage time 300 model calls",
        "judged spurious by 2 of 2 scripted annotators",
        "effect +0.80 [+0.60, +0.95] on 4 pairs",
        "0/2 right",
        "not more often than chance",
    ):
        assert text in page.text, text


def test_scripted_judgments_and_the_proving_ground_are_named(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    page = _read(write(workspace, recipe, tmp_path / "report.html"))
    assert "The judgments are scripted." in page.text
    assert "This is the proving ground" in page.text
    judged = workspace.records(Judgment)
    worlds.forget(workspace, "judgments")
    workspace.append([replace(judgment, scripted=False) for judgment in judged])
    page = _read(write(workspace, recipe, tmp_path / "report.html"))
    assert "scripted" not in page.text
    workspace.append([replace(judged[0], key="one-more")])
    assert (
        "Some judgments are scripted"
        in _read(write(workspace, recipe, tmp_path / "report.html")).text
    )


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    kind = workspace.records(CueType)[0]
    worlds.forget(workspace, "types")
    hostile = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    workspace.append(
        [replace(kind, cue=hostile, question=hostile + "?", core='" onload="alert(2)')]
    )
    page = _read(write(workspace, recipe, tmp_path / "report.html"))
    assert "script" not in {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert '<script>alert("x")</script>' in page.text


def test_the_page_fetches_nothing_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=2)
    path = write(workspace, recipe, tmp_path / "report.html", score=SCORE)
    page = _read(path)
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    for _, attributes in page.tags:
        assert (attributes.get("src") or "data:").startswith("data:")
        assert (attributes.get("href") or "#score").removeprefix("#") in ids
    assert "url(" not in path.read_text()
    assert "@import" not in path.read_text()
    assert not list(tmp_path.glob(".report*"))


def test_found_against_planted_is_shown_with_the_score(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    page = _read(write(workspace, recipe, tmp_path / "report.html", score=SCORE))
    for text in (
        "75 % recall 3 of 4 shortcuts relied on",
        "1 false discovery 0 accepted on the control",
        "Published minus true gap, mean of 1 +0.10",
        "Published intervals that hold the true gap 1 of 1",
        "paper's threshold rule 9 100 % 4",
        "missed screen",
        "not published false discovery",
    ):
        assert text in page.text, text


@pytest.mark.parametrize("types", [0, 1])
def test_a_run_that_has_only_begun_has_a_report_too(tmp_path: Path, types: int) -> None:
    workspace, recipe = Workspace(tmp_path / "workspace"), worlds.recipe(tmp_path)
    if types:
        worlds.add_type(workspace, 0)
        for table in ("judgments", "decisions", "pairs", "gate", "responses", "evidence"):
            worlds.forget(workspace, table)
    page = _read(write(workspace, recipe, tmp_path / "report.html"))
    assert "0 shortcuts published" in page.text
    assert "Nothing has been judged yet." in page.text
    assert ("not judged yet" in page.text) == bool(types)
