"""An answer as Label Studio's regions, and back.

    result = result_of("pair", Answer("cue_wrong"))
    answer = read("cue", annotation["result"])           # what came back, checked as strictly

A kind is "cue" or "pair", or either with "-adjudication", which is answered in the same way.
"""

from dataclasses import dataclass
from typing import Any

from spuriforge.pipeline.records import JUDGMENT_TEXTS, key_of

from .configs import SCREENS, interface
from .pair_screen import JUDGMENTS, PAIR_VERDICTS, answers_of, verdict_of

Region = dict[str, Any]


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


def result_of(kind: str, answer: Answer) -> list[Region]:
    """An answer as Label Studio's regions; ValueError where the screen has no such answer."""
    result = _pair_result(answer) if kind.startswith("pair") else _cue_result(answer)
    read(kind, result)
    return result


def _pair_result(answer: Answer) -> list[Region]:
    if answer.verdict not in PAIR_VERDICTS:
        raise ValueError(
            f"the annotation does not fit its screen: a pair's verdict is not {answer.verdict!r}"
        )
    return [_choice(name, "left", chosen) for name, chosen in answers_of(answer.verdict).items()]


def _cue_result(answer: Answer) -> list[Region]:
    """The verdict, and after "spurious" the texts and the box."""
    result = [_choice("verdict", "image", answer.verdict)]
    if answer.verdict == "spurious":
        texts = {name: getattr(answer, name) for name in JUDGMENT_TEXTS}
        result += [
            _region(name, "image", "textarea", {"text": [text]})
            for name, text in texts.items()
            if text
        ]
        if answer.box:
            left, top, right, bottom = (100 * share for share in answer.box)
            place = {
                "x": left,
                "y": top,
                "width": right - left,
                "height": bottom - top,
                "rotation": 0,
            }
            result.append(
                _region("box", "image", "rectanglelabels", place | {"rectanglelabels": ["cue"]})
            )
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


def read(kind: str, result: list[Region]) -> Answer:
    """Label Studio's regions as an answer; ValueError, saying why, for what the screen cannot have
    given.
    """
    problems = interface(SCREENS[kind]).validate_prediction({"result": result}, return_errors=True)
    if problems:
        raise ValueError(f"the annotation does not fit its screen: {problems[0]}")
    values = {region["from_name"]: region["value"] for region in result if "from_name" in region}
    if kind.startswith("pair"):
        return Answer(
            verdict_of(
                {
                    one.name: _chosen(values, one.name, f"answers to {one.title!r}")
                    for one in JUDGMENTS
                }
            )
        )
    verdict = _chosen(values, "verdict", "verdicts")
    if verdict != "spurious":
        return Answer(verdict)
    texts = {
        name: "\n".join(values.get(name, {}).get("text", [])).strip() or None
        for name in JUDGMENT_TEXTS
    }
    return Answer(verdict, box=_box(values.get("box")), **texts)


def _chosen(values: dict[str, dict[str, Any]], name: str, what: str) -> str:
    """The one choice of a group; ValueError for none or several."""
    chosen: list[str] = values.get(name, {}).get("choices", [])
    if len(chosen) != 1:
        raise ValueError(f"the annotation has {len(chosen)} {what}, not one")
    return chosen[0]


def _box(value: dict[str, Any] | None) -> tuple[float, ...] | None:
    """Label Studio's rectangle, in hundredths, as (left, top, right, bottom) in shares, within the
    image.
    """
    if not value:
        return None
    left, top = value["x"] / 100, value["y"] / 100
    box = (left, top, left + value["width"] / 100, top + value["height"] / 100)
    return tuple(round(min(1.0, max(0.0, share)), 4) for share in box)
