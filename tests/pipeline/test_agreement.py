"""Alpha equals the `krippendorff` package's, and its interval is an honest one."""

import random
from collections.abc import Sequence

import krippendorff
import numpy as np
import pytest

from spuriforge.pipeline.agreement import agreement, latest
from spuriforge.pipeline.records import Judgment
from tests.judged import catch_trial, judged


def alpha_of(ratings: Sequence[Sequence[str | None]]) -> float | None:
    """Alpha of ratings (annotators, subjects); None is no rating."""
    judgments = [
        judged(f"s{subject}", f"person-{person}", verdict)
        for person, row in enumerate(ratings)
        for subject, verdict in enumerate(row)
        if verdict is not None
    ]
    return agreement(judgments, "cue", resamples=0).value


def by_package(ratings: Sequence[Sequence[str | None]]) -> float:
    """The package's alpha; it wants values as numbers and missing ones as nan."""
    values = sorted({value for row in ratings for value in row if value is not None})
    coded = np.array(
        [[np.nan if value is None else values.index(value) for value in row] for row in ratings]
    )
    return float(krippendorff.alpha(coded, level_of_measurement="nominal"))


@pytest.mark.parametrize("seed", range(60))
def test_alpha_equals_the_package(seed: int) -> None:
    rng = random.Random(seed)
    people, subjects, verdicts = rng.randint(2, 6), rng.randint(8, 80), rng.randint(2, 5)
    truth = [rng.randrange(verdicts) for _ in range(subjects)]
    missing, wrong = rng.uniform(0, 0.8), rng.uniform(0, 1)
    ratings = [
        [
            None
            if rng.random() < missing
            else str(rng.randrange(verdicts) if rng.random() < wrong else value)
            for value in truth
        ]
        for _ in range(people)
    ]
    # Two subjects rated twice, of two verdicts: below that there is nothing to compare.
    ratings[0][:2], ratings[1][:2] = ["0", "1"], ["0", "1"]
    assert alpha_of(ratings) == pytest.approx(by_package(ratings), abs=1e-9)


def test_alpha_of_krippendorffs_own_example() -> None:
    rows = (
        "* * * * * 3 4 1 2 1 1 3 3 * 3",
        "1 * 2 1 3 3 4 3 * * * * * * *",
        "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
    )
    ratings = [[None if value == "*" else value for value in row.split()] for row in rows]
    assert alpha_of(ratings) == pytest.approx(0.691, abs=0.0005)


@pytest.mark.parametrize(
    "ratings", [[], [["a"]], [["a", None], [None, "a"]], [["a", "a"], ["a", "a"]]]
)
def test_alpha_says_nothing_of_too_little(ratings: list[list[str | None]]) -> None:
    assert alpha_of(ratings) is None


def two_people(seed: int, subjects: int, error: float) -> list[Judgment]:
    """Both see the truth, and err independently."""
    rng = random.Random(seed)
    judgments = []
    for index in range(subjects):
        true = rng.choice(["spurious", "not_spurious"])
        other = "spurious" if true == "not_spurious" else "not_spurious"
        for name in ("a", "b"):
            judgments.append(judged(f"s{index}", name, other if rng.random() < error else true))
    return judgments


def test_interval_holds_the_true_alpha_as_often_as_it_says() -> None:
    # Two who err in 10 of 100 disagree on 18 of 100 subjects, by chance on 50: alpha is 1 - 18/50.
    alphas = [
        agreement(two_people(seed, 60, 0.1), "cue", resamples=120, seed=seed)
        for seed in range(1, 81)
    ]
    held = sum(alpha.low <= 0.64 <= alpha.high for alpha in alphas)  # type: ignore[operator]
    # A bootstrap of 60 subjects holds a little less often than 95 %; 68 of 80 is far below what
    # chance explains.
    assert 69 <= held <= 80


def test_interval_narrows_with_more_subjects() -> None:
    few, many = (agreement(two_people(1, size, 0.1), "cue", resamples=300) for size in (30, 480))
    assert few.high - few.low > 2 * (many.high - many.low)  # type: ignore[operator]


def test_abstentions_are_counted_and_no_votes() -> None:
    judgments = two_people(1, 60, 0.2)
    alpha = agreement(judgments, "cue")
    assert alpha.low < alpha.value < alpha.high
    more = agreement([*judgments, judged("s1", "c", None), judged("s2", "c", "unsure")], "cue")
    assert (more.value, more.low, more.high) == (alpha.value, alpha.low, alpha.high)
    assert (more.subjects, more.votes, more.abstentions) == (60, 120, 2)
    assert agreement(judgments, "pair").value is None


def test_controls_and_adjudicators_do_not_flatter_it() -> None:
    judgments = two_people(1, 60, 0.2)
    alpha = agreement(judgments, "cue")
    known = [
        judged(f"c{index}", name, "not_spurious") for index in range(20) for name in ("a", "b")
    ]
    adjudicated = [judged("s3", "c", "spurious", source="cue-adjudication/7")]
    catch_trials = [catch_trial(f"c{index}", "not_spurious") for index in range(20)]
    assert agreement([*judgments, *known, *adjudicated], "cue", catch_trials) == alpha
    assert agreement([*judgments, *known], "cue") != alpha


def test_only_the_newest_version_counts() -> None:
    judgments = [judged("s", "a", "spurious", at="2"), judged("s", "a", "not_spurious", at="1")]
    assert [judgment.verdict for judgment in latest(judgments)] == ["spurious"]
