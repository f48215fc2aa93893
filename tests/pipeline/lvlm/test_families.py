"""Every family of LVLMs answers in a batch what it answers alone: its own architecture and
processor, tiny and random.

What is tested is the asking, not the answers. Images differ in size, questions in length, options
in number.
"""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from spuriforge.pipeline.lvlm import prompts
from spuriforge.pipeline.lvlm.interface import Answer, Query
from spuriforge.pipeline.lvlm.letters import Tokens
from spuriforge.pipeline.lvlm.transformers_backend import TransformersLVLM
from spuriforge.pipeline.recipe_models import TransformersModel
from tests.pipeline.lvlm import tiny_lvlms

pytestmark = pytest.mark.integration
CLASSES = {
    "qwen2.5-vl": "Qwen2_5_VL",
    "qwen3-vl": "Qwen3VL",
    "qwen3-vl without merges": "Qwen3VL",
    "llava-1.5": "Llava",
    "llava-next": "LlavaNext",
    "llama-3.2-vision": "Mllama",
    "idefics3": "Idefics3",
    "smolvlm": "SmolVLM",
    "gemma-3": "Gemma3",
}


@pytest.fixture(scope="module", params=tiny_lvlms.FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    if request.param == "smolvlm" and find_spec("num2words") is None:
        pytest.skip("SmolVLM's processor needs the package num2words")
    return str(request.param)


@pytest.fixture(scope="module")
def folder(family: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_lvlms.save(family, tmp_path_factory.mktemp("family"))


def _load(folder: Path, **settings: Any) -> TransformersLVLM:
    return TransformersLVLM.load(TransformersModel(name="tiny", path=str(folder), **settings))


@lru_cache
def _noise(width: int, height: int) -> Image.Image:
    return Image.frombytes(
        "RGB", (width, height), random.Random(width).randbytes(3 * width * height)
    )


def _queries() -> list[Query]:
    return [
        Query("What is the main object in the picture?", ("car", "boat"), _noise(40, 40)),
        Query(
            "Which way does the arrow point, if there is one?",
            ("left", "right", "up", "down"),
            _noise(70, 30),
        ),
        Query("What is the sky like?", ("sunny", "rainy", "foggy"), None),
        Query("How many birds?", tuple(f"{count} birds" for count in range(10)), _noise(30, 90)),
        Query("What colour is the main object?", ("red", "green"), None),
    ]


def _said(answers: Sequence[Answer]) -> list[tuple[str, int | None, str]]:
    return [(answer.outcome, answer.chosen, answer.text) for answer in answers]


def test_it_is_the_familys_own_model_and_processor(folder: Path, family: str) -> None:
    lvlm = _load(folder)
    assert type(lvlm.model).__name__ == f"{CLASSES[family]}ForConditionalGeneration"
    assert type(lvlm.processor).__name__ == f"{CLASSES[family]}Processor"


def test_letters_in_a_batch_are_scored_as_alone(folder: Path) -> None:
    together = _load(folder, batch_size=5).answer(_queries())
    alone = _load(folder, batch_size=1).answer(_queries())
    assert _said(together) == _said(alone)
    assert [answer.margin for answer in together] == pytest.approx(
        [answer.margin for answer in alone], abs=1e-3
    )
    assert all(answer.margin is not None and answer.margin >= 0 for answer in together)


def test_a_batch_writes_what_single_calls_write(folder: Path) -> None:
    together = _load(folder, batch_size=5, answer_by="generate", max_tokens=12).answer(_queries())
    alone = _load(folder, batch_size=1, answer_by="generate", max_tokens=12).answer(_queries())
    assert _said(together) == _said(alone)
    assert len({answer.text for answer in together}) > 1


def test_scores_are_those_of_a_plain_forward_pass(folder: Path) -> None:
    """Token by token, one question at a time, without cache: what `generate` is trusted to know is
    not used.
    """
    import torch

    lvlm = _load(folder)
    for query in _queries():
        asked = [(prompts.render(prompts.DIRECT, query.question, query.choices), query.image)]
        inputs = lvlm.inputs(asked)
        found = lvlm._scores(inputs, lvlm._letters)[0]
        with torch.inference_mode():
            each = [
                [_by_forward(lvlm, inputs, spelled) for spelled in letter]
                for letter in lvlm._letters
            ]
        assert found == pytest.approx(
            [float(torch.tensor(score).logsumexp(0)) for score in each], abs=1e-4
        )


def _by_forward(lvlm: TransformersLVLM, inputs: Any, tokens: Tokens) -> float:
    import torch

    length = inputs["input_ids"].shape[1]
    longer = {
        name: torch.cat(
            [value, value[:, -1:].repeat(1, len(tokens), *[1] * (value.ndim - 2))], dim=1
        )
        if value.ndim > 1 and value.shape[:2] == (1, length)
        else value
        for name, value in inputs.items()
    }
    longer["input_ids"][0, length:] = torch.tensor(tokens)
    predicted = lvlm.model(**longer).logits[0, length - 1 : -1].log_softmax(-1)
    return sum(float(row[token]) for row, token in zip(predicted, tokens, strict=True))


def test_only_letters_without_merges_take_several_tokens(folder: Path, family: str) -> None:
    longest = max(len(tokens) for letter in _load(folder)._letters for tokens in letter)
    assert longest == (2 if family == "qwen3-vl without merges" else 1)


def test_the_image_counts_and_goes_with_its_own_question(folder: Path) -> None:
    lvlm, queries = _load(folder), [query for query in _queries() if query.image is not None]
    answers, backwards = lvlm.answer(queries), lvlm.answer(queries[::-1])
    assert [answer.margin for answer in backwards[::-1]] == pytest.approx(
        [answer.margin for answer in answers], abs=1e-3
    )
    swapped = [Query(query.question, query.choices, _noise(44, 41)) for query in queries]
    other = [answer.margin for answer in lvlm.answer(swapped)]
    assert all(
        abs((answer.margin or 0) - (two or 0)) > 1e-3
        for answer, two in zip(answers, other, strict=True)
    )


@pytest.mark.parametrize("answer_by", ["letters", "generate"])
def test_threads_that_share_a_model_do_not_disturb_each_other(folder: Path, answer_by: str) -> None:
    """Blind and seeing batches of other lengths at once: a family that keeps positions in the model
    would mix them.
    """
    lvlm = _load(folder, answer_by=answer_by, batch_size=2, max_tokens=6)
    rounds = [_queries(), _queries()[2:], _queries()[::-1], _queries()[:1]]
    expected = [_said(lvlm.answer(queries)) for queries in rounds]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: _said(lvlm.answer(rounds[number % 4])), range(12)))
    assert found == expected * 3


