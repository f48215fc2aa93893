"""Files that the manifest does not describe, double ids, and missing licences, canary, metadata."""

import json
import shutil
from pathlib import Path

from spuriforge.pipeline.release.checks.files import (
    canary_everywhere,
    counts_agree,
    croissant_valid,
    ids_unique,
    licences_present,
)
from tests.pipeline.release.checks.corruption import data_file, fault_of, set_columns


def test_a_changed_file_is_named(release: Path) -> None:
    set_columns(release, "pairs", seed=99)
    fault = fault_of(counts_agree, release)
    assert fault == "pairs/test-00000.parquet is not the file that the manifest describes"


def test_a_file_too_many_and_a_missing_file_are_named(release: Path) -> None:
    shutil.copy(data_file(release, "pairs"), release / "pairs" / "test-00001.parquet")
    (release / "LICENSE").unlink()
    fault = fault_of(counts_agree, release)
    assert fault.startswith("LICENSE is missing; pairs/test-00001.parquet is not in the manifest")


def test_wrong_counts_in_the_manifest_are_seen(release: Path) -> None:
    manifest = json.loads((release / "MANIFEST.json").read_text())
    manifest["files"]["pairs/test-00000.parquet"]["rows"] += 1
    (release / "MANIFEST.json").write_text(json.dumps(manifest))
    assert fault_of(counts_agree, release) == "pairs/test-00000.parquet does not have 4 rows"


def test_a_double_id_is_seen(release: Path) -> None:
    set_columns(release, "pairs", id="twice")
    assert fault_of(ids_unique, release) == "pairs has twice 3 times"


def test_a_row_without_licence_or_source_is_named(release: Path) -> None:
    set_columns(release, "anchors", license=None)
    assert fault_of(licences_present, release).endswith("has no license")
    set_columns(release, "anchors", license="cc0-1.0")
    set_columns(release, "pairs", attribution="")
    assert "has no attribution" in fault_of(licences_present, release)


def test_a_row_or_a_card_without_the_canary_is_named(release: Path) -> None:
    (release / "README.md").write_text("---\n---\n")
    assert fault_of(canary_everywhere, release) == "README.md lacks the canary"
    set_columns(release, "pairs", canary="")
    assert "lacks the canary; pairs" in fault_of(canary_everywhere, release)


def test_broken_croissant_metadata_is_seen(release: Path) -> None:
    (release / "croissant.json").write_text('{"@type": "sc:Dataset"}')
    assert fault_of(croissant_valid, release).startswith("croissant.json: ")
