"""Builds: same bytes twice, versions, approval, what is withheld, and nothing left of a failure.

Most builds here skip plots and the Croissant validation (`quick_builds`).
"""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import CueType, Decision, Judgment, key_of
from spuriforge.pipeline.release import BuiltRelease, ReleaseError, build
from spuriforge.pipeline.release.build import Draft
from spuriforge.pipeline.release.contents import read
from spuriforge.pipeline.release.signature import verify
from spuriforge.pipeline.release.versions.release_folder import yank
from spuriforge.pipeline.workspace import Workspace
from tests import worlds
from tests.made_releases import contents
from tests.pipeline.release.conftest import AGREEMENT

World = tuple[Workspace, Recipe]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A workspace with a type to publish."""
    return worlds.finished(tmp_path, types=1)


def _with(recipe: Recipe, **publish: object) -> Recipe:
    changed = recipe.publish.model_copy(update=publish)
    return recipe.model_copy(update={"publish": changed})


def _names(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


def _manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "MANIFEST.json").read_text())
    return manifest


def test_a_release_has_its_configs_and_its_texts(built: BuiltRelease) -> None:
    assert (built.version, built.types, built.pairs, built.new) == ("1.0.0", 3, 9, True)
    release = read(built.folder)
    rows = {config: len(list(release.rows(config, images=False))) for config in release.files}
    assert rows == {
        "pairs": 9,
        "anchors": 3,
        "spuriverse": 3,
        "controls": 12,
        "candidates": 7,
        "annotations": 30,
        "responses": 108,
    }
    assert rows == {
        config: sum(splits.values()) for config, splits in release.manifest["rows"].items()
    }
    assert {path.name for path in built.folder.iterdir() if path.is_file()} == {
        "README.md",
        "DATASHEET.md",
        "CHANGELOG.md",
        "CITATION.cff",
        "LICENSE",
        "croissant.json",
        "MANIFEST.json",
    }
    assert (built.folder.parent / "latest").read_text() == "1.0.0\n"


def test_a_pair_carries_question_cue_effect_and_provenance(built: BuiltRelease) -> None:
    row = next(row for row in read(built.folder).rows("pairs") if row["cue"] == "umbrella")
    assert (row["question"], row["answer"]) == ("What colour is the main object?", "red")
    assert row["choices"][row["answer_index"]] == "red"
    assert row["choices"][row["cue_linked_index"]] == row["cue_linked"] == "blue"
    effect = tuple(row[name] for name in ("effect", "effect_low", "effect_high", "p", "q"))
    assert effect == (0.8, 0.6, 0.95, 0.001, 0.002)
    assert (row["route"], row["generator"]) == ("text-to-image", worlds.GENERATOR)
    assert row["image_with"]["path"] == f"{row['image_with_sha256']}.png"
    assert row["models"] == list(worlds.MODELS)


def test_the_same_workspace_gives_the_same_bytes_whoever_numbered_the_judgments_and_when(
    built: BuiltRelease, tmp_path: Path
) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=3)
    judgments = workspace.records(Judgment)
    worlds.forget(workspace, "judgments")
    workspace.append(
        [
            replace(
                judgment,
                key=key_of(judgment.key),
                source="cue/99",
                updated_at="2027",
                seconds=9.0,
            )
            for judgment in judgments
        ]
    )
    again = build(workspace, recipe, agreement=AGREEMENT)
    assert contents(built.folder) == contents(again.folder)


def test_nobody_s_name_and_no_time_of_day_is_published(built: BuiltRelease) -> None:
    rows = list(read(built.folder).rows("annotations"))
    assert {row["annotator"] for row in rows} == {"scripted-1", "scripted-2"}
    for name, payload in contents(built.folder).items():
        assert b"Grace" not in payload, name
        assert b"2026-01-01" not in payload, name
        assert str(built.folder.parent.parent).encode() not in payload, name


def test_the_card_says_that_judgments_are_scripted(built: BuiltRelease) -> None:
    card = (built.folder / "README.md").read_text()
    assert 'annotations_creators: ["machine-generated"]' in card
    assert "The judgments in this release are scripted." in card
    assert "cue judgments | 0.81 [0.70, 0.90] |" in card


@pytest.mark.usefixtures("quick_builds")
def test_versions_follow_the_change(world: World, tmp_path: Path) -> None:
    workspace, recipe = world
    first = build(workspace, recipe)
    before = contents(first.folder)
    again = build(workspace, recipe)
    assert (again.version, again.new) == ("1.0.0", False)
    assert again.message == "Nothing changed since 1.0.0."
    assert _names(tmp_path / "releases") == ["1.0.0", "latest"]
    patch = build(workspace, recipe, agreement=AGREEMENT)
    assert patch.version == "1.0.1"
    data = [path.relative_to(first.folder) for path in first.folder.glob("*/*.parquet")]
    assert all((patch.folder / name).samefile(first.folder / name) for name in data)
    worlds.add_type(workspace, 1)
    assert build(workspace, recipe, agreement=AGREEMENT).version == "1.1.0"
    street = next(kind for kind in workspace.records(CueType) if kind.cue == "street")
    workspace.append([worlds.decision("cue", street.key, "not_spurious", accepted=False, votes=3)])
    last = build(workspace, recipe, agreement=AGREEMENT)
    assert last.version == "2.0.0"
    manifest = _manifest(last.folder)
    assert (manifest["version"], manifest["previous"]) == ("2.0.0", "1.1.0")
    log = (last.folder / "CHANGELOG.md").read_text()
    places = [log.index(f"## {version}") for version in ("2.0.0", "1.1.0", "1.0.1", "1.0.0")]
    assert places == sorted(places)
    assert (tmp_path / "releases" / "latest").read_text() == "2.0.0\n"
    assert contents(first.folder) == before


@pytest.mark.usefixtures("quick_builds")
def test_a_version_can_be_raised_and_a_yanked_version_is_never_used_again(
    world: World, tmp_path: Path
) -> None:
    workspace, recipe = world
    build(workspace, recipe)
    worlds.add_type(workspace, 1)
    with pytest.raises(ValueError, match="asked for"):
        build(workspace, recipe, bump="patch")
    assert build(workspace, recipe, bump="major").version == "2.0.0"
    yank(tmp_path / "releases", "2.0.0", "a wrong answer")
    worlds.add_type(workspace, 2)
    again = build(workspace, recipe)
    assert again.version == "2.1.0"
    assert _manifest(again.folder)["previous"] == "1.0.0"
    assert (tmp_path / "releases" / "latest").read_text() == "2.1.0\n"


@pytest.mark.usefixtures("quick_builds")
def test_what_was_yanked_is_not_published_again_by_the_next_schedule(world: World) -> None:
    home = build(*world).folder.parent
    yank(home, "1.0.0", "the gold of one type was wrong")
    with pytest.raises(ReleaseError, match="which was yanked: the gold of one type was wrong"):
        build(*world)
    assert _names(home) == ["1.0.0", "yanked"]


@pytest.mark.usefixtures("quick_builds")
def test_an_unsound_release_is_refused_and_leaves_nothing(world: World, tmp_path: Path) -> None:
    workspace, recipe = world
    kind = workspace.records(CueType)[0]
    worlds.forget(workspace, "types")
    workspace.append([replace(kind, question="Is the red thing red?")])
    with pytest.raises(ReleaseError, match=r"no_leaks: .* names its answer 'red'"):
        build(workspace, recipe)
    assert _names(tmp_path / "releases") == []


def test_without_a_publishable_type_the_error_says_what_waits(world: World, tmp_path: Path) -> None:
    workspace, recipe = world
    worlds.add_type(workspace, 1)
    worlds.forget(workspace, "decisions")
    with pytest.raises(ReleaseError, match="2 types stopped at annotate"):
        build(workspace, recipe)
    with pytest.raises(ReleaseError, match="the workspace has no types yet"):
        build(Workspace(tmp_path / "empty"), recipe)
    assert not (tmp_path / "releases").exists()


def test_what_is_ready_but_withheld_is_no_release(world: World, tmp_path: Path) -> None:
    workspace, recipe = world
    with pytest.raises(ReleaseError, match=r"All 1 types .* withheld: lower publish\.private"):
        build(workspace, _with(recipe, private=0.999999))
    assert not (tmp_path / "releases").exists()


@pytest.mark.usefixtures("quick_builds")
def test_a_person_sees_the_finished_draft_and_what_is_refused_leaves_nothing(
    world: World, tmp_path: Path
) -> None:
    shown: list[Draft] = []

    def refuse(draft: Draft) -> None:
        assert (draft.folder / "README.md").is_file()
        shown.append(draft)
        raise ReleaseError("Ada declined it: not now.")

    with pytest.raises(ReleaseError, match="Ada declined it"):
        build(*world, approve=refuse)
    (draft,) = shown
    assert (draft.name, draft.version, draft.previous) == ("tiny", "1.0.0", None)
    assert (draft.types, draft.pairs) == (1, 3)
    assert draft.checks
    assert all(check.passed for check in draft.checks)
    assert _names(tmp_path / "releases") == []


def test_a_bad_key_fails_before_anything_is_written(world: World, tmp_path: Path) -> None:
    workspace, recipe = world
    with pytest.raises(ValueError, match="no-key is not there"):
        build(workspace, _with(recipe, sign_key=str(tmp_path / "no-key")))
    assert not (tmp_path / "releases").exists()


@pytest.mark.usefixtures("quick_builds")
def test_a_share_of_the_cues_goes_to_a_signed_release_of_its_own(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    workspace, recipe = worlds.finished(tmp_path, types=3)
    recipe = _with(recipe, sign_key=str(key), private=0.5)
    public = build(workspace, recipe)
    private = tmp_path / "releases-private" / public.version
    assert verify(public.folder).passed
    assert verify(private).fingerprint == verify(public.folder).fingerprint is not None
    shown, withheld = (
        {row["type"] for row in read(folder).rows("pairs", images=False)}
        for folder in (public.folder, private)
    )
    assert len(shown | withheld) == 3
    assert not shown & withheld
    assert withheld
    counts = {"clusters": len(withheld), "types": len(withheld)}
    assert _manifest(public.folder)["private"] == counts
    assert _manifest(private)["private"] is True
    texts = b"".join(contents(public.folder).values())
    assert not [type_key for type_key in withheld if type_key.encode() in texts]
    assert not build(workspace, recipe).new
    decisions = workspace.records(Decision)
    decision = next(decision for decision in decisions if decision.subject in withheld)
    workspace.append([replace(decision, key="again", votes=decision.votes + 1)])
    assert build(workspace, recipe).version == "1.0.1", "only a withheld type's votes changed"
    assert _names(private.parent) == ["1.0.0", "1.0.1", "latest"]


@pytest.mark.usefixtures("quick_builds")
def test_of_two_builds_at_once_one_wins_and_the_other_leaves_nothing(
    world: World, tmp_path: Path
) -> None:
    ready = Barrier(2)
    results: list[str] = []

    def attempt() -> None:
        try:
            release = build(*world, approve=lambda draft: ready.wait(60) and None)
            results.append(release.version)
        except ReleaseError as error:
            results.append(str(error))

    threads = [Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won, lost = sorted(results, key=len)
    assert won == "1.0.0"
    assert "build again" in lost
    assert _names(tmp_path / "releases") == ["1.0.0", "latest"]
    assert verify(tmp_path / "releases" / "1.0.0").passed


@pytest.mark.integration
def test_datasets_loads_every_config_and_shows_images(
    built: BuiltRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    from datasets import load_dataset

    cache = str(tmp_path / "cache")
    pairs = load_dataset(str(built.folder), "pairs", cache_dir=cache)
    assert sum(split.num_rows for split in pairs.values()) == 9
    row = next(iter(pairs.values()))[0]
    assert row["image_with"].size == (8, 8)
    assert row["choices"][row["answer_index"]] == row["answer"]
    for config in ("anchors", "controls", "spuriverse", "candidates", "annotations", "responses"):
        assert load_dataset(str(built.folder), config, cache_dir=cache)
