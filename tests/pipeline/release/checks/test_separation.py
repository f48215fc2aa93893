"""Types, controls and withheld rows where they must not be."""

from pathlib import Path

from spuriforge.pipeline.release.checks.separation import (
    controls_apart,
    private_withheld,
    splits_apart,
)
from tests.pipeline.release.checks.corruption import (
    data_file,
    fault_of,
    rows_of,
    set_columns,
    set_everywhere,
)


def test_a_cue_in_two_splits_is_seen_whatever_its_case(release: Path) -> None:
    cue = rows_of(release, "anchors", "train")[0]["cue"]
    set_columns(release, "anchors", cue=cue.upper())
    assert f"cue {cue} is in test and train" in fault_of(splits_apart, release)


def test_a_cluster_in_two_splits_is_seen(release: Path) -> None:
    set_everywhere(release, "pairs", cluster="beach")
    assert "cluster beach is in test and train" in fault_of(splits_apart, release)


def test_a_control_that_was_screened_as_spurious_is_named(release: Path) -> None:
    sample = rows_of(release, "anchors")[0]["sample"]
    set_everywhere(release, "controls", sample=sample)
    assert "was screened as spurious" in fault_of(controls_apart, release)


def test_a_control_with_the_image_of_a_pair_is_named(release: Path) -> None:
    digest = rows_of(release, "pairs")[0]["image_with_sha256"]
    set_everywhere(release, "controls", image_sha256=digest)
    assert "has the image of an anchor or a pair" in fault_of(controls_apart, release)


def test_a_row_of_the_private_split_is_named_in_a_public_release(release: Path) -> None:
    path = data_file(release, "pairs")
    path.rename(path.with_name("private-00000.parquet"))
    assert "is in the split private" in fault_of(private_withheld, release)
