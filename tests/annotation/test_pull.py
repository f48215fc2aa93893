"""An annotation becomes one judgment, or one sentence about what is wrong with it; and nothing is
lost or doubled.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from spuriforge.annotation import project_contents
from spuriforge.annotation import pull as pulling
from spuriforge.annotation.accounts import Account
from spuriforge.annotation.answers import TaskAnswer, result_of
from spuriforge.annotation.client import Server
from spuriforge.annotation.projects import Desk, run_id
from spuriforge.annotation.pull import Pulled, Waiting, collect
from spuriforge.annotation.roster import add, remove
from spuriforge.pipeline.agreement import latest
from spuriforge.pipeline.recipe import Annotate, Recipe
from spuriforge.pipeline.records import Judgment
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import recipe_for

DESK = Desk("test", "cue", "ann")
ACCOUNT = Account("ann", "a@b", "p", "t", 7)
TASK = {"id": 3, "data": {"key": "subject"}}


def annotation(**changes: object) -> dict[str, Any]:
    """What Label Studio gives."""
    return {
        "id": 9,
        "completed_by": 7,
        "was_cancelled": False,
        "updated_at": "2026-01-01T00:00:00Z",
        "lead_time": 4.5,
        "result": result_of("cue", TaskAnswer("spurious", {"cue": "oak"}, box=(0, 0, 0.5, 1))),
    } | changes


def test_left_is_never_negative() -> None:
    assert Waiting(5, 2, 1).left == 2
    assert Waiting(5, 5, 1).left == 0


# --- a whole pull, from a server in memory --------------------------------------------------------

RECIPE = recipe_for(Annotate(annotators=("ann", "bob"), overlap=1))


class InMemory:
    """A Label Studio of dictionaries: project number -> its description, and its tasks with their
    annotations.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.descriptions: dict[int, str] = {}
        self.tasks: dict[int, list[dict[str, Any]]] = {}
        self.projects = SimpleNamespace(list=self.listed)

    def listed(self, page_size: int) -> list[Any]:
        return [
            SimpleNamespace(id=number, description=text)
            for number, text in self.descriptions.items()
        ]

    def tasks_of(self, client: "InMemory", project: int) -> Iterator[dict[str, Any]]:
        yield from self.tasks[project]

    def add(self, number: int, annotator: str, subjects: str, kind: str = "cue") -> None:
        """A project with a task a subject, none of them answered."""
        self.descriptions[number] = (
            f"My title [spuriforge {run_id(self.workspace)} {kind} {annotator}] and so on"
        )
        self.tasks[number] = [
            {"id": 100 * number + index, "data": {"key": subject}, "annotations": []}
            for index, subject in enumerate(subjects)
        ]

    def answer(
        self,
        project: int,
        subject: str,
        number: int,
        verdict: str,
        at: int,
        *,
        by: int = 7,
        took: float | None = None,
    ) -> None:
        """An annotation of that number, in place of an earlier one of the same number."""
        (task,) = [task for task in self.tasks[project] if task["data"]["key"] == subject]
        given = annotation(
            id=number,
            result=result_of("cue", TaskAnswer(verdict)),
            updated_at=f"2026-01-01T00:00:{at:02}.5Z",
            completed_by=by,
            lead_time=took or 3.25 + at,
        )
        task["annotations"] = [task for task in task["annotations"] if task["id"] != number] + [
            given
        ]


