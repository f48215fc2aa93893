"""The denoiser learns, and continues from a checkpoint."""

from pathlib import Path

import pytest
import torch

from spuriforge.data.proving_ground.autoencoder import new_autoencoder
from spuriforge.data.proving_ground.denoiser import DenoiserTraining, draw_examples
from spuriforge.data.proving_ground.text_encoder import new_text_encoder, new_tokenizer, tokenized


@pytest.mark.integration
def test_a_step_changes_the_weights_and_a_checkpoint_restores_them(tmp_path: Path) -> None:
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
