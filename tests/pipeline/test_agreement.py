"""Alpha equals the `krippendorff` package's; majorities, ties and edited texts come out as people meant them."""

import random

import krippendorff
import numpy as np
import pytest

from pipeline.agreement import TIE, agreement, decide, krippendorff_alpha, latest, ties
from pipeline.records import Judgment, key_of


def judged(
    subject: str, annotator: str, verdict: str | None, *, at: str = "1", source: str = "cue/1", **texts: str
) -> Judgment:
    """One version of one judgment; no verdict is a skip."""
    fields = dict.fromkeys(("cue", "core", "description_with", "description_without")) | texts
    return Judgment(
        key=key_of("cue", subject, annotator, source, at), project="cue", subject=subject, annotator=annotator,
        verdict=verdict, skipped=verdict is None, box=None, scripted=False, seconds=1.0, source=source, updated_at=at,
        **fields,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_alpha_equals_the_package(seed: int) -> None:
    rng = random.Random(seed)
    values = ["spurious", "not_spurious", "bad_image"][: 2 + seed % 2]
    ratings = [[rng.choice([*values, None]) for _ in range(25)] for _ in range(2 + seed % 3)]
    # votes of one subject alone have no pair; the package wants missing values as nan
    coded = np.array([[np.nan if one is None else values.index(one) for one in row] for row in ratings])
    expected = krippendorff.alpha(coded, level_of_measurement="nominal")
    assert krippendorff_alpha(ratings) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("ratings", [[], [["a"]], [["a", None], [None, "a"]], [["a", "a"], ["a", "a"]]])
def test_alpha_says_nothing_of_too_little(ratings: list[list[str | None]]) -> None:
    assert krippendorff_alpha(ratings) is None


def test_interval_holds_the_value_and_abstentions_are_counted() -> None:
    rng = random.Random(1)
    judgments = []
    for index in range(60):
        said = rng.choice(["spurious", "not_spurious"])
        judgments.append(judged(f"s{index}", "a", said))
        judgments.append(judged(f"s{index}", "b", said if rng.random() < 0.8 else "bad_image"))
    judgments += [judged("s1", "c", None), judged("s2", "c", "unsure")]
    alpha = agreement(judgments, "cue")
    assert alpha.low < alpha.value < alpha.high
    assert (alpha.subjects, alpha.votes, alpha.abstentions) == (60, 120, 2)
    assert agreement(judgments, "cue") == alpha
    assert agreement(judgments, "pair").value is None


def test_only_the_newest_version_counts() -> None:
    judgments = [judged("s", "a", "spurious", at="2"), judged("s", "a", "not_spurious", at="1")]
    assert [one.verdict for one in latest(judgments)] == ["spurious"]
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


def test_most_common_text_goes_before_the_first_name() -> None:
    judgments = [judged("s", name, "spurious", core=core) for name, core in (("a", "x"), ("b", "y"), ("c", "y"))]
    assert decide(judgments, "cue")[0].core == "y"


def test_a_tie_is_not_accepted_until_a_third_votes() -> None:
    judgments = [judged("s", "a", "spurious"), judged("s", "b", "not_spurious"), judged("t", "a", "spurious")]
    first, second = decide(judgments, "cue")
    assert (first.verdict, first.accepted, first.cue) == (TIE, False, None)
    assert second.accepted
    assert [one.subject for one in ties([first, second])] == ["s"]
    third = judged("s", "c", "spurious", source="cue-adjudication/7")
    (broken, _) = decide([*judgments, third], "cue")
    assert broken.accepted
    assert broken.adjudicated
    assert broken.key != first.key


def test_abstentions_are_no_votes() -> None:
    judgments = [judged("s", "a", "unsure"), judged("s", "b", None)]
    (decision,) = decide(judgments, "cue")
    assert (decision.verdict, decision.accepted, decision.votes, decision.agreement) == ("unsure", False, 0, 0.0)
    assert decide([*judgments, judged("s", "c", "spurious")], "cue")[0].accepted


def test_a_decision_is_the_same_whenever_and_wherever_it_was_made() -> None:
    first = [judged("s", "a", "spurious", at="1", source="cue/1"), judged("s", "b", "spurious", at="2", source="cue/2")]
    again = [judged("s", "a", "spurious", at="8", source="cue/7"), judged("s", "b", "spurious", at="9", source="cue/9")]
    other = [judged("s", "a", "spurious"), judged("s", "b", "unsure")]
    assert decide(first, "cue") == decide(again, "cue")
    assert decide(other, "cue")[0].key != decide(first, "cue")[0].key
