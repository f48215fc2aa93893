"""What changed between two releases, why, and which version that makes the next one."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spuriforge.pipeline.records import CueType
from spuriforge.pipeline.release import build, diff
from spuriforge.pipeline.release.versions.changes import Columns
from spuriforge.pipeline.release.versions.diff import as_json
from spuriforge.pipeline.release.versions.row_changes import RowChanges
from spuriforge.pipeline.release.versions.wording import details, sentences
from tests import worlds

from .written import anchor, candidate, pair, release, shown


def test_the_same_rows_are_no_change(tmp_path: Path) -> None:
    rows = [anchor("t"), anchor("u")]
    change = diff(release(tmp_path / "1.0.0", rows), release(tmp_path / "1.0.1", rows[::-1]))
    assert change.empty
    assert sentences(change) == []


def test_types_that_came_and_went_with_their_reasons(tmp_path: Path) -> None:
    old = release(
        tmp_path / "1.0.0",
        [anchor(k, cue=k) for k in ("judged", "moved", "rekeyed", "stays", "vanished")],
    )
    new = release(
        tmp_path / "2.0.0",
        [anchor("new", cue="street", effect=0.5), anchor("stays", cue="stays")],
        candidates=[
            candidate(
                "judged-candidate", "judged", "annotate", "judged not spurious (3 of 3 votes)"
            ),
            candidate("moved-candidate", "new", "publish", "published"),
            candidate("another-key", "other", "gate", "the gate kept no pair", cue="rekeyed"),
        ],
    )
    change = diff(old, new)
    assert [added.type for added in change.types_added] == ["new"]
    assert {gone.type: gone.reason for gone in change.types_removed} == {
        "judged": "stopped at annotate: judged not spurious (3 of 3 votes)",
        "rekeyed": "stopped at gate: the gate kept no pair",
        "moved": "its cue is published as type new now",
        "vanished": "none of its candidates is in the release: withheld, or not proposed any more",
    }
    assert (change.of("pairs").before, change.of("pairs").after, change.bump) == (10, 4, "major")
    assert sentences(change) == [
        "1 type added",
        "4 types removed",
        "2 pairs added",
        "8 pairs removed",
        "config candidates is new (3 rows)",
    ]
    assert change.types_added[0].pairs_added == 2


def test_effects_and_answers_before_and_after(tmp_path: Path) -> None:
    old = release(tmp_path / "1.0.0", [anchor("t"), anchor("u")])
    measured = anchor("t", effect=0.5, effect_low=0.3, effect_high=0.6, effect_pairs=9)
    new = release(tmp_path / "2.0.0", [measured, anchor("u", answer="mug", answer_index=2)])
    change = diff(old, new)
    moved, answered = change.types_changed
    before, after = moved.both
    assert (before.effect, before.effect_pairs, after.effect, after.effect_pairs) == (
        0.8,
        2,
        0.5,
        9,
    )
    assert moved.columns == ("effect", "effect_high", "effect_low", "effect_pairs")
    assert (answered.answered_anew, answered.other_columns) == (True, ())
    assert sentences(change) == [
        "1 type with a new answer",
        "effects of 1 type measured again on 9 pairs: changed by -0.30 on average, "
        "-0.30 at the largest",
        "2 pairs changed (answer_index)",
    ]
    assert next(iter(details(change)))[1] == [
        "“beach” → “boat” instead of “car”, What is it? effect +0.80 [+0.60, +0.90] on 2 pairs "
        "before, "
        "+0.50 [+0.30, +0.60] on 9 pairs now",
        "“beach” → “boat” instead of “mug”, What is it? answer “car” before; 2 pairs changed "
        "(answer_index)",
    ]


def test_a_pair_that_changed_by_itself_is_told_apart_from_its_type(tmp_path: Path) -> None:
    row = anchor("t")
    old = release(tmp_path / "1.0.0", [row])
    other = anchor("t", effect=0.7)
    redrawn = pair(other, 1, **shown("image_with", b"another image"))
    change = diff(old, release(tmp_path / "2.0.0", [other], pairs=[pair(other, 0), redrawn]))
    (kind,) = change.types_changed
    assert (kind.pairs_changed, kind.pair_columns) == (1, ("image_with_sha256",))
    assert len(change.of("pairs").changed) == 2
    assert (change.bump, "1 pair changed (image_with_sha256)" in sentences(change)) == (
        "major",
        True,
    )


def test_pairs_with_their_options_in_another_order_are_counted_though_their_type_has_one_too(
    tmp_path: Path,
) -> None:
    other = anchor("t", choices=["boat", "mug", "car"], answer_index=2)
    change = diff(release(tmp_path / "1.0.0", [anchor("t")]), release(tmp_path / "2.0.0", [other]))
    assert sentences(change) == [
        "1 type changed (answer_index, choices)",
        "2 pairs changed (answer_index, choices)",
    ]
    assert change.bump == "major"


def test_an_image_without_a_hash_beside_it_is_told_by_its_name(tmp_path: Path) -> None:
    wide = [
        {"image_id": "t", "image": shown("image", payload)["image"]}
        for payload in (b"one", b"other")
    ]
    old, new = (
        release(tmp_path / version, [anchor("t")], spuriverse=[row])
        for version, row in zip(("1.0.0", "2.0.0"), wide, strict=True)
    )
    change = diff(old, new)
    assert change.rows == {"spuriverse": RowChanges(1, 1, changed={"t": ("image",)})}
    assert change.bump == "major"


def test_a_row_that_moved_to_another_split_is_a_major_change(tmp_path: Path) -> None:
    old, new = (release(tmp_path / version, [anchor("t")]) for version in ("1.0.0", "2.0.0"))
    manifest = json.loads((new / "MANIFEST.json").read_text())
    for config in ("anchors", "pairs"):
        (new / config / "test-00000.parquet").rename(new / config / "train-00000.parquet")
        manifest["files"][f"{config}/train-00000.parquet"] = manifest["files"].pop(
            f"{config}/test-00000.parquet"
        )
    (new / "MANIFEST.json").write_text(json.dumps(manifest))
    change = diff(old, new)
    assert change.of("anchors").changed == {"t": ("split",)}
    assert change.bump == "major"


def test_columns_and_configs_that_came_went_or_changed(tmp_path: Path) -> None:
    old = release(tmp_path / "1.0.0", [anchor("t", dropped=1, retyped=1)], notes=[{"id": "n"}])
    new = release(
        tmp_path / "2.0.0", [anchor("t", cluster="beach", retyped="1")], controls=[{"id": "c"}]
    )
    change = diff(old, new)
    assert change.columns["anchors"] == Columns(
        added=("cluster",), removed=("dropped",), retyped=("retyped",)
    )
    assert (change.columns["controls"].config, change.columns["notes"].config) == ("new", "gone")
    assert {"config controls is new (1 row)", "config notes is gone (1 row)"} <= set(
        sentences(change)
    )
    assert "columns of anchors: added cluster; removed dropped; retyped retyped" in sentences(
        change
    )


def test_what_else_is_said_is_named(tmp_path: Path) -> None:
    kept = {"license": "cc0-1.0", "tools": {"pyarrow": "26"}}
    old = release(tmp_path / "1.0.0", [anchor("t")], manifest=kept)
    new = release(
        tmp_path / "1.0.1",
        [anchor("t")],
        manifest=kept | {"tools": {"pyarrow": "27"}},
        texts="other",
    )
    assert (diff(old, new).texts, diff(old, new).bump) == (("tools",), "patch")
    card = release(tmp_path / "1.0.2", [anchor("t")], manifest=kept, texts="another")
    assert sentences(diff(old, card)) == ["the card's text changed"]


def test_neither_images_nor_files_that_both_have_are_read(tmp_path: Path) -> None:
    many = [{"id": f"r{n}", "chosen": n} for n in range(100)]
    old = release(tmp_path / "1.0.0", [anchor("t")], responses=many)
    new = release(tmp_path / "1.1.0", [anchor("t"), anchor("u")], responses=many)
    for folder in (old, new):
        _destroy(folder / "responses" / "test-00000.parquet", "chosen")
        _destroy(folder / "pairs" / "test-00000.parquet", "image_with.bytes")
    assert [added.type for added in diff(old, new).types_added] == ["u"]
    with pytest.raises(OSError, match=r"\w"):
        pq.read_table(old / "responses")


def _destroy(path: Path, column: str) -> None:
    """Overwrites a column's bytes and leaves the footer."""
    group = pq.read_metadata(path).row_group(0)
    (chunk,) = [
        group.column(n)
        for n in range(group.num_columns)
        if group.column(n).path_in_schema == column
    ]
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    with path.open("r+b") as stream:
        stream.seek(start)
        stream.write(b"\xff" * chunk.total_compressed_size)


