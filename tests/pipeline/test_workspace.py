"""Parts are there whole or not at all, what is done is not done again, and images are kept once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from spuriforge.pipeline.arrow import to_table
from spuriforge.pipeline.records import StageRun
from spuriforge.pipeline.workspace import Workspace


def _row(key: str, seconds: float = 1.0) -> StageRun:
    return StageRun(
        key=key, stage="s", started_at="t", seconds=seconds, inputs=1, pending=1, outputs=1
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "run")


def test_a_table_is_read_by_key_order_whatever_the_order_of_its_parts(workspace: Workspace) -> None:
    workspace.append([_row("c"), _row("a")])
    workspace.append([_row("b")])
    assert [row.key for row in workspace.records(StageRun)] == ["a", "b", "c"]
    assert workspace.keys(StageRun) == {"a", "b", "c"}


def test_the_same_shard_written_twice_is_one_part(workspace: Workspace) -> None:
    workspace.append([_row("a"), _row("b")])
    workspace.append([_row("b"), _row("a")])
    assert len(workspace.parts(StageRun)) == 1


def test_a_key_in_two_parts_is_read_once(workspace: Workspace) -> None:
    workspace.append([_row("a")])
    workspace.append([_row("a"), _row("b")])
    assert len(workspace.records(StageRun)) == 2


def test_shards_leave_out_what_is_done_and_keep_their_borders(workspace: Workspace) -> None:
    planned = [(str(number), number) for number in range(6)]
    workspace.append([_row("0"), _row("3")])
    assert list(workspace.shards(planned, StageRun, 2)) == [[1], [2], [4, 5]]


def test_a_part_that_was_never_renamed_is_not_read(workspace: Workspace) -> None:
    workspace.append([_row("a")])
    folder = Path(workspace.parts(StageRun)[0]).parent
    (folder / ".half.parquet.123.tmp").write_bytes(b"PAR1 and then the power went")
    assert workspace.keys(StageRun) == {"a"}


def test_an_image_is_kept_under_its_hash_and_comes_back(workspace: Workspace) -> None:
    image = Image.new("RGB", (3, 2), (1, 2, 3))
    digest = workspace.put_image(image)
    assert workspace.put_image(image) == digest
    assert workspace.image(digest).getpixel((0, 0)) == (1, 2, 3)


def test_an_unknown_image_is_one_clear_sentence(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="Image 00ff is not in the workspace"):
        workspace.image("00ff")


def test_a_workspace_in_memory_of_another_file_system() -> None:
    workspace = Workspace("memory://elsewhere")
    workspace.append([_row("a")])
    assert workspace.keys(StageRun) == {"a"}


def test_two_writers_at_once_leave_one_table(tmp_path: Path) -> None:
    start = threading.Barrier(2)

    def append_all() -> None:
        workspace = Workspace(tmp_path)
        for number in range(20):
            start.wait()  # Both write the same part at the same moment.
            workspace.append([_row(str(number)), _row(f"{number}+")])

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(append_all) for _ in range(2)]
    assert [writer.exception() for writer in writers] == [None, None]
    workspace = Workspace(tmp_path)
    assert len(workspace.parts(StageRun)) == 20
    assert len(workspace.records(StageRun)) == 40
    assert len([*Path(tmp_path, "tables", StageRun.table).iterdir()]) == 20


def test_a_part_of_an_earlier_version_reads_with_the_new_column_empty(workspace: Workspace) -> None:
    workspace.append([_row("new")])
    older = to_table([_row("old")], StageRun).drop_columns(["cost"])
    pq.write_table(older, f"{workspace.root}/tables/ledger/older.parquet")
    assert [(row.key, row.cost) for row in workspace.records(StageRun)] == [
        ("new", None),
        ("old", None),
    ]
    assert workspace.read(StageRun, ["cost"]).column("cost").to_pylist() == [None, None]
