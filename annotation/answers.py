"""An answer as Label Studio's regions, and back.

    result = result_of("pair", TaskAnswer("cue_wrong"))
    answer = read("cue", annotation["result"])        # checked against the screen
    answer_of(judgment)                               # what a judgment says; None for a skip

A kind is "cue" or "pair", or either with "-adjudication", which has the same answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spuriforge.pipeline.records import JUDGMENT_TEXTS, Judgment, key_of

from .pair_screen import PAIR_QUESTIONS, PAIR_VERDICTS, answers_of, verdict_of
from .screens import SCREENS, interface

Region = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """A person's answer to one task."""

    verdict: str
    #: JUDGMENT_TEXTS -> the corrected text; a text that is missing is None. Only with "spurious".
    texts: Mapping[str, str | None] = field(default_factory=dict)
    #: (left, top, right, bottom) in shares of the image.
    box: tuple[float, ...] | None = None


def answer_of(judgment: Judgment) -> TaskAnswer | None:
    """Returns what a judgment says, or None for a skip."""
    if judgment.verdict is None:
        return None
    texts = {name: getattr(judgment, name) for name in JUDGMENT_TEXTS}
    return TaskAnswer(judgment.verdict, texts, judgment.box or None)


# --- to Label Studio ------------------------------------------------------------------------------


def result_of(kind: str, answer: TaskAnswer) -> list[Region]:
    """Returns an answer as Label Studio's regions; ValueError if the screen has no such answer."""
    result = _pair_result(answer) if kind.startswith("pair") else _cue_result(answer)
    read(kind, result)
    return result


def _pair_result(answer: TaskAnswer) -> list[Region]:
    if answer.verdict not in PAIR_VERDICTS:
        raise ValueError(
            f"the annotation does not fit its screen: a pair's verdict is not {answer.verdict!r}"
        )
    return [_choice(name, "left", chosen) for name, chosen in answers_of(answer.verdict).items()]


def _cue_result(answer: TaskAnswer) -> list[Region]:
    """Returns the verdict, and after "spurious" the texts and the box."""
    result = [_choice("verdict", "image", answer.verdict)]
    if answer.verdict != "spurious":
        return result
    for name in JUDGMENT_TEXTS:
        if text := answer.texts.get(name):
            result.append(_region(name, "image", "textarea", {"text": [text]}))
    if answer.box:
        left, top, right, bottom = (100 * share for share in answer.box)
        place = {"x": left, "y": top, "width": right - left, "height": bottom - top, "rotation": 0}
        label = {"rectanglelabels": ["cue"]}
        result.append(_region("box", "image", "rectanglelabels", place | label))
    return result


def _choice(name: str, to: str, chosen: str) -> Region:
    return _region(name, to, "choices", {"choices": [chosen]})


def _region(name: str, to: str, kind: str, value: dict[str, Any]) -> Region:
    return {
        "id": key_of(name, value)[:10],
        "from_name": name,
        "to_name": to,
        "type": kind,
        "value": value,
    }


# --- from Label Studio ----------------------------------------------------------------------------


def read(kind: str, result: list[Region]) -> TaskAnswer:
    """Returns Label Studio's regions as an answer; ValueError if the screen has no such answer."""
    problems = interface(SCREENS[kind]).validate_prediction({"result": result}, return_errors=True)
    if problems:
        raise ValueError(f"the annotation does not fit its screen: {problems[0]}")
    values = {region["from_name"]: region["value"] for region in result if "from_name" in region}
    if kind.startswith("pair"):
        chosen = {
            question.name: _chosen(values, question.name, f"answers to {question.title!r}")
            for question in PAIR_QUESTIONS
        }
        return TaskAnswer(verdict_of(chosen))
    verdict = _chosen(values, "verdict", "verdicts")
    if verdict != "spurious":
        return TaskAnswer(verdict)
    texts = {
        name: "\n".join(values.get(name, {}).get("text", [])).strip() or None
        for name in JUDGMENT_TEXTS
    }
    return TaskAnswer(verdict, texts, _box(values.get("box")))


def _chosen(values: dict[str, dict[str, Any]], name: str, what: str) -> str:
    """Returns the choice of a group; ValueError for none or several."""
    chosen: list[str] = values.get(name, {}).get("choices", [])
    if len(chosen) != 1:
        raise ValueError(f"the annotation has {len(chosen)} {what}, not one")
    return chosen[0]


def _box(value: dict[str, Any] | None) -> tuple[float, ...] | None:
    """Returns Label Studio's rectangle (percent) as (left, top, right, bottom), 0 to 1."""
    if not value:
        return None
    left, top = value["x"] / 100, value["y"] / 100
    box = (left, top, left + value["width"] / 100, top + value["height"] / 100)
    return tuple(round(min(1.0, max(0.0, share)), 4) for share in box)