def test_a_data_file_beside_the_manifest_is_an_error(tmp_path: Path) -> None:
    old, new = (release(tmp_path / version, [anchor("t")]) for version in ("1.0.0", "1.0.1"))
    (new / "anchors" / "test-00001.parquet").write_bytes(
        (new / "anchors" / "test-00000.parquet").read_bytes()
    )
    with pytest.raises(ValueError, match=r"test-00001\.parquet, which its manifest does not list"):
        diff(old, new)


def test_the_difference_as_json(tmp_path: Path) -> None:
    old = release(tmp_path / "1.0.0", [anchor("t")])
    change = diff(old, release(tmp_path / "1.1.0", [anchor("t"), anchor("u")]))
    document = json.loads(json.dumps(as_json(change)))
    assert (document["old"], document["new"], document["bump"], document["empty"]) == (
        "1.0.0",
        "1.1.0",
        "minor",
        False,
    )
    assert document["types"]["added"][0]["after"]["cue"] == "beach"
    assert document["pairs"]["added"] == ["u-0", "u-1"]
    assert document["rows"]["pairs"] == {
        "before": 2,
        "after": 4,
        "added": 2,
        "removed": 0,
        "changed": 0,
        "columns": [],
    }


def test_releases_of_a_workspace_are_compared(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    old = build(workspace, recipe).folder
    kind = workspace.records(CueType)[0]
    proof = worlds.evidence(kind, "release", worlds.MODELS, pooled=True, pairs=9, effect=0.5)
    added = worlds.add_type(workspace, 1)
    workspace.append([proof])
    change = diff(old, build(workspace, recipe).folder)
    assert [new.type for new in change.types_added] == [added.key]
    assert change.types_added[0].pairs_added == 3
    (moved,) = change.types_changed
    assert (moved.type, moved.columns) == (kind.key, ("effect", "effect_pairs"))
    assert change.bump == "minor"
