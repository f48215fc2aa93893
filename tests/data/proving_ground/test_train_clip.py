"""CLIP's own shortcuts in training give what open_clip gives, and its weights are split once."""

import pytest
import torch
from torch.nn import functional

from spuriforge.data.proving_ground.text_encoder import new_tokenizer, tokenized
from spuriforge.data.proving_ground.train_clip import (
    draw_examples,
    image_features,
    model_config,
    new_model,
    split,
    text_features,
)
from spuriforge.data.proving_ground.world import ATTRIBUTES

#: Importing the model libraries takes longer than all of the tests.
pytestmark = pytest.mark.integration


def test_text_features_are_open_clip_s_without_the_padding() -> None:
    tokenizer = new_tokenizer()
    model = new_model(model_config(len(tokenizer))).eval()
    tokens = tokenized(tokenizer, ["a red car, on a beach", "a boat"])
    with torch.inference_mode():
        expected = functional.normalize(model.encode_text(tokens), dim=1)
        assert torch.allclose(text_features(model, tokens), expected, atol=1e-5)
        features = image_features(model, torch.zeros(2, 3, 64, 64, dtype=torch.uint8))
    assert torch.allclose(features.norm(dim=1), torch.ones(2), atol=1e-5)


def test_every_weight_is_trained_by_one_optimizer() -> None:
    model = new_model(model_config(len(new_tokenizer())))
    inner, rest = split(model)
    assert {id(weight) for weight in inner}.isdisjoint(id(weight) for weight in rest)
    assert len(inner) + len(rest) == len(list(model.parameters()))
    assert all(weight.ndim > 1 for weight in inner)
    assert any(weight is model.token_embedding.weight for weight in rest)


def test_examples_have_three_texts_and_a_label_for_each_attribute() -> None:
    examples = draw_examples(4, None, seed=0)
    assert examples.images.dtype == torch.uint8
    assert examples.tokens.shape[:2] == (4, 3)
    assert not torch.equal(examples.tokens[:, 0], examples.tokens[:, 1])
    assert {name: len(wanted) for name, wanted in examples.wanted.items()} == dict.fromkeys(
        ATTRIBUTES, 4
    )
    again = draw_examples(4, None, seed=0)
    assert torch.equal(again.images, examples.images)
    assert torch.equal(again.tokens, examples.tokens)
