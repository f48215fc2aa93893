"""Rotations, persistence by option text, blind answers, and keys that never mix."""

from collections.abc import Callable
from typing import Any

from spuriforge.pipeline.mine import (
    answer,
    current_predictions,
    erring,
    mined_with,
    persistent_errors,
    plan,
)
from spuriforge.pipeline.recipe import Mine
from spuriforge.pipeline.records import Prediction, Sample


def _asked(samples: list[Sample], lvlm: Any, blank: Any, blind: bool = False) -> list[Prediction]:
    return answer(plan(samples, lvlm.id, lvlm.prompt, 4, blind), lvlm, blank)


def test_every_rotation_shows_the_options_in_another_order(
    make_sample: Any, rule_lvlm: Any, blank: Any
) -> None:
    lvlm = rule_lvlm(lambda query: 0)
    predictions = _asked([make_sample(1)], lvlm, blank)
    assert sorted(query.choices[0] for query in lvlm.asked) == ["boat", "car", "fish", "house"]
    assert sorted(prediction.chosen for prediction in predictions) == [0, 1, 2, 3]


def test_an_error_is_persistent_when_the_same_text_wins(
    make_sample: Any, rule_lvlm: Any, blank: Any
) -> None:
    samples = [make_sample(1)]
    wrong = _asked(samples, rule_lvlm(lambda query: query.choices.index("boat")), blank)
    (error,) = persistent_errors(samples, wrong, Mine())
    assert (samples[0].choices[error.chosen], error.share, error.language_prior) == (
        "boat",
        1.0,
        False,
    )


def test_a_position_habit_is_no_persistent_error(
    make_sample: Any, rule_lvlm: Any, blank: Any
) -> None:
    samples = [make_sample(1)]
    assert (
        persistent_errors(samples, _asked(samples, rule_lvlm(lambda query: 0), blank), Mine()) == []
    )


def test_unparsed_answers_are_counted_and_win_nothing(
    make_sample: Any, rule_lvlm: Any, blank: Any
) -> None:
    samples = [make_sample(1)]
    predictions = _asked(samples, rule_lvlm(lambda query: None), blank)
    assert {prediction.outcome for prediction in predictions} == {"unparsed"}
    assert persistent_errors(samples, predictions, Mine()) == []


def test_a_wrong_option_with_the_golds_text_is_no_error(
    make_sample: Any, rule_lvlm: Any, blank: Any
) -> None:
    samples = [make_sample(1, choices=("milk", "tea", "Milk ", "rum"))]
    predictions = _asked(samples, rule_lvlm(lambda query: query.choices.index("Milk ")), blank)
    assert persistent_errors(samples, predictions, Mine()) == []


def test_what_the_blind_model_says_too_is_a_language_prior(
    make_sample: Any, rule_lvlm: Any, blank: Any
) -> None:
    samples = [make_sample(1)]
    lvlm = rule_lvlm(lambda query: query.choices.index("boat"))
    both = _asked(samples, lvlm, blank) + _asked(samples, lvlm, blank, blind=True)
    assert [error.language_prior for error in persistent_errors(samples, both, Mine())] == [True]
    assert sum(query.image is None for query in lvlm.asked) == 4


def test_only_erring_samples_are_asked_blind(make_sample: Any, rule_lvlm: Any, blank: Any) -> None:
    samples = [make_sample(1), make_sample(2, answer=1)]
    predictions = _asked(samples, rule_lvlm(lambda query: query.choices.index("boat")), blank)
    assert list(erring(samples, predictions, Mine()).values()) == [samples[0]]


def test_another_model_prompt_or_blindness_is_another_key(
    make_sample: Callable[..., Sample],
) -> None:
    keys = {
        plan([make_sample(1)], *asked)[0].key
        for asked in [("m", "p", 1), ("n", "p", 1), ("m", "q", 1), ("m", "p", 1, True)]
    }
    assert len(keys) == 4


def test_two_options_have_two_rotations(make_sample: Callable[..., Sample]) -> None:
    assert len(plan([make_sample(1, choices=("yes", "no"))], "m", "p", 4)) == 2


def test_another_prompt_or_fewer_rotations_leave_old_answers_out(
    make_sample: Any, rule_lvlm: Any, blank: Any
) -> None:
    lvlm = rule_lvlm(lambda query: query.choices.index("boat"))
    asked = _asked([make_sample(1)], lvlm, blank)
    assert current_predictions(asked, {lvlm.id: lvlm.prompt}, Mine(rotations=4)) == asked
    assert current_predictions(asked, {lvlm.id: "another prompt"}, Mine()) == []
    assert {
        prediction.rotation
        for prediction in current_predictions(asked, {lvlm.id: lvlm.prompt}, Mine(rotations=2))
    } == {
        0,
        1,
    }
    (error,) = persistent_errors([make_sample(1)], asked, Mine(rotations=4))
    assert (
        error.mined
        == mined_with(lvlm.prompt, Mine(rotations=4))
        != mined_with(lvlm.prompt, Mine(rotations=3))
    )
