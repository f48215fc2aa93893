"""Evidence: do models answer worse with the cue than without it, in the very same scene?

    asks = plan_responses(pairs, types, lvlm.id, lvlm.prompt, recipe.verify)
    responses = respond(shard, lvlm, workspace.image)
    evidence = weigh(types, pairs, responses, recipe.verify, role="selection")

For each pair, d = (share of answers right without the cue) - (share right with it), over the
rotations and the models that the type was found on. A type is accepted if it passes a one-sided
sign-flip permutation test over pairs (Benjamini-Hochberg over types), a minimum effect, and a
placebo that hurts significantly less than the cue.

Types are accepted on selection pairs and published with release pairs, so the published effect
carries no winner's curse.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from statistics import fmean

from PIL import Image

from .lvlm.interface import LVLM, Answer, Query, answer_rotated
from .reasons import first_reason
from .recipe import Verify
from .records import CueType, Evidence, Failure, Pair, Response, key_of
from .statistics import benjamini_hochberg, paired_effect, sign_flip_p
from .text_matching import plain

ARMS = ("with", "without", "placebo")
#: The placebo must hurt less than the cue at this one-sided level.
PLACEBO_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class ArmAsk:
    """One arm of one pair, to ask in one rotation."""

    key: str
    pair: Pair
    type: CueType
    arm: str
    image: str
    rotation: int


def plan_responses(
    pairs: Iterable[Pair], types: dict[str, CueType], lvlm_id: str, prompt: str, verify: Verify
) -> list[ArmAsk]:
    """Returns every (pair, arm, rotation) to ask one model, in a stable order."""
    asks = []
    for pair in sorted(pairs, key=lambda pair: pair.key):
        cue_type = types[pair.type]
        images = zip(ARMS, (pair.image_with, pair.image_without, pair.image_placebo), strict=True)
        for arm, image in images:
            for rotation in range(min(verify.rotations, len(cue_type.choices))) if image else ():
                key = key_of("response", pair.key, arm, lvlm_id, prompt, rotation)
                asks.append(ArmAsk(key, pair, cue_type, arm, str(image), rotation))
    return asks


def respond(
    asks: Sequence[ArmAsk], lvlm: LVLM, image: Callable[[str], Image.Image]
) -> list[Response | Failure]:
    """Asks the model and returns one response per ask, or a `Failure` where the call failed.

    An unparsed answer is a response that is neither right nor linked.
    """
    seen = lru_cache(maxsize=None)(image)  # the rotations of one arm share its image, decoded once
    queries = [Query(ask.type.question, ask.type.choices, seen(ask.image)) for ask in asks]
    answers = answer_rotated(lvlm, queries, [ask.rotation for ask in asks])
    return [
        Failure.now("verify", ask.key, lvlm.id, reply.text)
        if reply.outcome == "failed"
        else _response(ask, reply, lvlm)
        for ask, reply in zip(asks, answers, strict=True)
    ]


def _response(ask: ArmAsk, reply: Answer, lvlm: LVLM) -> Response:
    linked = reply.chosen is not None and plain(ask.type.choices[reply.chosen]) == plain(
        ask.type.linked
    )
    return Response(
        key=ask.key,
        pair=ask.pair.key,
        type=ask.type.key,
        arm=ask.arm,
        model=lvlm.id,
        prompt=lvlm.prompt,
        rotation=ask.rotation,
        outcome=reply.outcome,
        chosen=reply.chosen,
        text=reply.text,
        correct=reply.chosen == ask.type.answer,
        linked=linked,
        **asdict(reply.usage),
    )


def answered(
    pairs: Iterable[Pair],
    types: Mapping[str, CueType],
    responses: Iterable[Response],
    models: Sequence[str],
    verify: Verify,
) -> set[str]:
    """Returns the keys of the pairs that every model answered in every arm and rotation."""
    counts = Counter((response.pair, response.arm, response.model) for response in responses)
    return {
        pair.key
        for pair in pairs
        if all(
            counts[pair.key, arm, model] >= min(verify.rotations, len(types[pair.type].choices))
            for arm in (ARMS if pair.image_placebo else ARMS[:2])
            for model in models
        )
    }


def pool(cue_type: CueType, found_on: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Returns the models that decide on a type: those that it was found on, and the verifiers.

    `found_on` are the verifiers whose errors are mined too, `others` those that only verify. A type
    found on published answers alone, whose model cannot be asked, is decided by all verifiers.
    """
    chosen = [model for model in found_on if model in cue_type.models] + list(others)
    return tuple(sorted(chosen or found_on))


