"""Exports: what is in the files, and that nothing in them counts on luck. tests/consumers runs the
harnesses.
"""

import ast
import csv
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from spuriforge.pipeline.lvlm.parse import parse
from spuriforge.pipeline.release import build
from spuriforge.pipeline.release.exports import export, vlmevalkit
from spuriforge.pipeline.release.exports.task_source import TaskSource
from spuriforge.pipeline.release.questions import (
    OpenRelease,
    Question,
    open_release,
    read_questions,
)
from tests import worlds

HUB = "acme/shortcuts"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> OpenRelease:
    return open_release(build(*worlds.finished(tmp_path_factory.mktemp("world"), types=3)).folder)


@pytest.fixture(scope="module")
def questions(release: OpenRelease) -> list[Question]:
    return read_questions(release)


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
        export(release.folder, "vlmevalkit", tmp_path, hub=HUB)


class _Loader(yaml.SafeLoader):
    """YAML in which `!function a.b` is the text a.b."""


_Loader.add_constructor("!function", lambda loader, node: loader.construct_scalar(node))


def test_an_lmms_eval_folder_names_release_files_and_functions(
    release: OpenRelease, tmp_path: Path
) -> None:
    written = export(release.folder, "lmms-eval", tmp_path)
    tasks = [yaml.load(path.read_text(), _Loader) for path in written if path.suffix == ".yaml"]
    functions = _run(tmp_path / "spuriforge_functions.py")
    (group,) = [task for task in tasks if "group" in task]
    assert group["task"] == [task["task"] for task in tasks if task is not group]
    for task in (task for task in tasks if task is not group):
        assert (task["dataset_path"], task["dataset_kwargs"].keys()) == (
            str(release.folder),
            {"data_files"},
        )
        assert list(release.folder.glob(task["dataset_kwargs"]["data_files"]["test"]))
        named = [value for value in task.values() if str(value).startswith("spuriforge_functions.")]
        named += [metric["aggregation"] for metric in task["metric_list"]]
        assert all(
            callable(functions[name.removeprefix("spuriforge_functions.")]) for name in named
        )


def test_a_place_on_the_hub_pins_the_version(release: OpenRelease, tmp_path: Path) -> None:
    split = next(question.split for question in read_questions(release, configs=["pairs"]))
    written = export(release.folder, "lmms-eval", tmp_path, hub=HUB, split=split)  # type: ignore[arg-type]
    task = yaml.load(
        next(path for path in written if path.stem.endswith("_pairs")).read_text(), _Loader
    )
    assert task["dataset_path"] == HUB
    assert task["dataset_kwargs"] == {
        "revision": "1.0.0",
        "data_files": {"test": f"pairs/{split}-*.parquet"},
    }
    text = export(release.folder, "inspect", tmp_path, hub=HUB)[0].read_text()
    assert f'PATH = "{HUB}"\nREVISION = "1.0.0"\n' in text
    with pytest.raises(ValueError, match="write OWNER/NAME"):
        export(release.folder, "inspect", tmp_path, hub="https://example.org/x")


def _run(path: Path) -> dict[str, Any]:
    """The names that an exported file of Python defines."""
    names: dict[str, Any] = {}
    exec(compile(path.read_text(), path.name, "exec"), names)
    return names


@pytest.fixture
def functions(release: OpenRelease, tmp_path: Path) -> dict[str, Any]:
    export(release.folder, "lmms-eval", tmp_path)
    return _run(tmp_path / "spuriforge_functions.py")


def _score(kind: str, pair: str, arm: str, right: bool) -> dict[str, object]:
    return {"type": kind, "pair": pair, "arm": arm, "right": right, "linked": not right}


def test_figures_are_means_over_types_in_whatever_order_answers_come(
    functions: dict[str, Any],
) -> None:
    scores = [
        _score("a", "1", "with", False),
        _score("a", "1", "without", True),
        _score("a", "2", "with", True),
        _score("a", "2", "without", True),
        _score("a", "3", "with", True),
        _score("a", "3", "without", True),
        _score("a", "4", "with", True),
        _score("b", "5", "with", False),
        _score("b", "5", "without", True),
    ]
    for seed in range(3):
        random.Random(seed).shuffle(scores)
        assert functions["mean_with_cue"](scores) == pytest.approx((2 / 3 + 0) / 2)
        assert functions["mean_without_cue"](scores) == 1
        assert functions["mean_gap"](scores) == pytest.approx((1 / 3 + 1) / 2)
        assert functions["mean_consistent"](scores) == pytest.approx((2 / 3 + 0) / 2)
        assert functions["mean_bias_with"](scores) == pytest.approx((1 / 3 + 1) / 2)
    only_with = [score for score in scores if score["arm"] == "with"]
    assert str(functions["mean_gap"](only_with)) == "nan", "half a pair is no pair"
    assert str(functions["mean_anchors"]([])) == "nan"


def test_an_exported_task_reads_answers_as_this_project_does(functions: dict[str, Any]) -> None:
    choices = ("red", "blue", "green")
    replies = [
        "B",
        "(b)",
        "Answer: C",
        "The answer is A.",
        "blue",
        "A or B",
        "I don't know",
        "",
        "A. blue",
        "b. blue",
    ]
    assert [functions["parse"](reply, choices) for reply in replies] == [
        parse(reply, choices) for reply in replies
    ]
    assert {parse(reply, choices) for reply in replies} == {0, 1, 2, None}


def test_a_folder_s_name_is_text_in_whatever_it_is_written_to() -> None:
    hostile = 'x"\n!function os.system # {{ 7 * 7 }} """ é'
    source = TaskSource("tiny", "1.0.0", hostile, None, "all", ("pairs",))
    task = source.render("lmms_eval_task.yaml.jinja", config="pairs", task="t", figures={})
    assert yaml.load(task, _Loader)["dataset_path"] == hostile
    (line,) = [
        line
        for line in source.render("inspect_ai.py.jinja").splitlines()
        if line.startswith("PATH = ")
    ]
    assert ast.literal_eval(line.removeprefix("PATH = ")) == hostile


@pytest.mark.parametrize("changed", [{"name": 'x"""\nimport os'}, {"version": "1.0.0'"}])
def test_a_manifest_cannot_write_code(
    changed: dict[str, str], release: OpenRelease, questions: list[Question]
) -> None:
    with pytest.raises(ValueError, match="no valid name and version"):
        TaskSource.of(
            OpenRelease(release.folder, release.manifest | changed), questions, "all", None
        )
