"""What people settled, what they judge next, and which pairs a release can have.

    open_cues(snapshot), open_pairs(snapshot)      # to be judged next
    checked_pairs(snapshot)                        # to be published

Every answer follows from the snapshot alone, so a killed run makes and judges the same pairs as an
undisturbed one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from spuriforge.pipeline.decisions import ties
from spuriforge.pipeline.records import CueType, Decision, Judgment, Pair

from .snapshot import Snapshot

# --- cues -----------------------------------------------------------------------------------------


def tied(snapshot: Snapshot, project: str) -> set[str]:
    """The subjects with a tie that some annotator can still break."""
    people, judged = set(snapshot.annotators), defaultdict(set)
    for judgment in snapshot.tables.records(Judgment):
        judged[judgment.subject].add(judgment.annotator)
    return {
        decision.subject
        for decision in ties(snapshot.decisions(project).values())
        if people - judged[decision.subject]
    }


def _settled(snapshot: Snapshot, project: str) -> dict[str, Decision]:
    """The decisions that stand; a tie that somebody can still break does not."""
    waiting = tied(snapshot, project)
    decisions = snapshot.decisions(project)
    return {key: decision for key, decision in decisions.items() if key not in waiting}


def open_cues(snapshot: Snapshot) -> list[CueType]:
    """The types that people have not decided on."""
    settled = _settled(snapshot, "cue")
    return [cue_type for key, cue_type in sorted(snapshot.types.items()) if key not in settled]


def clearest_first(snapshot: Snapshot, types: Sequence[CueType]) -> list[CueType]:
    """The types in the order in which people judge them: the least likely by chance first.

    Among equals, the type with the most errors comes first.
    """
    candidates = {candidate.key: candidate for candidate in snapshot.candidates}

    def clearness(cue_type: CueType) -> tuple[float, int, str]:
        own = [candidates[key] for key in cue_type.candidates if key in candidates]
        chance = min((cue.p for cue in own if cue.p is not None), default=1.0)
        return chance, -sum(cue.errors_with_cue for cue in own), cue_type.key

    return sorted(types, key=clearness)


def accepted_types(snapshot: Snapshot) -> list[CueType]:
    """The types that people call spurious and that the evidence on selection pairs accepts."""
    spurious = {key for key, decision in snapshot.decisions("cue").items() if decision.accepted}
    evidence = snapshot.selection_evidence
    proven = {result.type for result in evidence if result.pooled and result.accepted}
    accepted = spurious & proven
    return [cue_type for key, cue_type in sorted(snapshot.types.items()) if key in accepted]


# --- release pairs --------------------------------------------------------------------------------


def release_pairs(snapshot: Snapshot) -> dict[str, list[Pair]]:
    """Type -> its release pairs that the gate kept, in the order of judging and publishing."""
    kept: dict[str, list[Pair]] = defaultdict(list)
    for pair in snapshot.kept_pairs:
        if pair.role == "release":
            kept[pair.type].append(pair)
    return kept


def wanted_pairs(snapshot: Snapshot) -> dict[str, int]:
    """Type -> how many release pairs to keep: the recipe's number, or more if people rejected many.

    More are wanted only when all kept pairs are judged and too few were accepted. So a build makes
    no pairs while some wait for a judgment, or once enough are accepted.
    """
    settled = _settled(snapshot, "pair")
    pairs_of = release_pairs(snapshot)
    return {key: _wanted(pairs, settled, snapshot) for key, pairs in pairs_of.items()}


def _wanted(pairs: Sequence[Pair], settled: Mapping[str, Decision], snapshot: Snapshot) -> int:
    generate = snapshot.recipe.generate
    published = snapshot.recipe.publish.pairs_per_type
    judged = [settled[pair.key].accepted for pair in pairs if pair.key in settled]
    most = generate.release_pairs * (1 + generate.rounds)
    enough = sum(judged) >= published or len(pairs) >= most
    if enough or len(judged) < len(pairs):
        return generate.release_pairs
    return max(generate.release_pairs, len(pairs) + generate.release_pairs - sum(judged))


def open_pairs(snapshot: Snapshot) -> list[Pair]:
    """The release pairs to judge next: for each accepted type as many as it still lacks."""
    settled, pairs_of = _settled(snapshot, "pair"), release_pairs(snapshot)
    waiting: list[Pair] = []
    for cue_type in accepted_types(snapshot):
        pairs = pairs_of[cue_type.key]
        lacking = snapshot.recipe.publish.pairs_per_type
        lacking -= sum(settled[pair.key].accepted for pair in pairs if pair.key in settled)
        waiting += [pair for pair in pairs if pair.key not in settled][: max(0, lacking)]
    return waiting


def checked_pairs(snapshot: Snapshot) -> list[Pair]:
    """The pairs to publish: of each accepted type the first accepted release pairs, if enough."""
    accepted = {key for key, decision in snapshot.decisions("pair").items() if decision.accepted}
    wanted, pairs_of = snapshot.recipe.publish.pairs_per_type, release_pairs(snapshot)
    checked: list[Pair] = []
    for cue_type in accepted_types(snapshot):
        pairs = [pair for pair in pairs_of[cue_type.key] if pair.key in accepted]
        checked += pairs[:wanted] if len(pairs) >= wanted else []
    return checked


def short_types(snapshot: Snapshot) -> set[str]:
    """The accepted types that lack checked release pairs."""
    checked = {pair.type for pair in checked_pairs(snapshot)}
    return {cue_type.key for cue_type in accepted_types(snapshot)} - checked
