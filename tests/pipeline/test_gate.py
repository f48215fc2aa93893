"""Every way in which a pair can be unsound has its own reason."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.gate import gate_key, judge_pairs
from pipeline.recipe import Gate
from pipeline.records import Pair

PAIR = Pair(
    key="pair", type="type", role="selection", index=0, route="text-to-image", generator="g", seed=0,
    prompt_with="a car, next to an anchor", prompt_without="a car", prompt_placebo="a car, next to a ladder",
    image_with="with", image_without="without", image_placebo="placebo",
)  # fmt: skip


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
        scores = [[sum(word in text for word in self.clip.shows[name]) for text in self.texts] for name in names]
        result = np.array(scores, float) + (np.array(["nothing" in text for text in self.texts]) * 0.5)
        return result if embedded.ndim == 2 else result[0]


def _image(name: str) -> Image.Image:
    shade = {"with": 100, "without": 120, "placebo": 110}[name]
    image = Image.new("RGB", (64, 64), (shade, shade, shade))
    image.info["name"] = name
    return image


SOUND = {"with": {"car", "anchor", "beach"}, "without": {"car", "beach"}, "placebo": {"car", "ladder", "beach"}}


def _reason(cue_type: Any, screen: Any, shows: dict[str, set[str]], pair: Pair = PAIR, **gate: float) -> str:
    clip: Any = ReadingClip({**SOUND, **shows})
    return judge_pairs([pair], {"type": cue_type}, clip, screen, Gate(clip="c", **{"cue_margin": 0.0, **gate}), _image)[
        0
    ].reason


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
def test_what_the_images_show_decides(cue_type: Any, screen: Any, shows: dict[str, set[str]], reason: str) -> None:
    assert _reason(cue_type, screen, shows) == reason


def test_a_missing_image_is_a_rejection_not_a_crash(cue_type: Any, screen: Any) -> None:
    black = replace(PAIR, image_placebo="")
    assert _reason(cue_type, screen, {}, black) == "an image is black or broken"


def test_near_copies_and_strangers_are_rejected(cue_type: Any, screen: Any) -> None:
    assert _reason(cue_type, screen, {}, max_likeness=0.9) == "the images are near-copies"
    assert _reason(cue_type, screen, {}, min_likeness=0.95) == "the rest is not alike"


def test_other_thresholds_are_another_key() -> None:
    assert gate_key("p", "c", Gate(clip="c")) != gate_key("p", "c", Gate(clip="c", core_margin=1.0))
