"""Evaluating in memory: a model's figures on a tiny release, and the calls that failed."""

from pathlib import Path

import pytest

from spuriforge.pipeline.evaluate import evaluate
from tests.pipeline.evaluate.tiny import Shortcut, Sound, write_release


def test_a_model_that_takes_the_shortcut_is_wrong_with_the_cue_alone(tmp_path: Path) -> None:
    found = evaluate(write_release(tmp_path), Shortcut(), rotations=3, blind=True)
    values = {name: figure.value for name, figure in found.figures.items()}
    assert values == pytest.approx(
        {
            "with_cue": 0.0,
            "without_cue": 1.0,
            "gap": 1.0,
            "placebo_gap": 0.0,
            "consistent": 0.0,
            "worst_types": 0.0,
            "bias_with": 1.0,
            "bias_without": 0.0,
            "bias_lift": 1.0,
            "anchors": 0.0,
            "controls": 1.0,
            "blind": 1 / 3,
        }
    )
    assert found.accuracy == {
        "anchor": 0.0,
        "with": 0.0,
        "without": 1.0,
        "placebo": 1.0,
        "control": 1.0,
    }
    assert (found.failed, found.unparsed) == (0, 0.0)
    assert (found.figures["gap"].groups, found.figures["gap"].n) == (3, 6)
    assert (found.figures["controls"].groups, found.figures["controls"].n) == (2, 2)


def test_a_sound_model_has_no_gap_and_an_honest_interval(tmp_path: Path) -> None:
    gap = evaluate(write_release(tmp_path), Sound()).figures["gap"]
    assert gap.value == 0.0
    assert gap.low is not None
    assert gap.high is not None
    assert gap.low < 0 < gap.high


def test_what_a_release_does_not_have_is_no_figure(tmp_path: Path) -> None:
    found = evaluate(write_release(tmp_path, controls=0, placebo=False), Shortcut())
    assert not {"controls", "placebo_gap", "blind"} & found.figures.keys()
    assert "gap" in found.figures


def test_one_type_gives_a_value_and_no_interval(tmp_path: Path) -> None:
    gap = evaluate(write_release(tmp_path), Shortcut(), limit_types=1, configs=["pairs"]).figures[
        "gap"
    ]
    assert (gap.value, gap.low, gap.high, gap.groups, gap.n) == (1.0, None, None, 1, 2)


def test_an_answer_that_names_no_option_is_wrong_and_not_linked(tmp_path: Path) -> None:
    found = evaluate(write_release(tmp_path), Shortcut(mumbles_on="picture 1"), configs=["pairs"])
    assert found.unparsed == pytest.approx(1 / 3)
    assert found.figures["without_cue"].value == pytest.approx(2 / 3)
    assert found.figures["bias_with"].value == pytest.approx(2 / 3)


def test_a_call_that_failed_is_counted_and_its_question_left_out(tmp_path: Path) -> None:
    found = evaluate(write_release(tmp_path), Shortcut(fails_on="picture 1"), configs=["pairs"])
    assert found.failed == 6
    assert found.figures["gap"].groups == 2
    assert len(found.grades) == 12
