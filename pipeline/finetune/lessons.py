"""What is trained on under each condition, and in which order: the same for the same seed, wherever it is taken up.

    lessons = lessons_of("pairs", questions)              # from the questions of the training types and controls
    course = Course(lessons, replay, settings)            # course[i]: the i-th lesson, its options in some order

Conditions, each with clean replay:
    anchors        the real images, with the cue           group       made images, with the cue
    non-spurious   clean questions of the benchmark alone  mixed       anchors and made images with the cue
    pairs          each scene with and without the cue     consistent  the same, and the answers must be alike
Controls, for what else a training does:
    without        the same scenes, without the cue twice  placebo     without it, and with something else changed
    blind          the same questions without an image
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ..evaluate.questions import Question
from ..records import key_of

if TYPE_CHECKING:
    from .settings import Settings

Condition = Literal[
    "anchors", "group", "non-spurious", "mixed", "pairs", "consistent", "without", "placebo", "blind"
]  # fmt: skip
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
#: The arms of a pair that belong together in a lesson of these conditions.
TWINS: dict[Condition, tuple[str, str]] = {
    "pairs": ("with", "without"), "consistent": ("with", "without"), "placebo": ("placebo", "without"),
    "without": ("without", "without"),
}  # fmt: skip
#: The arms that are single lessons in these.
SINGLE: dict[Condition, tuple[str, ...]] = {
    "anchors": ("anchor",), "group": ("with",), "mixed": ("anchor", "with"), "non-spurious": ("control",),
    "blind": ("with",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question about one image, or about two images of one scene, which are then shown at once."""

    questions: tuple[Question, ...]
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A lesson with its options in one rotation; `tied` where its two answers have to be alike."""

    lesson: Lesson
    rotation: int
    tied: bool = False


def lessons_of(condition: Condition, questions: Sequence[Question]) -> list[Lesson]:
    """The lessons that the questions give under a condition, in the questions' order."""
    if condition in SINGLE:
        return [Lesson((one,), condition == "blind") for one in questions if one.arm in SINGLE[condition]]
    arms: dict[str, dict[str, Question]] = defaultdict(dict)
    for one in questions:
        if one.config == "pairs":
            arms[one.id][one.arm] = one
    first, second = TWINS[condition]
    return [Lesson((pair[first], pair[second])) for pair in arms.values() if first in pair and second in pair]


def first_types(keys: Sequence[str], count: int | None, seed: int) -> set[str]:
    """So many of the types, those that the seed puts first; with a larger count, some more of them."""
    if count is not None and not 0 < count <= len(keys):
        raise ValueError(f"There are {len(keys)} types to train on, so their number cannot be {count}.")
    return set(sorted(keys, key=lambda key: key_of("types", seed, key))[:count])


class Course:
    """All lessons of a training, step after step: first those of the condition, then the replayed ones.

    Each is made of the seed and its place alone, so a training that was cut off goes on with the very next lesson.
    """

    def __init__(self, lessons: Sequence[Lesson], replay: Sequence[Lesson], settings: "Settings") -> None:
        rehearsed = round(settings.replay * settings.images) if replay else 0
        size = max(len(lessons[0].questions), 1)
        self.a_step = (settings.images - rehearsed) // size + rehearsed
        rng = random.Random(f"course/{settings.seed}")
        main = _in_turn(lessons, settings.steps * (self.a_step - rehearsed), rng)
        clean = _in_turn(replay, settings.steps * rehearsed, rng)
        tied = settings.condition == "consistent"
        self.drawn: list[Drawn] = []
        for step in range(settings.steps):
            shown = main[step * (self.a_step - rehearsed) :][: self.a_step - rehearsed]
            shown += clean[step * rehearsed :][:rehearsed]
            self.drawn += [
                Drawn(one, rng.randrange(len(one.questions[0].choices)), tied and len(one.questions) == 2)
                for one in shown
            ]

    def __len__(self) -> int:
        """Lessons of all steps together."""
        return len(self.drawn)

    def __getitem__(self, index: int) -> Drawn:
        """The lesson at a place."""
        return self.drawn[index]


def _in_turn(lessons: Sequence[Lesson], count: int, rng: random.Random) -> list[Lesson]:
    """`count` lessons, all of them once in random order, then all again."""
    drawn: list[Lesson] = []
    while len(drawn) < count:
        drawn += rng.sample(lessons, len(lessons))
    return drawn[:count]
