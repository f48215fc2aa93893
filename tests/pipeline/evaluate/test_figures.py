"""A model's figures: means over types of means over their pairs, counted by hand."""

import pytest

from spuriforge.pipeline.evaluate import figures
from spuriforge.pipeline.evaluate.answers import Grade
from spuriforge.pipeline.evaluate.figures import Figure, summarize
from spuriforge.pipeline.evaluate.intervals import Estimate
from spuriforge.pipeline.release.questions import Config, Place, PublishedType, Question

RIGHT, LINKED, OTHER = 0, 1, 2


def _grade(
    kind: str | None, row: str, arm: str, *chosen: int | None, linked: int | None = LINKED
) -> Grade:
    """The choices in one image: of a type, or of a control where there is none."""
    config: Config = "pairs"
    if arm in ("anchor", "control"):
        config = "anchors" if arm == "anchor" else "controls"
    published = kind and PublishedType(kind, "Which?", "umbrella", "dog", "cat", ("m@1",))
    question = Question(
        id=row,
        config=config,
        arm=arm,
        split="test",
        question="Which?",
        choices=("cat", "dog", "cow"),
        answer=RIGHT,
        linked=linked,
        image=f"{row}-{arm}",
        place=Place("pairs/test.parquet", 0, 0, "image"),
        type=published or None,
        sample=None,
        prompt=None,
        cues=None,
    )
    return Grade(question, chosen)


def _pair(kind: str, row: str, with_cue: int | None, without: int | None) -> list[Grade]:
    return [_grade(kind, row, "with", with_cue), _grade(kind, row, "without", without)]


def test_a_type_with_many_pairs_counts_no_more_than_one_with_few() -> None:
    grades = _pair("a", "a0", RIGHT, RIGHT)
    for number in range(3):
        grades += _pair("b", f"b{number}", LINKED, RIGHT)
    summary = summarize(grades)
    assert summary["with_cue"].value == pytest.approx(0.5)
    assert (summary["with_cue"].groups, summary["with_cue"].n) == (2, 4)
    assert summary["gap"].value == pytest.approx(0.5)
    assert figures.accuracy(grades) == {"with": 0.25, "without": 1.0}


def test_only_the_option_of_the_cue_counts_as_bias() -> None:
    grades = [
        *_pair("a", "a0", LINKED, RIGHT),
        *_pair("a", "a1", OTHER, LINKED),
        *_pair("a", "a2", LINKED, RIGHT),
        *_pair("a", "a3", None, RIGHT),
    ]
    values = {name: figure.value for name, figure in summarize(grades).items()}
    assert (values["bias_with"], values["bias_without"], values["bias_lift"]) == (0.5, 0.25, 0.25)
    assert (values["with_cue"], values["without_cue"]) == (0.0, 0.75)


def test_rotations_count_by_their_share_and_are_consistent_one_by_one() -> None:
    grades = [
        _grade("a", "a0", "with", RIGHT, LINKED),
        _grade("a", "a0", "without", OTHER, RIGHT),
    ]
    values = figures.by_type(grades)["a"]
    assert (values["with_cue"], values["without_cue"], values["consistent"]) == ([0.5], [0.5], [0])


def test_the_placebo_gap_is_paired_with_the_arm_without_the_cue() -> None:
    grades = [*_pair("a", "a0", LINKED, RIGHT), _grade("a", "a0", "placebo", OTHER)]
    grades += _pair("a", "a1", RIGHT, RIGHT)
    assert figures.by_type(grades)["a"]["placebo_gap"] == [1.0]


def test_a_pair_with_a_failed_arm_has_no_values() -> None:
    assert summarize([_grade("a", "a0", "with", RIGHT)]) == {}
    assert "gap" not in summarize([_grade("a", "a0", "anchor", RIGHT)])


def test_a_pair_whose_cue_points_to_no_option_has_no_bias_rate() -> None:
    grades = [
        _grade("a", "a0", "with", OTHER, linked=None),
        _grade("a", "a0", "without", RIGHT, linked=None),
    ]
    assert summarize(grades).keys() == {
        "with_cue",
        "without_cue",
        "gap",
        "consistent",
        "worst_types",
    }


def test_controls_anchors_and_blind_questions_are_figures_of_their_own() -> None:
    grades = [
        _grade("a", "a0", "anchor", LINKED),
        _grade(None, "c0", "control", RIGHT, linked=None),
        _grade(None, "c1", "control", OTHER, linked=None),
    ]
    summary = summarize(grades, [_grade("a", "a0", "anchor", RIGHT)])
    assert {name: figure.value for name, figure in summary.items()} == {
        "anchors": 0.0,
        "controls": 0.5,
        "blind": 1.0,
    }
    assert (summary["controls"].groups, summary["controls"].n) == (2, 2)


def test_the_worst_types_are_a_tenth_of_them() -> None:
    grades = [
        grade
        for number in range(10)
        for grade in _pair(f"t{number}", f"p{number}", LINKED if number == 7 else RIGHT, RIGHT)
    ]
    summary = summarize(grades)
    assert summary["worst_types"].value == 0.0
    assert summary["with_cue"].value == pytest.approx(0.9)


def test_values_are_sorted_by_type_and_averaged_within_it() -> None:
    grades = [*_pair("b", "b0", LINKED, RIGHT), *_pair("a", "a0", RIGHT, RIGHT)]
    grades += _pair("b", "b1", RIGHT, RIGHT)
    values = figures.by_type(grades)
    assert list(values) == ["a", "b"]
    assert figures.means(values)["with_cue"] == {"a": 1.0, "b": 0.5}


def test_answers_that_name_no_option_are_counted_over_all_rotations() -> None:
    grades = [_grade("a", "a0", "with", None, RIGHT), _grade("a", "a0", "without", RIGHT, RIGHT)]
    assert figures.unparsed(grades) == 0.25
    assert figures.unparsed([]) == 0.0


def test_an_interval_that_nobody_knows_is_none() -> None:
    unknown = Figure.of(Estimate(0.5, float("nan"), float("nan")), 1, 4)
    assert (unknown.low, unknown.high, unknown.n) == (None, None, 4)
    known = Figure.of(Estimate(0.5, 0.2, 0.8), 3, 9)
    assert (known.low, known.high, known.groups) == (0.2, 0.8, 3)


def test_differences_are_among_the_figures() -> None:
    assert set(figures.DIFFERENCES) < set(figures.FIGURES)
