"""What an annotator sees of a pair of images, the three judgments asked for, and a task's data.

    task = pair_task(pair, cue_type, with_bytes, without_bytes)
    task = pair_task(pair, cue_type, with_bytes, without_bytes, said=judgments)        # for adjudication
    verdict_of({"answer_holds": "yes", "cue_in_one": "no", "otherwise_alike": "nothing"})      # "cue_wrong"

The two images lie left and right at random. Each judgment is one key and has to be given; the first
that fails, in this order, is the pair's verdict, and a pair of which none fails is good:

    does the answer hold in both?            1 yes       2 no           answer_fails
    is the cue in exactly one?               3 yes       4 no           cue_wrong
    is anything else wrong?                  5 nothing   6 something    defect
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spuriforge.pipeline.records import CueType, Judgment, Pair, key_of

from .layout import chosen, image, part, screen, shown
from .pictures import data_uri
from .texts import options_text, quoted, said_text


@dataclass(frozen=True, slots=True)
class Asked:
    """One judgment of a pair: its name in Label Studio, what is asked, and its two answers with
    their texts.
    """

    name: str
    title: str
    right: tuple[str, str]
    wrong: tuple[str, str]
    #: The pair's verdict where the answer is the wrong one.
    verdict: str


JUDGMENTS = (
    Asked(
        "answer_holds",
        "Does the gold answer hold in both?",
        ("yes", "Yes, in both"),
        ("no", "No"),
        "answer_fails",
    ),
    Asked(
        "cue_in_one",
        "Is the cue in exactly one?",
        ("yes", "Yes, in one"),
        ("no", "No, in both or none"),
        "cue_wrong",
    ),
    Asked(
        "otherwise_alike",
        "Is anything else wrong?",
        ("nothing", "Nothing"),
        ("something", "A defect or a change"),
        "defect",
    ),
)
GOOD = "good"
PAIR_VERDICTS = (GOOD, *(one.verdict for one in JUDGMENTS))
_MEANINGS = {
    GOOD: "Good",
    "answer_fails": "The answer does not hold in both",
    "cue_wrong": "The cue is not in exactly one",
    "defect": "A defect, or another difference",
}


def verdict_of(answers: Mapping[str, str]) -> str:
    """The verdict that the three answers make: the first one that fails, in the order in which they
    are asked.
    """
    return next((one.verdict for one in JUDGMENTS if answers[one.name] == one.wrong[0]), GOOD)


def answers_of(verdict: str) -> dict[str, str]:
    """Three answers that make a verdict: all right but the one that it names."""
    return {one.name: (one.wrong if one.verdict == verdict else one.right)[0] for one in JUDGMENTS}


def _judgment(number: int, one: Asked) -> str:
    meanings = dict((one.right, one.wrong))
    first = 2 * number + 1
    missing = f"{one.title} Please press {first} or {first + 1}."
    return part(
        "part",
        f'\n<Header value="{one.title}" size="5"/>'
        + chosen(one.name, "left", meanings, first, missing),
    )


def _pair_screen(said: str = "") -> str:
    most, inward = "calc(100vh - 126px - 236px)", {"left": "right", "right": "left"}
    images = "".join(
        part("part", image(side, "656px", most, inward[side])) for side in ("left", "right")
    )
    seen = part(
        "seen",
        shown("question", "Question", "text plain question") + shown("options", "Options", "text"),
    )
    judgments = part(
        "judgments part", "".join(_judgment(number, one) for number, one in enumerate(JUDGMENTS))
    )
    judged = part("judged", shown("cue", "The cue", "text plain") + judgments + said)
    return screen("pair", part("images", images) + part("row", seen + judged))


PAIR_SCREEN = _pair_screen()
PAIR_ADJUDICATION_SCREEN = _pair_screen(shown("said", "What others said", "text plain"))


def pair_task(
    pair: Pair,
    cue_type: CueType,
    image_with: bytes,
    image_without: bytes,
    said: Sequence[Judgment] = (),
) -> dict[str, str]:
    """A pair task's data: the two images left and right at random, by the pair's key, and what must
    hold in them.

    `said` are others' judgments, for adjudication: `check("pair-adjudication", data)` wants some.
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
        **({"said": said_text(said, _MEANINGS, {})} if said else {}),
    }


def side_of(pair: str) -> str:
    """Which side shows the image with the cue: "left" or "right", by the pair's key."""
    return "left" if int(key_of("side", pair), 16) % 2 else "right"
