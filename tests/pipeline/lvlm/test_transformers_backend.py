"""What a recipe says of a model is done: how it is loaded, asked and read. On the proving ground's
own architecture.

That a batch answers what single calls answer is shown for each family in `test_families.py`, and
for this one here.
"""

import json
import logging
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from spuriforge.pipeline.lvlm import prompts
from spuriforge.pipeline.lvlm.interface import Query, rotated
from spuriforge.pipeline.lvlm.transformers_backend import TransformersLVLM
from spuriforge.pipeline.recipe_models import TransformersModel


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import TimmWrapperModel

    from spuriforge.data.proving_ground.subject_model import new_processor, new_subject, save
    from spuriforge.data.proving_ground.vision_tower import tower_config

    place, processor = tmp_path_factory.mktemp("model"), new_processor()
    save(new_subject(TimmWrapperModel(tower_config()).eval(), processor, seed=1), processor, place)
    return place


def _load(folder: Path, **settings: Any) -> TransformersLVLM:
    return TransformersLVLM.load(TransformersModel(name="m", path=str(folder), **settings))


def _changed(folder: Path, place: Path, file: str, **values: object) -> Path:
    """A copy of the model whose JSON `file` says otherwise."""
    place.mkdir()
    for path in folder.iterdir():
        (place / path.name).symlink_to(path)
    said = json.loads((folder / file).read_text())
    (place / file).unlink()
    (place / file).write_text(json.dumps({**said, **values}))
    return place


def _queries() -> list[Query]:
    red, blue = Image.new("RGB", (64, 64), "red"), Image.new("L", (80, 64), 200)
    return [
        Query("What is the main object in the picture?", ("car", "boat"), red),
        Query("Which way does the arrow point?", ("left", "right", "up", "down"), blue),
        Query("What is the sky like?", ("sunny", "rainy", "foggy"), None),
        Query("How many birds are in the sky?", ("one", "two", "three", "four"), red),
        Query("What colour is the main object?", ("red", "green"), None),
    ]


@pytest.mark.parametrize("answer_by", ["letters", "generate"])
def test_a_batch_gives_what_single_calls_give(folder: Path, answer_by: str) -> None:
    short = {"answer_by": answer_by, "max_tokens": 8}
    together = _load(folder, batch_size=5, **short).answer(_queries())
    alone = _load(folder, batch_size=1, **short).answer(_queries())
    assert [(answer.outcome, answer.chosen, answer.text) for answer in together] == [
        (answer.outcome, answer.chosen, answer.text) for answer in alone
    ]
    if answer_by == "letters":
        assert [answer.margin for answer in together] == pytest.approx(
            [answer.margin for answer in alone], abs=1e-4
        )


def test_two_threads_at_once_give_the_same_answers(folder: Path) -> None:
    lvlm = _load(folder, batch_size=5)
    expected = [answer.chosen for answer in lvlm.answer(_queries())]
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda _: [answer.chosen for answer in lvlm.answer(_queries())], range(24))
        )
    assert found == [expected] * 24


def test_letters_are_scored_among_the_options_alone(folder: Path) -> None:
    answers = _load(folder).answer(_queries())
    options = [len(query.choices) for query in _queries()]
    assert all(
        answer.chosen is not None and answer.chosen < count
        for answer, count in zip(answers, options, strict=True)
    )
    assert all(answer.margin is not None and answer.margin >= 0 for answer in answers)


def test_shares_are_of_the_options_and_the_largest_is_the_answer(folder: Path) -> None:
    lvlm, queries = _load(folder), _queries()
    answers = lvlm.answer(queries)
    for query, answer, shares in zip(queries, answers, lvlm.shares(queries), strict=True):
        assert len(shares) == len(query.choices)
        assert sum(shares) == pytest.approx(1)
        assert shares.index(max(shares)) == answer.chosen
        best, second = sorted(shares, reverse=True)[:2]
        assert math.log(best / second) == pytest.approx(answer.margin, abs=1e-4)


def test_nothing_asked_is_nothing_answered(folder: Path) -> None:
    assert _load(folder).answer([]) == []
    assert _load(folder).yes_probability([]) == []
    assert _load(folder).shares([]) == []


def test_an_image_makes_a_difference(folder: Path) -> None:
    seen, blind = (
        Query("What is the sky like?", ("sunny", "rainy"), image)
        for image in (Image.new("RGB", (64, 64), "red"), None)
    )
    margins = [answer.margin for answer in _load(folder).answer([seen, blind])]
    assert margins[0] != pytest.approx(margins[1], abs=1e-6)


def test_yes_and_no_share_all_the_probability(folder: Path) -> None:
    lvlm, picture = _load(folder), Image.new("RGB", (64, 64), "red")
    scores = lvlm._scores(
        lvlm.inputs([("Is there a bird?", picture)]), lvlm.spelled(["Yes", "yes", "No", "no"])
    )[0]
    yes, no = (sum(math.exp(answer) for answer in part) for part in (scores[:2], scores[2:]))
    assert lvlm.yes_probability([("Is there a bird?", picture)]) == pytest.approx(
        [yes / (yes + no)]
    )


