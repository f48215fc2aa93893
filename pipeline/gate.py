"""The gate: a pair is kept only if it shows what it should, and every rejection has its reason.

The cue is in one image and not in the other, the core is in both (and in the placebo), the rest is alike, nothing is
black, broken or a near-copy. Judged by an open_clip model that is never a model under test.
"""

from collections.abc import Callable, Mapping, Sequence
from math import inf

import numpy as np
from PIL import Image

from .clip import OpenClip, log_odds, prompts_of
from .describe import category_of
from .recipe import Gate, Screen
from .records import CueType, GateResult, Pair, key_of
from .screen import plain


def gate_key(pair: str, clip: str, gate: Gate) -> str:
    """The key of a pair's gate result: other thresholds or another CLIP are another key."""
    return key_of("gate", pair, clip, gate.model_dump(mode="json", exclude={"clip"}))


def judge_pairs(
    pairs: Sequence[Pair],
    types: Mapping[str, CueType],
    clip: OpenClip,
    screen: Screen,
    gate: Gate,
    image: Callable[[str], Image.Image],
) -> list[GateResult]:
    """One result a pair, in order; the images of all pairs are embedded together."""
    arms = {pair.key: [sha for sha in _arms(pair) if sha is not None] for pair in pairs}
    images = {sha: image(sha) for sha in dict.fromkeys(sha for shas in arms.values() for sha in shas) if sha}
    embedded = clip.scale * clip.encode_images(list(images.values())) if images else np.empty((0, 0))
    rows = dict(zip(images, embedded, strict=True))
    results = []
    for pair in pairs:
        if not all(arms[pair.key]):
            results.append(_result(pair, clip, gate, "an image is black or broken", -inf, inf, -inf, 0.0))
            continue
        seen = np.stack([rows[sha] for sha in arms[pair.key]])
        likeness = _likeness(images[pair.image_with], images[pair.image_without])
        results.append(_judge(pair, types[pair.type], seen, likeness, clip, screen, gate))
    return results


def _arms(pair: Pair) -> tuple[str, str, str | None]:
    return pair.image_with, pair.image_without, pair.image_placebo


def _judge(
    pair: Pair, one: CueType, embedded: np.ndarray, likeness: float, clip: OpenClip, screen: Screen, gate: Gate
) -> GateResult:
    """The gates in order, on the scaled embeddings of a pair's two or three images."""
    category = category_of(one.category, screen)
    cue = log_odds(embedded @ clip.encode_texts(prompts_of(category)).T, category.tags.index(one.cue))
    prompts = [pair.prompt_with, pair.prompt_without, pair.prompt_placebo or ""][: len(embedded)]
    core = [_core(row, prompt, one, clip) for row, prompt in zip(embedded, prompts, strict=True)]
    reasons = {
        "the cue is not in the image with it": cue[0] <= gate.cue_margin,
        "the cue is in the image without it": cue[1] >= -gate.cue_margin,
        "the cue is in the placebo image": len(embedded) > 2 and cue[2] >= -gate.cue_margin,
        "the core is not in every image": min(core) <= gate.core_margin,
        "the rest is not alike": likeness < gate.min_likeness or _drifted(embedded, one, screen, clip),
        "the images are near-copies": likeness > gate.max_likeness,
    }
    reason = next((reason for reason, failing in reasons.items() if failing), "kept")
    return _result(pair, clip, gate, reason, float(cue[0]), float(cue[1]), min(core), likeness)


def _result(
    pair: Pair, clip: OpenClip, gate: Gate, reason: str, with_: float, without: float, core: float, likeness: float
) -> GateResult:
    return GateResult(
        key=gate_key(pair.key, clip.name, gate),
        pair=pair.key,
        kept=reason == "kept",
        reason=reason,
        cue_with=with_,
        cue_without=without,
        core=core,
        likeness=likeness,
    )


def _core(embedded: np.ndarray, prompt: str, one: CueType, clip: OpenClip) -> float:
    """How much the description beats the same one with the answer exchanged for each other option, in log-odds.

    An answer that the description does not name (yes, no, ...) cannot be checked so: infinite, never a rejection.
    """
    gold, words = one.choices[one.answer], plain(prompt)
    if plain(gold) not in words:
        return inf
    variants = [words.replace(plain(gold), plain(choice)) for choice in one.choices]
    return float(log_odds((embedded @ clip.encode_texts(variants).T)[None], one.answer)[0])


def _drifted(embedded: np.ndarray, one: CueType, screen: Screen, clip: OpenClip) -> bool:
    """Did another category of the vocabulary change between the arms (the place, the sky, ...)?"""
    for category in screen.vocabulary:
        seen = (embedded[:2] @ clip.encode_texts(prompts_of(category)).T).argmax(axis=1)
        if category.name != one.category and seen[0] != seen[1]:
            return True
    return False


def _likeness(first: Image.Image, second: Image.Image) -> float:
    """One minus the mean absolute difference of the pixels, 0 to 1."""
    a, b = (np.asarray(image.resize((64, 64)), float) / 255 for image in (first, second))
    return float(1 - np.abs(a - b).mean())
