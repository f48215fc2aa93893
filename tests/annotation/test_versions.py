"""What is a new version of a judgment, and what says again what is known."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from spuriforge.annotation.versions import Versions, moment
from spuriforge.pipeline.records import Judgment

ONE = Judgment(
    key="k",
    project="cue",
    subject="s",
    annotator="ann",
    verdict="spurious",
    skipped=False,
    cue="oak",
    core=None,
    description_with=None,
    description_without=None,
    box=(0.0, 0.0, 0.5, 1.0),
    scripted=False,
    seconds=4.5,
    source="cue/9",
    updated_at="2026-01-01T00:00:00.000000Z",
)
#: The same under another number, at a later time.
AGAIN = replace(ONE, key="again", source="cue/12", updated_at="2026-01-02T00:00:00.000000Z")


@pytest.mark.parametrize(
    "at",
    ["2026-01-01T00:00:00Z", "2026-01-01T02:00:00.000+02:00", datetime(2026, 1, 1, tzinfo=UTC)],
)
def test_times_are_written_alike_so_that_they_sort(at: str | datetime) -> None:
    assert moment(at) == "2026-01-01T00:00:00.000000Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        moment("2026-01-01T00:00:00")


def test_what_is_known_is_not_new_and_what_is_new_is_known_then() -> None:
    versions = Versions([ONE])
    assert versions.new(ONE) is None
    later = replace(ONE, key="later", verdict="unsure")
    assert versions.new(later) == later
    assert versions.new(later) is None


def test_the_same_words_and_seconds_under_another_number_are_no_version() -> None:
    assert Versions([ONE]).repeated(AGAIN) == ONE
    assert Versions([ONE]).new(AGAIN) is None
    assert Versions([replace(ONE, seconds=None)]).new(replace(AGAIN, seconds=None)) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(AGAIN, seconds=4.6),
        replace(AGAIN, cue="elm"),
        replace(AGAIN, annotator="bob"),
        replace(AGAIN, subject="t"),
    ],
)
def test_all_else_is_a_version_of_its_own(other: Judgment) -> None:
    assert Versions([ONE]).new(other) == other


def test_a_number_given_again_is_no_version_either_unless_something_was_said_in_between() -> None:
    again = replace(AGAIN, source="cue/9")
    between = replace(ONE, key="b", verdict="unsure", updated_at="2026-01-01T12:00:00.000000Z")
    assert Versions([ONE]).new(again) is None
    assert Versions([ONE, between]).new(again) == again
    assert Versions([ONE, between]).new(AGAIN) is None


def test_who_comes_back_to_their_first_opinion_is_heard_where_no_seconds_are_counted() -> None:
    first, between = (
        replace(ONE, seconds=None),
        replace(AGAIN, key="b", verdict="unsure", seconds=None),
    )
    third = replace(
        AGAIN, key="third", source="cue/13", updated_at="2026-01-03T00:00:00.000000Z", seconds=None
    )
    assert Versions([first, between]).new(third) == third


def test_another_answer_under_the_same_key_gets_a_key_of_its_own_once() -> None:
    versions, other = Versions([ONE]), replace(ONE, verdict="unsure")
    assert versions.clashes(other)
    kept = versions.new(other)
    assert kept is not None
    assert kept.key != ONE.key
    assert versions.new(other) is None
    assert Versions([ONE, kept]).new(other) is None
