"""Which types are published, and at which stage, and why, each of the others stopped.

    for outcome in outcomes(workspace, recipe):
        print(outcome.type.cue, outcome.stage, outcome.reason)

The release and the report read the same outcomes, so they cannot disagree.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..gate import gate_key
from ..recipe import Recipe, clip_id
from ..records import CueType, Decision, Evidence, GateResult, Pair
from ..workspace import Workspace

#: The stages at which a type can stop, in the order of the flow; "publish" is the end, and no stop.
TYPE_STAGES = ("annotate", "generate", "gate", "verify", "check", "publish")


@dataclass(frozen=True, slots=True)
class CheckedPair:
    """A release pair that the gate kept and people accepted, with both results."""

    pair: Pair
    gate: GateResult
    decision: Decision


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one type."""

    type: CueType
    #: The stage that stopped it, or "publish".
    stage: str
    reason: str
    decision: Decision | None
    selection: Evidence | None
    release: Evidence | None
    #: The pairs that are published; empty unless the type is.
    pairs: tuple[CheckedPair, ...] = ()

    @property
    def published(self) -> bool:
        """Whether the type is in the release."""
        return self.stage == "publish"

    @property
    def proof(self) -> tuple[Decision, Evidence, Evidence]:
        """What a published type rests on: the people's decision, selection evidence, release
        evidence.
        """
        assert self.decision, "a published type has been judged"
        assert self.selection, "a published type has been tested"
        assert self.release, "a published type has been measured"
        return self.decision, self.selection, self.release

    @property
    def cue(self) -> str:
        """The cue in the words that people settled on, or as it was proposed."""
        return (self.decision and self.decision.cue) or self.type.cue

    @property
    def core(self) -> str:
        """What the answer rests on, in the words that people settled on, or as it was proposed."""
        return (self.decision and self.decision.core) or self.type.core


@dataclass(slots=True)
class _Findings:
    """All that the workspace holds of one type."""

    type: CueType
    pairs: list[Pair] = field(default_factory=list)
    decision: Decision | None = None
    selection: Evidence | None = None
    release: Evidence | None = None


def outcomes(
    workspace: Workspace,
    recipe: Recipe,
    evidence: Sequence[Evidence] | None = None,
    types: Iterable[CueType] | None = None,
    decided: Iterable[Decision] | None = None,
) -> list[Outcome]:
    """Every type with the stage it reached, ordered by question, cue, linked option and key.

    `evidence` is what weighing the responses says now, `types` what the screener, `decided` what
    people say now; left out, what the workspace's tables say. Pairs of another image model than the
    recipe's are left out.
    """
    decisions = best_decisions(workspace.records(Decision) if decided is None else decided)
    gates = _gates(workspace.records(GateResult), recipe)
    weighed = workspace.records(Evidence) if evidence is None else evidence
    found = {
        one.key: _Findings(one)
        for one in _current(workspace.records(CueType) if types is None else types)
    }
    made = [pair for pair in workspace.records(Pair) if pair.generator == recipe.generate.id]
    for pair in sorted(made, key=lambda pair: (pair.role, pair.index, pair.key)):
        if pair.type in found:
            found[pair.type].pairs.append(pair)
    for (type_key, role), row in _best_evidence(weighed).items():
        if type_key in found and role in ("selection", "release"):
            setattr(found[type_key], role, row)
    for key, one in found.items():
        one.decision = decisions.get(("cue", key))
    settled = [
        _settle(one, gates, decisions, recipe.publish.pairs_per_type) for one in found.values()
    ]
    return sorted(
        settled, key=lambda one: (one.type.question, one.cue, one.type.linked, one.type.key)
    )


def _current(types: Iterable[CueType]) -> list[CueType]:
    """Of equal types the one merged from the most candidates: a new model's errors may have moved
    the anchor.
    """
    ranked = sorted(types, key=lambda one: (len(one.candidates), one.key))
    return list(
        {
            (one.question.casefold(), one.category, one.cue, one.linked): one for one in ranked
        }.values()
    )


def best_decisions(decisions: Iterable[Decision]) -> dict[tuple[str, str], Decision]:
    """The decision on each subject that rests on the most votes; an adjudicated one before its tie."""
    ranked = sorted(decisions, key=lambda one: (one.votes, one.adjudicated, one.key))
    return {(one.project, one.subject): one for one in ranked}


def _best_evidence(evidence: Iterable[Evidence]) -> dict[tuple[str, str], Evidence]:
    """The pooled row of each type and role with the most pairs; of equals the more cautious, with
    the higher q.
    """
    pooled = [one for one in evidence if one.pooled]
    ranked = sorted(pooled, key=lambda one: (one.pairs, one.q or 0.0, not one.accepted, one.key))
    return {(one.type, one.role): one for one in ranked}


