"""A model's answers to a release's questions, in several rotations and blind.

    asks = plan(questions, lvlm.id, lvlm.prompt, rotations=4)
    replies = answer(asks, lvlm, Pictures(release.folder))     # a Reply or a Failure per ask
    by_key = {reply.key: reply for reply in replies}
    grades = grade(questions, by_key, lvlm.id, lvlm.prompt, rotations=4)

A reply's key is made of what the model was shown: image, question, options in their order. So the
next version of a release asks only its new questions, and ten pairs share one blind question.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import ClassVar

from PIL import Image

from ..lvlm.interface import LVLM, Answer, Query, rotated
from ..records import Called, Failure, key_of
from ..release.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Called):
    """What a model said to one question in one order of its options."""

    table: ClassVar[str] = "replies"
    model: str
    prompt: str
    #: sha256 of the image shown; None where the model answered blind.
    image: str | None
    outcome: str
    #: Index into the options as they were shown.
    chosen: int | None
    text: str
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to be put to a model, its options in one order."""

    key: str
    question: Question
    shown: tuple[str, ...]
    blind: bool


@dataclass(frozen=True, slots=True)
class Grade:
    """A model's choices for one question: an option or None for each rotation."""

    question: Question
    chosen: tuple[int | None, ...]

    @property
    def right(self) -> tuple[bool, ...]:
        """For each rotation, whether the answer is right."""
        return tuple(option == self.question.answer for option in self.chosen)

    @property
    def linked(self) -> tuple[bool, ...]:
        """For each rotation, whether it is the option that the cue points to."""
        return tuple(
            option is not None and option == self.question.linked for option in self.chosen
        )


def orders(question: Question, rotations: int) -> list[tuple[int, ...]]:
    """The orders in which a question's options are shown: no more than it has options."""
    count = len(question.choices)
    return [rotated(count, rotation) for rotation in range(min(rotations, count))]


def ask_of(question: Question, order: tuple[int, ...], model: str, prompt: str, blind: bool) -> Ask:
    """One question as one model is asked it."""
    shown = tuple(question.choices[index] for index in order)
    image = None if blind else question.image
    return Ask(
        key_of("reply", image, question.question, shown, model, prompt), question, shown, blind
    )


def plan(
    questions: Iterable[Question], model: str, prompt: str, *, rotations: int, blind: bool = False
) -> list[Ask]:
    """Every question to ask in every rotation, each once, in the release's order."""
    asks = (
        ask_of(question, order, model, prompt, blind)
        for question in questions
        for order in orders(question, rotations)
    )
    return list({ask.key: ask for ask in asks}.values())


def blind_questions(questions: Iterable[Question]) -> list[Question]:
    """Returns the types' questions for asking without an image, each text once."""
    texts = {
        (question.type.key, question.question, question.choices): question
        for question in questions
        if question.type
    }
    return list(texts.values())


def answer(
    asks: Sequence[Ask], lvlm: LVLM, picture: Callable[[Question], Image.Image]
) -> list[Reply | Failure]:
    """Asks the model; a call that failed for good becomes a `Failure` instead of a reply."""
    image_of = lru_cache(maxsize=None)(
        picture
    )  # the rotations of one question share its image, decoded once
    queries = [
        Query(ask.question.question, ask.shown, None if ask.blind else image_of(ask.question))
        for ask in asks
    ]
    return [
        Failure.now("evaluate", ask.key, lvlm.id, reply.text)
        if reply.outcome == "failed"
        else _reply(ask, reply, lvlm)
        for ask, reply in zip(asks, lvlm.answer(queries), strict=True)
    ]


def _reply(ask: Ask, answer: Answer, lvlm: LVLM) -> Reply:
    return Reply(
        key=ask.key,
        model=lvlm.id,
        prompt=lvlm.prompt,
        image=None if ask.blind else ask.question.image,
        outcome=answer.outcome,
        chosen=answer.chosen,
        text=answer.text,
        margin=answer.margin,
        **asdict(answer.usage),
    )


def grade(
    questions: Iterable[Question],
    replies: Mapping[str, Reply],
    model: str,
    prompt: str,
    *,
    rotations: int,
    blind: bool = False,
) -> list[Grade]:
    """Returns a model's choices by question, without questions of which a call failed."""
    grades = []
    for question in questions:
        shown_orders = orders(question, rotations)
        order_replies = [
            replies.get(ask_of(question, order, model, prompt, blind).key) for order in shown_orders
        ]
        if all(order_replies):
            chosen = zip(shown_orders, order_replies, strict=True)
            grades.append(Grade(question, tuple(_own(order, reply) for order, reply in chosen)))
    return grades


def _own(order: tuple[int, ...], reply: Reply | None) -> int | None:
    """The option chosen as an index into the question's own options."""
    return None if reply is None or reply.chosen is None else order[reply.chosen]
