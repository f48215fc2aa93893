"""An annotation becomes one judgment, or one sentence about what is wrong with it."""

from typing import Any

import pytest

from annotation.client import Account, Desk
from annotation.pull import Waiting, judgment_of
from annotation.screens import Answer, result_of

DESK = Desk("test", "cue", "ann")
ACCOUNT = Account("ann", "a@b", "p", "t", 7)
TASK = {"id": 3, "data": {"key": "subject"}}


def annotation(**changes: object) -> dict[str, Any]:
    """What Label Studio gives."""
    return {
        "id": 9, "completed_by": 7, "was_cancelled": False, "updated_at": "2026-01-01T00:00:00Z", "lead_time": 4.5,
        "result": result_of("cue", Answer("spurious", cue="oak", box=(0, 0, 0.5, 1))),
    } | changes  # fmt: skip


def test_a_judgment_holds_the_answer_and_its_version() -> None:
    one = judgment_of(DESK, TASK, annotation(), ACCOUNT, scripted=False)
    assert (one.project, one.subject, one.annotator, one.verdict) == ("cue", "subject", "ann", "spurious")
    assert (one.cue, one.box, one.seconds, one.source) == ("oak", (0, 0, 0.5, 1), 4.5, "cue/9")
    later = judgment_of(DESK, TASK, annotation(updated_at="2026-01-02T00:00:00Z"), ACCOUNT, scripted=False)
    assert later.key != one.key
    assert judgment_of(DESK, TASK, annotation(), ACCOUNT, scripted=False) == one


def test_a_skip_is_a_judgment_without_verdict() -> None:
    one = judgment_of(DESK, TASK, annotation(was_cancelled=True, result=[]), ACCOUNT, scripted=True)
    assert (one.verdict, one.skipped, one.scripted) == (None, True, True)


def test_adjudication_is_known_by_its_source() -> None:
    desk = Desk("test", "cue-adjudication", "ann")
    one = judgment_of(desk, TASK, annotation(), ACCOUNT, scripted=False)
    assert (one.project, one.source) == ("cue", "cue-adjudication/9")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"completed_by": 8}, "another account"),
        ({"completed_by": {"id": 8}}, "another account"),
        ({"result": []}, "0 verdicts"),
    ],
)
def test_what_is_not_the_annotators_answer_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        judgment_of(DESK, TASK, annotation(**changes), ACCOUNT, scripted=False)


def test_a_task_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="no key"):
        judgment_of(DESK, {"id": 3, "data": {}}, annotation(), ACCOUNT, scripted=False)


def test_left_is_never_negative() -> None:
    assert Waiting(5, 2, 1).left == 2
    assert Waiting(5, 5, 1).left == 0
