"""What changed between two releases, why, and which version that makes the next one."""

import json
from pathlib import Path

from spuriforge.pipeline.records import CueType
from spuriforge.pipeline.release import build, diff
from spuriforge.pipeline.release.versions.changes import Columns
from spuriforge.pipeline.release.versions.diff import as_json
from spuriforge.pipeline.release.versions.wording import sentences
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
