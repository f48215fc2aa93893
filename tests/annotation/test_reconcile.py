"""What is gone, doubled or out of order becomes a sentence, and changes nothing."""

from dataclasses import replace

from spuriforge.annotation.project_contents import ProjectContents
from spuriforge.annotation.projects import Desk
from spuriforge.annotation.reconcile import problems
from spuriforge.pipeline.records import Judgment
from tests.judged import judged

DESK = Desk("test", "cue", "ann")


def answer(number: int, subject: str, *, at: str = "1") -> Judgment:
    return judged(subject, "ann", "spurious", source=f"cue/{number}", at=at)


def contents(*judgments: Judgment, open_subjects: str = "") -> ProjectContents:
    """A project with these annotations, and tasks that nobody has answered."""
    return ProjectContents(
        DESK,
        subjects={*open_subjects, *(judgment.subject for judgment in judgments)},
        annotations={(int(judgment.source[4:]), judgment.subject) for judgment in judgments},
        judgments=list(judgments),
    )


def test_what_is_there_as_it_was_is_no_problem() -> None:
    known = [answer(1, "a"), answer(2, "b")]
    assert problems([contents(*known)], known, ("ann",)) == []
    assert problems([contents(known[0]), contents(known[1])], known, ("ann",)) == []


def test_a_missing_project_is_told_of_those_on_the_roster_alone() -> None:
    known = [answer(1, "a")]
    (problem,) = problems([], known, ("ann",))
    assert problem.startswith("ann's cue project is not on the server")
    assert problems([], known, ()) == []


def test_missing_judgments_are_told_with_and_without_their_tasks() -> None:
    known = [answer(1, "a"), answer(2, "b"), answer(3, "c")]
    opened, gone = problems([contents(open_subjects="a")], known, ("ann",))
    assert "but their tasks are (annotation 1): kept, and counted until judged again." in opened
    assert "and their tasks neither (annotation 2, 3): kept, and counted." in gone


def test_what_was_put_back_is_not_missing() -> None:
    known = [answer(1, "a")]
    project = contents(open_subjects="a")
    project.returned = known
    assert problems([project], known, ("ann",)) == []


def test_two_annotations_of_a_task_are_told() -> None:
    both = [answer(1, "a"), answer(2, "a", at="2")]
    (problem,) = problems([contents(*both)], both, ("ann",))
    assert problem == "1 cue task judged twice by ann (annotation 1 and 2): the latest counts."


def test_a_new_judgment_that_is_older_is_told() -> None:
    known, late = answer(1, "a", at="5"), answer(2, "a", at="3")
    sentences = problems([contents(late)], [known], ("ann",))
    assert any("came now, older by the server's time" in problem for problem in sentences)
    later = replace(late, updated_at="6")
    assert not any("older" in problem for problem in problems([contents(later)], [known], ()))


def test_an_imported_judgment_is_never_missing() -> None:
    known = [replace(answer(1, "a"), source="import/abc")]
    assert problems([contents()], known, ("ann",)) == []
