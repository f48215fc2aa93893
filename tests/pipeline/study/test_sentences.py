"""The sentences of a study say what its figures say."""

from pathlib import Path

import pytest

from spuriforge.pipeline.finetune import CONDITIONS
from spuriforge.pipeline.study import sentences
from spuriforge.pipeline.study.report import Report
from spuriforge.pipeline.study.results import Spread
from tests.pipeline.study.made_runs import made, report, run


def text_of(study: Report) -> str:
    return "\n".join(
        [
            sentences.headline(study),
            *sentences.findings(study),
            *sentences.costs(study),
            *sentences.not_shown(study),
        ]
    )


def test_every_condition_has_its_meaning_in_words() -> None:
    assert set(sentences.MEANINGS) == set(CONDITIONS)


def test_what_was_reached_and_beyond_what(release: Path) -> None:
    text = text_of(report(release))
    assert "by the condition pairs, subject goes from 10 to 82 % right" in text
    assert (
        "pairs gives, in points, +32.3 beyond non-spurious (+26.1 to +38.6; p = 0.125), +44.7 "
        "beyond without" in text
    )
    assert "The interval excludes zero against non-spurious and without." in text
    assert "exact sign flips over 3 seeds, which give none under 0.125" in text
    assert "As many steps on clean questions alone gave 55 % of the whole gain" in text
    assert "from 90 to 91 %, +1.0 points" in text
    assert (
        "80 % on held-out types with the cue: reached and controls down by no more than a point: "
        "kept." in text
    )
    assert "50 % with none, 62 % with 2, 82 % with all" in text
    assert (
        "It fails most on the held-out types umbrella, “What colour is the main object?” 72 %."
        in text
    )


def test_a_gain_that_is_none_is_not_called_one(release: Path) -> None:
    runs = [run for run in made(best=0.45, matched=0.5) if run.condition != "pairs"]
    runs += [
        run("pairs", seed, value, controls=0.8) for seed, value in ((1, 0.3), (2, 0.55), (3, 0.4))
    ]
    text = text_of(report(release, runs))
    assert "The interval excludes zero" not in text
    assert "No interval excludes zero." in text
    assert "this study shows no gain from counterfactuals" in text
    assert (
        "not reached and controls down by no more than a point: not kept (10.0 points lost)" in text
    )
    same = [run("without", seed, 0.7 + more) for seed, more in ((1, 0.0), (2, 0.02), (3, 0.05))]
    equal = text_of(
        report(release, [run for run in made(best=0.8) if run.condition != "without"] + same)
    )
    assert (
        "against non-spurious, not against without; against without there is none, as every seed "
        "gave" in equal
    )
    alone = text_of(report(release, [run for run in made() if run.seed == 1]))
    assert "One seed tells no spread, so there is no interval" in alone
    assert "(" not in alone.split("gives, in points,")[1].split(".\n")[0]


def test_the_costs_and_the_limits_are_those_of_this_study(release: Path) -> None:
    study = report(release, measured=True)
    text = text_of(study)
    assert "12 trainings took 6 minutes and 192 images, 15 evaluations 1.5 minutes" in text
    assert "The types were picked by this model's own gap" in text
    assert "nothing for the control group placebo" in text
    assert "no more types to train on than 16" in text
    assert "proving ground" not in text
    study.opened.release.manifest["recipe"] = {
        "benchmarks": [{"kind": "proving-ground"}],
        "annotate": {"by": "scripted"},
    }
    text = text_of(study)
    assert "This is the proving ground" in text
    assert "scripted" in text


def test_shares_and_differences_in_words() -> None:
    spread = Spread(0.823, 0.7, 0.95, 3)
    assert (sentences.percent(spread), sentences.ends(spread)) == ("82", "70 to 95")
    assert sentences.points(Spread(-0.0123, None, None, 3)) == f"{sentences.MINUS}1.2"
    assert sentences.ends(Spread(0.1, -0.05, 0.25, 3), difference=True) == (
        f"{sentences.MINUS}5.0 to +25.0"
    )
    assert sentences.percent(None) == sentences.points(None) == sentences.ends(None) == ""
    assert sentences.ends(Spread(0.5, None, None, 1)) == ""


@pytest.mark.parametrize("value", [0.0, -0.0, -0.0004])
def test_a_difference_that_rounds_to_nothing_has_no_minus(value: float) -> None:
    assert sentences.signed(value) == "+0.0"
