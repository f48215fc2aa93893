"""What a snapshot proposes and decides is written once."""

from types import SimpleNamespace
from typing import Any

import pytest

from spuriforge.flows.state.store import store_decisions, store_proposals
from spuriforge.pipeline.records import Candidate, CueType, Decision
from spuriforge.pipeline.workspace import Workspace
from tests import worlds
from tests.annotation.things import cue_type, sample_of


@pytest.fixture
def snapshot(workspace: Workspace) -> Any:
    """Two types and a candidate of each, on an empty workspace; nobody has judged them."""
    types = [cue_type(workspace, number) for number in range(2)]
    candidates = [
        worlds.candidate(sample_of(proposed), "m", proposed.cue, "thing", "blue")
        for proposed in types
    ]
    return SimpleNamespace(
        workspace=workspace,
        types={proposed.key: proposed for proposed in types},
        candidates=candidates,
        decided=lambda: [worlds.decision("cue", proposed.key, "spurious") for proposed in types],
    )


def test_proposals_are_written_once_and_the_new_ones_are_counted(snapshot: Any) -> None:
    first, second = snapshot.candidates
    snapshot.candidates = [first]
    assert store_proposals(snapshot) == 1
    snapshot.candidates = [first, second]
    assert store_proposals(snapshot) == 1
    assert store_proposals(snapshot) == 0
    assert snapshot.workspace.keys(Candidate) == {first.key, second.key}
    assert snapshot.workspace.keys(CueType) == snapshot.types.keys()
    assert [len(snapshot.workspace.parts(record)) for record in (Candidate, CueType)] == [2, 1]


def test_decisions_are_written_once_beside_the_earlier_ones(snapshot: Any) -> None:
    earlier = worlds.decision("cue", "gone", "spurious")
    snapshot.workspace.append([earlier])
    store_decisions(snapshot)
    store_decisions(snapshot)
    keys = {decision.key for decision in snapshot.decided()}
    assert snapshot.workspace.keys(Decision) == keys | {earlier.key}
    assert len(snapshot.workspace.parts(Decision)) == 2
