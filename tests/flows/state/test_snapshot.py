"""A snapshot stays as it was taken, whatever is written meanwhile; the next one sees it."""

from dataclasses import replace
from pathlib import Path

import pytest

from spuriforge.flows.state.snapshot import Snapshot
from spuriforge.flows.terminal.own_judgments import to_toml
from spuriforge.pipeline.benchmark_samples import note_samples
from spuriforge.pipeline.records import CueType, Judgment, Pair, Sample
from spuriforge.pipeline.workspace import Workspace
from tests import worlds
from tests.judged import exclusion, judged


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace as a finished run leaves it, with two types."""
    return worlds.finished(tmp_path, types=2)[0]


@pytest.fixture
def recipe_path(workspace: Workspace, tmp_path: Path) -> str:
    """The recipe of this workspace."""
    text = to_toml(worlds.recipe(tmp_path)).replace("/somewhere/", "org/")  # ids on the Hub
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    return str(tmp_path / "recipe.toml")


@pytest.fixture
def snapshot(recipe_path: str) -> Snapshot:
    """A snapshot of the finished run."""
    return Snapshot.take(recipe_path)


def test_records_written_after_it_was_taken_are_seen_by_the_next_alone(
    snapshot: Snapshot, workspace: Workspace
) -> None:
    before = {sample.key for sample in workspace.records(Sample)}
    worlds.add_clean_samples(workspace, 30)
    assert {sample.key for sample in snapshot.samples} == before  # first read after the write
    assert len(snapshot.workspace.records(Sample)) > len(before)
    assert {sample.key for sample in snapshot.retake().samples} == workspace.keys(Sample)


def test_a_frozen_workspace_refuses_writes(snapshot: Snapshot, workspace: Workspace) -> None:
    with pytest.raises(AssertionError, match="frozen"):
        snapshot.tables.append([judged("subject", "Ada", "spurious")])
    snapshot.workspace.append([judged("subject", "Ada", "spurious")])
    assert "subject" in {judgment.subject for judgment in workspace.records(Judgment)}


def test_questions_that_the_benchmarks_lack_now_are_left_out(
    snapshot: Snapshot, workspace: Workspace
) -> None:
    kept = sorted(workspace.keys(Sample))[:3]
    note_samples(workspace, kept)
    assert len(snapshot.samples) > 3
    assert [sample.key for sample in snapshot.retake().samples] == kept


def test_a_decision_needs_as_many_votes_as_the_recipe_asks_for(
    snapshot: Snapshot, workspace: Workspace
) -> None:
    (first, second) = sorted(workspace.keys(CueType))
    assert snapshot.decisions("cue").keys() == {first, second}
    workspace.append([exclusion("Ada")])
    assert snapshot.retake().decisions("cue") == {}
    assert snapshot.retake().annotators == ("Grace", "Joan")
    workspace.append([judged(first, "Joan", "spurious")])
    assert snapshot.retake().decisions("cue").keys() == {first}


def test_pairs_count_that_the_gate_of_the_recipe_kept(
    snapshot: Snapshot, workspace: Workspace
) -> None:
    pair, *others = workspace.records(Pair)
    assert snapshot.passed_gate([pair.key]) == set()  # the world's keys are of another gate
    workspace.append([replace(worlds.gate_of(pair), key=snapshot.gate_key(pair.key))])
    keys = [pair.key, *(other.key for other in others)]
    assert snapshot.retake().passed_gate(keys) == {pair.key}
