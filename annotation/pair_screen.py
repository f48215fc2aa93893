"""What an annotator sees of a pair of images, its three questions, and a task's data.

    task = pair_task(pair, cue_type, with_bytes, without_bytes)
    task = pair_task(pair, cue_type, with_bytes, without_bytes, others=judgments)    # adjudication
    verdict_of({"answer_holds": "yes", "cue_in_one": "no", "otherwise_alike": "nothing"})
    # "cue_wrong"

The two images lie left and right at random. Each question takes one key and needs an answer. The
first that is answered wrong, in this order, is the pair's verdict; without any the pair is good:

    does the answer hold in both?            1 yes       2 no           answer_fails
    is the cue in exactly one?               3 yes       4 no           cue_wrong
    is anything else wrong?                  5 nothing   6 something    defect
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spuriforge.pipeline.records import CueType, Judgment, Pair, key_of

from .layout import chosen, image, part, screen, shown
from .pictures import data_uri
from .texts import opinions_text, options_text, quoted


@dataclass(frozen=True, slots=True)
class PairQuestion:
    """A question about a pair: its name in Label Studio, its text, and its two answers."""

    name: str
    title: str
    #: An answer: its name, and its text.
    right: tuple[str, str]
    wrong: tuple[str, str]
    #: The pair's verdict if the answer is the wrong one.
    verdict: str


PAIR_QUESTIONS = (
    PairQuestion(
        "answer_holds",
        "Does the gold answer hold in both?",
        ("yes", "Yes, in both"),
        ("no", "No"),
        "answer_fails",
    ),
    PairQuestion(
        "cue_in_one",
        "Is the cue in exactly one?",
        ("yes", "Yes, in one"),
        ("no", "No, in both or none"),
        "cue_wrong",
    ),
    PairQuestion(
        "otherwise_alike",
        "Is anything else wrong?",
        ("nothing", "Nothing"),
        ("something", "A defect or a change"),
        "defect",
    ),
)
GOOD = "good"
PAIR_VERDICTS = (GOOD, *(question.verdict for question in PAIR_QUESTIONS))
_MEANINGS = {
    GOOD: "Good",
    "answer_fails": "The answer does not hold in both",
    "cue_wrong": "The cue is not in exactly one",
    "defect": "A defect, or another difference",
}


def verdict_of(answers: Mapping[str, str]) -> str:
    """Returns the verdict of the first question that is answered wrong, or "good"."""
    wrong = (question for question in PAIR_QUESTIONS if answers[question.name] == question.wrong[0])
    return next((question.verdict for question in wrong), GOOD)


def answers_of(verdict: str) -> dict[str, str]:
    """Returns three answers that make a verdict: all right but the one that it names."""
    return {
        question.name: (question.wrong if question.verdict == verdict else question.right)[0]
        for question in PAIR_QUESTIONS
    }


def _question(number: int, question: PairQuestion) -> str:
    meanings = dict((question.right, question.wrong))
    first = 2 * number + 1
    missing = f"{question.title} Please press {first} or {first + 1}."
    header = f'\n<Header value="{question.title}" size="5"/>'
    return part("part", header + chosen(question.name, "left", meanings, first, missing))


def _pair_screen(others: str = "") -> str:
    most, inward = "calc(100vh - 126px - 236px)", {"left": "right", "right": "left"}
    images = "".join(
        part("part", image(side, "656px", most, inward[side])) for side in ("left", "right")
    )
    seen = part(
        "seen",
        shown("question", "Question", "text plain question") + shown("options", "Options", "text"),
    )
    questions = "".join(_question(number, asked) for number, asked in enumerate(PAIR_QUESTIONS))
    judgments = part("judgments part", questions)
    judged = part("judged", shown("cue", "The cue", "text plain") + judgments + others)
    return screen("pair", part("images", images) + part("row", seen + judged))


PAIR_SCREEN = _pair_screen()
PAIR_ADJUDICATION_SCREEN = _pair_screen(shown("said", "What others said", "text plain"))


def pair_task(
    pair: Pair,
    cue_type: CueType,
    image_with: bytes,
    image_without: bytes,
    others: Sequence[Judgment] = (),
) -> dict[str, str]:
    """Returns a pair task's data; adjudication needs `others`, the other people's judgments.

    The pair's key decides which image lies left.
    """
    side = side_of(pair.key)
    left, right = (image_with, image_without) if side == "left" else (image_without, image_with)
    return {
        "key": pair.key,
        "left": data_uri(left),
        "right": data_uri(right),
        "side": side,
        "question": cue_type.question,
        "options": options_text(cue_type.choices, cue_type.answer),
        "cue": f"{quoted(cue_type.cue)} should be in exactly one of the two images.",
        **({"said": opinions_text(others, _MEANINGS, {})} if others else {}),
    }


def side_of(pair: str) -> str:
    """Returns the side of the image with the cue, "left" or "right"; the pair's key decides."""
    return "left" if int(key_of("side", pair), 16) % 2 else "right"
