"""The audit: every kind of fault is found where it is and nowhere else, on small rows and on the
published files.
"""

import json
import random
import tracemalloc
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from spuriforge.data.audit import audit
from spuriforge.data.audit_findings import KINDS, Finding, Report
from spuriforge.data.audit_texts import decoded_wrongly, made_by_spreadsheet
from spuriforge.data.benchmark_rows import Published, Row
from spuriforge.data.spuriverse import read
from spuriforge.pipeline.lvlm.parse import parse

PUBLISHED = Path(__file__).parents[2] / ".." / "shared" / "spuriverse"
needs_published = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason=f"the published metadata is not at {PUBLISHED}"
)


def said(
    text: str, parsed: str, is_error: bool | None, judge: str = "", spurious: bool | None = False
) -> Published:
    return Published(
        text=text, parsed=parsed, is_error=is_error, judge_text=judge, is_spurious=spurious
    )


def row(
    id: str = "1",
    question: str = "What colour is it?",
    choices: tuple[str | None, ...] = ("red", "blue", "green"),
    answer: int | None = 0,
    published: Published | None = None,
    image_name: str = "",
    split: str = "",
) -> Row:
    return Row(
        benchmark="b",
        split=split,
        id=id,
        where=f"f line {id}",
        question=question,
        choices=choices,
        answer=answer,
        answer_text="?" if answer is None else "ABCDEFGHIJKLM"[answer],
        image=None,
        image_name=image_name,
        published=published,
    )


def found(*rows: Row) -> dict[str, tuple[str, ...]]:
    return {one.kind: one.ids for one in audit(rows, parse, source="f").findings}


def test_a_sound_source_has_no_finding() -> None:
    report = audit(
        [row("1"), row("2", answer=1, published=said("(B) blue", "B", False))], parse, source="f"
    )
    assert report.findings == ()
    assert (report.rows, report.ids, report.published, report.opened) == (2, 2, 1, 0)


@pytest.mark.parametrize(
    ("kind", "faulty"),
    [
        ("gold-absent", row(answer=None)),
        ("gold-absent", row(choices=("red", "", "green"), answer=1)),
        ("gold-absent", row(choices=("red", "blue", None), answer=2)),
        ("gold-duplicated", row(choices=("red", "Red", "green"))),
        ("missing-option", row(choices=("red", None, "green"))),
        ("missing-option", row(choices=("red", None))),
        ("empty-option", row(choices=("red", " ", "green"))),
        ("duplicate-options", row(choices=("red", "blue", "blue."))),
        ("too-many-options", row(choices=tuple(str(one) for one in range(11)))),
        ("empty-question", row(question=" ")),
        ("literal-none", row(choices=("red", "None"))),
        ("literal-none", row(choices=("red", "N/A"))),
        ("nan-option", row(choices=("red", "nan"))),
        ("nan-option", row(choices=("red", "blue", None), published=said("(A) red", "A", False))),
        ("spreadsheet-date", row(question="How many are there?", choices=("0", "1-Feb", "3-Apr"))),
        ("spreadsheet-boolean", row(choices=("somewhat", "TRUE", "FALSE"))),
        ("garbled-text", row(choices=("cafÃ©", "blue"))),
        ("options-in-question", row(question="What is it? Option: A: red; B: blue;")),
        ("position-dependent-option", row(choices=("red", "Both A and B"))),
        ("position-dependent-option", row(choices=("red", "none of the above."))),
        ("prediction-is-gold", row(published=said("(B) red", "B", True))),
        ("nan-chosen", row(choices=("red", "blue", None), published=said("(C) nan", "C", True))),
        ("unparsed-answer", row(published=said("I don't know", "", True))),
        ("parse-disagrees", row(published=said("Answer: B", "A", False))),
        ("parse-disagrees", row(published=said("I don't know", "D", True))),
        ("error-miscounted", row(published=said("I don't know", "", False))),
        ("error-miscounted", row(published=said("(A) red", "A", True))),
        ("error-miscounted", row(published=said("(B) blue", "B", False))),
        ("unread-flag", row(published=said("(A) red", "A", None))),
        ("verdict-disagrees", row(published=said("(B) blue", "B", True, "No, it is not.", True))),
        ("verdict-disagrees", row(published=said("(B) blue", "B", True, "I cannot tell.", False))),
        ("verdict-disagrees", row(published=said("(B) blue", "B", True, "", True))),
    ],
)
def test_a_fault_of_one_row_is_found_with_its_id(kind: str, faulty: Row) -> None:
    assert found(faulty)[kind] == ("1",)
    assert kind in KINDS


