"""Every way in which a pair can be unsound has its own reason."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spuriforge.pipeline.gate import VQA_QUESTION, Yes, gate_key, judge_pairs
from spuriforge.pipeline.recipe import Category, Gate, Screen, TransformersModel
from spuriforge.pipeline.records import OPEN, Pair, key_of

PAIR = Pair(
    key="pair",
    type="type",
    role="selection",
    index=0,
    route="text-to-image",
    generator="g",
    seed=0,
    prompt_with="a car, next to an anchor",
    prompt_without="a car",
    prompt_placebo="a car, next to a ladder",
    image_with="with",
    image_without="without",
    image_placebo="placebo",
)

VQA = TransformersModel(name="asked", path="somewhere")


@dataclass
class ReadingClip:
    """Sees in each image exactly what it is told to: texts that name it score high."""

    shows: dict[str, set[str]]
    name: str = "reading"
    scale: float = 10.0
    texts: list[str] = field(default_factory=list)

    def encode_images(self, images: list[Any]) -> np.ndarray:
        return np.array([list(image.info["name"].encode().ljust(8)) for image in images], float)

    def encode_texts(self, texts: list[str]) -> "_Texts":
        return _Texts(self, texts)


class _Texts:
    """Stands in the matrix product: (images, width) @ texts.T -> (images, texts)."""

    __array_ufunc__ = None

    def __init__(self, clip: ReadingClip, texts: list[str]) -> None:
        self.clip, self.texts, self.T = clip, texts, self

    def __rmatmul__(self, embedded: np.ndarray) -> np.ndarray:
        rows = np.atleast_2d(embedded / self.clip.scale)
        names = [bytes(round(value) for value in row).decode().strip() for row in rows]
        scores = [
            [sum(word in text for word in self.clip.shows[name]) for text in self.texts]
            for name in names
        ]
        result = np.array(scores, float) + (
            np.array(["nothing" in text for text in self.texts]) * 0.5
        )
        return result if embedded.ndim == 2 else result[0]


def _image(name: str) -> Image.Image:
    shade = {"with": 100, "without": 120, "placebo": 110}[name]
    image = Image.new("RGB", (64, 64), (shade, shade, shade))
    image.info["name"] = name
    return image


SOUND = {
    "with": {"car", "anchor", "beach"},
    "without": {"car", "beach"},
    "placebo": {"car", "ladder", "beach"},
}


def _reason(
    cue_type: Any,
    screen: Any,
    shows: dict[str, set[str]],
    pair: Pair = PAIR,
    yes: Yes | None = None,
    **gate: Any,
) -> str:
    clip: Any = ReadingClip({**SOUND, **shows})
    settings = Gate(clip="c", **{"cue_margin": 0.0, **gate})
    return judge_pairs([pair], {"type": cue_type}, clip, screen, settings, _image, yes)[0].reason


@pytest.mark.parametrize(
    ("shows", "reason"),
    [
        ({}, "kept"),
        ({"with": {"car", "beach"}}, "the cue is not in the image with it"),
        ({"without": {"car", "anchor", "beach"}}, "the cue is in the image without it"),
        ({"placebo": {"car", "anchor", "beach"}}, "the cue is in the placebo image"),
        ({"with": {"boat", "anchor", "beach"}}, "the core is not in every image"),
        ({"placebo": {"fish", "ladder", "beach"}}, "the core is not in every image"),
        ({"without": {"car", "meadow"}}, "the rest is not alike"),
    ],
)
def test_what_the_images_show_decides(
    cue_type: Any, screen: Any, shows: dict[str, set[str]], reason: str
) -> None:
    assert _reason(cue_type, screen, shows) == reason


def test_a_missing_image_is_a_rejection_not_a_crash(cue_type: Any, screen: Any) -> None:
    black = replace(PAIR, image_placebo="")
    assert _reason(cue_type, screen, {}, black) == "an image is black or broken"


def test_near_copies_and_strangers_are_rejected(cue_type: Any, screen: Any) -> None:
    assert _reason(cue_type, screen, {}, max_likeness=0.9) == "the images are near-copies"
    assert _reason(cue_type, screen, {}, min_likeness=0.95) == "the rest is not alike"


def test_other_thresholds_are_another_key() -> None:
    assert gate_key("p", "c", Gate(clip="c")) != gate_key("p", "c", Gate(clip="c", core_margin=1.0))


def test_the_key_without_an_lvlm_is_what_it_was() -> None:
    thresholds = {"cue_margin": 3.0, "core_margin": 0.0, "min_likeness": 0.6, "max_likeness": 0.995}
    assert gate_key("p", "c", Gate(clip="c")) == key_of("gate", "p", "c", thresholds)


def test_another_lvlm_or_threshold_is_another_key() -> None:
    asked = [
        Gate(clip="c"),
        Gate(clip="c", vqa=VQA),
        Gate(clip="c", vqa=VQA, vqa_min=0.8),
        Gate(clip="c", vqa=VQA.model_copy(update={"revision": "v2"})),
    ]
    assert len({gate_key("p", "c", gate) for gate in asked}) == 4
    assert gate_key("p", "c", Gate(clip="c", vqa=VQA)) == gate_key(
        "p", "c", Gate(clip="c", vqa=VQA.model_copy(update={"device": "cuda", "batch_size": 1}))
    )


@pytest.mark.parametrize(
    ("shows", "reason"),
    [
        ({}, "kept"),
        ({"with": {"car", "beach"}}, "the cue is not in the image with it"),
        ({"without": {"car", "glint", "beach"}}, "the cue is in the image without it"),
        ({"placebo": {"car", "ladder", "glint", "beach"}}, "the cue is in the placebo image"),
    ],
)
def test_a_cue_in_free_words_is_weighed_by_the_pairs_descriptions(
    cue_type: Any, screen: Any, shows: dict[str, set[str]], reason: str
) -> None:
    free = replace(cue_type, category=OPEN, cue="a glint of light on the bonnet")
    pair = replace(PAIR, prompt_with="a car, with a glint", prompt_without="a car, nothing on it")
    assert _reason(free, screen, {"with": {"car", "glint", "beach"}, **shows}, pair) == reason


def test_tags_that_may_come_together_are_weighed_alone_and_drift_freely(
    cue_type: Any, screen: Any
) -> None:
    crowded = {"with": {"car", "anchor", "umbrella", "beach"}, "without": {"car", "beach"}}
    assert _reason(cue_type, screen, crowded) == "the cue is not in the image with it"
    thing, place = screen.vocabulary
    tags = (*thing.tags, *(f"thing-{number}" for number in range(9)))
    many = thing.model_copy(update={"exclusive": False, "tags": tags})
    loose = screen.model_copy(update={"vocabulary": (many, place)})
    assert _reason(cue_type, loose, crowded) == "kept"

    weather = Category(
        name="weather",
        prompt="{}",
        tags=("rain", "snow"),
        phrase="in {}",
        null="nothing in the air",
    )
    wet = {"with": SOUND["with"] | {"rain"}, "without": SOUND["without"] | {"snow"}}
    for exclusive, reason in ((True, "the rest is not alike"), (False, "kept")):
        more = weather.model_copy(update={"exclusive": exclusive})
        assert (
            _reason(cue_type, Screen(clip="clip", vocabulary=(thing, place, more)), wet) == reason
        )


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ({"with": 0.9, "without": 0.1, "placebo": 0.1}, "kept"),
        (
            {"with": 0.5, "without": 0.1, "placebo": 0.1},
            "the asked model does not see the cue where it should be",
        ),
        (
            {"with": 0.9, "without": 0.5, "placebo": 0.1},
            "the asked model sees the cue where it should not be",
        ),
        (
            {"with": 0.9, "without": 0.1, "placebo": 0.7},
            "the asked model sees the cue where it should not be",
        ),
    ],
)
def test_an_lvlm_may_have_the_last_word(
    cue_type: Any, screen: Any, says: dict[str, float], reason: str
) -> None:
    asked: list[tuple[str, str]] = []

    def yes(questions: Any) -> list[float]:
        asked.extend((question, image.info["name"]) for question, image in questions)
        return [says[image.info["name"]] for _, image in questions]

    assert _reason(cue_type, screen, {}, yes=yes, vqa=VQA) == reason
    question = VQA_QUESTION.replace("{cue}", "anchor")
    assert asked == [(question, "with"), (question, "without"), (question, "placebo")]


def test_an_lvlm_is_not_asked_of_a_pair_that_is_rejected_already(
    cue_type: Any, screen: Any
) -> None:
    def yes(_: Any) -> list[float]:
        raise AssertionError

    unsound = {"with": {"car", "beach"}}
    assert (
        _reason(cue_type, screen, unsound, yes=yes, vqa=VQA)
        == "the cue is not in the image with it"
    )
