"""The published metadata of SpuriVerse: every quirk of the files comes through."""

from pathlib import Path

import pytest

from spuriforge.data.spuriverse import asked_rows, read

PUBLISHED = Path(__file__).parents[2] / ".." / "shared" / "spuriverse"
needs_published = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason=f"the published metadata is not at {PUBLISHED}"
)

HEADER = "index,question,answer,A,B,C,D,type,prediction,parsed,spuriousAttr,isSpurious,isError\n"


def _file(folder: Path, *lines: str, name: str = "naturalbench_meta.csv") -> str:
    path = folder / name
    path.write_text(HEADER + "".join(line + "\n" for line in lines), encoding="utf-8")
    return str(path)


def test_a_row_is_what_the_file_says(tmp_path: Path) -> None:
    judge = "Yes. It associated rust with red."
    (row,) = read(
        _file(tmp_path, f'7,"Is it red, here?",B,Yes,No,,,yes_no,(C) nan,C,"{judge}",True,True')
    )
    assert (row.benchmark, row.split, row.id, row.image_name) == ("naturalbench", "", "7", "7")
    assert row.where == "naturalbench_meta.csv line 2"
    assert row.question == "Is it red, here?"
    assert row.choices == ("Yes", "No", None, None)
    assert (row.answer, row.answer_text, row.image, row.fields) == (
        1,
        "B",
        None,
        {"type": "yes_no"},
    )
    assert row.published is not None
    assert (row.published.text, row.published.parsed, row.published.is_error) == (
        "(C) nan",
        "C",
        True,
    )
    assert row.published.is_spurious is True
    assert row.published.judge_text == judge


def test_a_literal_none_stays_and_only_the_end_may_be_missing(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "1,How many?,A,None,One,NA,nan,x,(A) None,A,,False,False",
        "2,How many?,A,,One,,Two,x,(A) nan,A,,False,False",
        "3,How many?,D,One,Two,Three,,x,(D) nan,D,,False,False",
    )
    first, second, third = read(path)
    assert first.choices == ("None", "One", "NA", "nan")
    assert second.choices == ("", "One", "", "Two")
    assert (third.choices, third.answer) == (("One", "Two", "Three", None), 3)


@pytest.mark.parametrize(
    ("cell", "index"), [("b", 1), ("No", 1), ("E", None), ("maybe", None), ("", None)]
)
def test_a_gold_answer_is_a_letter_or_a_text(tmp_path: Path, cell: str, index: int | None) -> None:
    (row,) = read(_file(tmp_path, f"1,Is it?,{cell},Yes,No,,,x,(A) Yes,A,,,maybe"))
    assert row.answer == index
    assert row.published is not None
    assert (row.published.is_error, row.published.is_spurious) == (None, None)


def test_name_and_split_are_the_files_unless_given(tmp_path: Path) -> None:
    line = "1,Is it?,A,Yes,No,,,x,(A) Yes,A,,False,False"
    (row,) = read(_file(tmp_path, line, name="aokvqa_train_meta.csv"))
    assert (row.benchmark, row.split) == ("aokvqa", "train")
    (row,) = read(_file(tmp_path, line), name="NB", split="test")
    assert (row.benchmark, row.split) == ("NB", "test")


def test_images_are_found_by_index_or_by_coco_name(tmp_path: Path) -> None:
    lines = [
        f"{index},Is it?,A,Yes,No,,,x,(A) Yes,A,,False,False"
        for index in ("12", "13", "0_1", "99", "../up")
    ]
    path = _file(tmp_path, *lines)
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("000000000012.jpg", "COCO_train2014_000000000013.jpg", "0_1.png"):
        (photos / name).write_bytes(name.encode())
    (tmp_path / "up.jpg").write_bytes(b"not ours")
    images = [row.image for row in read(path, images=str(photos))]
    assert [image.read() for image in images[:3] if image] == [
        b"000000000012.jpg",
        b"COCO_train2014_000000000013.jpg",
        b"0_1.png",
    ]
    for image in images[3:]:
        assert image is not None
        with pytest.raises(ValueError, match=r"000000000099\.jpg|outside"):
            image.read()


def test_another_file_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("index,question\n1,What?\n")
    with pytest.raises(
        ValueError, match=r"other\.csv is no SpuriVerse metadata: it has no column answer, A, B"
    ):
        list(read(str(path)))


def test_only_the_first_row_of_an_id_was_asked(tmp_path: Path) -> None:
    lines = [
        f"{index},Is it {index}?,A,Yes,No,,,x,(A) Yes,A,,False,False" for index in (5, 6, 5, 5)
    ]
    assert [asked for _, asked in asked_rows(read(_file(tmp_path, *lines)))] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.integration
@needs_published
def test_the_published_counts_on_asked_rows() -> None:
    rows = list(asked_rows(read(str(PUBLISHED / "aokvqa_train_meta.csv"))))
    asked = [row.published for row, was_asked in rows if was_asked and row.published]
    assert (len(rows), len(asked)) == (17056, 16540)
    assert sum(answer.is_error is True for answer in asked) == 1889
    assert sum(answer.is_spurious is True for answer in asked) == 658
    assert {row.id for row, was_asked in rows if not was_asked} >= {"356286", "273855"}


@pytest.mark.integration
@needs_published
def test_seed_keeps_its_empty_gold_and_its_literal_nones() -> None:
    rows = {row.id: row for row in read(str(PUBLISHED / "seedbench_meta.csv"))}
    assert len(rows) == 14232
    assert (rows["63384"].answer, rows["63384"].choices[0]) == (0, "")
    assert rows["15139"].choices[3] == "none"
    assert rows["77579"].choices == ("0-5", "11月15日", "6月10日", "16-20")