@pytest.mark.parametrize(
    "sound",
    [
        row(choices=("Yes", "No", None, None)),
        row(choices=("nothing", "no one", "nana")),
        row(choices=("True", "False")),
        row(question="What is above the sofa?", choices=("the lamp above it", "a cat")),
        row(choices=("café", "Über", "东京", "T恤")),
        row(choices=("A man", "a cat"), published=said("A man", "A", False)),
        row(published=said("(B) blue", "B", True, "No, it misread the image.", False)),
        row(published=said("(B) blue", "B", True, "Yes. It associated rust with blue.", True)),
    ],
)
def test_what_is_sound_is_left_alone(sound: Row) -> None:
    assert found(sound) == {}


@pytest.mark.parametrize(
    ("question", "options", "dates"),
    [
        ("How many people?", ["0-5", "11月15日", "6月10日", "16-20"], ["11月15日", "6月10日"]),
        ("What part of the pizza is left?", ["2-Jan", "Mar-04", "all of it"], ["2-Jan", "Mar-04"]),
        ("How many days is it open?", ["1-Feb", "3-Apr", "5", "6"], ["1-Feb", "3-Apr"]),
        ("How old is she?", ["2023-01-02 00:00:00", "10-15"], ["2023-01-02 00:00:00"]),
        ("How many dogs?", ["2023-01-02", "4", "5"], ["2023-01-02"]),
        ("What is the date of the match?", ["1-Feb", "3-Apr", "5-May", "6-May"], []),
        ("When did the act take effect?", ["sep 1999", "apr 2000", "may 2000", "aug 1990"], []),
        ("Which event is remembered?", ["pearl harbor", "wwi", "9/11", "wwii"], []),
        ("What time is it?", ["10:15:00", "10:30:00"], []),
        ("What is written on the tin?", ["2023-01-02", "fresh"], []),
        ("What may he do?", ["march", "may-pole dance", "sit"], []),
        ("What fraction is shown?", ["1/3", "1/2"], []),
    ],
)
def test_a_spreadsheets_dates_are_told_from_real_ones(
    question: str, options: list[str], dates: list[str]
) -> None:
    assert made_by_spreadsheet(question, options) == dates


@pytest.mark.parametrize(
    ("text", "garbled"),
    [
        ("d茅cor", True),
        ("caf\ufffd", True),
        ("donâ€™t", True),
        ("décor", False),
        ("don’t", False),  # noqa: RUF001
        ("一个", False),
    ],
)
def test_garbled_text_is_told_from_foreign_text(text: str, garbled: bool) -> None:
    assert decoded_wrongly(text) == garbled


def test_the_same_id_again_is_a_duplicate_or_ambiguous() -> None:
    rows = [
        row("1"), row("1", choices=("green", "blue", "red"), answer=2), row("2"), row("2", "What shape is it?"),
        row("3"), row("3", choices=("red", "pink", "black")), row("2", split="test"),
    ]  # fmt: skip
    assert found(*rows) == {"duplicate-id": ("1",), "ambiguous-id": ("2", "3")}


def test_the_same_question_of_the_same_image_under_another_id() -> None:
    rows = [row("1", image_name="a"), row("2", image_name="a"), row("3", image_name="b"), row("4")]
    assert found(*rows) == {"repeated-question": ("2",)}


def test_predictions_of_another_question_are_told_from_equal_answers() -> None:
    first = row("1", published=said("(A) red", "A", False), image_name="a")
    other = row("2", "What shape is it?", ("round", "flat"), 0, said("(A) red", "A", False), "a")
    alike = row(
        "3", "What colour is the sky?", ("red", "grey"), 0, said("(A) red", "A", False), "a"
    )
    asked = row("4", "Where is it?", ("here", "there"), 1, said("(B) there", "B", False), "a")
    kind = "prediction-of-another-question"
    assert found(first, other, alike)[kind] == (
        "2",
        "3",
    )  # joined by image: every later row has the first's
    assert found(first, other, alike, asked)[kind] == (
        "2",
    )  # some were asked: only what cannot be its own
    assert kind not in found(first, alike)


def test_a_hardly_ever_missing_last_option_was_lost() -> None:
    whole = [row(str(one), choices=("red", "blue", "green"), answer=one % 3) for one in range(300)]
    assert found(*whole, row("x", choices=("red", "blue", None)))["empty-option"] == ("x",)
    often = [row(f"y{one}", choices=("red", "blue", None), answer=one % 2) for one in range(100)]
    assert found(*whole, *often) == {}


