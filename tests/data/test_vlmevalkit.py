"""VLMEvalKit's TSV: images in it or beside it, rows that refer to others, missing options."""

import base64
import csv
import time
import tracemalloc
from pathlib import Path

import pytest

from spuriforge.data.benchmark_rows import Row
from spuriforge.data.vlmevalkit import read
from tests.data.pictures import picture

HEADER = ["index", "image", "question", "hint", "A", "B", "C", "answer", "category", "split"]


def _text(number: int) -> str:
    return base64.b64encode(picture(number)).decode()


def _write(path: Path, *rows: list[str], header: list[str] = HEADER) -> Path:
    with path.open("w", newline="") as stream:
        csv.writer(stream, delimiter="\t", lineterminator="\n").writerows([header, *rows])
    return path


def _rows(path: Path, split: str | None = None) -> list[Row]:
    return list(read(str(path), None, None, split))


def test_images_by_offset_and_by_reference(tmp_path: Path) -> None:
    file = _write(
        tmp_path / "a.tsv",
        ["1", _text(1), 'What\n"is" it?', "", "None", "nan", "", "B", "x", "dev"],
        ["2", "1", "And?", "It is late.", "a", "", "c", "C", "x", "dev"],
        ["3", "4", "Forward?", "", "", "", "", "Yes", "y", "test"],
        ["4", _text(4), "Own?", "", "a", "b", "", "", "y", ""],
        ["5", "", "Nothing?", "", "", "", "", "blue", "y", "dev"],
        ["6", "77", "Nowhere?", "", "a", "b", "", "A", "y", "dev"],
    )
    rows = _rows(file)
    assert [row.image.read() for row in rows[:4] if row.image] == [picture(n) for n in (1, 1, 4, 4)]
    assert [row.image_name for row in rows] == ["1", "1", "4", "4", "", "77"]
    assert [(row.choices, row.answer) for row in rows] == [
        (("None", "nan", None), 1),
        (("a", None, "c"), 2),
        (("Yes", "No"), 0),
        (("a", "b", None), None),
        ((), None),
        (("a", "b", None), 0),
    ]
    assert (rows[0].question, rows[1].question) == ('What\n"is" it?', "It is late.\nAnd?")
    assert (rows[1].where, rows[1].fields) == (
        "a.tsv line 4",
        {"hint": "It is late.", "category": "x"},
    )
    assert rows[4].image is None
    assert rows[5].image is not None
    with pytest.raises(ValueError, match=r"a.tsv has no image in a row with index '77'"):
        rows[5].image.read()
    assert [row.id for row in _rows(file, "test")] == ["3", "4"]


def test_paths_and_lists_of_them(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture())
    header = ["index", "image_path", "question", "answer"]
    file = _write(
        tmp_path / "b.tsv",
        ["1", "a.png", "q", "Yes"],
        ["2", "['a.png']", "q", "No"],
        ["3", "['a.png', 'b.png']", "two images", "No"],
        ["4", "../a.png", "q", "No"],
        header=header,
    )
    rows = _rows(file)
    assert [(row.id, row.answer) for row in rows] == [("1", 0), ("2", 1), ("4", 1)]
    assert [row.image.read() for row in rows[:2] if row.image] == [picture()] * 2
    assert rows[2].image is not None
    with pytest.raises(ValueError, match="lies outside"):
        rows[2].image.read()


def test_lists_of_images_in_base64(tmp_path: Path) -> None:
    single, double = str([_text(1)]), str([_text(1), _text(2)])
    header = ["index", "image", "question", "answer"]
    (row,) = _rows(
        _write(
            tmp_path / "c.tsv", ["1", single, "q", "Yes"], ["2", double, "q", "Yes"], header=header
        )
    )
    assert row.image is not None
    assert row.image.read() == picture(1)


def test_what_is_no_base64_says_so_when_it_is_read(tmp_path: Path) -> None:
    header = ["index", "image", "question", "answer"]
    (row,) = _rows(_write(tmp_path / "d.tsv", ["1", "%" * 100, "q", "Yes"], header=header))
    assert row.image is not None
    with pytest.raises(ValueError, match=r"d.tsv index 1 is not base64"):
        row.image.read()


def test_another_tsv_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no column 'index', but id, question"):
        _rows(_write(tmp_path / "e.tsv", header=["id", "question"]))
    with pytest.raises(ValueError, match="neither a column 'image' nor 'image_path'"):
        _rows(_write(tmp_path / "e.tsv", header=["index", "question", "answer"]))


def test_memory_does_not_grow_with_the_images(tmp_path: Path) -> None:
    header = ["index", "image", "question", "A", "B", "answer"]
    cell = "A" * 400_000
    file = _write(
        tmp_path / "f.tsv", *([str(n), cell, "q", "x", "y", "A"] for n in range(40)), header=header
    )
    tracemalloc.start()
    rows = _rows(file)
    assert sum(len(row.image.read()) for row in rows if row.image) == 40 * 300_000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 6_000_000  # of 16 MB: a few copies of one cell


def test_ten_thousand_rows_take_seconds(tmp_path: Path) -> None:
    header = ["index", "image", "question", "A", "B", "C", "D", "answer"]
    rows = (
        [str(n), str(n // 2 * 2) if n % 2 else "A" * 200, "What?", "a", "b", "c", "d", "C"]
        for n in range(10_000)
    )
    file = _write(tmp_path / "g.tsv", *rows, header=header)
    start = time.process_time()
    assert sum(row.answer == 2 for row in read(str(file), None, None, None)) == 10_000
    assert time.process_time() - start < 5  # measured: 0.3 s on an idle machine
