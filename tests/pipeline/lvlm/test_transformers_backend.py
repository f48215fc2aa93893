"""A batch answers what single calls answer, whatever the lengths; letters and generation, seeing and blind.

On a real architecture with small random weights: what is tested is the asking, not the answers.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image

from pipeline.lvlm.asking import Query, rotated
from pipeline.lvlm.transformers_backend import TransformersLVLM
from pipeline.recipe import Model


@pytest.fixture(scope="module")
def parts() -> tuple[Any, Any]:
    from transformers import TimmWrapperModel

    from data.proving_ground.subject import new_processor, new_subject
    from data.proving_ground.tower import tower_config

    processor = new_processor()
    return new_subject(TimmWrapperModel(tower_config()).eval(), processor, seed=1), processor


def _queries() -> list[Query]:
    red, blue = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "blue")
    return [
        Query("What is the main object in the picture?", ("car", "boat"), red),
        Query("Which way does the arrow point?", ("left", "right", "up", "down"), blue),
        Query("What is the sky like?", ("sunny", "rainy", "foggy"), None),
        Query("How many birds are in the sky?", ("one", "two", "three", "four"), red),
        Query("What colour is the main object?", ("red", "green"), None),
    ]


@pytest.mark.parametrize("by_letters", [True, False])
def test_a_batch_gives_what_single_calls_give(parts: tuple[Any, Any], by_letters: bool) -> None:
    together = TransformersLVLM(*parts, id="m", batch_size=5, by_letters=by_letters).answer(_queries())
    alone = TransformersLVLM(*parts, id="m", batch_size=1, by_letters=by_letters).answer(_queries())
    assert [(one.outcome, one.chosen, one.text) for one in together] == [
        (one.outcome, one.chosen, one.text) for one in alone
    ]
    if by_letters:
        assert [one.margin for one in together] == pytest.approx([one.margin for one in alone], abs=1e-4)


def test_two_threads_at_once_give_the_same_answers(parts: tuple[Any, Any]) -> None:
    lvlm = TransformersLVLM(*parts, id="m", batch_size=5)
    expected = [one.chosen for one in lvlm.answer(_queries())]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: [one.chosen for one in lvlm.answer(_queries())], range(24)))
    assert found == [expected] * 24


def test_letters_are_scored_among_the_options_alone(parts: tuple[Any, Any]) -> None:
    answers = TransformersLVLM(*parts, id="m").answer(_queries())
    options = [len(query.choices) for query in _queries()]
    assert all(one.chosen is not None and one.chosen < count for one, count in zip(answers, options, strict=True))
    assert all(one.margin is not None and one.margin >= 0 for one in answers)


def test_an_image_makes_a_difference(parts: tuple[Any, Any]) -> None:
    seen, blind = (Query("What is the sky like?", ("sunny", "rainy"), image)
                   for image in (Image.new("RGB", (64, 64), "red"), None))  # fmt: skip
    margins = [one.margin for one in TransformersLVLM(*parts, id="m").answer([seen, blind])]
    assert margins[0] != pytest.approx(margins[1], abs=1e-6)


def test_letters_and_generation_are_other_prompts_to_a_key(parts: tuple[Any, Any]) -> None:
    assert TransformersLVLM(*parts, id="m").prompt != TransformersLVLM(*parts, id="m", by_letters=False).prompt


def test_a_folder_without_a_model_is_one_clear_sentence(tmp_path: Any) -> None:
    with pytest.raises(ValueError, match="Model 'mine' cannot be loaded from"):
        TransformersLVLM.load(Model(name="mine", path=str(tmp_path)))


def test_rotations_put_every_option_in_every_place() -> None:
    orders: Sequence[tuple[int, ...]] = [rotated(4, rotation) for rotation in range(4)]
    assert orders[0] == (0, 1, 2, 3)
    assert all({order[place] for order in orders} == {0, 1, 2, 3} for place in range(4))
