"""The page and its sentences say what the figures say, and load nothing."""

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spuriforge.pipeline.finetune import CONDITIONS
from spuriforge.pipeline.study import page, sentences
from spuriforge.pipeline.study.data_files import data_files
from spuriforge.pipeline.study.plan import StudyRelease
from spuriforge.pipeline.study.report import Report
from spuriforge.pipeline.study.results import Results
from spuriforge.pipeline.study.runs import StudyRun
from tests.pipeline.finetune.tiny_release import made as release_made
from tests.pipeline.study.made_runs import made, run, study_of


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release_made(tmp_path_factory.mktemp("release"))


def report(
    release: Path, runs: Sequence[StudyRun] | None = None, *, measured: bool = False
) -> Report:
    groups = ("non-spurious", "without", "placebo")
    study = study_of(release, release, seeds=3, control_groups=groups, types=(0, 2, 16, None))
    found = Results(made() if runs is None else runs, study.conditions, study.control_groups)
    return Report(
        study, StudyRelease.of(study), found, own=("type-0", "type-1", "type-2"), measured=measured
    )


def said(one: Report) -> str:
    return "\n".join(
        [
            sentences.headline(one),
            *sentences.findings(one),
            *sentences.costs(one),
            *sentences.not_shown(one),
        ]
    )


def test_every_condition_has_its_meaning_in_words() -> None:
    assert set(sentences.MEANINGS) == set(CONDITIONS)


def test_what_was_reached_and_beyond_what(release: Path) -> None:
    text = said(report(release))
    assert "by the condition pairs, subject goes from 10 to 82 % right" in text
    assert (
        "pairs gives, in points, +32.3 beyond non-spurious (+26.1 to +38.6; p = 0.125), +44.7 "
        "beyond without" in text
    )
    assert "The interval excludes zero against non-spurious and without." in text
    assert "exact sign flips over 3 seeds, which give none under 0.125" in text
    assert "As many steps on clean questions alone gave 55 % of the whole gain" in text
    assert "from 90 to 91 %, +1.0 points" in text
    assert (
        "80 % on held-out types with the cue: reached and controls down by no more than a point: "
        "kept." in text
    )
    assert "50 % with none, 62 % with 2, 82 % with all" in text
    assert (
        "It fails most on the held-out types umbrella, “What colour is the main object?” 72 %."
        in text
    )


def test_a_gain_that_is_none_is_not_called_one(release: Path) -> None:
    runs = [run for run in made(best=0.45, matched=0.5) if run.condition != "pairs"]
    runs += [
        run("pairs", seed, value, controls=0.8) for seed, value in ((1, 0.3), (2, 0.55), (3, 0.4))
    ]
    text = said(report(release, runs))
    assert "The interval excludes zero" not in text
    assert "No interval excludes zero." in text
    assert "this study shows no gain from counterfactuals" in text
    assert (
        "not reached and controls down by no more than a point: not kept (10.0 points lost)" in text
    )
    same = [run("without", seed, 0.7 + more) for seed, more in ((1, 0.0), (2, 0.02), (3, 0.05))]
    equal = said(
        report(release, [run for run in made(best=0.8) if run.condition != "without"] + same)
    )
    assert (
        "against non-spurious, not against without; against without there is none, as every seed "
        "gave" in equal
    )
    alone = said(report(release, [run for run in made() if run.seed == 1]))
    assert "One seed tells no spread, so there is no interval" in alone
    assert "(" not in alone.split("gives, in points,")[1].split(".\n")[0]


def test_the_costs_and_the_limits_are_those_of_this_study(release: Path) -> None:
    one = report(release, measured=True)
    text = said(one)
    assert "12 trainings took 6 minutes and 192 images, 15 evaluations 1.5 minutes" in text
    assert "The types were picked by this model's own gap" in text
    assert "nothing for the control group placebo" in text
    assert "no more types to train on than 16" in text
    assert "proving ground" not in text
    one.opened.release.manifest["recipe"] = {
        "benchmarks": [{"kind": "proving-ground"}],
        "annotate": {"by": "scripted"},
    }
    text = said(one)
    assert "This is the proving ground" in text
    assert "scripted" in text
    for word in ("This is the proving ground", "The judgments are scripted"):
        assert word in page.render(one)


def test_the_page_has_the_figures_and_loads_nothing(release: Path) -> None:
    html = page.render(report(release))
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
    assert "<script" not in html
    assert "http" not in html.replace('http-equiv="Content-Security-Policy"', "")
    assert html.count("<svg") == 2
    assert '10 <span class="arrow">→</span> 82' in html
    assert "Infinity" not in html
    assert "nan" not in html.casefold()


def test_a_text_of_a_benchmark_is_no_markup(release: Path) -> None:
    one = report(release)
    kind = one.types["type-0"]
    object.__setattr__(kind, "cue", "<script>alert(1)</script>")
    assert "<script" not in page.render(one)
    assert "<script" not in page.markdown(one)


def test_the_files_have_every_run(release: Path, tmp_path: Path) -> None:
    written = data_files(report(release))
    found = json.loads(written["study.json"])
    assert found["best"] == "pairs"
    assert found["headline"].startswith("Trained on other types")
    assert [point["label"] for point in found["ablation"]["points"]] == ["none", "2", "all"]
    (tmp_path / "study.parquet").write_bytes(written["study.parquet"])
    assert pq.read_table(tmp_path / "study.parquet").num_rows == 15
