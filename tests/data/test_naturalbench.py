"""NaturalBench: four pairs a group, from Parquet and JSON; options in the text; four scores."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spuriforge.data.naturalbench import GroupAccuracy, group_accuracy, pair_of, read, split_options
from tests.data.pictures import picture

ENTRIES = [
    {
        "Index": 0, "Question_0": "Is the dog running?",
        "Image_0_Question_0": "Yes", "Image_1_Question_0": "No",
        "Question_1": "Is the dog asleep?", "Image_0_Question_1": "No", "Image_1_Question_1": "Yes",
        "Question_Type": "yes_no", "Source": "Flickr30K",
    },
    {
        "Index": 1, "Question_0": "Who is it? Option: A: A man; B: A woman;",
        "Image_0_Question_0": "A",
        "Image_1_Question_0": "B", "Question_1": "Which one is it?", "Image_0_Question_1": "B",
        "Image_1_Question_1": "A", "Question_Type": "multiple_choice", "Source": "DOCCI",
    },
]  # fmt: skip


def _parquet(folder: Path) -> Path:
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    columns = {name: [entry[name] for entry in ENTRIES] for name in ENTRIES[0]}
    for image in (0, 1):
        values = [{"bytes": picture(10 * row + image), "path": None} for row in range(2)]
        columns[f"Image_{image}"] = pa.array(values, kind)
    (folder / "data").mkdir()
    pq.write_table(pa.table(columns), folder / "data" / "train-00000-of-00001.parquet")
    return folder


def test_four_pairs_a_row(tmp_path: Path) -> None:
    rows = list(read(str(_parquet(tmp_path)), None, None, None))
    assert [row.id for row in rows[:4]] == ["0-q0-i0", "0-q0-i1", "0-q1-i0", "0-q1-i1"]
    assert [(row.group, row.split) for row in rows] == [("0", "train")] * 4 + [("1", "train")] * 4
    assert [(row.choices[row.answer or 0]) for row in rows[:6]] == [
        "Yes",
        "No",
        "No",
        "Yes",
        "A man",
        "A woman",
    ]
    assert [row.question for row in rows[4:]] == ["Who is it?"] * 2 + ["Which one is it?"] * 2
    assert [(row.choices, row.answer) for row in rows[6:]] == [(("A", "B"), 1), (("A", "B"), 0)]
    assert [row.image.read() for row in rows if row.image] == [
        picture(n) for n in (0, 1, 0, 1, 10, 11, 10, 11)
    ]
    assert rows[4].fields == {"type": "multiple_choice", "source": "DOCCI"}


def test_json_and_an_image_folder(tmp_path: Path) -> None:
    images = {"Image_0": "0_0.png", "Image_1": "0_1.png"}
    entry = {
        name.replace("Question_Type", "Question Type"): value for name, value in ENTRIES[0].items()
    }
    (tmp_path / "nb.json").write_text(json.dumps([{**entry, **images}]))
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "0_1.png").write_bytes(picture(1))
    rows = list(read(str(tmp_path / "nb.json"), "NaturalBench", None, None))
    assert [row.image_name for row in rows] == ["0_0.png", "0_1.png"] * 2
    assert rows[1].image is not None
    assert rows[1].image.read() == picture(1)
    assert rows[1].benchmark == "NaturalBench"


@pytest.mark.parametrize(
    ("text", "question", "choices"),
    [
        ("Who? Option: A: A man; B: A woman;", "Who?", ("A man", "A woman")),
        ("Who?\nOptions: A: one\nB: two", "Who?", ("one", "two")),
        ("Who? Option: A: one; B: two; C: three", "Who?", ("one", "two", "three")),
        ("Who? Option: A: one; B: One;", None, ("A", "B")),
        ("Who? Option: A: one; C: two;", None, ("A", "B")),
        ("Who? Option: A: one;", None, ("A", "B")),
        ("Who? A: one; B: two;", None, ("A", "B")),
    ],
)
def test_options_leave_the_text_only_where_that_is_plain(
    text: str, question: str | None, choices: tuple[str, ...]
) -> None:
    assert split_options(text) == (question or text, choices)


def test_an_id_says_its_pair() -> None:
    assert pair_of("12-q0-i1") == ("12", 0, 1)
    assert pair_of("a-q1-i0-q1-i1") == ("a-q1-i0", 1, 1)
    with pytest.raises(ValueError, match="is no question of NaturalBench"):
        pair_of("12")


def test_the_four_scores() -> None:
    right = {"a": [1, 1, 1, 1], "b": [1, 1, 0, 0], "c": [1, 0, 1, 0], "d": [0, 1, 1, 0]}
    rows = [
        (group, place // 2, place % 2, bool(mark))
        for group, marks in right.items()
        for place, mark in enumerate(marks)
    ]
    # Questions right on both images: a a, b. Images right on both questions: a a, c. Groups: a.
    expected = GroupAccuracy(
        accuracy=10 / 16, q_acc=3 / 8, i_acc=3 / 8, g_acc=1 / 4, groups=4, incomplete=1
    )
    assert group_accuracy([*rows, ("e", 0, 0, True)]) == expected
    with pytest.raises(ValueError, match="two answers to question 0 about image 0"):
        group_accuracy([*rows, rows[0]])
