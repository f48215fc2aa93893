"""Evaluation of models on a release: figures with intervals, comparisons, a leaderboard.

    from spuriforge.pipeline.evaluate import evaluate
    evaluation = evaluate("releases/demo", lvlm)  # an LVLM of pipeline.lvlm, or any with `answer`
    evaluation.figures["with_cue"].value          # 0.31
    evaluation.figures["gap"]                     # Figure(value=0.62, low=0.5, high=0.73, ...)
    evaluation.accuracy["with"]                   # plain share of right answers in an arm

This works in memory, for one model. `spuriforge evaluate` does the same for many models, keeps each
answer, resumes after a kill, and compares the models.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ..lvlm.interface import LVLM
from ..release.questions import (
    CONFIGS,
    Config,
    OpenRelease,
    Pictures,
    Question,
    Split,
    open_release,
    read_questions,
)
from .answers import Grade, Reply, answer, blind_questions, grade, plan
from .figures import Figure, accuracy, summarize, unparsed

__all__ = [
    "CONFIGS",
    "Evaluation",
    "Figure",
    "OpenRelease",
    "Question",
    "evaluate",
    "open_release",
    "read_questions",
]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one model did on one release."""

    model: str
    prompt: str
    #: See `figures.FIGURES`; what the release has nothing for is not there.
    figures: dict[str, Figure]
    #: Arm ("anchor", "with", "without", "placebo", "control") -> share of all its answers that are
    #: right.
    accuracy: dict[str, float]
    unparsed: float
    #: Calls that failed for good; the questions they were about are left out.
    failed: int
    #: What the model chose, question by question.
    grades: tuple[Grade, ...]


def evaluate(
    release: str | Path,
    lvlm: LVLM,
    *,
    configs: Collection[Config] = CONFIGS,
    split: Split = "all",
    rotations: int = 1,
    blind: bool = False,
    limit_types: int | None = None,
) -> Evaluation:
    """Asks a model a release's questions and sums up: see the module's docstring."""
    opened = open_release(release)
    questions = read_questions(opened, configs=configs, split=split, limit_types=limit_types)
    asks = plan(questions, lvlm.id, lvlm.prompt, rotations=rotations)
    unseen = blind_questions(questions) if blind else []
    asks += plan(unseen, lvlm.id, lvlm.prompt, rotations=rotations, blind=True)
    replies_or_failures = answer(asks, lvlm, Pictures(opened.folder))
    replies = {reply.key: reply for reply in replies_or_failures if isinstance(reply, Reply)}
    grades = grade(questions, replies, lvlm.id, lvlm.prompt, rotations=rotations)
    blind_grades = grade(unseen, replies, lvlm.id, lvlm.prompt, rotations=rotations, blind=True)
    return Evaluation(
        model=lvlm.id,
        prompt=lvlm.prompt,
        figures=summarize(grades, blind_grades),
        accuracy=accuracy(grades),
        unparsed=unparsed(grades),
        failed=len(replies_or_failures) - len(replies),
        grades=tuple(grades),
    )
