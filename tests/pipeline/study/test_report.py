"""A study's report: its rows, its cost, and what was asked for and could not be had."""

from pathlib import Path

import pytest

from spuriforge.pipeline.study.report import cost
from tests.pipeline.study.made_runs import made, report, run


def test_a_row_has_each_figure_before_and_after_with_its_interval(release: Path) -> None:
    best, *groups = report(release).rows()
    assert (best["condition"], best["control group"]) == ("pairs", False)
    assert [row["condition"] for row in groups] == ["non-spurious", "without"]
    assert all(row["control group"] for row in groups)
    assert best["with_cue, before"] == "0.10"
    assert best["with_cue, after"].startswith("0.82 (0.76 to 0.89)")
    assert best["controls, after"] == "0.91"


def test_a_figure_that_nobody_has_is_an_empty_cell(release: Path) -> None:
    runs = [
        run(condition, 1, 0.5, controls=None)
        for condition in ("before", "pairs", "non-spurious", "without")
    ]
    rows = report(release, runs).rows()
    assert {row["controls, after"] for row in rows} == {""}
    assert {row["with_cue, after"] for row in rows} == {"0.50"}


def test_the_cost_counts_trainings_apart_from_evaluations(release: Path) -> None:
    assert cost(report(release)) == {
        "trainings": 12,
        "evaluations": 15,
        "training_minutes": 6.0,
        "evaluation_minutes": 1.5,
        "seconds_each": 30.0,
        "images": 192,
        "images_each": 16,
        "device": "cpu",
        "workers": 1,
    }


def test_what_the_study_asked_for_and_did_not_get(release: Path) -> None:
    study = report(release)
    assert study.absent == ["placebo"]
    assert study.too_many == [16]
    whole = report(release, [*made(), run("placebo", 1, 0.4), run("pairs", 1, 0.5, limit=16)])
    assert (whole.absent, whole.too_many) == ([], [])


@pytest.mark.parametrize(
    ("measured", "words"),
    [(True, "a gap of at least 0.2 on this model"), (False, "were found on this model")],
)
def test_the_rule_counts_types_and_clusters(release: Path, measured: bool, words: str) -> None:
    rule = report(release, measured=measured).rule
    assert rule.startswith("3 of the release's 6 types, of 3 clusters of cues: ")
    assert words in rule


def test_the_release_tells_whether_it_is_the_proving_ground_and_scripted(release: Path) -> None:
    study = report(release)
    assert (study.model, study.proving_ground, study.scripted) == ("subject", False, False)
    study.opened.release.manifest["recipe"] = {
        "benchmarks": [{"kind": "proving-ground"}],
        "annotate": {"by": "scripted"},
    }
    assert (study.proving_ground, study.scripted) == (True, True)
