"""The audit as a whole: on sound rows, on small memory, and on the published files."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from spuriforge.data.audit import audit
from spuriforge.data.audit_findings import Finding, Report
from spuriforge.data.benchmark_rows import Row
from spuriforge.data.spuriverse import read
from spuriforge.pipeline.lvlm.parse import parse
from tests.data.audit_rows import published, row

PUBLISHED = Path(__file__).parents[2] / ".." / "shared" / "spuriverse"
needs_published = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason=f"the published metadata is not at {PUBLISHED}"
)


def test_a_sound_source_has_no_finding() -> None:
    report = audit(
        [row("1"), row("2", answer=1, published=published("(B) blue", "B", False))],
        parse,
        source="f",
    )
    assert report.findings == ()
    assert (report.rows, report.ids, report.published, report.opened) == (2, 2, 1, 0)


def test_two_option_files_of_the_published_shape_say_something_sensible(tmp_path: Path) -> None:
    path = tmp_path / "naturalbench_meta.csv"
    lines = ["index,question,answer,A,B,C,D,prediction,parsed,spuriousAttr,isSpurious,isError"]
    for number in range(200):
        gold, wrong = "AB"[number // 2 % 2], number % 7 == 0
        chosen = {"A": "B", "B": "A"}[gold] if wrong else gold
        options = ("Yes", "No") if number % 3 else ("red", "blue")
        text = f"({chosen}) {options['AB'.index(chosen)]}"
        lines.append(
            f"{number},Is it {number}?,{gold},{options[0]},{options[1]},,,{text},{chosen},,"
            f"False,{wrong}"
        )
    lines.append("200,Is it 200?,A,Yes,No,,,(C) nan,C,,False,True")
    path.write_text("\n".join(lines) + "\n")
    report = audit(read(str(path)), parse, source="naturalbench")
    assert {finding.kind: finding.count for finding in report.findings} == {
        "nan-option": 201,
        "nan-chosen": 1,
    }


def _generated(count: int) -> Iterator[Row]:
    for number in range(count):
        text = f"{number} " + "what " * 400
        answer = published("(A) red", "A", number % 4 != 0, f"No. {text}")
        yield row(
            str(number), text, ("red", "blue", "green", "black"), number % 4, answer, str(number)
        )


def test_memory_stays_small_however_long_the_texts() -> None:
    audit(_generated(20), parse, source="f")  # libraries that are imported now are not counted
    tracemalloc.start()
    try:
        report = audit(_generated(400), parse, source="f")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert report.findings == ()
    assert peak < 700_000  # the rows themselves are 1.7 MB


def _published(name: str) -> tuple[Report, dict[str, Finding]]:
    report = audit(read(str(PUBLISHED / name)), parse, source=name)
    return report, {finding.kind: finding for finding in report.findings}


@pytest.mark.integration
@needs_published
def test_aokvqa_as_published() -> None:
    report, kinds = _published("aokvqa_train_meta.csv")
    assert (report.rows, report.ids, report.published) == (17056, 16540, 17056)
    counts = {kind: finding.count for kind, finding in kinds.items()}
    assert counts["ambiguous-id"] == counts["prediction-of-another-question"] == 516
    assert {"356286", "273855"} <= set(kinds["ambiguous-id"].ids) & set(
        kinds["prediction-of-another-question"].ids
    )
    assert counts["prediction-is-gold"] == 26
    assert "273855" in kinds["prediction-is-gold"].ids
    assert (counts["duplicate-options"], counts["gold-duplicated"]) == (30, 3)
    assert (counts["empty-option"], counts["nan-option"], counts["gold-absent"]) == (6, 6, 1)
    assert kinds["spreadsheet-boolean"].ids == ("30549",)
    assert {"339111", "406116", "170558"} <= set(kinds["unparsed-answer"].ids) & set(
        kinds["error-miscounted"].ids
    )
    assert not {
        "spreadsheet-date",
        "position-bias",
        "garbled-text",
        "verdict-disagrees",
        "unread-flag",
    } & set(kinds)


@pytest.mark.integration
@needs_published
def test_seed_as_published() -> None:
    report, kinds = _published("seedbench_meta.csv")
    assert (report.rows, report.ids, report.published) == (14232, 14232, 14232)
    counts = {kind: finding.count for kind, finding in kinds.items()}
    assert (counts["gold-absent"], counts["empty-option"], counts["nan-option"]) == (33, 230, 230)
    assert "63384" in kinds["gold-absent"].ids
    assert set(kinds["spreadsheet-date"].ids) == {"77579", "25376", "51476", "25378"}
    # Three of them are known by their row, counted from 0, which is two before the line in the
    # file.
    assert {spot.where.split()[-1] for spot in kinds["spreadsheet-date"].spots} >= {
        "9787",
        "11323",
        "13679",
    }
    assert set(kinds["garbled-text"].ids) == {"9117", "91554", "7952"}
    assert counts["nan-chosen"] == counts["unparsed-answer"] == counts["error-miscounted"] == 8
    assert "position-bias" in kinds
    assert not {"ambiguous-id", "duplicate-id", "duplicate-options", "verdict-disagrees"} & set(
        kinds
    )
