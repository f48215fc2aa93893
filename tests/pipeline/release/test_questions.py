"""What a release asks: every arm of every row, its images where they lie, of one split or all."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spuriforge.pipeline.release.questions import Pictures, open_release, read_questions, types_of
from tests.pipeline.evaluate.tiny import CUE, PLAIN, write_release


def test_every_arm_of_every_row_is_a_question_with_its_own_options(tmp_path: Path) -> None:
    questions = read_questions(open_release(write_release(tmp_path)))
    arms = [question.arm for question in questions]
    assert {arm: arms.count(arm) for arm in arms} == {
        "anchor": 3, "with": 6, "without": 6, "placebo": 6, "control": 2
    }  # fmt: skip
    for question in questions:
        assert question.choices[question.answer] == "cat"
        assert (question.type is None) == (question.arm == "control") == (question.linked is None)
        assert question.linked is None or question.choices[question.linked] == "dog"
    assert list(types_of(questions)) == ["type0", "type1", "type2"]


def test_an_image_is_the_one_of_its_row_and_arm(tmp_path: Path) -> None:
    release = open_release(write_release(tmp_path))
    picture = Pictures(release.folder)
    for question in read_questions(release):
        expected = CUE if question.arm in ("with", "anchor") else PLAIN
        assert picture(question).getpixel((0, 0)) == expected, question.id


def test_a_damaged_image_is_told_and_not_asked_about(tmp_path: Path) -> None:
    release = open_release(write_release(tmp_path))
    path = release.folder / "controls/test-00000.parquet"
    table = pq.read_table(path)
    images = table.column("image").to_pylist()
    swapped = pa.array(images[::-1], table.schema.field("image").type)
    pq.write_table(table.set_column(table.schema.get_field_index("image"), "image", swapped), path)
    question = next(question for question in read_questions(release) if question.arm == "control")
    with pytest.raises(ValueError, match=r"control0 .* is damaged"):
        Pictures(release.folder)(question)


def test_a_folder_of_releases_stands_for_its_latest(tmp_path: Path) -> None:
    for version in ("1.0.0", "1.10.0", "1.9.0"):
        write_release(tmp_path, version=version)
    assert open_release(tmp_path).title == "tiny 1.10.0"
    with pytest.raises(ValueError, match="neither a release nor a folder of releases"):
        open_release(tmp_path / "elsewhere")


def test_splits_types_and_configs_can_be_chosen(tmp_path: Path) -> None:
    release = open_release(write_release(tmp_path))
    assert {question.arm for question in read_questions(release, configs=["anchors"])} == {"anchor"}
    few = read_questions(release, limit_types=1)
    assert list(types_of(few)) == ["type0"]
    assert [question.arm for question in few].count("control") == 2
    some = read_questions(release, types=["type2", "type1"])
    assert list(types_of(some)) == ["type1", "type2"]
    assert [question.arm for question in some].count("control") == 2
    with pytest.raises(ValueError, match=r"nothing to ask in pairs \(split train\)"):
        read_questions(release, configs=["pairs"], split="train")


def test_a_release_without_controls_and_without_placebos_is_read_as_well(tmp_path: Path) -> None:
    release = open_release(write_release(tmp_path, controls=0, placebo=False))
    assert release.configs == ("anchors", "pairs")
    assert {question.arm for question in read_questions(release)} == {"anchor", "with", "without"}
