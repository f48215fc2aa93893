"""What an annotator sees: the labeling configs of the cue and the pair project, their tasks and their answers.

    task = cue_task(cue_type, sample, image_bytes)       # the data of a Label Studio task
    check("cue", task)                               # offline, before anything is sent
    answer = read("cue", annotation["result"])           # what came back, checked as strictly

Texts of benchmarks are only ever task data, shown by Text tags with valueType="text": never markup, never an address
to load, never part of a config. Verdicts have the keys 1 to 5, and a pair's images lie left and right at random.
"""

import base64
import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from PIL import Image

from pipeline.records import CueType, Pair, Sample, key_of

if TYPE_CHECKING:
    from label_studio_sdk.label_interface import LabelInterface

CUE_VERDICTS = ("spurious", "not_spurious", "unsure", "bad_question", "bad_image")
PAIR_VERDICTS = ("good", "answer_fails", "cue_wrong", "defect")
#: The texts a person may edit, and the fields of a Judgment that they become.
TEXTS = ("cue", "core", "description_with", "description_without")

_STYLE = """
  <Style>
    .desk { display: flex; gap: 20px; align-items: flex-start }
    .side { flex: 0 0 500px }
    .asked { flex: 1 1 0; min-width: 0 }
    .desk h5, .desk h6, .desk h4 { margin: 8px 0 0 0 !important; font-size: 13px !important; line-height: 18px }
    .desk .lsf-choices { margin-top: 8px }
    .desk .lsf-text-area { margin: 0 }
    .desk .lsf-text-area form { margin: 0 }
    .desk [data-testid=textarea-submit-section] { display: none !important }
  </Style>"""


def _shown(name: str, title: str) -> str:
    """A titled text of the task's data, shown as text."""
    return f"""
      <Header value="{title}" size="5"/>
      <Text name="{name}_shown" value="${name}" valueType="text"/>"""


def _edited(name: str, title: str, rows: int) -> str:
    """A titled, pre-filled text to edit."""
    return f"""
        <Header value="{title}" size="5"/>
        <TextArea name="{name}" toName="image" value="${name}" rows="{rows}" maxSubmissions="1" editable="true"/>"""


def _verdicts(to: str, meanings: dict[str, str]) -> str:
    """One choice a verdict, on the keys 1, 2, 3 and so on."""
    choices = "".join(
        f"""
        <Choice value="{verdict.replace("_", " ")}: {meaning}" alias="{verdict}" hotkey="{number}"/>"""
        for number, (verdict, meaning) in enumerate(meanings.items(), 1)
    )
    return f"""
      <Choices name="verdict" toName="{to}" choice="single-radio" required="true" layout="vertical"
               requiredMessage="Please give a verdict (keys 1 to {len(meanings)}).">{choices}
      </Choices>"""


CUE_MEANINGS = {
    "spurious": "the cue is in the image, is no part of the answer, and could mislead",
    "not_spurious": "the cue is not there, or the answer rests on it",
    "unsure": "cannot tell",
    "bad_question": "the question or the gold answer is wrong",
    "bad_image": "the image is unusable",
}
PAIR_MEANINGS = {
    "good": "the answer holds in both, the cue is in exactly one, nothing is wrong",
    "answer_fails": "the answer does not hold in one or both",
    "cue_wrong": "the cue is in both or in neither",
    "defect": "an image is broken, or something else changed",
}

_WHEN_SPURIOUS = '<View visibleWhen="choice-selected" whenTagName="verdict" whenChoiceValue="spurious">'

_DESCRIPTIONS = _edited("description_with", "The scene with the cue", 2) + _edited(
    "description_without", "The scene without the cue", 2
)
_CUE_AND_CORE = _edited("cue", "Cue", 1) + _edited("core", "What the answer rests on", 1)
_QUESTION = _shown("question", "Question") + _shown("options", "Options")

