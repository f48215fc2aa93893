"""All checks together: a sound release passes, and a release that fails one is refused."""

from pathlib import Path

import pytest

from spuriforge.pipeline.release import BuiltRelease, ReleaseError, checks
from tests.pipeline.release.checks.corruption import data_file, set_columns


def test_a_sound_release_passes_every_check_and_each_says_what_it_saw(built: BuiltRelease) -> None:
    results = checks.require(built.folder)
    assert [check.name for check in results if not check.passed] == []
    assert all(not check.remedy for check in results)
    explanations = {check.name: check.explanation for check in results}
    assert explanations["images_decode"] == "54 images decode and match their hashes"


@pytest.mark.usefixtures("quick_builds")
def test_a_failed_check_says_what_it_saw_and_what_to_do(release: Path) -> None:
    set_columns(release, "anchors", license=None)
    with pytest.raises(ReleaseError) as refused:
        checks.require(release)
    summary, *lines = str(refused.value).splitlines()
    assert summary == "The release fails 2 of 18 checks and was not written:"
    assert [line.split(":")[0].strip() for line in lines] == ["counts_agree", "licences_present"]
    assert "has no license. To do: set license and attribution" in lines[1]


def test_every_check_has_a_name_of_its_own_and_a_remedy() -> None:
    names = [check.__name__ for check, _ in checks.CHECKS]
    assert len(set(names)) == len(names)
    assert all(remedy for _, remedy in checks.CHECKS)


def test_a_damaged_data_file_is_a_failure_and_no_crash(release: Path) -> None:
    data_file(release, "pairs").write_bytes(b"broken")
    with pytest.raises(ReleaseError, match="cannot be read"):
        checks.require(release)
