"""The gate: a pair is kept only if it shows what it should, and every rejection has its reason.

The cue is in one image and not in the other, the core is in both (and in the placebo), the rest is
alike, nothing is black, broken or a near-copy. Judged by an open_clip model that is never a model
under test; where the recipe names one in `gate.vqa`, an LVLM is then asked of each kept pair's
images whether the cue is there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf

import numpy as np
from PIL import Image

from .clip import OpenClip, log_odds, odds_each, prompts_of
from .describe import category_of
from .recipe import Gate, Screen
from .records import OPEN, CueType, GateResult, Pair, key_of
from .screen import plain

#: What the LVLM of `gate.vqa` is asked of every arm; its wording is part of the key.
VQA_QUESTION = "Does this image show the following: {cue}? Answer with yes or no."

#: The probability of "Yes" to each question about an image.
Yes = Callable[[Sequence[tuple[str, Image.Image]]], list[float]]


def gate_key(pair: str, clip: str, gate: Gate) -> str:
    """The key of a pair's gate result: other thresholds, another CLIP, or another LVLM or question,
    are another key.
    """
    settings = gate.model_dump(mode="json", exclude={"clip", "vqa", "vqa_min"})
    asked = () if gate.vqa is None else (gate.vqa.id, gate.vqa_min, VQA_QUESTION)
    return key_of("gate", pair, clip, settings, *asked)


def judge_pairs(
    pairs: Sequence[Pair],
    types: Mapping[str, CueType],
    clip: OpenClip,
    screen: Screen,
    gate: Gate,
    image: Callable[[str], Image.Image],
    yes: Yes | None = None,
) -> list[GateResult]:
    """One result a pair, in order; the images of all pairs are embedded together. `yes` asks the
    LVLM of `gate.vqa`.
    """
    assert (gate.vqa is None) == (yes is None), (
        "an LVLM is asked where the recipe names one, and only there"
    )
    arms = {pair.key: [sha for sha in _arms(pair) if sha is not None] for pair in pairs}
    images = {
        sha: image(sha)
        for sha in dict.fromkeys(sha for shas in arms.values() for sha in shas)
        if sha
    }
    embedded = (
        clip.scale * clip.encode_images(list(images.values())) if images else np.empty((0, 0))
    )
    rows = dict(zip(images, embedded, strict=True))
    results = []
    for pair in pairs:
        if not all(arms[pair.key]):
            results.append(
                _result(pair, clip, gate, "an image is black or broken", -inf, inf, -inf, 0.0)
            )
            continue
        seen = np.stack([rows[sha] for sha in arms[pair.key]])
        likeness = _likeness(images[pair.image_with], images[pair.image_without])
        results.append(_judge(pair, types[pair.type], seen, likeness, clip, screen, gate))
    return results if yes is None else _asked(results, pairs, types, images, gate.vqa_min, yes)


def _asked(
    results: Sequence[GateResult],
    pairs: Sequence[Pair],
    types: Mapping[str, CueType],
    images: Mapping[str, Image.Image],
    enough: float,
    yes: Yes,
) -> list[GateResult]:
    """The results, those kept so far put to the LVLM, all arms in one call: it is by far the
    dearest of the gates.
    """
    kept = {pair.key: pair for pair, result in zip(pairs, results, strict=True) if result.kept}
    arms = [
        (pair, number, sha)
        for pair in kept.values()
        for number, sha in enumerate(_arms(pair))
        if sha
    ]
    asked = [
        (VQA_QUESTION.replace("{cue}", types[pair.type].cue), images[sha]) for pair, _, sha in arms
    ]
    reasons: dict[str, str] = {}
    for (pair, number, _), probability in zip(arms, yes(asked) if asked else [], strict=True):
        if number == 0 and probability <= enough:
            reasons.setdefault(pair.key, "the asked model does not see the cue where it should be")
        elif number > 0 and probability >= 1 - enough:
            reasons.setdefault(pair.key, "the asked model sees the cue where it should not be")
    return [
        replace(one, kept=False, reason=reasons[one.pair]) if one.pair in reasons else one
        for one in results
    ]


def _arms(pair: Pair) -> tuple[str, str, str | None]:
    return pair.image_with, pair.image_without, pair.image_placebo


def _judge(
    pair: Pair,
    one: CueType,
    embedded: np.ndarray,
    likeness: float,
    clip: OpenClip,
    screen: Screen,
    gate: Gate,
) -> GateResult:
    """The gates in order, on the scaled embeddings of a pair's two or three images."""
    cue = _cue(pair, one, embedded, clip, screen)
    prompts = [pair.prompt_with, pair.prompt_without, pair.prompt_placebo or ""][: len(embedded)]
    core = [_core(row, prompt, one, clip) for row, prompt in zip(embedded, prompts, strict=True)]
    reasons = {
        "the cue is not in the image with it": cue[0] <= gate.cue_margin,
        "the cue is in the image without it": cue[1] >= -gate.cue_margin,
        "the cue is in the placebo image": len(embedded) > 2 and cue[2] >= -gate.cue_margin,
        "the core is not in every image": min(core) <= gate.core_margin,
        "the rest is not alike": likeness < gate.min_likeness
        or _drifted(embedded, one, screen, clip),
        "the images are near-copies": likeness > gate.max_likeness,
    }
    reason = next((reason for reason, failing in reasons.items() if failing), "kept")
    return _result(pair, clip, gate, reason, float(cue[0]), float(cue[1]), min(core), likeness)