@pytest.fixture
def server(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> InMemory:
    """Ann's project with the tasks a, b and c, bob's with d."""
    memory = InMemory(workspace)
    memory.add(1, "ann", "abc")
    memory.add(2, "bob", "d")
    accounts = {
        "ann": ACCOUNT,
        "bob": Account("bob", "b@b", "p", "t", 8),
        "eve": Account("eve", "e@b", "p", "t", 9),
    }
    monkeypatch.setattr(pulling, "connect", lambda server: memory)
    monkeypatch.setattr(
        pulling, "annotators", lambda server, names: {name: accounts[name] for name in names}
    )
    monkeypatch.setattr(project_contents, "annotated_tasks_of", memory.tasks_of)
    return memory


def pulled(server: InMemory, recipe: Recipe = RECIPE) -> Pulled:
    return collect(Server("http://127.0.0.1:1", "token"), server.workspace, recipe)


def counting(workspace: Workspace) -> dict[str, str | None]:
    """Subject -> the verdict that counts."""
    return {judgment.subject: judgment.verdict for judgment in latest(workspace.records(Judgment))}


def test_pulling_again_adds_nothing_and_an_update_adds_a_version(
    server: InMemory, workspace: Workspace
) -> None:
    server.answer(1, "a", 1, "unsure", at=1)
    assert len(pulled(server).judgments) == 1
    assert pulled(server) == Pulled([], [])
    server.answer(1, "a", 1, "spurious", at=2)
    assert [judgment.verdict for judgment in pulled(server).judgments] == ["spurious"]
    assert pulled(server) == Pulled([], [])
    assert workspace.read(Judgment).num_rows == 2
    assert counting(workspace) == {"a": "spurious"}


def test_a_pull_killed_between_projects_keeps_the_first_and_is_finished_by_the_next(
    server: InMemory, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer(1, "a", 1, "unsure", at=1)
    server.answer(2, "d", 2, "unsure", at=2, by=8)
    calls = itertools.count()

    def dies(client: InMemory, project: int) -> Iterator[dict[str, Any]]:
        for task in server.tasks_of(client, project):
            yield task
            if next(calls) == 3:
                raise KeyboardInterrupt

    monkeypatch.setattr(project_contents, "annotated_tasks_of", dies)
    with pytest.raises(KeyboardInterrupt):
        pulled(server)
    assert counting(workspace) == {"a": "unsure"}
    monkeypatch.setattr(project_contents, "annotated_tasks_of", server.tasks_of)
    assert [judgment.subject for judgment in pulled(server).judgments] == ["d"]
    assert workspace.read(Judgment).num_rows == 2


def test_a_deleted_annotation_stays_and_counts_and_is_told(
    server: InMemory, workspace: Workspace
) -> None:
    for number, subject in enumerate("abc"):
        server.answer(1, subject, number, "spurious", at=number)
    pulled(server)
    server.tasks[1][0]["annotations"] = []
    del server.tasks[1][1:]
    (annotation, task) = pulled(server).problems
    assert annotation.startswith(
        "1 judgment of ann's cue project no longer on the server, but their tasks are"
    )
    assert task.startswith(
        "2 judgments of ann's cue project no longer on the server, and their tasks neither"
    )
    assert "(annotation 1, 2)" in task
    assert counting(workspace) == dict.fromkeys("abc", "spurious")
    server.answer(1, "a", 9, "unsure", at=10)
    assert [problem for problem in pulled(server).problems if "their tasks are" in problem] == []
    assert counting(workspace)["a"] == "unsure"


def test_a_restored_server_that_gives_numbers_again_shadows_nothing(
    server: InMemory, workspace: Workspace
) -> None:
    server.answer(1, "a", 1, "unsure", at=1)
    server.answer(1, "b", 2, "unsure", at=2)
    pulled(server)
    server.add(1, "ann", "abc")  # the backup is from before both
    server.answer(1, "b", 1, "spurious", at=3)
    result = pulled(server)
    assert [judgment.verdict for judgment in result.judgments] == ["spurious"]
    assert (
        len([problem for problem in result.problems if "their tasks are (annotation 1)" in problem])
        == 1
    )
    server.answer(1, "a", 2, "spurious", at=4)
    assert pulled(server).problems == []
    assert counting(workspace) == {"a": "spurious", "b": "spurious"}
    assert workspace.read(Judgment).num_rows == 4


def test_what_a_push_put_back_is_the_same_judgment(server: InMemory, workspace: Workspace) -> None:
    server.answer(1, "a", 1, "unsure", at=1, took=4.125)
    pulled(server)
    server.add(1, "ann", "abc")
    server.answer(1, "a", 9, "unsure", at=20, took=4.125)
    assert pulled(server) == Pulled([], [])
    server.answer(1, "a", 9, "unsure", at=21, took=6.5)
    assert len(pulled(server).judgments) == 1
    assert pulled(server) == Pulled([], [])


def test_a_clock_that_went_back_is_told_and_the_later_time_counts(
    server: InMemory, workspace: Workspace
) -> None:
    server.answer(1, "a", 1, "unsure", at=30)
    pulled(server)
    server.tasks[1][0]["annotations"] = []
    server.answer(1, "a", 2, "spurious", at=10)
    result = pulled(server)
    assert len(result.judgments) == 1
    assert any(
        "older by the server's time" in problem and "(annotation 2)" in problem
        for problem in result.problems
    )
    assert counting(workspace) == {"a": "unsure"}


def test_another_answer_at_the_same_time_is_a_version_of_its_own(
    server: InMemory, workspace: Workspace
) -> None:
    server.answer(1, "a", 1, "unsure", at=1)
    pulled(server)
    server.answer(1, "a", 1, "spurious", at=1)
    result = pulled(server)
    assert [judgment.verdict for judgment in result.judgments] == ["spurious"]
    assert ["says something else than before" in problem for problem in result.problems] == [True]
    assert pulled(server) == Pulled([], [])
    assert workspace.read(Judgment).num_rows == 2


def test_two_annotations_of_one_task_are_told_and_the_latest_counts(
    server: InMemory, workspace: Workspace
) -> None:
    server.answer(1, "a", 3, "spurious", at=2)
    server.answer(1, "a", 5, "unsure", at=1)
    server.answer(1, "a", 6, "bad_image", at=9, by=1)  # the lead's own
    result = pulled(server)
    assert (
        result.problems[-1]
        == "1 cue task judged twice by ann (annotation 3 and 5): the latest counts."
    )
    assert "another account" in result.problems[0]
    assert counting(workspace) == {"a": "spurious"}


def test_a_lost_mark_is_told_and_a_mark_that_comes_back_is_read_beside_the_new_project(
    server: InMemory, workspace: Workspace
) -> None:
    server.answer(1, "a", 1, "spurious", at=1)
    pulled(server)
    mark, server.descriptions[1] = server.descriptions[1], "My own words"
    server.answer(1, "b", 2, "spurious", at=2)
    (problem,) = pulled(server).problems
    assert problem.startswith(
        "ann's cue project is not on the server: it was deleted, or the mark was taken out"
    )
    server.add(3, "ann", "c")
    server.answer(3, "c", 3, "spurious", at=3)
    assert ["no longer on the server" in problem for problem in pulled(server).problems] == [True]
    server.descriptions[1] = mark
    assert pulled(server).problems == []
    assert counting(workspace) == dict.fromkeys("abc", "spurious")


def test_who_left_the_recipe_is_still_read_and_a_stranger_is_not(
    server: InMemory, workspace: Workspace
) -> None:
    server.answer(1, "a", 1, "spurious", at=1)
    pulled(server)
    server.answer(1, "b", 2, "spurious", at=2)
    server.add(3, "eve", "a")
    server.answer(3, "a", 3, "spurious", at=3, by=9)
    result = pulled(server, recipe_for(Annotate(annotators=("bob",), overlap=1)))
    assert [judgment.subject for judgment in result.judgments] == ["b"]
    assert result.problems == [
        "Project 3 belongs to eve, who is neither in the recipe nor on the roster: left out."
    ]
    add(workspace, RECIPE, "eve")
    remove(workspace, RECIPE, "eve")
    assert [judgment.annotator for judgment in pulled(server).judgments] == ["eve"]


def test_a_judgment_by_another_way_is_never_missed_on_the_server(
    server: InMemory, workspace: Workspace
) -> None:
    server.answer(1, "a", 1, "spurious", at=1)
    (judgment,) = pulled(server).judgments
    workspace.append([replace(judgment, key="k", subject="b", source="import/123")])
    assert pulled(server) == Pulled([], [])
