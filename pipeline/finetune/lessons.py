"""The lessons of a condition and their order, which depends on the seed alone.

lessons = lessons_of("pairs", questions)      # questions of the training types and controls
course = Course(lessons, replay, settings)    # course[i]: the i-th lesson, options shuffled
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..records import key_of
from ..release.questions import Question
from .conditions import SINGLE, TWINS, Condition
from .settings import TrainingSettings

#: Questions on a clean image that was not asked them, for each that was.
ANEW = 2


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question about an image, or about two images of a scene, which are shown together."""

    questions: tuple[Question, ...]
    blind: bool = False
    #: Is there a right answer? An image that is asked another one's question has only the one that
    #: the model gave.
    labelled: bool = True


@dataclass(frozen=True, slots=True)
class ShownLesson:
    """A lesson with its options in one order, as indices."""

    lesson: Lesson
    order: tuple[int, ...]
    #: Its two answers have to be alike.
    tied: bool = False
    #: It has to be answered as before the training.
    recalled: bool = False


def lessons_of(condition: Condition, questions: Sequence[Question]) -> list[Lesson]:
    """The lessons that the questions give under a condition, in the questions' order."""
    if condition in SINGLE:
        return [
            Lesson((question,), condition == "blind")
            for question in questions
            if question.arm in SINGLE[condition]
        ]
    arms: dict[str, dict[str, Question]] = defaultdict(dict)
    for question in questions:
        if question.config == "pairs":
            arms[question.id][question.arm] = question
    first, second = TWINS[condition]
    return [
        Lesson((pair[first], pair[second]))
        for pair in arms.values()
        if first in pair and second in pair
    ]


def first_types(keys: Sequence[str], count: int | None, seed: int) -> set[str]:
    """Returns the first types in the seed's order; a larger count only adds types."""
    if count is not None and not 0 < count <= len(keys):
        raise ValueError(
            f"There are {len(keys)} types to train on, so their number cannot be {count}."
        )
    return set(sorted(keys, key=lambda key: key_of("types", seed, key))[:count])


class Course:
    """All lessons of a training, step after step: first those of the condition, then the replayed
    ones.

    Each is made of the seed and its place alone, so a training that was cut off goes on with the
    very next lesson.
    """

    def __init__(
        self,
        lessons: Sequence[Lesson],
        replay: Sequence[Lesson],
        settings: TrainingSettings,
        anew: Sequence[Lesson] = (),
    ) -> None:
        rehearsed = round(settings.replay * settings.images) if replay else 0
        size = max(len(lessons[0].questions), 1)
        self.a_step = (settings.images - rehearsed) // size + rehearsed
        rng = random.Random(f"course/{settings.seed}")
        main = _in_turn(lessons, settings.steps * (self.a_step - rehearsed), rng)
        clean = _replayed(replay, anew, settings.steps * rehearsed, rng)
        tied = settings.condition == "consistent"
        self._rehearsed = [*replay, *anew] if rehearsed and settings.recall else []
        self.drawn: list[ShownLesson] = []
        # Any order, not only the rotations that are asked in: a small model learns a few hundred
        # clean questions by
        # heart, and the controls pay for it.
        for step in range(settings.steps):
            step_lessons = main[step * (self.a_step - rehearsed) :][: self.a_step - rehearsed]
            self.drawn += [
                ShownLesson(lesson, _any_order(lesson, rng), tied and len(lesson.questions) == 2)
                for lesson in step_lessons
            ]
            step_replay = clean[step * rehearsed :][:rehearsed]
            self.drawn += [
                ShownLesson(lesson, _any_order(lesson, rng), recalled=settings.recall > 0)
                for lesson in step_replay
            ]

    @property
    def recalled(self) -> list[Question]:
        """Every question that may have to be answered as before, drawn or not."""
        return [question for lesson in self._rehearsed for question in lesson.questions]

    def __len__(self) -> int:
        """Lessons of all steps together."""
        return len(self.drawn)

    def __getitem__(self, index: int) -> ShownLesson:
        """The lesson at a place."""
        return self.drawn[index]


def _in_turn(lessons: Sequence[Lesson], count: int, rng: random.Random) -> list[Lesson]:
    """`count` lessons, all of them once in random order, then all again."""
    drawn: list[Lesson] = []
    while len(drawn) < count:
        drawn += rng.sample(lessons, len(lessons))
    return drawn[:count]


def _replayed(
    replay: Sequence[Lesson], anew: Sequence[Lesson], count: int, rng: random.Random
) -> list[Lesson]:
    """One as the release has it, then `ANEW` that are asked anew, where there are such."""
    if not anew:
        return _in_turn(replay, count, rng)
    own, others = iter(_in_turn(replay, count, rng)), iter(_in_turn(anew, count, rng))
    return [next(others if place % (1 + ANEW) else own) for place in range(count)]


def _any_order(lesson: Lesson, rng: random.Random) -> tuple[int, ...]:
    count = len(lesson.questions[0].choices)
    return tuple(rng.sample(range(count), count))
