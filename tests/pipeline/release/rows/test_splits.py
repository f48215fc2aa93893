"""Splits by cue cluster."""

import pytest

from spuriforge.pipeline.release.rows.splits import PRIVATE, SPLITS, assign, split_of


def test_splits_are_about_seventy_ten_twenty_and_a_share_is_withheld() -> None:
    names = {str(number): f"cue {number}" for number in range(4000)}
    found = list(assign(names).values())
    assert [found.count(split) / 4000 for split in SPLITS] == pytest.approx(
        [0.7, 0.1, 0.2], abs=0.03
    )
    withheld = assign(names, 0.25)
    assert list(withheld.values()).count(PRIVATE) / 4000 == pytest.approx(0.25, abs=0.03)
    assert all(withheld[name] in (split, PRIVATE) for name, split in assign(names).items())


def test_a_split_is_what_it_was_in_earlier_releases() -> None:
    assert [split_of(f"cue:{cue}") for cue in ("umbrella", "gem", "forest")] == [
        "train",
        "validation",
        "test",
    ]