def test_the_way_of_asking_is_in_the_key(folder: Path) -> None:
    settings = [
        {},
        {"answer_by": "generate"},
        {"answer_by": "generate", "prompt": "chain-of-thought"},
    ]
    loaded = [_load(folder, **changes) for changes in settings]
    assert len({lvlm.prompt for lvlm in loaded}) == 3
    assert [lvlm.prompt for lvlm in loaded] == [
        prompts.version_for(lvlm.settings) for lvlm in loaded
    ]
    assert {lvlm.id for lvlm in loaded} == {loaded[0].settings.id}


@pytest.mark.parametrize(
    ("dtype", "expected"), [("auto", "float16"), ("float32", "float32"), ("bfloat16", "bfloat16")]
)
def test_weights_are_of_the_type_asked_for(folder: Path, dtype: str, expected: str) -> None:
    lvlm = _load(folder, dtype=dtype)
    assert str(lvlm.model.dtype) == f"torch.{expected}"
    assert (
        lvlm.inputs([("Is there a bird?", Image.new("RGB", (64, 64)))])["pixel_values"].dtype
        == lvlm.model.dtype
    )
    assert [answer.outcome for answer in lvlm.answer(_queries())] == ["parsed"] * 5


def test_attention_is_the_recipes_and_answers_alike(folder: Path) -> None:
    eager, fused = _load(folder, attention="eager"), _load(folder, attention="sdpa")
    assert [lvlm.model.config.text_config._attn_implementation for lvlm in (eager, fused)] == [
        "eager",
        "sdpa",
    ]
    expected = [answer.margin for answer in fused.answer(_queries())]
    assert [answer.margin for answer in eager.answer(_queries())] == pytest.approx(
        expected, abs=1e-3
    )


def test_a_device_map_goes_before_the_device(folder: Path) -> None:
    assert _load(folder, device="meta").model.device.type == "meta"
    assert _load(folder, device_map="auto", device="meta").model.device.type == "cpu"
    assert _load(folder, device_map="meta").model.device.type == "meta"


def test_the_prompt_and_the_length_of_a_reply_are_the_recipes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for settings, style, longest in (
        ({"prompt": "direct"}, "direct", 64),
        ({"prompt": "spurious-aware"}, "spurious-aware", 1024),
        ({"prompt": "chain-of-thought", "max_tokens": 5}, "chain-of-thought", 5),
    ):
        lvlm, query = _load(folder, answer_by="generate", **settings), _queries()[0]
        said: list[tuple[str, int]] = []
        monkeypatch.setattr(
            lvlm, "inputs", lambda asked, said=said: said.append(asked[0][0]) or {"input_ids": []}
        )
        monkeypatch.setattr(lvlm, "_written", lambda inputs: ["A"])
        lvlm.answer([query])
        assert said == [prompts.render(prompts.STYLES[style], query.question, query.choices)]
        monkeypatch.undo()
        lengths: list[int] = []
        monkeypatch.setattr(
            lvlm.model,
            "generate",
            lambda max_new_tokens, input_ids, lengths=lengths, **_: (
                lengths.append(max_new_tokens) or input_ids
            ),
        )
        lvlm.answer([query])
        assert lengths == [longest]
        monkeypatch.undo()


