"""Answers and verdicts published with a benchmark are read; nobody is asked again."""

import csv
from pathlib import Path

import pytest

from spuriforge.flows.build import build
from spuriforge.flows.state.snapshot import Snapshot
from spuriforge.pipeline.budget import spent
from spuriforge.pipeline.records import Prediction, Verdict

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("prefect_server")]

COLUMNS = (
    "index",
    "question",
    "answer",
    "A",
    "B",
    "C",
    "D",
    "prediction",
    "parsed",
    "spuriousAttr",
    "isSpurious",
    "isError",
)
YES = (
    "Yes, the error is primarily caused by spurious correlation. The model likely associated the "
    "presence of a "
    "surfboard with riding, rather than looking at the man."
)
NO = "No, the error is not primarily caused by spurious correlation. The model likely miscounted."
ROWS = (
    (
        "7",
        "What is he doing?",
        "A",
        "waxing it",
        "riding",
        "",
        "",
        "(B) riding",
        "B",
        YES,
        "True",
        "True",
    ),
    ("7", "Where is he?", "B", "riding", "beach", "", "", "(B) riding", "B", "", "False", "False"),
    (
        "8",
        "How many are there?",
        "A",
        "one",
        "two",
        "six",
        "ten",
        "(D) ten",
        "D",
        NO,
        "False",
        "True",
    ),
    ("9", "What colour is it?", "A", "red", "blue", "", "", "(A) red", "A", "", "False", "False"),
    ("10", "What is this?", "C", "milk", "tea", "water", "", "(A) water", "A", NO, "False", "True"),
    ("11", "What is that?", "A", "cat", "dog", "", "", "I don't know", "", "", "False", "False"),
)
RECIPE = """
[run]
name = "published"
workspace = "./run"
[[benchmarks]]
kind = "spuriverse"
name = "aokvqa"
path = "./aokvqa_meta.csv"
[[models]]
name = "gpt-4o"
backend = "published"
[[models]]
name = "verifier"
path = "org/m"
mine = false
[mine]
rotations = 1
[screen]
by = ["published"]
[describe]
by = "template"
[generate]
model = "g"
[gate]
clip = "c"
[publish]
name = "published"
folder = "./releases"
"""


def test_answers_are_parsed_anew_and_judge_texts_become_verdicts(tmp_path: Path) -> None:
    with (tmp_path / "aokvqa_meta.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *ROWS])
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE, encoding="utf-8")
    build(str(path), "screen")
    snapshot = Snapshot.take(str(path))
    answers = {one.text: one.outcome for one in snapshot.workspace.records(Prediction)}
    assert answers == {
        "(B) riding": "parsed", "(D) ten": "parsed", "(A) red": "parsed", "(A) water": "unparsed",
        "I don't know": "unparsed",
    }  # fmt: skip
    questions = {one.key: one.question for one in snapshot.samples}
    # The second question about image 7 was never really asked; "(A) water" is the gold's text under
    # another letter.
    assert {questions[one.sample] for one in snapshot.errors} == {
        "What is he doing?",
        "How many are there?",
    }
    verdicts = {questions[one.sample]: one.spurious for one in snapshot.workspace.records(Verdict)}
    assert verdicts == {"What is he doing?": True, "How many are there?": False}
    (kept,) = [one for one in snapshot.candidates if one.kept]
    assert (kept.cue, kept.linked, kept.screener) == ("surfboard", "riding", "published")
    (described,) = snapshot.types.values()
    assert described.description_with == "a photo of waxing it, with surfboard"
    assert spent(snapshot.workspace).model_calls == 0