CUE_SCREEN = f"""<View>{_STYLE}
  <View className="desk">
    <View className="side">
      <Image name="image" value="$image" width="460px" maxWidth="460px" zoom="true" zoomControl="true"
             rotateControl="false" brightnessControl="false" contrastControl="false"/>
      {_WHEN_SPURIOUS}{_DESCRIPTIONS}
      </View>
    </View>
    <View className="asked">{_QUESTION}{_shown("proposed", "Proposed cue")}{_verdicts("image", CUE_MEANINGS)}
      {_WHEN_SPURIOUS}{_CUE_AND_CORE}
        <Header value="Where the cue is, if you like: press b, then draw a box" size="5"/>
        <RectangleLabels name="box" toName="image" maxUsages="1">
          <Label value="cue" hotkey="b" background="#d6336c"/>
        </RectangleLabels>
      </View>
    </View>
  </View>
</View>"""

PAIR_SCREEN = f"""<View>{_STYLE}
  <View className="desk">
    <View className="side"><Image name="left" value="$left" width="460px" maxWidth="460px"/></View>
    <View className="side"><Image name="right" value="$right" width="460px" maxWidth="460px"/></View>
  </View>
  <View className="desk">
    <View className="side">{_QUESTION}
    </View>
    <View className="asked">{_shown("cue", "The cue")}{_verdicts("left", PAIR_MEANINGS)}
    </View>
  </View>
</View>"""

INSTRUCTIONS = {
    "cue": "<p>A model answered this question wrongly. Could the proposed cue have misled it?</p>"
    "<p>Look at the image, then press <b>1</b> to <b>5</b>. After <i>spurious</i>, correct the texts where they are "
    "wrong. <b>Ctrl+Enter</b> submits.</p>",
    "pair": "<p>Two images of one scene; the cue should be in exactly one of them, and nothing else may differ.</p>"
    "<p>Look at both, then press <b>1</b> to <b>4</b>. <b>Ctrl+Enter</b> submits.</p>",
}
SCREENS = {"cue": CUE_SCREEN, "pair": PAIR_SCREEN}


@cache
def interface(screen: str) -> "LabelInterface":
    """The SDK's checker of a screen; the screen itself is checked when it is made."""
    from label_studio_sdk.label_interface import LabelInterface

    made = LabelInterface(screen)
    made.validate()
    return made


# --- tasks -------------------------------------------------------------------------------------------------------


