"""What people have settled, what they are to judge next, and which pairs a release can have.

Each answer follows from the records alone, whatever was killed on the way: so the same pairs are
made and judged.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from spuriforge.annotation.roster import roster
from spuriforge.pipeline.decisions import ties
from spuriforge.pipeline.records import CueType, Decision, Judgment, Pair

from .opened import Opened


def tied(opened: Opened, project: str) -> set[str]:
    """The subjects whose tie somebody is left to break."""
    people, judged = set(roster(opened.workspace, opened.recipe)), defaultdict(set)
    for one in opened.workspace.records(Judgment):
        judged[one.subject].add(one.annotator)
    return {
        one.subject
        for one in ties(opened.decisions(project).values())
        if people - judged[one.subject]
    }


def _settled(opened: Opened, project: str) -> dict[str, Decision]:
    """The decisions that stand: a tie that somebody can still break does not."""
    waiting = tied(opened, project)
    return {key: one for key, one in opened.decisions(project).items() if key not in waiting}


def open_cues(opened: Opened) -> list[CueType]:
    """The types that people have not decided on."""
    settled = _settled(opened, "cue")
    return [one for key, one in sorted(opened.types.items()) if key not in settled]


def accepted_types(opened: Opened) -> list[CueType]:
    """The types that people call spurious and that the evidence on selection pairs accepts."""
    spurious = {key for key, one in opened.decisions("cue").items() if one.accepted}
    proven = {one.type for one in opened.selection_evidence if one.pooled and one.accepted}
    return [one for key, one in sorted(opened.types.items()) if key in spurious & proven]


# --- release pairs --------------------------------------------------------------------------------


def release_pairs(opened: Opened) -> dict[str, list[Pair]]:
    """Type -> its release pairs that the gate kept, by index: the order in which they are judged
    and published.
    """
    kept: dict[str, list[Pair]] = defaultdict(list)
    for pair in opened.kept_pairs:
        if pair.role == "release":
            kept[pair.type].append(pair)
    return kept


def wanted_pairs(opened: Opened) -> dict[str, int]:
    """Type -> how many release pairs are to be kept of it: the recipe's number, and more where
    people rejected many.

    More are wanted only while all that the gate kept are judged and too few are left. Where some
    are still to be judged, or enough were accepted, a build makes none: what is finished stays as
    it is.
    """
    settled = _settled(opened, "pair")
    return {key: _wanted(pairs, settled, opened) for key, pairs in release_pairs(opened).items()}


def _wanted(pairs: Sequence[Pair], settled: Mapping[str, Decision], opened: Opened) -> int:
    generate, published = opened.recipe.generate, opened.recipe.publish.pairs_per_type
    judged = [settled[pair.key].accepted for pair in pairs if pair.key in settled]
    enough = sum(judged) >= published or len(pairs) >= generate.release_pairs * (
        1 + generate.rounds
    )
    if enough or len(judged) < len(pairs):
        return generate.release_pairs
    return max(generate.release_pairs, len(pairs) + generate.release_pairs - sum(judged))


def open_pairs(opened: Opened) -> list[Pair]:
    """The release pairs to be judged next: for each accepted type as many as it still lacks, and no
    more.
    """
    settled, made = _settled(opened, "pair"), release_pairs(opened)
    asked: list[Pair] = []
    for one in accepted_types(opened):
        pairs = made[one.key]
        lacking = opened.recipe.publish.pairs_per_type
        lacking -= sum(settled[pair.key].accepted for pair in pairs if pair.key in settled)
        asked += [pair for pair in pairs if pair.key not in settled][: max(0, lacking)]
    return asked


def checked_pairs(opened: Opened) -> list[Pair]:
    """The pairs to publish: of each accepted type the first release pairs that people accepted, if
    enough.
    """
    accepted = {key for key, one in opened.decisions("pair").items() if one.accepted}
    wanted, made = opened.recipe.publish.pairs_per_type, release_pairs(opened)
    chosen: list[Pair] = []
    for one in accepted_types(opened):
        pairs = [pair for pair in made[one.key] if pair.key in accepted]
        chosen += pairs[:wanted] if len(pairs) >= wanted else []
    return chosen


def short_types(opened: Opened) -> set[str]:
    """The accepted types that lack checked release pairs."""
    return {one.key for one in accepted_types(opened)} - {
        pair.type for pair in checked_pairs(opened)
    }
