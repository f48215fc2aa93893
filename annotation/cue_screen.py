"""What an annotator sees of a proposed cue, and a task's data.

    task = cue_task(cue_type, sample, image_bytes)
    task = cue_task(cue_type, sample, image_bytes, preview=(with_bytes, without_bytes), said=judgments)

The image, large and zoomable (Ctrl and the wheel); the question, the options with the gold and the
model's answer marked, the proposed cue and why, a preview pair where there is one; a verdict on the
keys 1 to 5. Only after
*spurious* come the cue, what the answer rests on and the two descriptions, filled in, and a box to draw.
"""

from collections.abc import Sequence

from spuriforge.pipeline.records import JUDGMENT_TEXTS, CueType, Judgment, Sample

from .layout import chosen, edited, image, part, screen, shown
from .pictures import data_uri, preview_uri
from .texts import options_text, quoted, said_text

CUE_MEANINGS = {
    "spurious": "Spurious: the cue is in the image, is no part of the answer, and could mislead",
    "not_spurious": "Not spurious: the cue is not there, or the answer rests on it",
    "unsure": "Unsure: cannot tell",
    "bad_question": "Bad question: the question or the gold answer is wrong",
    "bad_image": "Bad image: it cannot be used",
}
CUE_VERDICTS = tuple(CUE_MEANINGS)

_WHEN_SPURIOUS = (
    '<View visibleWhen="choice-selected" whenTagName="verdict" whenChoiceValue="spurious">'
)

_EDITED = part(
    "edited",
    edited("cue", "The cue", 1)
    + edited("core", "What the answer rests on", 1)
    + edited("description_with", "The scene with the cue", 3)
    + edited("description_without", "The scene without the cue", 3),
)
_BOX = part(
    "box",
    """
<RectangleLabels name="box" toName="image" maxUsages="1">
  <Label value="cue" hotkey="b" background="#d6336c"/>
</RectangleLabels>
<Header value="Where the cue is, if you like: press b, then draw a box" size="5"/>""",
)


def _cue_screen(said: str = "") -> str:
    reasons = part("reasons", shown("proposed", "Proposed cue") + said)
    asked = (
        shown("question", "Question", "text plain question")
        + shown("options", "Options", "text")
        + part("evidence", reasons + part("part preview", image("preview", "270px", "170px")))
        + part(
            "part",
            chosen("verdict", "image", CUE_MEANINGS, 1, "Please give a verdict: press 1 to 5."),
        )
        + part("part", f"{_WHEN_SPURIOUS}{_EDITED}{_BOX}</View>")
    )
    return screen(
        "cue",
        part("part image", image("image", "720px", "calc(100vh - 126px)")) + part("asked", asked),
    )


CUE_SCREEN = _cue_screen()
CUE_ADJUDICATION_SCREEN = _cue_screen(shown("said", "What others said"))


def cue_task(
    cue_type: CueType,
    sample: Sample | None,
    image: bytes,
    preview: tuple[bytes, bytes] | None = None,
    said: Sequence[Judgment] = (),
) -> dict[str, str]:
    """A cue task's data; `said` are others' judgments, for adjudication: `check("cue-adjudication",
    data)` wants some.

    It names no model, no annotator and no figure of the screening, so that nobody's trust in any
    sways the verdict.
    """
    asked = sample or cue_type
    shown_cue = f"{quoted(cue_type.cue)}: where it is seen, wrong answers tend to be {quoted(cue_type.linked)}."
    others = (
        {
            "said": said_text(
                said, CUE_MEANINGS, {name: getattr(cue_type, name) for name in JUDGMENT_TEXTS}
            )
        }
        if said
        else {}
    )
    return {
        "key": cue_type.key,
        "image": data_uri(image),
        "question": asked.question,
        "options": options_text(asked.choices, asked.answer, cue_type.linked),
        "proposed": shown_cue,
        "preview": preview_uri(preview),
        **{name: getattr(cue_type, name) for name in JUDGMENT_TEXTS},
        **others,
    }
