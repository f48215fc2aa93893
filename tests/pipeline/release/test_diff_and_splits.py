"""Versions from differences, and splits by cue."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.records import CueType, Pair
from pipeline.release import Diff, build, diff, outcomes
from pipeline.release.splits import _split, assign
from pipeline.release.version import latest, next_version, parse
from pipeline.workspace import Workspace
from tests import worlds

NOTHING = Diff(
    types_added=(), types_removed=(), types_changed={}, pairs_added=(), pairs_removed=(), pairs_changed={},
    schemas_changed=(), rows_changed=(), texts_changed=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "bump"),
    [
        ({"texts_changed": True}, "patch"),
        ({"types_changed": {"t": ("effect",)}}, "patch"),
        ({"types_added": ("t",), "pairs_added": ("p",)}, "minor"),
        ({"types_added": ("t",), "pairs_removed": ("p",)}, "major"),
        ({"types_changed": {"t": ("answer", "effect")}}, "major"),
        ({"pairs_changed": {"p": ("image_with_sha256",)}}, "major"),
        ({"schemas_changed": ("responses",)}, "major"),
    ],
)
def test_the_difference_decides_the_version(change: dict[str, object], bump: str) -> None:
    assert replace(NOTHING, **change).bump == bump


@pytest.mark.parametrize(
    ("last", "bump", "then"),
    [(None, "patch", "1.0.0"), ("1.2.3", "patch", "1.2.4"), ("1.2.3", "minor", "1.3.0"), ("1.2.3", "major", "2.0.0")],
)
def test_versions_count_on(last: str | None, bump: str, then: str) -> None:
    assert next_version(last, bump) == then  # type: ignore[arg-type]


def test_only_three_numbers_are_a_version() -> None:
    assert parse("1.10.2") == (1, 10, 2)
    assert [parse(text) for text in ("1.0", "v1.0.0", "1.0.0-rc1", "latest", "1.0.²")] == [None] * 5


def test_the_last_release_is_the_highest_that_is_whole(tmp_path: Path) -> None:
    for name in ("1.9.0", "1.10.0", ".draft-3"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "MANIFEST.json").touch()
    (tmp_path / "2.0.0").mkdir()
    assert latest(tmp_path) == "1.10.0"
    assert latest(tmp_path / "nowhere") is None


def test_a_diff_names_what_came_and_what_changed(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    old = build(workspace, recipe).folder
    kind = workspace.records(CueType)[0]
    proof = worlds.evidence(kind, "release", worlds.MODELS, pooled=True, pairs=9, effect=0.5)
    added = worlds.add_type(workspace, 1)
    workspace.append([proof])
    change = diff(old, build(workspace, recipe).folder)
    assert change.types_added == (added.key,)
    assert len(change.pairs_added) == 3
    assert change.types_changed == {kind.key: ("effect", "effect_pairs")}
    assert change.bump == "minor"
    assert change.sentences()[0] == "1 type added"
    assert not change.empty


def test_equal_cues_share_a_split_whatever_their_case(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    for number, cue in enumerate(("a  Red umbrella", "a red umbrella", "bell")):
        worlds.add_type(workspace, number, cue=cue)
    settled = outcomes(workspace, worlds.recipe(tmp_path))
    split_of = assign(settled)
    of = {one.cue: split_of[one.type.key] for one in settled}
    assert of["a  Red umbrella"] == of["a red umbrella"]


def test_types_that_share_an_image_share_a_split(tmp_path: Path) -> None:
    cues = {_split(f"cue:{word}"): word for word in ("umbrella", "street", "bell", "duck", "crown", "kite", "gem")}
    assert {"train", "test"} <= cues.keys()
    workspace = Workspace(tmp_path / "workspace")
    kinds = [worlds.add_type(workspace, n, cue=cues[split]) for n, split in enumerate(("train", "test"))]
    assert len(set(assign(outcomes(workspace, worlds.recipe(tmp_path))).values())) == 2
    pairs = workspace.records(Pair)
    first = [pair for pair in pairs if pair.role == "release" and pair.index == 0]
    shared = next(pair.image_without for pair in first if pair.type == kinds[0].key)
    worlds.forget(workspace, "pairs")
    workspace.append(
        [replace(one, image_without=shared) if one in first and one.type == kinds[1].key else one for one in pairs]
    )
    split_of = assign(outcomes(workspace, worlds.recipe(tmp_path)))
    assert len(set(split_of.values())) == 1


def test_splits_are_about_seventy_ten_twenty() -> None:
    found = [_split(f"cue:{number}") for number in range(4000)]
    shares = [found.count(split) / len(found) for split in ("train", "validation", "test")]
    assert shares == pytest.approx([0.7, 0.1, 0.2], abs=0.03)
