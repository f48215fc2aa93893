"""SEED-Bench and SEED-Bench-2: the questions about one image, and no others."""

import json
from pathlib import Path

import pytest

from spuriforge.data.seedbench import read, read_2
from tests.data.pictures import picture

TOWELS = {
    "answer": "A", "choice_a": "One", "choice_b": "None", "choice_c": "Three", "choice_d": None,
    "data_id": "1454426_2591111986", "data_type": "image",
    "question": "How many towels are in the image?", "question_id": "101669", "question_type_id": 5,
}  # fmt: skip
TYPES = {"Scene Understanding": 1, "Instances Counting": 5}


def _file(path: Path, *questions: dict[str, object]) -> str:
    path.write_text(json.dumps({"questions": questions, "question_type": TYPES}))
    return str(path)


def test_the_image_part_of_the_first(tmp_path: Path) -> None:
    video = {
        **TOWELS,
        "data_id": "94328.webm",
        "data_type": "video",
        "question_id": "v1738",
        "segment": [1, 2],
    }
    _file(tmp_path / "SEED-Bench.json", TOWELS, video)
    (tmp_path / "SEED-Bench-image").mkdir()
    (tmp_path / "SEED-Bench-image" / "1454426_2591111986").write_bytes(picture())
    (row,) = read(str(tmp_path), None, None, None)
    assert (row.benchmark, row.split, row.id) == ("seed-bench", "", "101669")
    assert (row.choices, row.answer, row.answer_text) == (("One", "None", "Three", None), 0, "A")
    assert (row.fields, row.image_name) == (
        {"category": "Instances Counting"},
        "1454426_2591111986",
    )
    assert row.image is not None
    assert row.image.read() == picture()


def test_the_single_image_part_of_the_second(tmp_path: Path) -> None:
    single = {**TOWELS, "data_type": "Single Image", "data_source": "cc3m", "question_id": "5_0"}
    listed = {
        **single,
        "data_id": ["task16/a.png"],
        "data_source": "SEED-Bench v2",
        "question_id": "16_0",
    }
    others = [
        {**single, "data_type": "Multiple Images", "data_id": ["a.png", "b.png"]},
        {**single, "data_type": "Single Image", "data_id": ["a.png", "b.png"]},
        {**single, "data_type": "Interleaved Image", "data_id": ["a.png"]},
        {**single, "data_type": "Video", "data_id": ["1.png"] * 8},
        {**single, **{f"choice_{letter}": f"{letter}.jpg" for letter in "abcd"}},
    ]
    path = _file(tmp_path / "SEED-Bench_v2_level1_2_3.json", single, listed, *others)
    (tmp_path / "cc3m-image").mkdir()
    (tmp_path / "SEED-Bench-2-image" / "task16").mkdir(parents=True)
    (tmp_path / "cc3m-image" / "1454426_2591111986.jpg").write_bytes(picture(1))
    (tmp_path / "SEED-Bench-2-image" / "task16" / "a.png").write_bytes(picture(2))
    rows = list(read_2(path, None, None, None))
    assert [row.id for row in rows] == ["5_0", "16_0"]
    assert [row.image.read() for row in rows if row.image] == [picture(1), picture(2)]


def test_a_folder_without_the_file_and_a_file_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has 0 files SEED-Bench.json"):
        list(read(str(tmp_path), None, None, None))
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ValueError, match="has no list of questions"):
        list(read(str(tmp_path / "x.json"), None, None, None))
