"""The outcome of every type: published, or the stage at which it stopped and why.

    for outcome in outcomes(workspace, recipe):
        print(outcome.type.cue, outcome.stage, outcome.reason)

Release and report read the same outcomes, so they cannot disagree.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..gate import gate_key
from ..recipe import Recipe, clip_id
from ..records import CueType, Decision, Evidence, GateResult, Pair
from ..workspace import Workspace

#: The stages at which a type can stop, in the flow's order; a type at "publish" is published.
TYPE_STAGES = ("annotate", "generate", "gate", "verify", "check", "publish")


@dataclass(frozen=True, slots=True)
class CheckedPair:
    """A release pair that the gate kept and people accepted, with both results."""

    pair: Pair
    gate: GateResult
    decision: Decision


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a type got, with what decided on it."""

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
        """A published type's decision by people, selection evidence, and release evidence."""
        assert self.decision, "a published type has been judged"
        assert self.selection, "a published type has been tested"
        assert self.release, "a published type has been measured"
        return self.decision, self.selection, self.release

    @property
    def cue(self) -> str:
        """The cue in the words that people agreed on, or as it was proposed."""
        return (self.decision and self.decision.cue) or self.type.cue

    @property
    def core(self) -> str:
        """What the answer rests on, in the words that people agreed on, or as it was proposed."""
        return (self.decision and self.decision.core) or self.type.core


@dataclass(slots=True)
class _TypeRecords:
    """All that the workspace holds about a type."""

    type: CueType
    pairs: list[Pair] = field(default_factory=list)
    decision: Decision | None = None
    selection: Evidence | None = None
    release: Evidence | None = None


Gates = Mapping[str, GateResult]
Decisions = Mapping[tuple[str, str], Decision]
#: A stage and the reason why a type stopped there; None if it did not.
Stop = tuple[str, str] | None


def outcomes(
    workspace: Workspace,
    recipe: Recipe,
    evidence: Sequence[Evidence] | None = None,
    types: Iterable[CueType] | None = None,
    decided: Iterable[Decision] | None = None,
) -> list[Outcome]:
    """Returns every type's outcome, ordered by question, cue, linked option and key.

    `evidence`, `types` and `decided` replace the workspace's tables by what testing, screening and
    people say now. Pairs of another image model than the recipe's are ignored.
    """
    decisions = best_decisions(workspace.records(Decision) if decided is None else decided)
    gates = _gates(workspace.records(GateResult), recipe)
    current = _current(workspace.records(CueType) if types is None else types)
    records_of = {cue_type.key: _TypeRecords(cue_type) for cue_type in current}
    pairs = [pair for pair in workspace.records(Pair) if pair.generator == recipe.generate.id]
    for pair in sorted(pairs, key=lambda pair: (pair.role, pair.index, pair.key)):
        if pair.type in records_of:
            records_of[pair.type].pairs.append(pair)
    weighed = workspace.records(Evidence) if evidence is None else evidence
    for (type_key, role), row in _best_evidence(weighed).items():
        if type_key in records_of and role in ("selection", "release"):
            setattr(records_of[type_key], role, row)
    for key, records in records_of.items():
        records.decision = decisions.get(("cue", key))
    wanted = recipe.publish.pairs_per_type
    settled = [_settle(records, gates, decisions, wanted) for records in records_of.values()]

    def order(outcome: Outcome) -> tuple[str, str, str, str]:
        cue_type = outcome.type
        return cue_type.question, outcome.cue, cue_type.linked, cue_type.key

    return sorted(settled, key=order)


def _current(types: Iterable[CueType]) -> list[CueType]:
    """Returns of equal types the one merged from the most candidates.

    A new model's errors may have moved a type's anchor, which makes another record of it.
    """
    ranked = sorted(types, key=lambda cue_type: (len(cue_type.candidates), cue_type.key))
    latest = {
        (cue_type.question.casefold(), cue_type.category, cue_type.cue, cue_type.linked): cue_type
        for cue_type in ranked
    }
    return list(latest.values())


def best_decisions(decisions: Iterable[Decision]) -> dict[tuple[str, str], Decision]:
    """Returns the decision with the most votes on each (project, subject).

    An adjudicated decision comes before the tie that it resolves.
    """
    ranked = sorted(
        decisions, key=lambda decision: (decision.votes, decision.adjudicated, decision.key)
    )
    return {(decision.project, decision.subject): decision for decision in ranked}


def _best_evidence(evidence: Iterable[Evidence]) -> dict[tuple[str, str], Evidence]:
    """Returns the pooled row with the most pairs for each (type, role).

    Of two rows with equally many pairs, the more cautious row, with the higher q, counts.
    """
    pooled = [row for row in evidence if row.pooled]
    ranked = sorted(pooled, key=lambda row: (row.pairs, row.q or 0.0, not row.accepted, row.key))
    return {(row.type, row.role): row for row in ranked}


