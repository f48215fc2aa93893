"""The files of an upload: their order, and folders that differ from their manifest."""

import json
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.release.checks import ReleaseError
from spuriforge.pipeline.release.destinations import upload
from spuriforge.pipeline.release.destinations.release_files import ReleaseFiles
from tests.made_releases import made


def quiet(_: str) -> None:
    """Prints nothing."""


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """The folder that is published to."""
    return tmp_path / "shared"


def test_data_go_first_and_the_manifest_is_apart(tmp_path: Path) -> None:
    folder = made(tmp_path, "1.0.0")
    (folder / "MANIFEST.json.sig").write_text("signed")
    release = ReleaseFiles.of(folder)
    assert [file.path for file in release.files] == [
        "pairs/test-00000.parquet",
        "pairs/train-00000.parquet",
        "README.md",
        "plots/effects.png",
        "MANIFEST.json.sig",
    ]
    assert release.manifest.path == "MANIFEST.json"


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda release: (release / "MANIFEST.json").unlink(), "is not a release"),
        (
            lambda release: (release / "README.md").write_text("longer than it was" * 99),
            "README.md is missing, or its size",
        ),
        (
            lambda release: (release / "pairs" / "test-00000.parquet").unlink(),
            "test-00000.parquet is missing",
        ),
        (
            lambda release: (release / "notes.txt").write_text("mine"),
            "notes.txt is not in MANIFEST",
        ),
        (lambda release: restated(release, version="one"), "no version"),
        (
            lambda release: restated(release, files={"../up": {"bytes": 1, "sha256": ""}}),
            "lies outside",
        ),
    ],
)
def test_a_release_that_is_not_what_its_manifest_says_is_not_sent(
    tmp_path: Path, shared: Path, damage: Any, says: str
) -> None:
    release = made(tmp_path, "1.0.0")
    damage(release)
    with pytest.raises(ReleaseError, match=says):
        upload(release, str(shared), quiet)
    assert not shared.exists()


def restated(release: Path, **changed: object) -> None:
    manifest = json.loads((release / "MANIFEST.json").read_text())
    (release / "MANIFEST.json").write_text(json.dumps(manifest | changed))


def test_bytes_that_changed_after_the_build_are_not_sent(tmp_path: Path, shared: Path) -> None:
    release = made(tmp_path, "1.0.0")
    data = release / "pairs" / "train-00000.parquet"
    data.write_bytes(b"x" * data.stat().st_size)
    with pytest.raises(ReleaseError, match="differs from the hash"):
        upload(release, str(shared), quiet)
    assert not (shared / "1.0.0").exists()