def _result(
    pair: Pair,
    clip: OpenClip,
    gate: Gate,
    reason: str,
    with_: float,
    without: float,
    core: float,
    likeness: float,
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


def _cue(
    pair: Pair, one: CueType, embedded: np.ndarray, clip: OpenClip, screen: Screen
) -> np.ndarray:
    """The log-odds that the cue is in each image, (images,).

    A tag is weighed against all others of its category and its null prompt, or, where several may
    be in one image, as the screener weighs it. A cue in free words is in no category: there the
    pair's own two descriptions are weighed.
    """
    if one.category == OPEN:
        return log_odds(embedded @ clip.encode_texts([pair.prompt_with, pair.prompt_without]).T, 0)
    category = category_of(one.category, screen)
    logits, index = (
        embedded @ clip.encode_texts(prompts_of(category)).T,
        category.tags.index(one.cue),
    )
    return log_odds(logits, index) if category.exclusive else odds_each(logits)[:, index]


def _core(embedded: np.ndarray, prompt: str, one: CueType, clip: OpenClip) -> float:
    """How much the description beats the same one with the answer exchanged for each other option,
    in log-odds.

    An answer that the description does not name (yes, no, ...) cannot be checked so: infinite,
    never a rejection.
    """
    gold, words = one.choices[one.answer], plain(prompt)
    if plain(gold) not in words:
        return inf
    variants = [words.replace(plain(gold), plain(choice)) for choice in one.choices]
    return float(log_odds((embedded @ clip.encode_texts(variants).T)[None], one.answer)[0])


def _drifted(embedded: np.ndarray, one: CueType, screen: Screen, clip: OpenClip) -> bool:
    """Did another category of the vocabulary change between the arms (the place, the sky, ...)?

    Only where one tag excludes the others does the likeliest one say what the image shows.
    """
    for category in screen.vocabulary:
        if not category.exclusive:
            continue
        seen = (embedded[:2] @ clip.encode_texts(prompts_of(category)).T).argmax(axis=1)
        if category.name != one.category and seen[0] != seen[1]:
            return True
    return False


def _likeness(first: Image.Image, second: Image.Image) -> float:
    """One minus the mean absolute difference of the pixels, 0 to 1."""
    a, b = (np.asarray(image.resize((64, 64)), float) / 255 for image in (first, second))
    return float(1 - np.abs(a - b).mean())
