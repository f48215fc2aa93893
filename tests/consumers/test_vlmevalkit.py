"""VLMEvalKit is on no package index, so its file contract is held here, in our words: what its
ImageMCQDataset does.

It reads the file with pandas' defaults, takes a short image cell for another row's index, shows the
options that are not missing, and scores a circular file by groups of equal index modulo a million.
"""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spuriforge.data import vlmevalkit as reader
from spuriforge.pipeline.evaluate import evaluate
from spuriforge.pipeline.lvlm.interface import Answer, Query
from spuriforge.pipeline.lvlm.prompts import LETTERS
from spuriforge.pipeline.release.exports import export
from spuriforge.pipeline.release.questions import Question, open_release, read_questions


@pytest.fixture(scope="module")
def files(release: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    plain, circular = export(release, "vlmevalkit", tmp_path_factory.mktemp("lmu"))
    return plain, circular


def _opened(file: Path) -> pd.DataFrame:
    """A file as ImageBaseDataset opens it."""
    data = pd.read_csv(file, sep="\t")
    assert not data["image"].isna().any(), "rows without an image are skipped"
    images = dict(zip(data["index"].astype(str), data["image"].astype(str), strict=True))
    for index, image in images.items():
        if len(image) <= 64:
            assert len(images[image]) > 64
            images[index] = images[image]
    return data.assign(image=[images[str(index)] for index in data["index"]])


def _options(row: "pd.Series[Any]") -> dict[str, str]:
    return {
        letter: str(row[letter]) for letter in LETTERS if letter in row and not pd.isna(row[letter])
    }


def test_each_row_is_the_question_that_evaluate_asks(
    release: Path, files: tuple[Path, Path]
) -> None:
    data, questions = _opened(files[0]), read_questions(open_release(release))
    assert list(data["index"]) == list(range(len(questions)))
    for (_, row), one in zip(data.iterrows(), questions, strict=True):
        assert (row["question"], tuple(_options(row).values())) == (one.question, one.choices)
        assert (row["id"], row["arm"], row["split"]) == (one.id, one.arm, one.split)
        assert row["answer"] == LETTERS[one.answer]
        assert hashlib.sha256(base64.b64decode(row["image"])).hexdigest() == one.image


def test_its_report_by_arm_is_our_accuracy(release: Path, files: tuple[Path, Path]) -> None:
    """Its report_acc takes means over l2-category."""
    ours = evaluate(release, Blind())
    data = _opened(files[0])
    data["hit"] = [_letter(row) == row["answer"] for _, row in data.iterrows()]
    assert data.groupby("l2-category")["hit"].mean().to_dict() == pytest.approx(ours.accuracy)
    assert 0 < ours.accuracy["with"] < 1
    assert not set(data["category"]) & set(data["l2-category"]), (
        "its report has one column for each value of both"
    )


def _chosen(choices: tuple[str, ...]) -> int:
    """Whatever comes third in the alphabet: it depends on the options' texts alone, not on their
    order.
    """
    return choices.index(sorted(choices)[2])


def _letter(row: "pd.Series[Any]") -> str:
    return LETTERS[_chosen(tuple(_options(row).values()))]


class Blind:
    """A model that reads no image."""

    id, prompt = "blind@main", "p"

    def answer(self, queries: list[Query]) -> list[Answer]:
        return [Answer("parsed", _chosen(query.choices), "", 1.0) for query in queries]


def test_a_circular_file_falls_into_whole_groups(files: tuple[Path, Path]) -> None:
    data = _opened(files[1])
    main = data[data["index"] < 1_000_000]
    assert len(main) == len(_opened(files[0]))
    for _, row in main.iterrows():
        group = data[data["index"] % 1_000_000 == row["index"]]
        options = _options(row)
        assert len(group) == len(options) == group["answer"].nunique()
        assert {_options(turned)[turned["answer"]] for _, turned in group.iterrows()} == {
            options[row["answer"]]
        }
        assert {frozenset(_options(turned).values()) for _, turned in group.iterrows()} == {
            frozenset(options.values())
        }
        assert group["image"].nunique() == 1


@pytest.mark.parametrize("which", [0, 1], ids=["plain", "circular"])
def test_our_own_reader_reads_it_back(release: Path, files: tuple[Path, Path], which: int) -> None:
    questions: list[Question] = read_questions(open_release(release))
    rows = list(reader.read(str(files[which]), None, images=None, split=None))
    assert len(rows) == sum(len(one.choices) if which else 1 for one in questions)
    for row in rows:
        one = questions[int(row.id) % 1_000_000]
        assert row.question == one.question
        assert isinstance(row.answer, int)
        assert row.choices[row.answer] == one.choices[one.answer]
        assert row.image is not None
        assert hashlib.sha256(row.image.read()).hexdigest() == one.image
