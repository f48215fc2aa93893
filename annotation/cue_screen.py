"""What an annotator sees of a proposed cue, and a task's data.

    task = cue_task(cue_type, sample, image_bytes)
    task = cue_task(cue_type, sample, image_bytes, preview=(with_bytes, without_bytes))
    task = cue_task(cue_type, sample, image_bytes, others=judgments)        # for adjudication

The screen shows the image, large and zoomable (Ctrl and the wheel), the question, the options with
the gold answer and the model's marked, the proposed cue, a preview pair where there is one, and a
verdict on the keys 1 to 5. After *spurious* come the JUDGMENT_TEXTS, filled in, and a box to draw.
"""

from collections.abc import Sequence

from spuriforge.pipeline.records import JUDGMENT_TEXTS, CueType, Judgment, Sample

from .layout import chosen, edited, image, part, screen, shown
from .pictures import data_uri, preview_uri
from .texts import opinions_text, options_text, quoted

CUE_MEANINGS = {
    "spurious": "Spurious: the cue is in the image, is no part of the answer, and could mislead",
    "not_spurious": "Not spurious: the cue is not there, or the answer rests on it",
    "unsure": "Unsure: cannot tell",
    "bad_question": "Bad question: the question or the gold answer is wrong",
    "bad_image": "Bad image: it cannot be used",
}
CUE_VERDICTS = tuple(CUE_MEANINGS)

#: JUDGMENT_TEXTS -> the field's title, and its rows.
_FIELDS = {
    "cue": ("The cue", 1),
    "core": ("What the answer rests on", 1),
    "description_with": ("The scene with the cue", 3),
    "description_without": ("The scene without the cue", 3),
}
_WHEN_SPURIOUS = (
    '<View visibleWhen="choice-selected" whenTagName="verdict" whenChoiceValue="spurious">'
)
_EDITED = part("edited", "".join(edited(name, *_FIELDS[name]) for name in JUDGMENT_TEXTS))
_BOX = part(
    "box",
    """
<RectangleLabels name="box" toName="image" maxUsages="1">
  <Label value="cue" hotkey="b" background="#d6336c"/>
</RectangleLabels>
<Header value="Where the cue is, if you like: press b, then draw a box" size="5"/>""",
)


def _cue_screen(others: str = "") -> str:
    reasons = part("reasons", shown("proposed", "Proposed cue") + others)
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
    others: Sequence[Judgment] = (),
) -> dict[str, str]:
    """Returns a cue task's data; adjudication needs `others`, the other people's judgments.

    It names no model, no annotator and no figure of the screening, so that nobody's trust in them
    sways the verdict.
    """
    shown_question = sample or cue_type
    cue, linked = quoted(cue_type.cue), quoted(cue_type.linked)
    proposed = {name: getattr(cue_type, name) for name in JUDGMENT_TEXTS}
    return {
        "key": cue_type.key,
        "image": data_uri(image),
        "question": shown_question.question,
        "options": options_text(shown_question.choices, shown_question.answer, cue_type.linked),
        "proposed": f"{cue}: where it is seen, wrong answers tend to be {linked}.",
        "preview": preview_uri(preview),
        **proposed,
        **({"said": opinions_text(others, CUE_MEANINGS, proposed)} if others else {}),
    }