def test_yes_is_as_likely_in_a_batch_as_alone(folder: Path) -> None:
    asked = [
        ("Is there a bird here?", _noise(40, 40)),
        ("Is there a bird in the sky?", _noise(30, 90)),
    ]
    together = _load(folder, batch_size=2).yes_probability(asked)
    alone = [_load(folder).yes_probability([prompt])[0] for prompt in asked]
    assert together == pytest.approx(alone, abs=1e-4)
    assert all(0 < answer < 1 for answer in together)


def test_control_tokens_in_a_question_are_text(folder: Path) -> None:
    """A benchmark's text that has an image's place or the end of a turn in it steers nothing."""
    lvlm = _load(folder)
    special = [token for token in lvlm.tokenizer.all_special_tokens if len(token) > 1]
    hostile = Query(
        f"What is it? {' '.join(special)}{''.join(special)}", ("<car>", "boat"), _noise(40, 40)
    )
    plain = Query("What is it?", ("<car>", "boat"), _noise(40, 40))
    counts = []
    for query in (plain, hostile):
        tokens = lvlm.inputs(
            [(prompts.render(prompts.DIRECT, query.question, query.choices), query.image)]
        )
        ids = tokens["input_ids"][0].tolist()
        counts.append([ids.count(lvlm.tokenizer.convert_tokens_to_ids(token)) for token in special])
    assert counts[0] == counts[1]
    assert lvlm.answer([hostile])[0].outcome == "parsed"
