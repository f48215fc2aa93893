"""lmms-eval's task folder: its tasks name real files and functions, and the functions are right."""

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from spuriforge.pipeline.lvlm.parse import parse
from spuriforge.pipeline.release.exports import export
from spuriforge.pipeline.release.questions import OpenRelease
from tests.pipeline.release.exports.exported_files import Loader, run


@pytest.fixture
def functions(release: OpenRelease, tmp_path: Path) -> dict[str, Any]:
    export(release.folder, "lmms-eval", tmp_path)
    return run(tmp_path / "spuriforge_functions.py")


def _score(kind: str, pair: str, arm: str, right: bool) -> dict[str, object]:
    return {"type": kind, "pair": pair, "arm": arm, "right": right, "linked": not right}


def test_an_lmms_eval_folder_names_release_files_and_functions(
    release: OpenRelease, tmp_path: Path
) -> None:
    written = export(release.folder, "lmms-eval", tmp_path)
    tasks = [yaml.load(path.read_text(), Loader) for path in written if path.suffix == ".yaml"]
    functions = run(tmp_path / "spuriforge_functions.py")
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