def _gates(results: Iterable[GateResult], recipe: Recipe) -> dict[str, GateResult]:
    """Returns each pair's result by the recipe's own gate.

    A pair that this gate has not seen has an older gate's result, a rejection if there is any.
    """
    clip = clip_id(recipe.gate.clip)

    def rank(result: GateResult) -> tuple[bool, bool, str]:
        own = result.key == gate_key(result.pair, clip, recipe.gate)
        return own, not result.kept, result.key

    return {result.pair: result for result in sorted(results, key=rank)}


def _settle(records: _TypeRecords, gates: Gates, decisions: Decisions, wanted: int) -> Outcome:
    """Returns the first stage that stops a type, or its publication with `wanted` checked pairs."""
    release = [pair for pair in records.pairs if pair.role == "release"]
    kept = [
        (pair, gates[pair.key]) for pair in release if pair.key in gates and gates[pair.key].kept
    ]
    judged = [(pair, gate, decisions.get(("pair", pair.key))) for pair, gate in kept]
    checked = [
        CheckedPair(pair, gate, decision)
        for pair, gate, decision in judged
        if decision and decision.accepted
    ]
    stop = (
        _stopped_by_people(records.decision)
        or _stopped_by_gate(records.pairs, gates)
        or _stopped_by_test(records.selection)
        or _too_few_kept(release, len(kept), gates, wanted)
        or _too_few_checked([decision for _, _, decision in judged], len(checked), wanted)
        or (None if records.release else ("verify", "its release pairs are not tested yet"))
    )
    stage, reason = stop or ("publish", "published")
    return Outcome(
        records.type,
        stage,
        reason,
        records.decision,
        records.selection,
        records.release,
        () if stop else tuple(checked[:wanted]),
    )


def _stopped_by_people(decision: Decision | None) -> Stop:
    """Stops a type that people have not judged, or judged not spurious."""
    if decision is None:
        return "annotate", "not judged yet"
    if decision.accepted:
        return None
    agreeing = round(decision.votes * decision.agreement)
    verdict = decision.verdict.replace("_", " ")
    return "annotate", f"judged {verdict} ({agreeing} of {decision.votes} votes)"


def _stopped_by_gate(pairs: Sequence[Pair], gates: Gates) -> Stop:
    """Stops a type without pairs, or with pairs of which the gate kept none."""
    if not pairs:
        return "generate", "no pairs made yet"
    results = [gates[pair.key] for pair in pairs if pair.key in gates]
    if not results:
        return "gate", "its pairs have not passed the gate yet"
    if any(result.kept for result in results):
        return None
    mostly = _mostly(result.reason for result in results)
    return "gate", f"the gate kept no pair ({len(results)} made{mostly})"


def _stopped_by_test(selection: Evidence | None) -> Stop:
    """Stops a type whose test on the selection pairs is missing or did not accept it."""
    if selection is None:
        return "verify", "not tested yet"
    return None if selection.accepted else ("verify", selection.reason)


def _too_few_kept(release: Sequence[Pair], kept: int, gates: Gates, wanted: int) -> Stop:
    """Stops a type of whose release pairs the gate kept too few."""
    if not release:
        return "generate", "no release pairs made yet"
    if kept >= wanted:
        return None
    results = [gates[pair.key] for pair in release if pair.key in gates]
    mostly = _mostly(result.reason for result in results if not result.kept)
    counts = f"{kept} of {len(release)}, {wanted} wanted"
    return "gate", f"the gate kept too few release pairs ({counts}{mostly})"


def _too_few_checked(decisions: Sequence[Decision | None], accepted: int, wanted: int) -> Stop:
    """Stops a type of whose kept pairs people accepted too few, or have not judged enough yet."""
    if accepted >= wanted:
        return None
    waiting = decisions.count(None)
    if accepted + waiting >= wanted:
        counts = f"{accepted} accepted, {waiting} waiting, {wanted} wanted"
        return "check", f"not all release pairs are checked yet ({counts})"
    rejections = [decision for decision in decisions if decision and not decision.accepted]
    mostly = _mostly(decision.verdict.replace("_", " ") for decision in rejections)
    counts = f"{accepted} of {len(decisions)}, {wanted} wanted"
    return "check", f"too few checked pairs accepted ({counts}{mostly})"


def _mostly(reasons: Iterable[str]) -> str:
    """Returns the most frequent reason as an addition within brackets, or an empty string."""
    counted = sorted(Counter(reasons).items(), key=lambda item: (-item[1], item[0]))
    return f"; mostly: {counted[0][0]}" if counted else ""
