"""What is trained on under each condition, in an order that the seed alone decides."""

from collections import Counter
from collections.abc import Sequence

import pytest

from spuriforge.pipeline.finetune.conditions import CONDITIONS, Condition
from spuriforge.pipeline.finetune.lessons import Course, Lesson, first_types, lessons_of
from spuriforge.pipeline.finetune.settings import TrainingSettings
from spuriforge.pipeline.release.questions import Question, open_release, read_questions
from tests.pipeline.finetune.tiny_release import made


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> list[Question]:
    return read_questions(open_release(made(tmp_path_factory.mktemp("release"))), split="train")


def _arms(lessons: Sequence[Lesson]) -> set[tuple[str, ...]]:
    return {tuple(question.arm for question in lesson.questions) for lesson in lessons}


@pytest.mark.parametrize(
    ("condition", "arms", "count"),
    [
        ("anchors", {("anchor",)}, 4),
        ("group", {("with",)}, 8),
        ("mixed", {("anchor",), ("with",)}, 12),
        ("non-spurious", {("control",)}, 3),
        ("pairs", {("with", "without")}, 8),
        ("consistent", {("with", "without")}, 8),
        ("without", {("without", "without")}, 8),
        ("placebo", {("placebo", "without")}, 8),
        ("blind", {("with",)}, 8),
    ],
)
def test_each_condition_has_its_arms(
    questions: list[Question], condition: Condition, arms: set[tuple[str, ...]], count: int
) -> None:
    lessons = lessons_of(condition, questions)
    assert _arms(lessons) == arms
    assert len(lessons) == count
    assert {lesson.blind for lesson in lessons} == {condition == "blind"}
    assert all(len({question.id for question in lesson.questions}) == 1 for lesson in lessons)


def test_each_step_has_as_many_images_whatever_the_condition(questions: list[Question]) -> None:
    for condition in CONDITIONS:
        settings = TrainingSettings(path="m", condition=condition, steps=3, images=8, replay=0.5)
        course = Course(
            lessons_of(condition, questions), lessons_of("non-spurious", questions), settings
        )
        assert len(course) == 3 * course.a_step
        for step in range(3):
            drawn = course.drawn[step * course.a_step :][: course.a_step]
            assert sum(len(lesson.lesson.questions) for lesson in drawn) == 8
            clean = sum(lesson.lesson.questions[0].arm == "control" for lesson in drawn)
            assert clean == (8 if condition == "non-spurious" else 4)


def test_a_course_follows_from_its_seed(questions: list[Question]) -> None:
    def drawn(seed: int) -> list[object]:
        settings = TrainingSettings(path="m", steps=5, images=8, seed=seed)
        return Course(
            lessons_of("pairs", questions), lessons_of("non-spurious", questions), settings
        ).drawn

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_every_lesson_comes_before_any_comes_again(questions: list[Question]) -> None:
    lessons = lessons_of("group", questions)
    course = Course(
        lessons, [], TrainingSettings(path="m", condition="group", steps=2, images=8, replay=0.5)
    )
    assert Counter(lesson.lesson for lesson in course.drawn) == dict.fromkeys(lessons, 2)


def test_answers_are_tied_only_where_the_condition_says_so(questions: list[Question]) -> None:
    for condition in ("pairs", "consistent"):
        settings = TrainingSettings(path="m", condition=condition, steps=2, images=8)
        course = Course(
            lessons_of(condition, questions), lessons_of("non-spurious", questions), settings
        )
        tied = {len(lesson.lesson.questions) for lesson in course.drawn if lesson.tied}
        assert tied == ({2} if condition == "consistent" else set())


def test_more_types_are_the_same_and_some_more() -> None:
    keys = [f"type-{number}" for number in range(9)]
    assert (
        first_types(keys, 3, 0) < first_types(keys, 5, 0) < first_types(keys, None, 0) == set(keys)
    )
    assert first_types(keys, 3, 0) != first_types(keys, 3, 1)
    with pytest.raises(ValueError, match="There are 9 types"):
        first_types(keys, 10, 0)