def test_generation_is_greedy_whatever_came_with_the_weights(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    wild = {
        "do_sample": True,
        "temperature": 5.0,
        "top_k": 3,
        "num_beams": 2,
        "repetition_penalty": 3.0,
        "max_new_tokens": 2,
        "min_new_tokens": 2,
    }
    other = _load(
        _changed(folder, tmp_path / "wild", "generation_config.json", **wild),
        answer_by="generate",
        max_tokens=8,
    )
    logging.getLogger("transformers").propagate = True  # the library keeps its warnings to itself
    found = [[answer.text for answer in other.answer(_queries())] for _ in range(2)]
    assert (
        found
        == [
            [
                answer.text
                for answer in _load(folder, answer_by="generate", max_tokens=8).answer(_queries())
            ]
        ]
        * 2
    )
    assert not [
        record.getMessage() for record in caplog.records if "generation" in record.getMessage()
    ]
    assert not [
        str(warning.message) for warning in recwarn.list if "generation" in str(warning.message)
    ]


def test_a_reply_ends_where_the_model_or_its_tokenizer_says(folder: Path, tmp_path: Path) -> None:
    free = _load(folder, answer_by="generate", max_tokens=12)
    inputs = free.inputs([("Is there a bird?", None)])
    reply = free.model.generate(**inputs, max_new_tokens=12)[
        0, inputs["input_ids"].shape[1] :
    ].tolist()
    last = next(token for token in reply if token != reply[0])
    ends = _changed(folder, tmp_path / "ends", "generation_config.json", eos_token_id=[last])
    other = _load(ends, answer_by="generate")
    shorter = other.model.generate(**inputs, max_new_tokens=12)[
        0, inputs["input_ids"].shape[1] :
    ].tolist()
    assert shorter == reply[: reply.index(last) + 1]
    assert other.model.generation_config.eos_token_id == sorted(
        {last, other.tokenizer.eos_token_id}
    )


def test_thoughts_are_kept_but_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lvlm = _load(folder, answer_by="generate")
    replies = ["<think>Perhaps A.\nAnswer: A</think>B", "<think>The answer is A, or"]
    monkeypatch.setattr(lvlm, "_written", lambda inputs: replies)
    answers = lvlm.answer([Query("Is there a bird?", ("yes", "no"), None)] * 2)
    assert [(answer.outcome, answer.chosen, answer.text) for answer in answers] == [
        ("parsed", 1, replies[0]),
        ("unparsed", None, replies[1]),
    ]


@pytest.mark.parametrize(("prompt", "thinks"), [("direct", False), ("chain-of-thought", True)])
def test_a_model_asked_directly_is_told_not_to_think_first(
    folder: Path, prompt: str, thinks: bool
) -> None:
    lvlm = _load(folder, answer_by="generate", prompt=prompt)
    switch = "{% if add_generation_prompt and enable_thinking is not false %}thing{% endif %}"
    lvlm.processor.chat_template += switch
    last = lvlm.inputs([("Is there a bird?", None)])["input_ids"][0, -1]
    assert (lvlm.tokenizer.decode([last]) == "thing") == thinks


def test_a_model_without_a_padding_token_is_padded_all_the_same(folder: Path) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model, processor = (
        auto.from_pretrained(folder) for auto in (AutoModelForImageTextToText, AutoProcessor)
    )
    processor.tokenizer.pad_token = None
    lvlm = TransformersLVLM(model.float(), processor, TransformersModel(name="m", path=str(folder)))
    expected = [answer.margin for answer in _load(folder).answer(_queries())]
    assert [answer.margin for answer in lvlm.answer(_queries())] == pytest.approx(
        expected, abs=1e-4
    )


def test_a_model_without_a_chat_template_is_one_clear_sentence(
    folder: Path, tmp_path: Path
) -> None:
    for path in folder.iterdir():
        if path.name != "chat_template.jinja":
            (tmp_path / path.name).symlink_to(path)
    with pytest.raises(
        ValueError, match=r"m@\w+ has no chat template: add its chat_template.jinja to"
    ):
        _load(tmp_path)


def test_a_tokenizer_without_a_letter_is_one_clear_sentence(folder: Path) -> None:
    with pytest.raises(
        ValueError, match="has no token for 'Z' to score; answer_by = \"generate\" needs none"
    ):
        _load(folder).spelled(["A", "Z"])


def test_a_folder_without_a_model_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Model 'm' cannot be loaded from"):
        _load(tmp_path)


@pytest.mark.parametrize("settings", [{"device": "cuda:99"}, {"attention": "no such attention"}])
def test_what_this_machine_cannot_do_is_one_clear_sentence(
    folder: Path, settings: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="Model 'm' cannot be loaded from"):
        _load(folder, **settings)


@pytest.mark.parametrize(
    "message", ["CUDA out of memory. Tried to", "DefaultCPUAllocator: can't allocate memory"]
)
def test_a_batch_too_large_for_the_memory_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    import torch

    def generate(**inputs: object) -> None:
        raise (torch.OutOfMemoryError if "CUDA" in message else RuntimeError)(message)

    lvlm = _load(folder, batch_size=3)
    monkeypatch.setattr(lvlm.model, "generate", generate)
    with pytest.raises(
        ValueError,
        match=r"m@\w+ ran out of memory on a batch of 3: set a smaller batch_size for it.",
    ):
        lvlm.answer(_queries())


def test_numbers_too_large_for_the_type_are_no_answer(folder: Path) -> None:
    lvlm = _load(folder, dtype="float16")
    lvlm.model.lm_head.weight.data.fill_(float("inf"))
    with pytest.raises(
        ValueError, match=r"overflows in torch\.float16: set dtype to bfloat16 or float32"
    ):
        lvlm.answer(_queries())


def test_any_other_error_stays_what_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def generate(**inputs: object) -> None:
        raise RuntimeError("shapes do not match")

    lvlm = _load(folder)
    monkeypatch.setattr(lvlm.model, "generate", generate)
    with pytest.raises(RuntimeError, match="shapes do not match"):
        lvlm.answer(_queries())


def test_rotations_put_every_option_in_every_place() -> None:
    orders: Sequence[tuple[int, ...]] = [rotated(4, rotation) for rotation in range(4)]
    assert orders[0] == (0, 1, 2, 3)
    assert all({order[place] for order in orders} == {0, 1, 2, 3} for place in range(4))