def test_a_constant_gold_is_found_by_letter_and_by_text() -> None:
    by_letter = [row(str(one), choices=(f"{one}", "b")) for one in range(20)]
    assert len(found(*by_letter)["constant-answer"]) == 20
    assert found(*by_letter[:19]) == {}
    yes = [
        row(str(one), choices=("yes", "no") if one % 2 else ("no", "yes"), answer=1 - one % 2)
        for one in range(40)
    ]
    (finding,) = audit(yes, parse, source="f").findings
    assert (finding.kind, finding.count) == ("constant-answer", 40)
    assert "'yes' is the gold of 40 of 40 rows" in finding.what


def test_biased_places_are_tested_for_each_number_of_options() -> None:
    draw = random.Random(0)
    fair = [
        row(str(one), choices=tuple("abcd"[: 2 + one % 3]), answer=draw.randrange(2 + one % 3))
        for one in range(3000)
    ]
    assert found(*fair) == {}
    biased = [
        row(str(one), choices=tuple("abcd"), answer=draw.choice((0, 0, 1, 2, 3)))
        for one in range(3000)
    ]
    (finding,) = audit(biased, parse, source="f").findings
    assert (finding.kind, finding.count, finding.ids) == ("position-bias", 3000, ())
    assert "4 options: A 39.6%, B 2" in finding.what


def test_a_report_is_json_and_a_table_whatever_the_texts_hold() -> None:
    report = audit([row("[red]", choices=("[bold]x", "[bold]x"))], parse, source="f[/x].csv")
    plain = json.loads(json.dumps(report.as_json()))
    assert [one["kind"] for one in plain["findings"]] == ["gold-duplicated", "duplicate-options"]
    assert plain["rows"] == 1
    for one in plain["findings"]:
        assert one["count"] == len(one["ids"]) == len(one["rows"])
        assert one["rows"][0] == {
            "id": "[red]", "row": 0, "where": "f line [red]", "note": "A and B: '[bold]x'"
        }  # fmt: skip
    console = Console(file=StringIO(), width=200)
    console.print(report.table())
    assert isinstance(console.file, StringIO)
    assert "[red]: A and B: '[bold]x'" in console.file.getvalue()
    assert "f[/x].csv: 1 rows" in console.file.getvalue()


def test_two_option_files_of_the_published_shape_say_something_sensible(tmp_path: Path) -> None:
    path = tmp_path / "naturalbench_meta.csv"
    lines = ["index,question,answer,A,B,C,D,prediction,parsed,spuriousAttr,isSpurious,isError"]
    for one in range(200):
        gold, wrong = "AB"[one // 2 % 2], one % 7 == 0
        chosen = {"A": "B", "B": "A"}[gold] if wrong else gold
        options = ("Yes", "No") if one % 3 else ("red", "blue")
        text = f"({chosen}) {options['AB'.index(chosen)]}"
        lines.append(
            f"{one},Is it {one}?,{gold},{options[0]},{options[1]},,,{text},{chosen},,False,{wrong}"
        )
    lines.append("200,Is it 200?,A,Yes,No,,,(C) nan,C,,False,True")
    path.write_text("\n".join(lines) + "\n")
    report = audit(read(str(path)), parse, source="naturalbench")
    assert {one.kind: one.count for one in report.findings} == {"nan-option": 201, "nan-chosen": 1}


def _generated(count: int) -> Iterator[Row]:
    for one in range(count):
        text = f"{one} " + "what " * 400
        published = said("(A) red", "A", one % 4 != 0, f"No. {text}")
        yield row(str(one), text, ("red", "blue", "green", "black"), one % 4, published, str(one))


def test_memory_stays_small_however_long_the_texts() -> None:
    audit(_generated(20), parse, source="f")  # libraries that are imported now are not counted
    tracemalloc.start()
    try:
        report = audit(_generated(1500), parse, source="f")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert report.findings == ()
    assert peak < 2_000_000  # kept whole, the rows are 6 MB


def _published(name: str) -> tuple[Report, dict[str, Finding]]:
    report = audit(read(str(PUBLISHED / name)), parse, source=name)
    return report, {one.kind: one for one in report.findings}


@needs_published
def test_aokvqa_as_published() -> None:
    report, kinds = _published("aokvqa_train_meta.csv")
    assert (report.rows, report.ids, report.published) == (17056, 16540, 17056)
    counts = {kind: one.count for kind, one in kinds.items()}
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


@needs_published
def test_seed_as_published() -> None:
    report, kinds = _published("seedbench_meta.csv")
    assert (report.rows, report.ids, report.published) == (14232, 14232, 14232)
    counts = {kind: one.count for kind, one in kinds.items()}
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
