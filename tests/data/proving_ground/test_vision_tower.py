"""The tower turns 64 x 64 pixels into 16 tokens; disturbing follows its seed."""

import random

import torch
from transformers import TimmWrapperModel

from spuriforge.data.proving_ground.vision_tower import (
    TOKENS,
    WIDTH,
    disturbed,
    normalized,
    pixels,
    targets,
    tower_config,
)
from spuriforge.data.proving_ground.world import ATTRIBUTES, random_scene


def test_disturbed_images_keep_shape_and_follow_the_seed() -> None:
    images = normalized(pixels([random_scene(random.Random(1))] * 2))
    first, second = (disturbed(images, torch.Generator().manual_seed(3)) for _ in range(2))
    assert first.shape == images.shape
    assert torch.equal(first, second)


@torch.inference_mode()
def test_an_image_becomes_sixteen_tokens() -> None:
    tower = TimmWrapperModel(tower_config()).eval()
    images = normalized(pixels([random_scene(random.Random(1))]))
    tokens = tower(images).last_hidden_state
    assert tokens.shape == (1, WIDTH, 4, 4)
    assert tokens.shape[2] * tokens.shape[3] == TOKENS


def test_targets_index_the_values_of_a_scene() -> None:
    scenes = [random_scene(random.Random(seed)) for seed in range(4)]
    for name, indices in targets(scenes).items():
        values = [ATTRIBUTES[name][index] for index in indices.tolist()]
        assert values == [scene.value(name) for scene in scenes]
