"""How people do is told as it is: rates, agreement, warnings where something stands out and none
where nothing does.
"""

import json

import pytest
from statsmodels.stats.proportion import proportion_confint

from spuriforge.annotation.performance import Performance, Rate, performances, standing
from spuriforge.annotation.pull import Waiting
from spuriforge.pipeline.records import CatchTrial, Exclusion, Judgment
from tests.judged import catch_trial, exclusion, judged

NAMES = ("a", "b", "c")


def rows(
    judgments: list[Judgment],
    catch_trials: list[CatchTrial] | None = None,
    exclusions: list[Exclusion] | None = None,
    **more: object,
) -> dict[str, Performance]:
    """The rows by annotator."""
    people = performances(
        judgments, catch_trials or [], exclusions or [], **{"names": NAMES, "gold_bar": 0.7} | more
    )
    return {row.annotator: row for row in people}


def many(name: str, verdicts: str, **more: object) -> list[Judgment]:
    """A judgment a letter: s is spurious, n is not_spurious, u is unsure, - is skipped."""
    meanings = {"s": "spurious", "n": "not_spurious", "u": "unsure", "-": None}
    return [
        judged(f"s{number:02}", name, meanings[letter], **more)
        for number, letter in enumerate(verdicts)
    ]


@pytest.mark.parametrize(("count", "of"), [(0, 5), (3, 4), (12, 12), (40, 90)])
def test_the_interval_is_wilsons(count: int, of: int) -> None:
    assert Rate(count, of).interval == pytest.approx(proportion_confint(count, of, method="wilson"))


def test_of_nothing_there_is_no_share() -> None:
    assert (Rate().share, Rate().interval) == (None, None)
    row = rows([])["a"]
    assert (row.done, row.skipped, row.left, row.seconds, row.usual_verdict) == (
        0,
        0,
        None,
        None,
        None,
    )
    assert row.warnings == ()


def test_what_was_done_skipped_and_how_long_it_took() -> None:
    judgments = [
        *(
            judged(f"s{number}", "a", "spurious", seconds=seconds)
            for number, seconds in enumerate((2.0, 30.0, 10.0))
        ),
        judged("s3", "a", "spurious", seconds=None),
        judged("s4", "a", None, seconds=500.0),
        judged("s0", "a", "not_spurious", seconds=4.0, at="2"),
    ]
    row = rows(judgments)["a"]
    assert (row.done, row.skipped, row.seconds) == (4, 1, 10.0)
    assert (row.usual_verdict, row.usual) == ("spurious", Rate(3, 4))


def test_the_server_says_what_is_left_and_not_collected() -> None:
    waiting = {"a": Waiting(asked=20, done=6, skipped=1), "b": Waiting(asked=8, done=2, skipped=0)}
    people = rows(many("a", "ss-"), waiting=waiting, removed=("b",))
    assert (people["a"].left, people["a"].uncollected) == (13, 4)
    assert (people["b"].left, people["b"].uncollected, people["b"].removed) == (0, 2, True)
    assert (people["c"].left, people["c"].uncollected) == (0, 0)


def test_agreement_is_with_those_who_count_on_what_nobody_knows() -> None:
    judgments = [*many("a", "ssnnu"), *many("b", "snn-s"), *many("c", "nnnnn")]
    catch_trials = [catch_trial("gold", "bad_question")]
    judgments += [judged("gold", name, "bad_question") for name in NAMES]
    judgments += [judged("s04", "d", "spurious", source="cue-adjudication/3")]
    people = rows(judgments, catch_trials, [exclusion("c")])
    # a and b share s00 to s02; c is measured against both and counts for neither
    assert people["a"].agreement == people["b"].agreement == Rate(2, 3)
    assert people["c"].agreement == Rate(2 + 2, 4 + 4)
    assert people["d"].agreement == Rate()
    assert (people["c"].excluded, people["a"].excluded) == ("careless", None)


def test_gold_and_shams_are_measured_and_warned_of_from_five_on() -> None:
    catch_trials = [catch_trial(f"s{number:02}", "not_spurious", "sham") for number in range(6)]
    assert rows(many("a", "snnnnn"), catch_trials)["a"].shams == Rate(1, 6)
    assert rows(many("a", "snnnnn"), catch_trials)["a"].warnings == ()
    assert rows(many("a", "ssnnnu"), catch_trials)["a"].warnings == (
        "accepts 2 of 6 cues drawn at random",
    )
    assert rows(many("a", "ssss"), catch_trials)["a"].warnings == ()
    gold = [catch_trial(f"s{number:02}", "not_spurious") for number in range(6)]
    assert rows(many("a", "nnnnns"), gold)["a"].warnings == ()
    row = rows(many("a", "nnnsu-"), gold)["a"]
    assert row.gold == Rate(3, 5)
    assert row.warnings == ("gives 3 of 5 known answers right, below the bar of 0.7",)
    assert rows(many("a", "nnnsu-"), gold, gold_bar=0.6)["a"].warnings == ()


def test_who_is_too_fast_is_told_but_no_script() -> None:
    assert rows(many("a", "sn" * 5, seconds=1.23))["a"].warnings == (
        "takes 1.2 s for a task, too fast to look (median of 10)",
    )
    assert rows(many("a", "sn" * 5, seconds=3.0))["a"].warnings == ()
    assert rows(many("a", "sn" * 4, seconds=0.1))["a"].warnings == ()
    assert rows(many("a", "sn" * 5, seconds=0.01, scripted=True))["a"].warnings == ()


def test_who_always_says_the_same_is_told() -> None:
    assert rows(many("a", "s" * 19 + "n"))["a"].warnings == (
        "nearly always says spurious (19 of 20 tasks)",
    )
    assert rows(many("a", "s" * 18 + "nn"))["a"].warnings == ()
    assert rows(many("a", "u" * 20))["a"].warnings == (
        "nearly always says unsure (20 of 20 tasks)",
    )
    assert rows(many("a", "s" * 19 + "-" * 9))["a"].warnings == ()
    # Each project for itself: the verdicts of pairs are others, and few tasks of one kind say
    # nothing.
    pairs = [
        judged(f"p{number}", "a", "good", project="pair", source="pair/1") for number in range(12)
    ]
    both = rows([*many("a", "sn" * 12), *pairs])["a"]
    assert (both.usual, both.warnings) == (Rate(12, 24), ())


def test_agreement_so_far_is_of_those_who_count() -> None:
    judgments = [*many("a", "ssnnsn" * 3), *many("b", "ssnnss" * 3), *many("c", "nnssnn" * 3)]
    summary = standing(judgments, [], [exclusion("c")], "cue", decided=15, waiting=3)
    alone = standing(judgments[:36], [], [], "cue", decided=15, waiting=3)
    assert summary == alone
    assert summary.alpha.value == pytest.approx(0.67, abs=0.02)
    assert standing(judgments, [], [], "cue", decided=15, waiting=3).alpha != summary.alpha


def test_it_is_json() -> None:
    people = performances(many("a", "ssn"), [], [exclusion("a")], names=NAMES, gold_bar=0.7)
    summary = standing(many("a", "ssn"), [], [], "cue", decided=0, waiting=3)
    text = json.dumps([*(row.as_json() for row in people), summary.as_json()])
    assert json.loads(text)[0]["usual"]["share"] == pytest.approx(2 / 3)
    assert json.loads(text)[-1]["alpha"]["value"] is None
