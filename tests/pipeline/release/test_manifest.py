"""The manifest leads back to the workspace, and says nothing about machine or people."""

from pathlib import Path

import pytest

from spuriforge.pipeline.records import Judgment
from spuriforge.pipeline.release import BuiltRelease
from spuriforge.pipeline.release import manifest as manifests
from spuriforge.pipeline.release.contents import read
from spuriforge.pipeline.release.manifest import dump, lineage, public_recipe, texts_hash, tools
from spuriforge.pipeline.release.type_outcomes import outcomes
from tests import worlds


def test_the_manifest_leads_back_to_run_and_judgment(built: BuiltRelease) -> None:
    release = read(built.folder)
    manifest = release.manifest
    assert (manifest["run"]["name"], manifest["private"]) == ("tiny", {"clusters": 0, "types": 0})
    assert manifest["canary"] in (built.folder / "README.md").read_text()
    judgments = {row["id"] for row in release.rows("annotations")}
    assert len(manifest["lineage"]) == 3
    assert {key for traced in manifest["lineage"].values() for key in traced["judgments"]} <= (
        judgments
    )
    data = [entry for name, entry in manifest["files"].items() if name.endswith(".parquet")]
    assert {name for entry in data for name in entry} == {
        "config",
        "split",
        "rows",
        "bytes",
        "sha256",
        "schema",
        "content",
    }


def test_lineage_names_the_records_of_published_types_only(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    judgments = workspace.records(Judgment)
    names = {judgment.annotator: judgment.annotator.lower() for judgment in judgments}
    (outcome,) = settled = outcomes(workspace, recipe)
    (traced,) = lineage(settled, judgments, names).values()
    assert traced["candidates"] == sorted(outcome.type.candidates)
    assert traced["pairs"] == [checked.pair.key for checked in outcome.pairs]
    assert len(traced["judgments"]) == 2 + 3 * 2, "on the type, and on each published pair"
    worlds.forget(workspace, "decisions")
    assert lineage(outcomes(workspace, recipe), judgments, names) == {}


def test_the_public_recipe_has_no_folder_key_or_person_in_it(tmp_path: Path) -> None:
    recipe = worlds.recipe(tmp_path, sign_key="/home/ada/.ssh/id")
    names = {"Ada": "scripted-1", "Grace": "scripted-2", "Joan": "scripted-3"}
    public = public_recipe(recipe, names)
    assert not {"folder", "sign_key", "to", "approve"} & public["publish"].keys()
    assert "workspace" not in public["run"]
    assert not {"budget", "plan", "study"} & public.keys()
    assert public["annotate"]["annotators"] == ["scripted-1", "scripted-2", "scripted-3"]
    assert [model["path"] for model in public["models"]] == list(worlds.MODELS)
    assert not [name for name in ("/somewhere", "/home", "Ada") if name in dump(public)]


def test_the_hash_of_what_is_said_follows_statements_and_texts_not_the_version(
    built: BuiltRelease,
) -> None:
    manifest = read(built.folder).manifest
    before = texts_hash(manifest, ["a card"])
    assert texts_hash(manifest | {"version": "9.9.9", "files": {}}, ["a card"]) == before
    assert texts_hash(manifest | {"license": "cc0-1.0"}, ["a card"]) != before
    assert texts_hash(manifest, ["another card"]) != before


def test_tools_that_are_not_installed_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "TOOLS", ("numpy", "no-such-package"))
    assert tools().keys() == {"python", "numpy"}