def data_uri(payload: bytes, least: int = 448, most: int = 1024) -> str:
    """An image as a data: URI: a tiny one enlarged in whole pixels so that a person sees it, a huge one reduced."""
    image = Image.open(io.BytesIO(payload)).convert("RGB")
    times = -(-least // image.width)
    stream = io.BytesIO()
    if times > 1 and image.height * times <= 4 * most:
        image = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
        image.save(stream, format="PNG")
        return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
    image.thumbnail((most, most))
    image.save(stream, format="JPEG", quality=92)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()


def options_text(choices: tuple[str, ...], answer: int, chosen: str | None = None) -> str:
    """The options, one a line, the gold one and the one that the model gave marked."""
    wrong = choices.index(chosen) if chosen in choices else None
    lines = []
    for index, choice in enumerate(choices):
        marks = ["gold answer"] * (index == answer) + ["the model's answer"] * (index == wrong)
        text = " ".join(choice.split())  # a line break in an option would look like another option
        sign = "✔" if index == answer else "✘" if marks else " "
        lines.append(f"{sign} {_letter(index)}. {text}" + (f"   ⟵ {', '.join(marks)}" if marks else ""))
    return "\n".join(lines)


def _letter(index: int) -> str:
    return chr(ord("A") + index) if index < 26 else str(index + 1)


def cue_task(cue_type: CueType, sample: Sample | None, image: bytes) -> dict[str, str]:
    """A cue task's data: the anchor's image, question and options, the proposed cue and the texts to edit.

    It names no model and no figure of the screening, so that nobody's trust in either sways the verdict.
    """
    asked = sample or cue_type
    return {
        "key": cue_type.key,
        "image": data_uri(image),
        "question": asked.question,
        "options": options_text(asked.choices, asked.answer, cue_type.linked),
        "proposed": f"“{cue_type.cue}”: where it is seen, wrong answers tend to be “{cue_type.linked}”.",
        **{name: getattr(cue_type, name) for name in TEXTS},
    }


def pair_task(pair: Pair, cue_type: CueType, image_with: bytes, image_without: bytes) -> dict[str, str]:
    """A pair task's data: the two images left and right at random, by the pair's key, and what must hold in them."""
    side = side_of(pair.key)
    left, right = (image_with, image_without) if side == "left" else (image_without, image_with)
    return {
        "key": pair.key,
        "left": data_uri(left),
        "right": data_uri(right),
        "side": side,
        "question": cue_type.question,
        "options": options_text(cue_type.choices, cue_type.answer),
        "cue": f"“{cue_type.cue}” should be in exactly one of the two images.",
    }


def side_of(pair: str) -> str:
    """Which side shows the image with the cue: "left" or "right", by the pair's key."""
    return "left" if int(key_of("side", pair), 16) % 2 else "right"


def check(kind: str, data: dict[str, str]) -> None:
    """ValueError unless the kind's screen can show the task: every text and image that it names is there."""
    task: Any = {"data": data}
    if not interface(SCREENS[kind]).validate_task(task):
        raise ValueError(f"Task {data.get('key')} lacks something that its screen shows.")


# --- answers -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one task, as a person gives it."""

    verdict: str
    cue: str | None = None
    core: str | None = None
    description_with: str | None = None
    description_without: str | None = None
    #: (left, top, right, bottom) in shares of the image.
    box: tuple[float, ...] | None = None


def result_of(kind: str, answer: Answer) -> list[dict[str, Any]]:
    """An answer as Label Studio's regions; ValueError where the screen has no such answer."""
    to = "image" if kind == "cue" else "left"
    result = [_region("verdict", to, "choices", {"choices": [answer.verdict]})]
    if answer.verdict == "spurious":
        for name in TEXTS:
            if getattr(answer, name):
                result.append(_region(name, to, "textarea", {"text": [getattr(answer, name)]}))
        if answer.box:
            left, top, right, bottom = (100 * share for share in answer.box)
            place = {"x": left, "y": top, "width": right - left, "height": bottom - top, "rotation": 0}
            result.append(_region("box", to, "rectanglelabels", place | {"rectanglelabels": ["cue"]}))
    read(kind, result)
    return result


def _region(name: str, to: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": key_of(name, value)[:10], "from_name": name, "to_name": to, "type": kind, "value": value}


def read(kind: str, result: list[dict[str, Any]]) -> Answer:
    """Label Studio's regions as an answer; ValueError, saying why, for what the screen cannot have given."""
    problems = interface(SCREENS[kind]).validate_prediction({"result": result}, return_errors=True)
    if problems:
        raise ValueError(f"the annotation does not fit its screen: {problems[0]}")
    values = {region["from_name"]: region["value"] for region in result if "from_name" in region}
    verdicts = values.get("verdict", {}).get("choices", [])
    if len(verdicts) != 1:
        raise ValueError(f"the annotation has {len(verdicts)} verdicts, not one")
    if verdicts[0] != "spurious":
        return Answer(verdict=verdicts[0])
    texts = {name: "\n".join(values.get(name, {}).get("text", [])).strip() or None for name in TEXTS}
    return Answer(verdict=verdicts[0], box=_box(values.get("box")), **texts)


def _box(value: dict[str, Any] | None) -> tuple[float, ...] | None:
    """Label Studio's rectangle, in hundredths, as (left, top, right, bottom) in shares, within the image."""
    if not value:
        return None
    left, top = value["x"] / 100, value["y"] / 100
    box = (left, top, left + value["width"] / 100, top + value["height"] / 100)
    return tuple(round(min(1.0, max(0.0, share)), 4) for share in box)
