"""The page says what the figures say, and loads nothing."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from spuriforge.pipeline.study import page
from spuriforge.pipeline.study.data_files import data_files
from tests.pipeline.study.made_runs import report


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


def test_the_page_says_of_a_proving_ground_that_it_is_one(release: Path) -> None:
    study = report(release)
    assert "This is the proving ground" not in page.render(study)
    study.opened.release.manifest["recipe"] = {
        "benchmarks": [{"kind": "proving-ground"}],
        "annotate": {"by": "scripted"},
    }
    for words in ("This is the proving ground", "The judgments are scripted"):
        assert words in page.render(study)