def weigh(
    types: Sequence[CueType],
    pairs: Iterable[Pair],
    responses: Iterable[Response],
    verify: Verify,
    role: str,
    pools: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Evidence]:
    """Returns the evidence for every type on one role's pairs: pooled rows, then rows per model.

    Pooled rows carry q and decide. `pools` maps a type's key to the models that decide on it;
    without an entry these are the models that the type was found on.
    """
    of_type = {pair.key: pair.type for pair in pairs if pair.role == role}
    grouped: dict[str, list[Response]] = defaultdict(list)
    for response in responses:
        if response.pair in of_type:
            grouped[of_type[response.pair]].append(response)
    pooled, alone = [], []
    for cue_type in types:
        asked = grouped[cue_type.key]
        models = sorted({response.model for response in asked})
        deciding = (pools or {}).get(cue_type.key, cue_type.models)
        if not any(model in deciding for model in models):
            continue
        row = _evidence(cue_type, role, deciding, True, asked, verify)
        drops = [_evidence(cue_type, role, (model,), False, asked, verify) for model in models]
        over = any(
            drop.effect > verify.paper_threshold for drop in drops if drop.models[0] in deciding
        )
        pooled.append(replace(row, passes_paper_rule=over))
        alone.extend(drops)
    q_values = benjamini_hochberg([evidence.p for evidence in pooled])
    decided = [_decide(row, q, verify) for row, q in zip(pooled, q_values, strict=True)]
    return decided + alone


def _evidence(
    cue_type: CueType,
    role: str,
    models: Sequence[str],
    pooled: bool,
    asked: Sequence[Response],
    verify: Verify,
) -> Evidence:
    counted = [response for response in asked if response.model in models]
    right = {arm: _by_pair(counted, arm, lambda response: response.correct) for arm in ARMS}
    linked = {arm: _by_pair(counted, arm, lambda response: response.linked) for arm in ARMS}
    whole = sorted(right["with"].keys() & right["without"].keys())
    effect = paired_effect([right["without"][pair] - right["with"][pair] for pair in whole])
    placebo = [
        right["without"][pair] - right["placebo"][pair]
        for pair in whole
        if pair in right["placebo"]
    ]
    beyond = [
        right["placebo"][pair] - right["with"][pair] for pair in whole if pair in right["placebo"]
    ]
    against = paired_effect(placebo) if placebo else None
    return Evidence(
        key=key_of(
            "evidence",
            cue_type.key,
            role,
            list(models),
            pooled,
            sorted(response.key for response in counted),
            _settings_in_key(verify),
        ),
        type=cue_type.key,
        role=role,
        models=tuple(models),
        pooled=pooled,
        pairs=len(whole),
        accuracy_with=fmean(right["with"][pair] for pair in whole),
        accuracy_without=fmean(right["without"][pair] for pair in whole),
        effect=effect.mean,
        low=effect.low,
        high=effect.high,
        p=effect.p,
        q=None,
        placebo_effect=against.mean if against else None,
        placebo_high=against.high if against else None,
        bias_rate_with=fmean(linked["with"][pair] for pair in whole),
        bias_rate_without=fmean(linked["without"][pair] for pair in whole),
        unparsed=sum(response.outcome != "parsed" for response in counted),
        accepted=False,
        reason="the placebo hurts as much"
        if beyond and sign_flip_p(beyond) > PLACEBO_LEVEL
        else "",
        passes_paper_rule=effect.mean > verify.paper_threshold,
    )


def _settings_in_key(verify: Verify) -> dict[str, object]:
    """Returns the settings as keys have them: there `paper_threshold` has its former name."""
    settings = verify.model_dump(mode="json", exclude={"paper_threshold"})
    return {**settings, "threshold_rule": verify.paper_threshold}


def _by_pair(
    responses: Iterable[Response], arm: str, holds: Callable[[Response], bool]
) -> dict[str, float]:
    """Returns for each pair the share of its answers in one arm for which `holds` is true."""
    answers: dict[str, list[bool]] = defaultdict(list)
    for response in responses:
        if response.arm == arm:
            answers[response.pair].append(holds(response))
    return {pair: fmean(values) for pair, values in answers.items()}


def _decide(evidence: Evidence, q: float, verify: Verify) -> Evidence:
    """Returns the evidence as accepted, or with the first rule that fails as the reason.

    The recipe may choose the paper's rule instead.
    """
    if verify.rule == "threshold":
        over = evidence.passes_paper_rule
        reason = "accepted" if over else f"no model's drop is over {verify.paper_threshold:g}"
        return replace(evidence, q=q, accepted=over, reason=reason)
    reasons = {
        f"not significant: q = {q:.3g} over {verify.q:g}": q > verify.q,
        f"the effect {evidence.effect:.2f} is under {verify.min_effect:g}": evidence.effect
        < verify.min_effect,
        evidence.reason: bool(evidence.reason),
    }
    failed = first_reason(reasons)
    return replace(evidence, q=q, accepted=failed is None, reason=failed or "accepted")
