"""Trains the proving ground's text-to-image model from scratch, on one core.

    python -m spuriforge.data.proving_ground.train_image_model --out DIR

It trains the autoencoder, the text encoder, the denoiser, and finally the decoder again. Each part
is kept in `--work`: the same command continues after a stop. The result loads with
`DiffusionPipeline` and the inpainting auto-pipeline.
"""

import argparse
import json
import os
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderTiny, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from .autoencoder import fidelity, sharpen, train_autoencoder
from .denoiser import DenoiserExamples, DenoiserTraining, draw_examples, new_scheduler, train_unet
from .text_encoder import new_tokenizer, tokenized, train_text_encoder

#: Shares of the whole time.
SHARES = {"autoencoder": 0.15, "denoiser": 0.79, "decoder": 0.06}


def autoencoder_in(work: Path, minutes: float, seed: int) -> AutoencoderTiny:
    """Returns the trained autoencoder, of an earlier sitting if there was one."""
    if not (work / "vae").exists():
        train_autoencoder(minutes, seed=seed).save_pretrained(work / "vae.tmp")
        (work / "vae.tmp").rename(work / "vae")
    vae = AutoencoderTiny.from_pretrained(work / "vae").eval().requires_grad_(False)
    print(f"autoencoder: {fidelity(vae):.2f} dB", flush=True)
    return vae.to(memory_format=torch.channels_last)


def text_encoder_in(work: Path, seed: int) -> tuple[CLIPTokenizer, CLIPTextModel]:
    """Returns tokenizer and trained text encoder, of an earlier sitting if there was one."""
    if not (work / "text").exists():
        tokenizer = new_tokenizer()
        train_text_encoder(tokenizer, seed=seed).save_pretrained(work / "text.tmp")
        tokenizer.save_pretrained(work / "text.tmp")
        (work / "text.tmp").rename(work / "text")
    encoder = CLIPTextModel.from_pretrained(work / "text").eval().requires_grad_(False)
    return CLIPTokenizer.from_pretrained(work / "text"), encoder


def examples_in(
    work: Path, vae: AutoencoderTiny, tokenizer: CLIPTokenizer, scenes: int, seed: int
) -> DenoiserExamples:
    """Returns latents and captions, of an earlier sitting if there was one."""
    path = work / "examples.pt"
    if not path.exists():
        draw_examples(vae, tokenizer, scenes=scenes, seed=seed).save(path.with_suffix(".tmp"))
        path.with_suffix(".tmp").rename(path)
    return DenoiserExamples.load(path)


def save_pipeline(
    out: Path,
    vae: AutoencoderTiny,
    text: tuple[CLIPTokenizer, CLIPTextModel],
    unet: UNet2DConditionModel,
) -> None:
    """Writes the stock pipeline in fp16; replaces `out`, but keeps its card and figures."""
    tokenizer, encoder = text
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=new_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    fresh = out.with_name(out.name + ".tmp")
    shutil.rmtree(fresh, ignore_errors=True)
    for part in (vae, unet):
        part.half()
    # transformers loads fp16 as fp16, diffusers as fp32; so the text encoder stays in fp32.
    pipeline.save_pretrained(fresh)
    for part in (vae, unet):
        part.float()
    for kept in ("README.md", "figures.json"):
        if (out / kept).exists():
            shutil.copy(out / kept, fresh / kept)
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)


def train(out: Path, work: Path, *, minutes: float, scenes: int, seed: int) -> None:
    """Trains all parts in order, and writes the pipeline."""
    work.mkdir(parents=True, exist_ok=True)
    vae = autoencoder_in(work, minutes * SHARES["autoencoder"], seed)
    tokenizer, encoder = text_encoder_in(work, seed)
    examples = examples_in(work, vae, tokenizer, scenes, seed)
    training = DenoiserTraining(examples, encoder, tokenized(tokenizer, [""]), seed=seed)
    unet = train_unet(training, work / "denoiser.pt", minutes * SHARES["denoiser"])
    save_pipeline(out, vae, (tokenizer, encoder), unet)
    sharpen(vae, minutes * SHARES["decoder"], seed=seed)
    print(f"autoencoder, sharpened: {fidelity(vae):.2f} dB", flush=True)
    save_pipeline(out, vae, (tokenizer, encoder), unet)
    facts = {"seed": seed, "minutes": minutes, "scenes": scenes, "denoiser steps": training.steps}
    (out / "training.json").write_text(json.dumps(facts, indent=1) + "\n")


def main() -> None:
    """Trains from the command line."""
    parser = argparse.ArgumentParser(description="Train the proving ground's text-to-image model.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished pipeline")
    parser.add_argument("--minutes", type=float, default=75.0, help="wall time of all training")
    parser.add_argument(
        "--scenes", type=int, default=30_000, help="renders that the denoiser learns from"
    )
    parser.add_argument(
        "--work", type=Path, help="folder for parts and checkpoints (default: OUT.work)"
    )
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    work = given.work or given.out.with_name(given.out.name + ".work")
    train(given.out, work, minutes=given.minutes, scenes=given.scenes, seed=given.seed)


if __name__ == "__main__":
    main()