def _gates(results: Iterable[GateResult], recipe: Recipe) -> dict[str, GateResult]:
    """The result on each pair of the recipe's own gate, or else, of older gates', one that rejects."""
    clip = clip_id(recipe.gate.clip)
    ranked = sorted(
        results,
        key=lambda one: (one.key == gate_key(one.pair, clip, recipe.gate), not one.kept, one.key),
    )
    return {one.pair: one for one in ranked}


def _settle(
    one: _Findings,
    gates: dict[str, GateResult],
    decisions: dict[tuple[str, str], Decision],
    wanted: int,
) -> Outcome:
    """The first stage that stops a type, or its publication with the first `wanted` checked pairs."""
    release = [pair for pair in one.pairs if pair.role == "release"]
    kept = [
        (pair, gates[pair.key]) for pair in release if pair.key in gates and gates[pair.key].kept
    ]
    verdicts = [(pair, gate, decisions.get(("pair", pair.key))) for pair, gate in kept]
    checked = [
        CheckedPair(pair, gate, said) for pair, gate, said in verdicts if said and said.accepted
    ]
    stop = (
        _judged(one.decision)
        or _made(one.pairs, gates)
        or _tested(one.selection)
        or _enough_kept(release, kept, gates, wanted)
        or _enough_checked([said for _, _, said in verdicts], len(checked), wanted)
        or (None if one.release else ("verify", "its release pairs are not tested yet"))
    )
    stage, reason = stop or ("publish", "published")
    pairs = tuple(checked[:wanted]) if stop is None else ()
    return Outcome(one.type, stage, reason, one.decision, one.selection, one.release, pairs)


Stop = tuple[str, str] | None


def _judged(decision: Decision | None) -> Stop:
    """Did people say that the cue is spurious?"""
    if decision is None:
        return "annotate", "not judged yet"
    if not decision.accepted:
        agreeing = round(decision.votes * decision.agreement)
        return (
            "annotate",
            f"judged {decision.verdict.replace('_', ' ')} ({agreeing} of {decision.votes} votes)",
        )
    return None


def _made(pairs: Sequence[Pair], gates: dict[str, GateResult]) -> Stop:
    """Were pairs made, and did the gate keep any?"""
    if not pairs:
        return "generate", "no pairs made yet"
    results = [gates[pair.key] for pair in pairs if pair.key in gates]
    if not results:
        return "gate", "its pairs have not passed the gate yet"
    if not any(result.kept for result in results):
        return (
            "gate",
            f"the gate kept no pair ({len(results)} "
            f"made{_mostly(result.reason for result in results)})",
        )
    return None


def _tested(selection: Evidence | None) -> Stop:
    """Did the test on the selection pairs accept the cue?"""
    if selection is None:
        return "verify", "not tested yet"
    return None if selection.accepted else ("verify", selection.reason)


def _enough_kept(
    release: Sequence[Pair], kept: Sequence[object], gates: dict[str, GateResult], wanted: int
) -> Stop:
    """Did the gate keep enough release pairs?"""
    if not release:
        return "generate", "no release pairs made yet"
    if len(kept) >= wanted:
        return None
    failed = [
        gates[pair.key].reason for pair in release if pair.key in gates and not gates[pair.key].kept
    ]
    counts = f"{len(kept)} of {len(release)}, {wanted} wanted"
    return "gate", f"the gate kept too few release pairs ({counts}{_mostly(failed)})"


def _enough_checked(verdicts: Sequence[Decision | None], accepted: int, wanted: int) -> Stop:
    """Did people accept enough of the pairs that the gate kept?"""
    if accepted >= wanted:
        return None
    waiting = sum(said is None for said in verdicts)
    if accepted + waiting >= wanted:
        counts = f"{accepted} accepted, {waiting} waiting, {wanted} wanted"
        return "check", f"not all release pairs are checked yet ({counts})"
    failed = [said.verdict.replace("_", " ") for said in verdicts if said and not said.accepted]
    return (
        "check",
        f"too few checked pairs accepted ({accepted} of {len(verdicts)}, {wanted} "
        f"wanted{_mostly(failed)})",
    )


def _mostly(reasons: Iterable[str]) -> str:
    """The most frequent reason as an addition within brackets, or nothing."""
    counted = sorted(Counter(reasons).items(), key=lambda pair: (-pair[1], pair[0]))
    return f"; mostly: {counted[0][0]}" if counted else ""
