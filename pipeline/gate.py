"""The gate: keeps a pair only if it shows what it should, and states a reason for every rejection.

    results = judge_pairs(pairs, types, clip, recipe.screen, recipe.gate, workspace.image)

The cue must be in one image and not in the other, and the core in both (and in the placebo). The
rest must be alike, and no image may be black, broken or a near-copy of its partner. An open_clip
model judges; it is never a model under test. Where the recipe names an LVLM in `gate.vqa`, it is
then asked about each kept pair whether the cue is in the images.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf

import numpy as np
from PIL import Image

from .clip import OpenClip, log_odds, odds_each, prompts_of
from .describe import category_of
from .reasons import first_reason
from .recipe import Gate, Screen
from .records import OPEN, CueType, GateResult, Pair, key_of
from .text_matching import plain

#: The question to the LVLM of `gate.vqa` about every arm; its wording is part of the key.
VQA_QUESTION = "Does this image show the following: {cue}? Answer with yes or no."

#: Returns the probability of "Yes" for each (question, image).
Yes = Callable[[Sequence[tuple[str, Image.Image]]], list[float]]


def gate_key(pair: str, clip: str, gate: Gate) -> str:
    """Returns the key of a pair's gate result.

    Other thresholds, another CLIP, another LVLM or another question make another key.
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
    """Returns one result per pair, in order; `yes` asks the LVLM of `gate.vqa`.

    The images of all pairs are embedded together.
    """
    assert (gate.vqa is None) == (yes is None), (
        "`yes` is given exactly where the recipe names an LVLM"
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
    """Returns the results after the LVLM has checked the pairs kept so far.

    All arms go into one call: this is the slowest gate.
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
        replace(result, kept=False, reason=reasons[result.pair])
        if result.pair in reasons
        else result
        for result in results
    ]


def _arms(pair: Pair) -> tuple[str, str, str | None]:
    return pair.image_with, pair.image_without, pair.image_placebo


def _judge(
    pair: Pair,
    cue_type: CueType,
    embedded: np.ndarray,
    likeness: float,
    clip: OpenClip,
    screen: Screen,
    gate: Gate,
) -> GateResult:
    """Applies the gates in order to the scaled embeddings of a pair's two or three images."""
    cue = _cue(pair, cue_type, embedded, clip, screen)
    prompts = [pair.prompt_with, pair.prompt_without, pair.prompt_placebo or ""][: len(embedded)]
    core = [
        _core(row, prompt, cue_type, clip) for row, prompt in zip(embedded, prompts, strict=True)
    ]
    reasons = {
        "the cue is not in the image with it": cue[0] <= gate.cue_margin,
        "the cue is in the image without it": cue[1] >= -gate.cue_margin,
        "the cue is in the placebo image": len(embedded) > 2 and cue[2] >= -gate.cue_margin,
        "the core is not in every image": min(core) <= gate.core_margin,
        "the rest is not alike": likeness < gate.min_likeness
        or _drifted(embedded, cue_type, screen, clip),
        "the images are near-copies": likeness > gate.max_likeness,
    }
    reason = first_reason(reasons) or "kept"
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
    pair: Pair, cue_type: CueType, embedded: np.ndarray, clip: OpenClip, screen: Screen
) -> np.ndarray:
    """Returns the log-odds that the cue is in each image, shape (images,).

    A tag is weighed against the other tags of its category and its null prompt, or as the screener
    weighs it where several tags may be in one image. A cue in free words has no category, so the
    pair's own two descriptions are weighed against each other.
    """
    if cue_type.category == OPEN:
        return log_odds(embedded @ clip.encode_texts([pair.prompt_with, pair.prompt_without]).T, 0)
    category = category_of(cue_type.category, screen)
    logits, index = (
        embedded @ clip.encode_texts(prompts_of(category)).T,
        category.tags.index(cue_type.cue),
    )
    return log_odds(logits, index) if category.exclusive else odds_each(logits)[:, index]


def _core(embedded: np.ndarray, prompt: str, cue_type: CueType, clip: OpenClip) -> float:
    """Returns the log-odds of the description against itself with each other option as the answer.

    Infinite, so never a rejection, where the description does not name the answer (yes, no, ...).
    """
    gold, words = cue_type.choices[cue_type.answer], plain(prompt)
    if plain(gold) not in words:
        return inf
    variants = [words.replace(plain(gold), plain(choice)) for choice in cue_type.choices]
    return float(log_odds((embedded @ clip.encode_texts(variants).T)[None], cue_type.answer)[0])


def _drifted(embedded: np.ndarray, cue_type: CueType, screen: Screen, clip: OpenClip) -> bool:
    """Returns whether another category of the vocabulary (place, sky) changed between the arms.

    Only exclusive categories are checked: there the likeliest tag says what the image shows.
    """
    for category in screen.vocabulary:
        if not category.exclusive:
            continue
        seen = (embedded[:2] @ clip.encode_texts(prompts_of(category)).T).argmax(axis=1)
        if category.name != cue_type.category and seen[0] != seen[1]:
            return True
    return False


def _likeness(first: Image.Image, second: Image.Image) -> float:
    """Returns one minus the mean absolute difference of the pixels, from 0 to 1."""
    a, b = (np.asarray(image.resize((64, 64)), float) / 255 for image in (first, second))
    return float(1 - np.abs(a - b).mean())
