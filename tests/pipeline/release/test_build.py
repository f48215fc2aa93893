"""A release as a whole: what lies in the folder, the same bytes twice, versions, and nothing left
of a failure.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.records import CueType, Judgment, key_of
from spuriforge.pipeline.release import BuiltRelease, ReleaseError, build
from spuriforge.pipeline.release.contents import read
from tests import worlds

AGREEMENT = {"cue": {"alpha": 0.81, "low": 0.7, "high": 0.9}}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> BuiltRelease:
    """A release of two types that nobody changes."""
    return build(*worlds.finished(tmp_path_factory.mktemp("release"), types=2), agreement=AGREEMENT)


def _manifest(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder / "MANIFEST.json").read_text())
    return said


def test_a_release_has_its_configs_and_its_texts(release: BuiltRelease) -> None:
    assert (release.version, release.types, release.pairs, release.new) == ("1.0.0", 2, 6, True)
    contents = read(release.folder)
    rows = {config: len(list(contents.rows(config, images=False))) for config in contents.files}
    assert rows == {
        "pairs": 6, "anchors": 2, "spuriverse": 2, "controls": 8, "candidates": 5, "annotations": 20, "responses": 72,
    }  # fmt: skip
    assert rows == {
        config: sum(splits.values()) for config, splits in contents.manifest["rows"].items()
    }
    texts = {path.name for path in release.folder.iterdir() if path.is_file()}
    assert texts == {
        "README.md", "DATASHEET.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "croissant.json", "MANIFEST.json",
    }  # fmt: skip
    assert (release.folder.parent / "latest").read_text() == "1.0.0\n"


def test_a_pair_carries_question_cue_effect_and_provenance(release: BuiltRelease) -> None:
    row = next(row for row in read(release.folder).rows("pairs") if row["cue"] == "umbrella")
    assert (row["question"], row["answer"]) == ("What colour is the main object?", "red")
    assert row["choices"][row["answer_index"]] == "red"
    assert row["choices"][row["cue_linked_index"]] == row["cue_linked"] == "blue"
    assert (row["effect"], row["effect_low"], row["effect_high"], row["p"], row["q"]) == (
        0.8,
        0.6,
        0.95,
        0.001,
        0.002,
    )
    assert (row["route"], row["generator"]) == ("text-to-image", worlds.GENERATOR)
    assert row["image_with"]["path"] == f"{row['image_with_sha256']}.png"
    assert row["models"] == list(worlds.MODELS)


def test_the_same_workspace_gives_the_same_bytes_whoever_numbered_the_judgments_and_when(
    release: BuiltRelease, tmp_path: Path
) -> None:
    workspace, recipe = worlds.finished(tmp_path)
    judgments = workspace.records(Judgment)
    worlds.forget(workspace, "judgments")
    workspace.append(
        [
            replace(j, key=key_of(j.key), source="cue/99", updated_at="2027", seconds=9.0)
            for j in judgments
        ]
    )
    assert _bytes(release.folder) == _bytes(build(workspace, recipe, agreement=AGREEMENT).folder)


def test_the_manifest_leads_back_to_run_and_judgment_and_tells_nothing_of_the_machine(
    release: BuiltRelease,
) -> None:
    said = _manifest(release.folder)
    assert (said["run"]["name"], said["private"]) == ("tiny", {"clusters": 0, "types": 0})
    assert said["canary"] in (release.folder / "README.md").read_text()
    judgments = {row["id"] for row in read(release.folder).rows("annotations")}
    traced = said["lineage"].values()
    assert len(traced) == 2
    assert {key for one in traced for key in one["judgments"]} <= judgments
    assert not {"folder", "sign_key", "to", "approve"} & said["recipe"]["publish"].keys()
    data = [entry for name, entry in said["files"].items() if name.endswith(".parquet")]
    assert {name for entry in data for name in entry} == {
        "config", "split", "rows", "bytes", "sha256", "schema", "content",
    }  # fmt: skip


def test_what_is_not_published_is_among_the_candidates_with_stage_and_reason(
    tmp_path: Path,
) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=2)
    kind = next(one for one in workspace.records(CueType) if one.cue == "street")
    workspace.append([worlds.decision("cue", kind.key, "not_spurious", accepted=False, votes=3)])
    rows = list(read(build(workspace, recipe).folder).rows("candidates"))
    said = {(row["cue"], row["published"], row["stage"], row["reason"]) for row in rows}
    assert said == {
        ("umbrella", True, "publish", "published"),
        ("street", False, "annotate", "judged not spurious (3 of 3 votes)"),
        ("duck", False, "screen", "not more often than chance"),
    }


def test_nobody_s_name_and_no_time_of_day_is_published(release: BuiltRelease) -> None:
    rows = list(read(release.folder).rows("annotations"))
    assert {row["annotator"] for row in rows} == {"scripted-1", "scripted-2"}
    for name, payload in _bytes(release.folder).items():
        assert b"Grace" not in payload, name
        assert b"2026-01-01" not in payload, name
        assert str(release.folder.parent.parent).encode() not in payload, name


def test_the_card_says_that_judgments_are_scripted(release: BuiltRelease) -> None:
    card = (release.folder / "README.md").read_text()
    assert 'annotations_creators: ["machine-generated"]' in card
    assert "The judgments in this release are scripted." in card
    assert "| Krippendorff's alpha, cue judgments | 0.81 [0.70, 0.90] |" in card


def test_versions_follow_the_change(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    first = build(workspace, recipe)
    before = _bytes(first.folder)
    again = build(workspace, recipe)
    assert (again.version, again.new, again.message) == (
        "1.0.0",
        False,
        "Nothing changed since 1.0.0.",
    )
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == ["1.0.0", "latest"]
    patch = build(workspace, recipe, agreement=AGREEMENT)
    assert patch.version == "1.0.1"
    data = [path.relative_to(first.folder) for path in first.folder.glob("*/*.parquet")]
    assert all((patch.folder / name).samefile(first.folder / name) for name in data)
    worlds.add_type(workspace, 1)
    assert build(workspace, recipe, agreement=AGREEMENT).version == "1.1.0"
    kind = next(one for one in workspace.records(CueType) if one.cue == "street")
    workspace.append([worlds.decision("cue", kind.key, "not_spurious", accepted=False, votes=3)])
    last = build(workspace, recipe, agreement=AGREEMENT)
    assert last.version == "2.0.0"
    assert (_manifest(last.folder)["version"], _manifest(last.folder)["previous"]) == (
        "2.0.0",
        "1.1.0",
    )
    log = (last.folder / "CHANGELOG.md").read_text()
    assert (
        log.index("## 2.0.0")
        < log.index("## 1.1.0")
        < log.index("## 1.0.1")
        < log.index("## 1.0.0")
    )
    assert (tmp_path / "releases" / "latest").read_text() == "2.0.0\n"
    assert _bytes(first.folder) == before


def test_an_unsound_release_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    kind = workspace.records(CueType)[0]
    worlds.forget(workspace, "types")
    workspace.append([replace(kind, question="Is the red thing red?")])
    with pytest.raises(ReleaseError, match=r"no_leaks: .* names its answer 'red'"):
        build(workspace, recipe)
    assert list((tmp_path / "releases").iterdir()) == []


def test_without_a_publishable_type_the_error_says_what_waits(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=2)
    worlds.forget(workspace, "decisions")
    with pytest.raises(ReleaseError, match="2 types stopped at annotate"):
        build(workspace, recipe)
    assert not (tmp_path / "releases").exists()


@pytest.mark.integration
def test_datasets_loads_every_config_and_shows_images(
    release: BuiltRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    from datasets import load_dataset

    cache = str(tmp_path / "cache")
    pairs = load_dataset(str(release.folder), "pairs", cache_dir=cache)
    assert sum(split.num_rows for split in pairs.values()) == 6
    row = next(iter(pairs.values()))[0]
    assert row["image_with"].size == (8, 8)
    assert row["choices"][row["answer_index"]] == row["answer"]
    for config in ("anchors", "controls", "spuriverse", "candidates", "annotations", "responses"):
        assert load_dataset(str(release.folder), config, cache_dir=cache)
