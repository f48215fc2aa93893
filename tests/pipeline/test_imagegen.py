"""Pairs share their seed whatever batch they are in, edits leave the rest untouched, and refusals are kept as such.

On the stock Stable-Diffusion pipelines with small random weights.
"""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.describe import Scene
from pipeline.imagegen import Generator, _sound, make_pairs, plan_pairs
from pipeline.recipe import Generate
from pipeline.workspace import Workspace

SETTINGS = Generate(model="tiny", steps=2, batch_size=4, box=(0.5, 0.5, 1.0, 1.0))


def _tokenizer() -> Any:
    from transformers import CLIPTokenizer

    signs = "abcdefghijklmnopqrstuvwxyz,"
    words = ["<|startoftext|>", "<|endoftext|>", *signs, *(f"{sign}</w>" for sign in signs)]
    return CLIPTokenizer(vocab={word: number for number, word in enumerate(words)}, merges=[], model_max_length=48)


@pytest.fixture(scope="module")
def generator() -> Generator:
    import torch
    from diffusers import AutoencoderTiny, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    tokenizer = _tokenizer()
    text = CLIPTextConfig(vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
                          num_attention_heads=2, max_position_embeddings=48)  # fmt: skip
    unet = UNet2DConditionModel(sample_size=8, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4,
                                down_block_types=("DownBlock2D", "DownBlock2D"), cross_attention_dim=16,
                                up_block_types=("UpBlock2D", "UpBlock2D"), addition_embed_type="text",
                                addition_embed_type_num_heads=2, encoder_hid_dim=16)  # fmt: skip
    vae = AutoencoderTiny(encoder_block_out_channels=(8, 8, 8), decoder_block_out_channels=(8, 8, 8),
                          num_encoder_blocks=(0, 0, 0), num_decoder_blocks=(0, 0, 0))  # fmt: skip
    pipeline = StableDiffusionPipeline(
        vae=vae, text_encoder=CLIPTextModel(text), tokenizer=tokenizer, unet=unet,
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    return Generator(pipeline, SETTINGS)


def _plans(make_sample: Any, cue_type: Any, workspace: Workspace, route: str, count: int = 3) -> list[Any]:
    noise = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype="uint8")
    sample = make_sample(0, image=workspace.put_image(Image.fromarray(noise)))
    scenes = [
        Scene(sample, f"a car {number}, an anchor", f"a car {number}", "a car, a kite") for number in range(count)
    ]
    return plan_pairs(cue_type, scenes, "selection", 0, route, SETTINGS, seed=1)


def test_an_image_depends_on_its_seed_and_prompt_and_not_on_its_batch(generator: Generator) -> None:
    together = generator.draw(["a car", "a cat", "a dog"], [1, 2, 3])
    (alone,) = generator.draw(["a cat"], [2])
    assert together[1] is not None
    assert alone is not None
    assert np.abs(np.asarray(together[1], int) - np.asarray(alone, int)).max() <= 1


def test_the_arms_of_a_pair_have_three_prompts_and_one_seed(
    make_sample: Any, cue_type: Any, workspace: Workspace, generator: Generator
) -> None:
    plans = _plans(make_sample, cue_type, workspace, "text-to-image")
    pairs = make_pairs(plans, generator, workspace)
    assert [pair.key for pair in pairs] == [plan.key for plan in plans]
    assert len({pair.seed for pair in pairs}) == 3
    assert all(len({pair.image_with, pair.image_without, pair.image_placebo}) == 3 for pair in pairs)
    assert all(pair.source_image is None for pair in pairs)
    assert make_pairs(plans, generator, workspace) == pairs


def test_an_edit_changes_the_box_and_nothing_else(
    make_sample: Any, cue_type: Any, workspace: Workspace, generator: Generator
) -> None:
    (pair, *_) = make_pairs(_plans(make_sample, cue_type, workspace, "inpainting", 1), generator, workspace)
    assert pair.source_image is not None
    before = np.asarray(workspace.image(pair.source_image))
    for sha in (pair.image_with, pair.image_without):
        after = np.asarray(workspace.image(sha))
        assert (after[:16] == before[:16]).all()
        assert (after[:, :16] == before[:, :16]).all()
        assert (after[16:, 16:] != before[16:, 16:]).any()


def test_routes_and_roles_have_seeds_of_their_own(make_sample: Any, cue_type: Any, workspace: Workspace) -> None:
    seeds = {plan.seed for route in ("text-to-image", "inpainting")
             for plan in _plans(make_sample, cue_type, workspace, route)}  # fmt: skip
    assert len(seeds) == 6


@pytest.mark.parametrize("array", [np.zeros((4, 4, 3)), np.full((4, 4, 3), np.nan), np.full((4, 4, 3), 0.5)])
def test_black_broken_and_empty_images_are_refusals(array: np.ndarray) -> None:
    assert _sound(array) is None


def test_a_missing_pipeline_is_one_clear_sentence(tmp_path: Any) -> None:
    with pytest.raises(ValueError, match="The image model cannot be loaded from"):
        Generator.load(Generate(model=str(tmp_path)))
