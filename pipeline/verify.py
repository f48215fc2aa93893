"""Evidence: does the model really answer worse with the cue than without it, in the very same
scene?

    asks = plan_responses(pairs, types, lvlm.id, lvlm.prompt, recipe.verify)
    responses = respond(shard, lvlm, workspace.image)
    evidence = weigh(types, pairs, responses, recipe.verify, role="selection")

For each pair, d = (share of answers right without the cue) - (share right with it), over the
rotations and over the models that the type was found on. One-sided sign-flip permutation test over
pairs, Benjamini-Hochberg over types, a minimum effect, and a placebo that hurts significantly less
than the cue. Types are accepted on selection pairs and published with release pairs, so the
published effect carries no winner's curse.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from statistics import fmean

from PIL import Image

from .lvlm.asking import LVLM, Answer, Query, answer_rotated
from .mine import failure
from .reasons import first_reason
from .recipe import Verify
from .records import CueType, Evidence, Failure, Pair, Response, key_of
from .screen import plain
from .statistics import benjamini_hochberg, paired_effect, sign_flip_p

ARMS = ("with", "without", "placebo")
#: The placebo must hurt less than the cue at this one-sided level.
PLACEBO_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class ArmAsk:
    """One arm of one pair to be asked in one rotation."""

    key: str
    pair: Pair
    type: CueType
    arm: str
    image: str
    rotation: int


def plan_responses(
    pairs: Iterable[Pair], types: dict[str, CueType], lvlm_id: str, prompt: str, verify: Verify
) -> list[ArmAsk]:
    """Every (pair, arm, rotation) to ask one model, in a stable order."""
    asks = []
    for pair in sorted(pairs, key=lambda pair: pair.key):
        one = types[pair.type]
        images = zip(ARMS, (pair.image_with, pair.image_without, pair.image_placebo), strict=True)
        for arm, image in images:
            for rotation in range(min(verify.rotations, len(one.choices))) if image else ():
                key = key_of("response", pair.key, arm, lvlm_id, prompt, rotation)
                asks.append(ArmAsk(key, pair, one, arm, str(image), rotation))
    return asks


def respond(
    asks: Sequence[ArmAsk], lvlm: LVLM, image: Callable[[str], Image.Image]
) -> list[Response | Failure]:
    """Asks the model; an unparsed answer is a response that is neither right nor linked, a failed
    call is none.
    """
    seen = lru_cache(maxsize=None)(image)  # the rotations of one arm share its image, decoded once
    queries = [Query(ask.type.question, ask.type.choices, seen(ask.image)) for ask in asks]
    answers = answer_rotated(lvlm, queries, [ask.rotation for ask in asks])
    return [
        failure("verify", ask.key, lvlm.id, said.text)
        if said.outcome == "failed"
        else _response(ask, said, lvlm)
        for ask, said in zip(asks, answers, strict=True)
    ]


def _response(ask: ArmAsk, said: Answer, lvlm: LVLM) -> Response:
    linked = said.chosen is not None and plain(ask.type.choices[said.chosen]) == plain(
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
        outcome=said.outcome,
        chosen=said.chosen,
        text=said.text,
        correct=said.chosen == ask.type.answer,
        linked=linked,
        **asdict(said.usage),
    )


def answered(
    pairs: Iterable[Pair],
    types: Mapping[str, CueType],
    responses: Iterable[Response],
    models: Sequence[str],
    verify: Verify,
) -> set[str]:
    """The pairs that every model answered in every arm and rotation."""
    counts = Counter((one.pair, one.arm, one.model) for one in responses)
    return {
        pair.key
        for pair in pairs
        if all(
            counts[pair.key, arm, model] >= min(verify.rotations, len(types[pair.type].choices))
            for arm in (ARMS if pair.image_placebo else ARMS[:2])
            for model in models
        )
    }


def pool(kind: CueType, found_on: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """The models whose answers decide on a type: those that it was found on, and those that only
    verify.

    `found_on` are the verifiers that are also mined, `others` those that are not. A type that was
    found on published answers alone, of a model that cannot be asked, is decided by all verifiers.
    """
    chosen = [model for model in found_on if model in kind.models] + list(others)
    return tuple(sorted(chosen or found_on))


def weigh(
    types: Sequence[CueType],
    pairs: Iterable[Pair],
    responses: Iterable[Response],
    verify: Verify,
    role: str,
    pools: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Evidence]:
    """The evidence for every type on one role's pairs: pooled over its models (with q, deciding),
    then per model.

    `pools` says which models a type, by its key, is decided by; where it says nothing, those that
    it was found on.
    """
    of_type = {pair.key: pair.type for pair in pairs if pair.role == role}
    grouped: dict[str, list[Response]] = defaultdict(list)
    for one in responses:
        if one.pair in of_type:
            grouped[of_type[one.pair]].append(one)
    pooled, alone = [], []
    for kind in types:
        asked = grouped[kind.key]
        models = sorted({one.model for one in asked})
        deciding = (pools or {}).get(kind.key, kind.models)
        if not any(one.model in deciding for one in asked):
            continue
        row = _evidence(kind, role, deciding, True, asked, verify)
        drops = [_evidence(kind, role, (model,), False, asked, verify) for model in models]
        over = any(
            one.effect > verify.paper_threshold for one in drops if one.models[0] in deciding
        )
        pooled.append(replace(row, passes_paper_rule=over))
        alone.extend(drops)
    q_values = benjamini_hochberg([one.p for one in pooled])
    return [_decide(one, q, verify) for one, q in zip(pooled, q_values, strict=True)] + alone


def _evidence(
    kind: CueType,
    role: str,
    models: Sequence[str],
    pooled: bool,
    asked: Sequence[Response],
    verify: Verify,
) -> Evidence:
    counted = [one for one in asked if one.model in models]
    right = {arm: _by_pair(counted, arm, lambda one: one.correct) for arm in ARMS}
    linked = {arm: _by_pair(counted, arm, lambda one: one.linked) for arm in ARMS}
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
            kind.key,
            role,
            list(models),
            pooled,
            sorted(one.key for one in counted),
            _settings_in_key(verify),
        ),
        type=kind.key,
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
        unparsed=sum(one.outcome != "parsed" for one in counted),
        accepted=False,
        reason="the placebo hurts as much"
        if beyond and sign_flip_p(beyond) > PLACEBO_LEVEL
        else "",
        passes_paper_rule=effect.mean > verify.paper_threshold,
    )


def _settings_in_key(verify: Verify) -> dict[str, object]:
    """The settings as they stand in keys, where `paper_threshold` has its first name."""
    settings = verify.model_dump(mode="json", exclude={"paper_threshold"})
    return {**settings, "threshold_rule": verify.paper_threshold}


def _by_pair(
    asked: Iterable[Response], arm: str, holds: Callable[[Response], bool]
) -> dict[str, float]:
    """Pair -> share of its answers in one arm, over models and rotations, for which something
    holds.
    """
    answers: dict[str, list[bool]] = defaultdict(list)
    for one in asked:
        if one.arm == arm:
            answers[one.pair].append(holds(one))
    return {pair: fmean(values) for pair, values in answers.items()}


def _decide(one: Evidence, q: float, verify: Verify) -> Evidence:
    """Accepted, or the first rule that fails; the paper's rule where the recipe wants that."""
    if verify.rule == "threshold":
        over = one.passes_paper_rule
        reason = "accepted" if over else f"no model's drop is over {verify.paper_threshold:g}"
        return replace(one, q=q, accepted=over, reason=reason)
    reasons = {
        f"not significant: q = {q:.3g} over {verify.q:g}": q > verify.q,
        f"the effect {one.effect:.2f} is under {verify.min_effect:g}": one.effect
        < verify.min_effect,
        one.reason: bool(one.reason),
    }
    failed = first_reason(reasons)
    return replace(one, q=q, accepted=failed is None, reason=failed or "accepted")
