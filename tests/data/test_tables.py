"""Your own questions, in each form that a table may have."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spuriforge.data.benchmark_rows import Row
from spuriforge.data.tables import read
from tests.data.pictures import picture

CSV = """\
id,image,question,A,B,C,answer,caption,split,group,kind
q1,x.png,What colour?,red,None,,B,a car,test,g1,colour
q2,x.png,How many?,1,2,3,2,,train,,count
q3,,Is it a car?,,,,yes,,test,,
"""


def _csv(folder: Path, text: str, **settings: object) -> list[Row]:
    (folder / "my.csv").write_text(text)
    return list(_read(folder / "my.csv", **settings))


def _read(path: Path, **settings: object) -> Iterator[Row]:
    return read(str(path), **{"name": None, "images": None, "split": None, **settings})  # type: ignore[arg-type]


def test_a_csv_with_letters(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(picture())
    first, second, third = _csv(tmp_path, CSV)
    assert (first.benchmark, first.split, first.id, first.group) == ("table", "test", "q1", "g1")
    assert first.where == "my.csv line 2"
    assert (first.choices, first.answer, first.answer_text) == (("red", "None", None), 1, "B")
    assert (first.caption, first.fields, first.image_name) == ("a car", {"kind": "colour"}, "x.png")
    assert first.image is not None
    assert first.image.read() == picture()
    assert (second.choices[second.answer or 0], second.caption) == ("2", None)
    assert (third.choices, third.answer, third.image) == (("Yes", "No"), 0, None)


def test_a_split_is_its_rows_alone(tmp_path: Path) -> None:
    assert [row.id for row in _csv(tmp_path, CSV, split="test")] == ["q1", "q3"]


def test_names_of_your_own_and_row_numbers_as_ids(tmp_path: Path) -> None:
    text = "file,prompt,gold\na.png,Red?,no\na.png,Blue?,Yes\n"
    columns = {"image": "file", "question": "prompt", "answer": "gold"}
    rows = _csv(tmp_path, text, columns=columns, name="mine", split="dev")
    assert [(row.benchmark, row.split, row.id, row.question, row.answer) for row in rows] == [
        ("mine", "dev", "1", "Red?", 1),
        ("mine", "dev", "2", "Blue?", 0),
    ]


@pytest.mark.parametrize(
    "cell", ['"[""red"", ""blue""]"', "red|blue", "red | blue", "\"['red', 'blue']\""]
)
def test_choices_in_one_cell(tmp_path: Path, cell: str) -> None:
    (row,) = _csv(tmp_path, f"image,question,choices,answer\na.png,What?,{cell},blue\n")
    assert (row.choices, row.answer) == (("red", "blue"), 1)


def test_an_option_missing_in_the_middle_keeps_the_others_letters(tmp_path: Path) -> None:
    (row,) = _csv(tmp_path, "image,question,A,B,D,answer\na.png,What?,red,,blue,D\n")
    assert (row.choices, row.answer) == (("red", None, None, "blue"), 3)


@pytest.mark.parametrize(
    ("text", "settings", "says"),
    [
        (
            "image,prompt,answer\na,b,c\n",
            {},
            r"my.csv has no column 'question', but image, prompt, answer: set",
        ),
        (
            "image,question,answer\na,b,c\n",
            {"columns": {"quest": "x"}},
            r"'quest' is no column of a table",
        ),
        ("image,question,answer\na,b,c\n", {"columns": {"caption": "x"}}, r"has no column 'x'"),
        (
            "image,question,answer\nhttps://a.b/c.png,b,c\n",
            {},
            r"my.csv line 2: the image is an address",
        ),
        (
            "image,question,choices,answer\na,b,[red,c\n",
            {},
            r"line 2: the choices '\[red' are no list",
        ),
        ("image,question,answer\na,b,c,d\n", {}, r"line 2 has 4 cells"),
    ],
)
def test_what_is_wrong_is_said_once_and_clearly(
    tmp_path: Path, text: str, settings: dict[str, object], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        _csv(tmp_path, text, **settings)


def test_json_lines_mix_kinds_of_questions(tmp_path: Path) -> None:
    rows = [
        {"image": "a.png", "question": "Red?", "answer": True},
        {
            "image": {"path": "a.png"},
            "question": "Colour?",
            "choices": ["red", "", None],
            "answer": 0,
        },
        {"image": None, "question": "How many?", "choices": [1, 2, 3], "answer": 2},
        {"image": "a.png", "question": "Which?", "A": "nan", "B": "NA", "answer": "B"},
        {"image": "a.png", "question": None, "answer": "red"},
    ]
    (tmp_path / "my.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    table = list(_read(tmp_path / "my.jsonl"))
    assert [(row.choices, row.answer) for row in table] == [
        (("Yes", "No"), 0),
        (("red", "", None), 0),
        (("1", "2", "3"), 1),
        (("nan", "NA"), 1),
        ((), None),
    ]
    assert [row.image_name for row in table] == ["a.png", "a.png", "", "a.png", "a.png"]
    assert table[4].question == ""


def test_parquet_with_images_inside(tmp_path: Path) -> None:
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    table = {
        "image": pa.array([{"bytes": picture(n), "path": f"{n}.png"} for n in range(3)], kind),
        "question": ["a", "b", "c"],
        "choices": [["x", "y"], ["x", "y"], []],
        "answer": [1.0, 0.0, None],
    }
    (tmp_path / "data").mkdir()
    for place in range(2):
        pq.write_table(pa.table(table), tmp_path / "data" / f"test-0000{place}-of-00002.parquet")
    rows = list(_read(tmp_path))
    assert [row.id for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert [row.answer for row in rows[:3]] == [1, 0, None]
    assert [row.choices for row in rows[1:3]] == [("x", "y"), ()]
    assert (rows[3].split, rows[3].where, rows[3].image_name) == (
        "test",
        "test-00001-of-00002.parquet row 1",
        "0.png",
    )
    assert [row.image.read() for row in rows if row.image] == [picture(n) for n in (0, 1, 2)] * 2


def test_what_came_from_the_hub_points_into_its_own_folder_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pa.table(
        {"image": ["../secret.png"], "question": ["a"], "A": ["x"], "B": ["y"], "answer": ["A"]}
    )
    (tmp_path / "set").mkdir()
    pq.write_table(table, tmp_path / "set" / "train-00000-of-00001.parquet")
    (tmp_path / "secret.png").write_bytes(picture())
    monkeypatch.setattr(
        "huggingface_hub.snapshot_download", lambda *args, **settings: str(tmp_path / "set")
    )
    (row,) = read("owner/name", None, None, None)
    assert row.image is not None
    with pytest.raises(ValueError, match="lies outside"):
        row.image.read()
    (own,) = _read(tmp_path / "set")
    assert own.image is not None
    assert own.image.read() == picture()


def test_ten_thousand_rows_take_seconds(tmp_path: Path) -> None:
    lines = ["id,image,question,A,B,C,D,answer"]
    lines += [
        f"{n},{n}.jpg,What is in image {n}?,red,blue,green,none of these,{'ABCD'[n % 4]}"
        for n in range(10_000)
    ]
    (tmp_path / "big.csv").write_text("\n".join(lines))
    start = time.process_time()
    assert sum(row.answer is not None for row in _read(tmp_path / "big.csv")) == 10_000
    assert time.process_time() - start < 5  # measured: 0.5 s on an idle machine
