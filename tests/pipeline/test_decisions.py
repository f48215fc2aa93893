"""People's votes become the decisions that they meant.

Majorities, ties, weights and texts; catch trials and excluded annotators decide nothing.
"""

import random

import pytest

from spuriforge.pipeline.agreement import vote
from spuriforge.pipeline.decisions import TIE, counted, decide, excluded, ties
from spuriforge.pipeline.records import CatchTrial, Judgment
from tests.judged import catch_trial, exclusion, judged


def test_the_newest_version_decides() -> None:
    judgments = [judged("s", "a", "spurious", at="2"), judged("s", "a", "not_spurious", at="1")]
    assert decide(judgments, "cue")[0].accepted


def test_majority_wins_with_its_texts() -> None:
    judgments = [
        judged("s", "c", "spurious", cue="oak"),
        judged("s", "a", "spurious", cue="tree"),
        judged("s", "b", "not_spurious", cue="bush"),
    ]
    (decision,) = decide(judgments, "cue")
    assert (decision.verdict, decision.accepted, decision.votes) == ("spurious", True, 3)
    assert decision.agreement == pytest.approx(2 / 3)
    assert decision.cue == "tree"  # the first by name, since both wrote something else
    assert not decision.adjudicated
    assert (
        decision.key == "577dabac363c8f2411f9"
    )  # a workspace has it since before there were rules to choose from


def test_most_common_text_goes_before_the_first_name() -> None:
    judgments = [
        judged("s", name, "spurious", core=core)
        for name, core in (("a", "x"), ("b", "y"), ("c", "y"))
    ]
    assert decide(judgments, "cue")[0].core == "y"


def test_a_tie_is_not_accepted_until_a_third_votes() -> None:
    judgments = [
        judged("s", "a", "spurious"),
        judged("s", "b", "not_spurious"),
        judged("t", "a", "spurious"),
    ]
    first, second = decide(judgments, "cue")
    assert (first.verdict, first.accepted, first.cue) == (TIE, False, None)
    assert second.accepted
    assert [decision.subject for decision in ties([first, second])] == ["s"]
    third = judged("s", "c", "spurious", source="cue-adjudication/7")
    (broken, _) = decide([*judgments, third], "cue")
    assert broken.accepted
    assert broken.adjudicated
    assert broken.key != first.key


def test_abstentions_are_no_votes() -> None:
    judgments = [judged("s", "a", "unsure"), judged("s", "b", None)]
    (decision,) = decide(judgments, "cue")
    assert (decision.verdict, decision.accepted, decision.votes, decision.agreement) == (
        "unsure",
        False,
        0,
        0.0,
    )
    assert decide([*judgments, judged("s", "c", "spurious")], "cue")[0].accepted


def test_a_decision_is_the_same_whenever_and_wherever_it_was_made() -> None:
    first = [
        judged("s", "a", "spurious", at="1", source="cue/1"),
        judged("s", "b", "spurious", at="2", source="cue/2"),
    ]
    again = [
        judged("s", "a", "spurious", at="8", source="cue/7"),
        judged("s", "b", "spurious", at="9", source="cue/9"),
    ]
    other = [judged("s", "a", "spurious"), judged("s", "b", "unsure")]
    assert decide(first, "cue") == decide(again, "cue")
    assert decide(other, "cue")[0].key != decide(first, "cue")[0].key


# --- who counts -----------------------------------------------------------------------------------


def test_an_excluded_persons_judgments_count_nowhere_until_they_are_taken_in_again() -> None:
    judgments = [
        judged("s", "a", "spurious"),
        judged("s", "b", "not_spurious"),
        judged("t", "b", "spurious"),
    ]
    out = [exclusion("b", at="2")]
    assert [row.annotator for row in counted(judgments, out)] == ["a"]
    assert [row.subject for row in decide(counted(judgments, out), "cue")] == ["s"]
    assert decide(counted(judgments, out), "cue")[0].accepted
    back = [*out, exclusion("b", excluded=False, at="3")]
    assert excluded(back) == {}
    assert counted(judgments, back) == judgments
    assert set(excluded([*back, exclusion("b", at="4")])) == {"b"}


