"""Writes what a snapshot proposes and decides into its workspace, beside what is there already."""

from spuriforge.pipeline.records import Candidate, CueType, Decision

from .snapshot import Snapshot


def store_proposals(snapshot: Snapshot) -> int:
    """Writes the snapshot's candidates and types; returns the number of new candidates."""
    workspace = snapshot.workspace
    known_candidates, known_types = workspace.keys(Candidate), workspace.keys(CueType)
    workspace.append([cue for key, cue in snapshot.types.items() if key not in known_types])
    return workspace.append([cue for cue in snapshot.candidates if cue.key not in known_candidates])


def store_decisions(snapshot: Snapshot) -> None:
    """Writes the snapshot's decisions."""
    known = snapshot.workspace.keys(Decision)
    decisions = snapshot.decided()
    snapshot.workspace.append([decision for decision in decisions if decision.key not in known])
