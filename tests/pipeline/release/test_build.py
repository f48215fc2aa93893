"""A release as a whole: what lies in the folder, the same bytes twice, versions, and nothing left of a failure."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.records import CueType, Judgment, key_of
from pipeline.release import ReleaseError, build
from pipeline.release.build import _reveal
from pipeline.release.reading import read
from tests import worlds

AGREEMENT = {"cue": {"alpha": 0.81, "low": 0.7, "high": 0.9}}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_release_has_its_five_configs_and_its_texts(tmp_path: Path) -> None:
    release = build(*worlds.finished(tmp_path, types=2), agreement=AGREEMENT)
    assert (release.version, release.types, release.pairs, release.new) == ("1.0.0", 2, 6, True)
    contents = read(release.folder)
    rows = {config: len(list(contents.rows(config, images=False))) for config in contents.files}
    assert rows == {"pairs": 6, "anchors": 2, "candidates": 5, "annotations": 20, "responses": 72}
    texts = {path.name for path in release.folder.iterdir() if path.is_file()}
    assert texts == {"README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "MANIFEST.json"}
    assert (tmp_path / "releases" / "latest").read_text() == "1.0.0\n"


def test_a_pair_carries_question_cue_effect_and_provenance(tmp_path: Path) -> None:
    release = build(*worlds.finished(tmp_path, types=1))
    row = next(read(release.folder).rows("pairs"))
    assert (row["question"], row["answer"], row["answer_index"]) == ("What colour is the main object?", "red", 1)
    assert (row["cue"], row["cue_linked"], row["cue_linked_index"]) == ("umbrella", "blue", 0)
    assert (row["effect"], row["effect_low"], row["effect_high"], row["p"], row["q"]) == (0.8, 0.6, 0.95, 0.001, 0.002)
    assert (row["seed"], row["route"], row["generator"]) == (0, "text-to-image", worlds.GENERATOR)
    assert row["image_with"]["path"] == f"{row['image_with_sha256']}.png"
    assert row["models"] == list(worlds.MODELS)


def test_the_same_workspace_gives_the_same_bytes(tmp_path: Path) -> None:
    folders = []
    for name in ("one", "other"):
        folders.append(build(*worlds.finished(tmp_path / name, types=2), agreement=AGREEMENT).folder)
    assert _bytes(folders[0]) == _bytes(folders[1])


def test_which_server_numbered_the_judgments_and_when_is_not_in_the_bytes(tmp_path: Path) -> None:
    one = build(*worlds.finished(tmp_path / "one"), agreement=AGREEMENT).folder
    workspace, recipe = worlds.finished(tmp_path / "other")
    judgments = workspace.records(Judgment)
    worlds.forget(workspace, "judgments")
    workspace.append(
        [replace(j, key=key_of(j.key), source="cue/99", updated_at="2027", seconds=9.0) for j in judgments]
    )
    assert _bytes(one) == _bytes(build(workspace, recipe, agreement=AGREEMENT).folder)


def test_image_bytes_are_stored_plain_and_everything_else_compressed(tmp_path: Path) -> None:
    release = build(*worlds.finished(tmp_path, types=1))
    group = pq.read_metadata(next((release.folder / "pairs").iterdir())).row_group(0)
    columns = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
    assert columns["image_with.bytes"].compression == "UNCOMPRESSED"
    assert columns["image_with.bytes"].dictionary_page_offset is None
    assert columns["prompt_with"].compression == "ZSTD"
    assert columns["prompt_with"].has_offset_index


def test_what_is_not_published_is_among_the_candidates_with_stage_and_reason(tmp_path: Path) -> None:
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


def test_nobody_s_name_and_no_time_of_day_is_published(tmp_path: Path) -> None:
    release = build(*worlds.finished(tmp_path, types=1))
    rows = list(read(release.folder).rows("annotations"))
    assert {row["annotator"] for row in rows} == {"scripted-1", "scripted-2"}
    for name, payload in _bytes(release.folder).items():
        assert b"Grace" not in payload, name
        assert b"2026-01-01" not in payload, name
        assert str(tmp_path).encode() not in payload, name


def test_the_card_says_that_judgments_are_scripted(tmp_path: Path) -> None:
    card = (build(*worlds.finished(tmp_path, types=1), agreement=AGREEMENT).folder / "README.md").read_text()
    assert 'annotations_creators: ["machine-generated"]' in card
    assert "The judgments in this release are scripted." in card
    assert "| Krippendorff's alpha, cue judgments | 0.81 [0.70, 0.90] |" in card


def test_nothing_new_gives_no_new_release(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    before = _bytes(build(workspace, recipe).folder)
    again = build(workspace, recipe)
    assert (again.version, again.new, again.message) == ("1.0.0", False, "Nothing changed since 1.0.0.")
    assert _bytes(again.folder) == before
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == ["1.0.0", "latest"]


def test_versions_follow_the_change(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    build(workspace, recipe)
    assert build(workspace, recipe, agreement=AGREEMENT).version == "1.0.1"
    worlds.add_type(workspace, 1)
    assert build(workspace, recipe, agreement=AGREEMENT).version == "1.1.0"
    kind = next(one for one in workspace.records(CueType) if one.cue == "street")
    workspace.append([worlds.decision("cue", kind.key, "not_spurious", accepted=False, votes=3)])
    last = build(workspace, recipe, agreement=AGREEMENT)
    assert last.version == "2.0.0"
    manifest = json.loads((last.folder / "MANIFEST.json").read_text())
    assert (manifest["version"], manifest["previous"]) == ("2.0.0", "1.1.0")
    log = (last.folder / "CHANGELOG.md").read_text()
    assert log.index("## 2.0.0") < log.index("## 1.1.0") < log.index("## 1.0.1") < log.index("## 1.0.0")
    assert "- 1 type removed." in log
    assert (tmp_path / "releases" / "latest").read_text() == "2.0.0\n"


def test_a_release_is_never_overwritten(tmp_path: Path) -> None:
    release = build(*worlds.finished(tmp_path, types=1))
    draft = tmp_path / "releases" / ".draft"
    draft.mkdir()
    with pytest.raises(ReleaseError, match="never overwritten"):
        _reveal(draft, tmp_path / "releases", release.version)


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


def test_hostile_text_stays_text_in_the_card(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    kind = workspace.records(CueType)[0]
    worlds.forget(workspace, "types")
    workspace.append([replace(kind, cue="a | b <script>alert(1)</script>\n# head")])
    card = (build(workspace, recipe).folder / "README.md").read_text()
    assert "<script>" not in card
    assert "\n# head" not in card


@pytest.mark.integration
def test_datasets_loads_every_config_and_shows_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    from datasets import load_dataset

    release = build(*worlds.finished(tmp_path, types=3))
    cache = str(tmp_path / "cache")
    pairs = load_dataset(str(release.folder), "pairs", cache_dir=cache)
    assert sum(split.num_rows for split in pairs.values()) == 9
    row = next(iter(pairs.values()))[0]
    assert row["image_with"].size == (8, 8)
    assert row["choices"][row["answer_index"]] == row["answer"]
    for config in ("anchors", "candidates", "annotations", "responses"):
        assert load_dataset(str(release.folder), config, cache_dir=cache)