@pytest.mark.parametrize("votes", ["majority", "weighted"])
def test_nothing_is_decided_on_a_catch_trial(votes: str) -> None:
    judgments = [
        judged(subject, name, "spurious") for subject in ("s", "gold") for name in ("a", "b")
    ]
    assert [
        decision.subject
        for decision in decide(judgments, "cue", [catch_trial("gold", "bad_question")], votes=votes)
    ] == ["s"]
    # A catch trial of the other project is none here.
    assert (
        len(
            decide(
                judgments, "cue", [catch_trial("gold", "cue_wrong", project="pair")], votes=votes
            )
        )
        == 2
    )


# --- weighted -------------------------------------------------------------------------------------

VERDICTS = ("spurious", "not_spurious", "bad_question")


def crowd(
    accuracy: dict[str, float], subjects: int, *, gold: int = 0, seed: int = 0
) -> tuple[list[Judgment], list[CatchTrial], dict[str, str]]:
    """Judgments by people who are right as often as given, the catch trials, and the truth."""
    rng = random.Random(seed)
    truth = {f"s{index:04}": rng.choice(VERDICTS[:2]) for index in range(subjects)}
    known = {f"g{index:04}": "bad_question" for index in range(gold)}
    judgments = [
        judged(
            subject,
            name,
            true
            if rng.random() < right
            else rng.choice([verdict for verdict in VERDICTS if verdict != true]),
        )
        for subject, true in (truth | known).items()
        for name, right in accuracy.items()
    ]
    return judgments, [catch_trial(subject, verdict) for subject, verdict in known.items()], truth


def test_a_reliable_person_outweighs_two_careless_ones() -> None:
    judgments, catch_trials, truth = crowd({"a": 0.97, "b": 0.45, "c": 0.4}, 80, gold=12)
    right = {
        rule: sum(
            decision.verdict == truth[decision.subject]
            for decision in decide(judgments, "cue", catch_trials, votes=rule)
        )
        for rule in ("majority", "weighted")
    }
    assert right["weighted"] > right["majority"] + 8, right


def test_equally_reliable_people_who_differ_are_tied_and_a_third_settles_it() -> None:
    other = {"spurious": "not_spurious", "not_spurious": "spurious"}
    truth = {f"s{index:02}": VERDICTS[index % 2] for index in range(40)}
    wrong = {"a": ("s00", "s01"), "b": ("s02", "s03")}
    judgments = [
        judged(subject, name, other[true] if subject in errors else true)
        for subject, true in truth.items()
        for name, errors in wrong.items()
    ]
    decided = decide(judgments, "cue", votes="weighted")
    assert {decision.subject for decision in ties(decided)} == {"s00", "s01", "s02", "s03"}
    third = judged("s00", "c", "spurious", source="cue-adjudication/7")
    again = {
        decision.subject: decision
        for decision in decide([*judgments, third], "cue", votes="weighted")
    }
    assert (again["s00"].verdict, again["s00"].adjudicated, again["s01"].verdict) == (
        "spurious",
        True,
        TIE,
    )


def test_what_everybody_says_stands_whatever_the_weights() -> None:
    judgments, catch_trials, _ = crowd({"a": 0.3, "b": 0.3}, 30, gold=10)
    for decision in decide(judgments, "cue", catch_trials, votes="weighted"):
        verdicts = {
            vote(judgment) for judgment in judgments if judgment.subject == decision.subject
        }
        assert len(verdicts) > 1 or {decision.verdict} == verdicts


def test_weights_of_too_little_are_no_reason_to_fail() -> None:
    assert decide([], "cue", votes="weighted") == []
    alone = [judged("s", "a", "spurious"), judged("t", "a", None)]
    assert [decision.verdict for decision in decide(alone, "cue", votes="weighted")] == [
        "spurious",
        "unsure",
    ]
    differ = [judged("s", "a", "spurious"), judged("s", "b", "not_spurious")]
    assert decide(differ, "cue", votes="weighted")[0].verdict == TIE
    # A right answer that nobody ever gave is a verdict all the same.
    known = [judged("g", name, "spurious") for name in ("a", "b")]
    assert (
        decide([*differ, *known], "cue", [catch_trial("g", "bad_question")], votes="weighted")[
            0
        ].verdict
        == TIE
    )


def test_a_weighted_decision_is_another_than_the_majoritys() -> None:
    judgments, catch_trials, _ = crowd({"a": 0.9, "b": 0.9, "c": 0.9}, 20, gold=5)
    weighted, again = (decide(judgments, "cue", catch_trials, votes="weighted") for _ in range(2))
    assert weighted == again
    assert {decision.key for decision in weighted}.isdisjoint(
        decision.key for decision in decide(judgments, "cue", catch_trials)
    )
