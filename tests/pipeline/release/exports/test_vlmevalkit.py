"""VLMEvalKit's files: options and images survive pandas, and every rotation is in the file."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spuriforge.pipeline.release.exports import export, vlmevalkit
from spuriforge.pipeline.release.questions import OpenRelease, Question


def _tables(
    release: OpenRelease, questions: list[Question], folder: Path
) -> list[list[dict[str, str]]]:
    csv.field_size_limit(2**31 - 1)
    tables = []
    for path in vlmevalkit.write(release, questions, folder):
        with path.open(encoding="utf-8", newline="") as stream:
            tables.append(list(csv.DictReader(stream, delimiter="\t")))
    return tables


def _texts_back(
    release: OpenRelease, question: Question, choices: tuple[str, ...], folder: Path
) -> list[Any]:
    """The options as pandas gives them back, beside a question that has only two."""
    changed = [
        replace(question, choices=choices, answer=0),
        replace(question, choices=("yes", "no"), answer=0),
    ]
    table = pd.read_csv(vlmevalkit.write(release, changed, folder)[0], sep="\t")
    return [table[letter][0] for letter in "ABCDEFGHIJ"[: len(choices)]]


def test_options_come_back_as_the_texts_that_they_are(
    release: OpenRelease, questions: list[Question], tmp_path: Path
) -> None:
    choices = ("a\tb", 'a "b"\nc', "None", "nan", "3", "2.50", "007", "true", "café", "NA ")
    back = _texts_back(release, questions[0], choices, tmp_path)
    assert [text.rstrip(" \u00a0") for text in back] == [choice.rstrip() for choice in choices]


def test_plain_numbers_stay_bare_where_all_questions_have_as_many_options(
    release: OpenRelease, questions: list[Question], tmp_path: Path
) -> None:
    (table, _) = _tables(
        release, [replace(questions[0], choices=("1", "2", "3"), answer=0)], tmp_path
    )
    assert [table[0][letter] for letter in "ABC"] == ["1", "2", "3"]


def test_an_image_that_is_there_already_is_named_by_its_row(
    release: OpenRelease, questions: list[Question], tmp_path: Path
) -> None:
    first, second = (next(q for q in questions if q.arm == arm) for arm in ("with", "without"))
    again = replace(first, question="And now?")
    plain, circular = _tables(release, [first, second, again], tmp_path)
    assert [len(row["image"]) > 64 for row in plain] == [True, True, False]
    assert plain[2]["image"] == "0"
    holders = {row["index"] for row in circular if len(row["image"]) > 64}
    assert holders == {"0", "1"}
    assert {row["image"] for row in circular if row["index"] not in holders} == holders


def test_a_circular_file_has_every_rotation_and_the_letter_moves_with_the_answer(
    release: OpenRelease, questions: list[Question], tmp_path: Path
) -> None:
    plain, circular = _tables(release, questions, tmp_path)
    assert (
        len(circular)
        == sum(len(question.choices) for question in questions)
        > len(plain)
        == len(questions)
    )
    for row in circular:
        own = plain[int(row["g_index"])]
        assert int(row["index"]) % 1_000_000 == int(row["g_index"])
        assert row[row["answer"]] == own[own["answer"]]
        assert row["linked"] == own["linked"] == "" or row[row["linked"]] == own[own["linked"]]
    group = [row for row in circular if row["g_index"] == "0"]
    assert {row["answer"] for row in group} == set("ABCD")


def test_too_many_questions_are_refused(
    release: OpenRelease, questions: list[Question], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"fewer than 1,000,000 questions"):
        vlmevalkit.write(release, questions[:1] * 1_000_000, tmp_path)


def test_the_version_is_in_a_vlmevalkit_name(release: OpenRelease, tmp_path: Path) -> None:
    names = [path.name for path in export(release.folder, "vlmevalkit", tmp_path)]
    assert names == ["tiny_1_0_0.tsv", "tiny_1_0_0_circular.tsv"]
    with pytest.raises(ValueError, match="leave out the place on the Hub"):
        export(release.folder, "vlmevalkit", tmp_path, hub="acme/shortcuts")
