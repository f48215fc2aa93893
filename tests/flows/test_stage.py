"""Stages on a tiny table: what is pending is done, a failing shard leaves the others, nothing is
done twice.
"""

from collections.abc import Callable

import pytest
from prefect import flow

from spuriforge.flows import stage
from spuriforge.pipeline.records import StageRun, key_of
from spuriforge.pipeline.workspace import Workspace

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("prefect_server")]


def row(number: int) -> StageRun:
    """A record of any kind will do."""
    return StageRun(
        key=key_of(number),
        stage="tiny",
        started_at="",
        seconds=0.0,
        inputs=number,
        pending=0,
        outputs=0,
    )


PLANNED = [(key_of(number), number) for number in range(10)]


@flow
def tiny(work: Callable[[list[int]], list[StageRun]], url: str) -> StageRun:
    """Ten numbers in shards of four; calls counted as two for each."""
    return stage.run_shards(
        "tiny", Workspace(url), PLANNED, StageRun, work, size=4, calls=lambda shard: 2 * len(shard)
    )


def numbers(workspace: Workspace) -> list[int]:
    """What the table has, less the ledger's own rows."""
    return sorted(one.inputs for one in workspace.records(StageRun) if not one.started_at)


def test_a_stage_does_what_is_pending_and_then_nothing(workspace: Workspace) -> None:
    seen: list[int] = []

    def work(shard: list[int]) -> list[StageRun]:
        seen.append(len(shard))
        return [row(number) for number in shard]

    first = tiny(work, workspace.url)
    assert (first.inputs, first.pending, first.outputs, first.model_calls) == (10, 10, 10, 20)
    assert sorted(seen) == [2, 4, 4]
    assert numbers(workspace) == list(range(10))
    again = tiny(work, workspace.url)
    assert (again.pending, again.outputs, len(seen)) == (0, 0, 3)
    ledger = [one for one in workspace.records(StageRun) if one.started_at]
    assert [one.key for one in ledger] == [first.key]


def test_a_failing_shard_leaves_the_others_and_is_done_next_time(workspace: Workspace) -> None:
    def work(shard: list[int]) -> list[StageRun]:
        return [row(number) for number in shard]

    def broken(shard: list[int]) -> list[StageRun]:
        if 5 in shard:
            raise ValueError("number 5 is broken")
        return work(shard)

    with pytest.raises(ValueError, match="number 5"):
        tiny(broken, workspace.url)
    assert numbers(workspace) == [0, 1, 2, 3, 8, 9]
    second = tiny(work, workspace.url)
    assert (second.pending, second.outputs) == (4, 4)
    assert numbers(workspace) == list(range(10))


def test_a_passing_failure_is_tried_again(workspace: Workspace) -> None:
    tries: list[int] = []

    def work(shard: list[int]) -> list[StageRun]:
        tries.append(shard[0])
        if tries.count(0) == 1 and shard[0] == 0:
            raise OSError("the disk blinked")
        return [row(number) for number in shard]

    assert tiny(work, workspace.url).outputs == 10
    assert tries.count(0) == 2


def test_a_stage_without_shards_leaves_a_row_only_when_something_was_pending(
    workspace: Workspace,
) -> None:
    with stage.record_stage("publish", workspace, inputs=3, pending=3) as tally:
        tally.outputs = 2
    with stage.record_stage("publish", workspace, inputs=3, pending=0):
        pass
    (only,) = workspace.records(StageRun)
    assert (only.stage, only.inputs, only.outputs) == ("publish", 3, 2)


def test_artifact_keys_are_what_prefect_takes() -> None:
    assert stage.artifact_key("yield-Gate_2/b") == "yield-gate-2-b"
