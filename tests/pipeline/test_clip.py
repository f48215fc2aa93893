"""The arithmetic on CLIP's logits; the shipped model is loaded by the tests of the stages."""

import numpy as np
import pytest

from spuriforge.pipeline.clip import OpenClip, log_odds, odds_each, prompts_of
from spuriforge.pipeline.recipe import Category


def test_a_text_beats_the_best_of_the_others() -> None:
    logits = np.array([[5.0, 2.0, 1.0], [0.0, 3.0, 4.0]])
    assert log_odds(logits, 0).tolist() == [3.0, -4.0]


def test_a_tag_must_beat_the_null_prompt_and_stand_out() -> None:
    tags = [1.0, 1.1, 0.9, 1.0]
    odds = odds_each(np.array([[9.0, *tags, 2.0], [9.0, *tags, 10.0], [1.2, *tags, 0.0]]))
    assert (odds[0] > 0).tolist() == [True, False, False, False, False]
    assert not (odds[1] > 0).any()  # The null prompt is likelier.
    assert odds[0, 0] == pytest.approx(7.0)


def test_the_null_prompt_comes_last() -> None:
    thing = Category(name="thing", prompt="a {}", tags=("dog", "cat"), phrase="", null="nothing")
    assert prompts_of(thing) == ["a dog", "a cat", "nothing"]
    assert prompts_of(thing.model_copy(update={"null": None})) == ["a dog", "a cat"]


@pytest.mark.integration
def test_a_model_that_cannot_be_loaded_is_named() -> None:
    with pytest.raises(ValueError, match="open_clip cannot load no-such-architecture/x"):
        OpenClip.load("no-such-architecture/x")
