"""An annotation becomes one judgment, or one sentence about what is wrong with it."""

from typing import Any

import pytest

from spuriforge.annotation import project_contents
from spuriforge.annotation.project_contents import judgment_of, read_project
from spuriforge.annotation.projects import Desk
from tests.annotation.test_pull import ACCOUNT, DESK, TASK, annotation


def test_a_judgment_holds_the_answer_and_its_version() -> None:
    judgment = judgment_of(DESK, TASK, annotation(), ACCOUNT, scripted=False)
    assert (judgment.project, judgment.subject, judgment.annotator, judgment.verdict) == (
        "cue",
        "subject",
        "ann",
        "spurious",
    )
    assert (judgment.cue, judgment.box, judgment.seconds, judgment.source) == (
        "oak",
        (0, 0, 0.5, 1),
        4.5,
        "cue/9",
    )
    later = judgment_of(
        DESK, TASK, annotation(updated_at="2026-01-02T00:00:00Z"), ACCOUNT, scripted=False
    )
    assert later.key != judgment.key
    assert judgment_of(DESK, TASK, annotation(), ACCOUNT, scripted=False) == judgment


def test_a_skip_is_a_judgment_without_verdict() -> None:
    judgment = judgment_of(
        DESK, TASK, annotation(was_cancelled=True, result=[]), ACCOUNT, scripted=True
    )
    assert (judgment.verdict, judgment.skipped, judgment.scripted) == (None, True, True)


def test_adjudication_is_known_by_its_source() -> None:
    desk = Desk("test", "cue-adjudication", "ann")
    judgment = judgment_of(desk, TASK, annotation(), ACCOUNT, scripted=False)
    assert (judgment.project, judgment.source) == ("cue", "cue-adjudication/9")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"completed_by": 8}, "another account"),
        ({"completed_by": {"id": 8}}, "another account"),
        ({"result": []}, "0 verdicts"),
    ],
)
def test_what_is_not_the_annotators_answer_is_refused(
    changes: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        judgment_of(DESK, TASK, annotation(**changes), ACCOUNT, scripted=False)


def test_a_task_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="no key"):
        judgment_of(DESK, {"id": 3, "data": {}}, annotation(), ACCOUNT, scripted=False)


def test_a_project_is_read_whole_and_what_is_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tasks = [
        {"id": 1, "data": {"key": "a"}, "annotations": [annotation()]},
        {"id": 2, "data": {"key": "b"}, "annotations": []},
        {"id": 3, "data": {"key": "c"}, "annotations": [annotation(id=8, result=[]), None]},
    ]
    monkeypatch.setattr(project_contents, "annotated_tasks_of", lambda client, project: tasks)
    contents = read_project(None, DESK, 5, ACCOUNT, scripted=False)  # type: ignore[arg-type]
    assert [judgment.subject for judgment in contents.judgments] == ["a"]
    assert contents.subjects == {"a", "b", "c"}
    assert contents.annotations == {(9, "a"), (8, "c")}
    first, second = contents.problems
    assert first.startswith("Annotation 8 of task 3 in project 5 was left out: ")
    assert second.startswith("Annotation None of task 3 in project 5 was left out: ")


def test_without_an_account_a_project_is_left_out() -> None:
    contents = read_project(None, DESK, 5, None, scripted=False)  # type: ignore[arg-type]
    assert (contents.judgments, contents.subjects) == ([], set())
    assert ["belongs to ann" in problem for problem in contents.problems] == [True]
