"""The saved pipeline loads with the stock classes."""

from pathlib import Path

import pytest
import torch
from diffusers import AutoPipelineForInpainting, DiffusionPipeline

from spuriforge.data.proving_ground.autoencoder import new_autoencoder
from spuriforge.data.proving_ground.denoiser import new_unet
from spuriforge.data.proving_ground.text_encoder import new_text_encoder, new_tokenizer
from spuriforge.data.proving_ground.train_image_model import save_pipeline


@pytest.mark.integration
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
