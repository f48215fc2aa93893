"""A-OKVQA as published: its own question ids, COCO's images under either of their names."""

import json
from pathlib import Path

import pytest

from spuriforge.data.aokvqa import read
from tests.data.pictures import picture

ENTRY = {
    "split": "train", "image_id": 299207, "question_id": "22MexNkBPpdZGX6sxbxVBH",
    "question": "What is the man by the bags awaiting?",
    "choices": ["skateboarder", "train", "delivery", "cab"],
    "correct_choice_idx": 3, "direct_answers": ["ride"], "difficult_direct_answer": False,
    "rationales": ["A cab."],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    second = {
        **ENTRY,
        "question_id": "other",
        "question": "What colour are the bags?",
        "image_id": 12,
    }
    test = {
        name: value
        for name, value in ENTRY.items()
        if name not in ("correct_choice_idx", "rationales")
    }
    (tmp_path / "aokvqa_v1p0_train.json").write_text(json.dumps([ENTRY, second]))
    (tmp_path / "aokvqa_v1p0_test.json").write_text(json.dumps([{**test, "split": "test"}]))
    return tmp_path


def test_a_split_with_its_images(folder: Path) -> None:
    (folder / "coco" / "train2017").mkdir(parents=True)
    (folder / "coco" / "val2014").mkdir()
    (folder / "coco" / "train2017" / "000000299207.jpg").write_bytes(picture(1))
    (folder / "coco" / "val2014" / "COCO_val2014_000000000012.jpg").write_bytes(picture(2))
    rows = list(read(str(folder), None, str(folder / "coco"), "train"))
    assert [(row.id, row.image_name, row.answer, row.answer_text) for row in rows] == [
        ("22MexNkBPpdZGX6sxbxVBH", "299207", 3, "3"),
        ("other", "12", 3, "3"),
    ]
    assert [row.image.read() for row in rows if row.image] == [picture(1), picture(2)]
    assert (rows[0].benchmark, rows[0].split, rows[0].where) == (
        "a-okvqa",
        "train",
        "aokvqa_v1p0_train.json row 1",
    )


def test_the_test_split_has_no_answers_and_without_images_there_are_none(folder: Path) -> None:
    (row,) = read(str(folder), "aokvqa", None, "test")
    assert (row.benchmark, row.answer, row.answer_text, row.image) == ("aokvqa", None, "", None)


def test_several_splits_want_a_name(folder: Path) -> None:
    with pytest.raises(
        ValueError, match=r"aokvqa_v1p0_test.json, aokvqa_v1p0_train.json: name one split"
    ):
        list(read(str(folder), None, None, None))
    with pytest.raises(ValueError, match="name one split"):
        list(read(str(folder), None, None, "val"))


def test_an_entry_that_lacks_a_field_is_named(tmp_path: Path) -> None:
    file = tmp_path / "aokvqa_v1p0_val.json"
    file.write_text(json.dumps([{"split": "val", "image_id": 1, "choices": []}]))
    with pytest.raises(
        ValueError, match=r"val.json row 1 has no 'question_id', but split, image_id, choices"
    ):
        list(read(str(file), None, None, None))
    file.write_text("{}")
    with pytest.raises(ValueError, match="holds no list of questions"):
        list(read(str(file), None, None, None))
