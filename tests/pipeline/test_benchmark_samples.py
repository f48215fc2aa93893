"""The samples that the benchmarks have now are noted in the workspace."""

from pathlib import Path

from spuriforge.pipeline.benchmark_samples import current_samples, note_samples
from spuriforge.pipeline.workspace import Workspace


def test_the_current_samples_are_unknown_until_noted_and_then_the_latest(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert current_samples(workspace) is None
    note_samples(workspace, ["b", "a"])
    assert current_samples(workspace) == {"a", "b"}
    note_samples(workspace, ["c"])
    assert current_samples(workspace) == {"c"}


def test_a_benchmark_without_samples_is_known_to_have_none(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    note_samples(workspace, [])
    assert current_samples(workspace) == frozenset()
