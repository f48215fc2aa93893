"""Version numbers: parsing, the next number, and the newest version."""

import pytest

from spuriforge.pipeline.release.versions.version import Bump, newest, next_version, parse


@pytest.mark.parametrize(
    ("last", "bump", "asked", "then"),
    [
        (None, "patch", None, "1.0.0"),
        ("1.2.3", "patch", None, "1.2.4"),
        ("1.2.3", "minor", None, "1.3.0"),
        ("1.2.3", "major", None, "2.0.0"),
        ("1.2.3", "patch", "major", "2.0.0"),
        ("1.2.3", "minor", "minor", "1.3.0"),
    ],
)
def test_versions_count_on_and_can_be_asked_higher(
    last: str | None, bump: Bump, asked: Bump | None, then: str
) -> None:
    assert next_version(last, bump, asked) == then


def test_less_than_the_changes_make_it_is_refused() -> None:
    with pytest.raises(
        ValueError,
        match=r"A patch version was asked for, but the changes since 1\.2\.3 make it major",
    ):
        next_version("1.2.3", "major", "patch")


def test_only_three_numbers_are_a_version() -> None:
    assert parse("1.10.2") == (1, 10, 2)
    assert [
        parse(text) for text in ("1.0", "v1.0.0", "1.0.0-rc1", "latest", "../1.0.0", "1.0.²")
    ] == [None] * 6


def test_versions_are_numbers_and_yanked_ones_do_not_count() -> None:
    assert newest(["1.9.0", "1.10.0", "draft", "yanked"], ()) == "1.10.0"
    assert newest(["1.9.0", "1.10.0"], {"1.10.0"}) == "1.9.0"
    assert newest(["1.9.0"], {"1.9.0"}) is None
