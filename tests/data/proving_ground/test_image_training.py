"""The parts of the image model's and CLIP's training, each on a handful of scenes."""

import random
from pathlib import Path

import pytest
import torch
from diffusers import AutoPipelineForInpainting, DiffusionPipeline

from spuriforge.data.proving_ground.autoencoder import (
    encoded,
    new_autoencoder,
    reconstructed,
    rendered,
)
from spuriforge.data.proving_ground.clip_texts import TEMPLATES, edited, prompts
from spuriforge.data.proving_ground.denoiser import DenoiserTraining, draw_examples, new_unet
from spuriforge.data.proving_ground.muon import orthogonal
from spuriforge.data.proving_ground.scene_texts import caption
from spuriforge.data.proving_ground.text_encoder import (
    LENGTH,
    new_text_encoder,
    new_tokenizer,
    spoken,
    tokenized,
    vocabulary_words,
)
from spuriforge.data.proving_ground.train_image_model import save_pipeline
from spuriforge.data.proving_ground.training_clock import Clock
from spuriforge.data.proving_ground.world import ATTRIBUTES, random_scene


def test_a_clock_ends_with_a_rate_of_zero() -> None:
    assert Clock(10).rate() < 0.01
    assert Clock(10, spent=60).rate(hold=0.5) == 1.0
    over = Clock(1, spent=61)
    assert over.done
    assert over.rate() == pytest.approx(0)


def test_every_word_of_a_caption_is_one_token() -> None:
    tokenizer, rng = new_tokenizer(), random.Random(0)
    assert all(len(tokenizer.tokenize(word)) == 1 for word in vocabulary_words())
    assert (
        new_tokenizer().get_vocab() == tokenizer.get_vocab()
    )  # CLIP's captions, prompts and folder each make one
    texts = [caption(random_scene(rng), rng) for _ in range(300)]
    assert max(len(ids) for ids in tokenizer(texts).input_ids) <= LENGTH
    assert tokenized(tokenizer, texts).shape == (300, LENGTH)


def test_some_captions_leave_the_background_unsaid() -> None:
    rng = random.Random(0)
    scenes = [random_scene(rng) for _ in range(300)]
    unsaid = [
        scene
        for scene in scenes
        if len({scene.place, scene.sky} & set(spoken(scene, rng).replace(",", "").split())) < 2
    ]
    assert 10 < len(unsaid) < 60


def test_an_orthogonal_update_has_singular_values_near_one() -> None:
    values = torch.linalg.svdvals(orthogonal(torch.randn(16, 40)))
    assert 0.5 < values.min() <= values.max() < 1.4


def test_the_autoencoder_has_four_numbers_a_cell() -> None:
    vae, images = new_autoencoder(), rendered(3, 0)
    assert encoded(vae, images).shape == (3, 4, 16, 16)
    assert reconstructed(vae, images).shape == images.shape


def test_a_step_lowers_the_rate_weighted_loss_and_a_checkpoint_goes_on(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    tokenizer = new_tokenizer()
    encoder = new_text_encoder(tokenizer).eval().requires_grad_(False)
    examples = draw_examples(new_autoencoder().requires_grad_(False), tokenizer, scenes=8)
    training = DenoiserTraining(examples, encoder, tokenized(tokenizer, [""]))
    before = training.unet.conv_in.weight.clone()
    training.step(0.1)
    assert not torch.equal(before, training.unet.conv_in.weight)
    training.save(tmp_path / "checkpoint.pt")
    again = DenoiserTraining(examples, encoder, tokenized(tokenizer, [""]))
    again.load(tmp_path / "checkpoint.pt")
    assert again.steps == 1
    assert torch.equal(again.unet.conv_in.weight, training.unet.conv_in.weight)


def test_the_saved_pipeline_loads_stock_for_text_and_for_inpainting(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    tokenizer = new_tokenizer()
    save_pipeline(
        tmp_path / "model", new_autoencoder(), (tokenizer, new_text_encoder(tokenizer)), new_unet()
    )
    pipeline = DiffusionPipeline.from_pretrained(tmp_path / "model")
    pipeline.set_progress_bar_config(disable=True)
    image = pipeline("a red car", num_inference_steps=1, guidance_scale=1.5).images[0]
    assert image.size == (64, 64)
    inpaint = AutoPipelineForInpainting.from_pretrained(tmp_path / "model")
    inpaint.set_progress_bar_config(disable=True)
    painted = inpaint(
        "a red car", image=image, mask_image=image.convert("L"), strength=1.0, num_inference_steps=1
    )
    assert painted.images[0].size == (64, 64)


def test_edited_captions_change_one_clause() -> None:
    rng = random.Random(3)
    for _ in range(200):
        scene = random_scene(rng)
        own, cue_changed, other_changed = edited(scene, rng)
        assert (
            len({own, cue_changed, other_changed}) == 3
            or scene.place not in own
            or scene.sky not in own
        )
        if scene.cue:
            assert scene.cue in own.replace(",", "").split()
            assert scene.cue not in cue_changed.replace(",", "").split()


def test_prompts_cover_every_value() -> None:
    rng = random.Random(0)
    for name, values in ATTRIBUTES.items():
        assert len(prompts(name)) == len(prompts(name, rng)) == len(values)
        assert prompts(name)[-1] == TEMPLATES[name][0].format(values[-1])
