"""Trains the proving ground's CLIP from scratch, in open_clip's format.

    python -m spuriforge.data.proving_ground.train_clip --out data/proving_ground/models/clip
    open_clip.create_model_and_transforms("local-dir:data/proving_ground/models/clip")

It has a small ModifiedResNet and a small text transformer, and three losses: each image against all
captions of the batch and against its own with a changed clause; each caption against all images;
each image against prompts for every value of an attribute. The image model's autoencoder decodes
half of the images, so that they look like generated ones.
"""

import argparse
import json
import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import open_clip
import torch
from diffusers import AutoencoderTiny
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from .autoencoder import encoded
from .clip_texts import edited, prompts
from .optimizer import MuonWithAdamW
from .render import render
from .scene_reader import disturbed, labels, pixels
from .text_encoder import LENGTH, new_tokenizer, tokenized
from .training_clock import Clock
from .world import ATTRIBUTES, random_scene

MEAN, STD = 0.5, 0.25
BATCH = 64
#: Peak learning rates, of kernels and of the rest.
MUON_RATE, ADAMW_RATE = 0.01, 1.5e-3


def model_config(vocabulary: int) -> dict[str, object]:
    """Returns the configuration from which open_clip builds the model."""
    return {
        "embed_dim": 128,
        "vision_cfg": {"image_size": 64, "layers": [1, 2, 2, 1], "width": 20, "patch_size": None},
        "text_cfg": {
            "context_length": LENGTH,
            "vocab_size": vocabulary,
            "width": 64,
            "heads": 4,
            "layers": 2,
            "hf_tokenizer_name": "clip",
            "tokenizer_kwargs": {},
        },
    }


def new_model(config: dict[str, object]) -> open_clip.CLIP:
    """Returns an untrained model."""
    return open_clip.CLIP(**config).to(memory_format=torch.channels_last)


def text_features(model: open_clip.CLIP, tokens: Tensor) -> Tensor:
    """Returns `model.encode_text`, normalized, but spends no time on padding."""
    longest = int(tokens.argmax(1).max()) + 1
    tokens = tokens[:, :longest]
    states = model.token_embedding(tokens) + model.positional_embedding[:longest]
    states = model.ln_final(
        model.transformer(states, attn_mask=model.attn_mask[:longest, :longest])
    )
    pooled = states[torch.arange(len(tokens)), tokens.argmax(1)]
    return functional.normalize(pooled @ model.text_projection, dim=1)


def image_features(model: open_clip.CLIP, images: Tensor) -> Tensor:
    """Returns normalized embeddings of images in bytes or floats of 0..255."""
    inputs = ((images.float() / 255 - MEAN) / STD).contiguous(memory_format=torch.channels_last)
    return functional.normalize(model.visual(inputs), dim=1)


def split(model: open_clip.CLIP) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Splits weights: inner kernels and text matrices for Muon, all others for AdamW."""
    inner: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, weight in model.named_parameters():
        hidden = name.startswith("transformer.") or (
            name.startswith("visual.") and "attnpool" not in name
        )
        (inner if hidden and weight.ndim > 1 else rest).append(weight)
    return inner, rest


@dataclass(frozen=True, slots=True)
class ClipExamples:
    """Images in bytes, with labels, and tokens of the caption and of two edited captions."""

    images: Tensor
    tokens: Tensor
    wanted: dict[str, Tensor]


@torch.no_grad()
def as_generated(vae: AutoencoderTiny, images: Tensor, generator: torch.Generator) -> Tensor:
    """Encodes and decodes images with a little noise on their latents; bytes in, bytes out."""
    parts = []
    for at in range(0, len(images), 128):
        latents = encoded(vae, images[at : at + 128]).float()
        noisy = latents + 0.1 * torch.rand(
            len(latents), 1, 1, 1, generator=generator
        ) * torch.randn(latents.shape, generator=generator)
        parts.append(((vae.decoder(noisy).clamp(-1, 1) + 1) * 127.5).to(torch.uint8))
    return torch.cat(parts).contiguous()


def draw_examples(scenes: int, vae: AutoencoderTiny | None, *, seed: int) -> ClipExamples:
    """Returns renders with texts; half are decoded if there is an autoencoder."""
    rng, generator = random.Random(f"clip/{seed}"), torch.Generator().manual_seed(seed)
    drawn = [random_scene(rng) for _ in range(scenes)]
    images = pixels([render(scene) for scene in drawn])
    if vae is not None:
        images[::2] = as_generated(vae, images[::2], generator)
    texts = [text for scene in drawn for text in edited(scene, rng)]
    return ClipExamples(
        images, tokenized(new_tokenizer(), texts).view(scenes, 3, -1), labels(drawn)
    )


def examples_in(path: Path, scenes: int, vae: Path | None, seed: int) -> ClipExamples:
    """Returns the examples at `path`, or draws new ones and writes them there."""
    if not path.exists():
        decoder = AutoencoderTiny.from_pretrained(vae).requires_grad_(False) if vae else None
        drawn = draw_examples(scenes, decoder, seed=seed)
        torch.save(
            {"images": drawn.images, "tokens": drawn.tokens, "wanted": drawn.wanted},
            path.with_suffix(".tmp"),
        )
        path.with_suffix(".tmp").rename(path)
        print(f"{scenes} examples drawn", flush=True)
    return ClipExamples(**torch.load(path))


class ClipTraining:
    """The state of a training over the examples."""

    def __init__(self, examples: ClipExamples, config: dict[str, object], *, seed: int) -> None:
        torch.manual_seed(seed)
        self.examples, self.model, self.tokenizer = examples, new_model(config), new_tokenizer()
        self.rng, self.generator = (
            random.Random(f"clip/steps/{seed}"),
            torch.Generator().manual_seed(seed),
        )
        inner, rest = split(self.model)
        self.optimizer = MuonWithAdamW(
            inner, rest, muon_rate=MUON_RATE, adamw_rate=ADAMW_RATE, betas=(0.9, 0.98)
        )

    def step(self, rate: float) -> tuple[float, float]:
        """Makes an update at `rate` times the peak, and returns the captions' and prompts' loss."""
        rows = torch.randint(0, len(self.examples.images), (BATCH,), generator=self.generator)
        features = image_features(self.model, disturbed(self.examples.images[rows], self.generator))
        caption_loss, prompt_loss = self._captions(rows, features), self._prompts(rows, features)
        self.optimizer.step(caption_loss + prompt_loss, rate)
        self.model.logit_scale.data.clamp_(0, 4.0)
        return caption_loss.item(), prompt_loss.item()

    def _captions(self, rows: Tensor, features: Tensor) -> Tensor:
        texts = text_features(self.model, self.examples.tokens[rows].transpose(0, 1).flatten(0, 1))
        logits = self.model.logit_scale.exp() * features @ texts.T
        own = torch.arange(BATCH)
        three = torch.stack([logits[own, own + BATCH * k] for k in range(3)], 1)
        among_own = functional.cross_entropy(three, torch.zeros(BATCH, dtype=torch.long))
        to_images = functional.cross_entropy(logits[:, :BATCH].T, own)
        return functional.cross_entropy(logits, own) + to_images + 2 * among_own

    def _prompts(self, rows: Tensor, features: Tensor) -> Tensor:
        texts = {name: prompts(name, self.rng) for name in ATTRIBUTES}
        tokens = tokenized(
            self.tokenizer, [text for wordings in texts.values() for text in wordings]
        )
        parts = text_features(self.model, tokens).split(
            [len(wordings) for wordings in texts.values()]
        )
        losses = [
            functional.cross_entropy(
                self.model.logit_scale.exp() * features @ part.T, self.examples.wanted[name][rows]
            )
            for name, part in zip(texts, parts, strict=True)
        ]
        return torch.stack(losses).sum()


def train(
    examples: ClipExamples, minutes: float, checkpoint: Path, *, seed: int = 0
) -> open_clip.CLIP:
    """Trains a model, from a checkpoint if there is one."""
    training = ClipTraining(examples, model_config(len(new_tokenizer())), seed=seed)
    step, spent, saved = 0, 0.0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        training.model.load_state_dict(state["model"])
        training.optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
        training.generator.manual_seed(step)
    clock = Clock(minutes, spent=spent)
    while not clock.done:
        caption_loss, prompt_loss = training.step(clock.rate(warm_up=0.05))
        step += 1
        if step % 50 == 0:
            print(
                f"clip step {step} captions {caption_loss:.3f} prompts {prompt_loss:.3f} "
                f"{clock.spent:.0f} s",
                flush=True,
            )
        if clock.spent - saved > 60 or clock.done:
            saved = clock.spent
            state = {
                "model": training.model.state_dict(),
                "optimizer": training.optimizer.state_dict(),
            }
            torch.save({**state, "step": step, "spent": saved}, checkpoint.with_suffix(".tmp"))
            checkpoint.with_suffix(".tmp").rename(checkpoint)
    return training.model.eval().requires_grad_(False)


def save(model: open_clip.CLIP, out: Path) -> None:
    """Writes open_clip's folder format in fp16; replaces `out`, but keeps its card and figures."""
    fresh = out.with_name(out.name + ".tmp")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    tokenizer = new_tokenizer()
    preprocess = {
        "mean": [MEAN] * 3,
        "std": [STD] * 3,
        "interpolation": "bicubic",
        "resize_mode": "shortest",
    }
    config = {"model_cfg": model_config(len(tokenizer)), "preprocess_cfg": preprocess}
    (fresh / "open_clip_config.json").write_text(json.dumps(config, indent=1) + "\n")
    state = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in model.state_dict().items()
    }
    save_file(state, fresh / "open_clip_model.safetensors")
    tokenizer.save_pretrained(fresh)
    for kept in ("README.md", "figures.json"):
        if (out / kept).exists():
            shutil.copy(out / kept, fresh / kept)
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)


def main() -> None:
    """Trains from the command line."""
    parser = argparse.ArgumentParser(description="Train the proving ground's CLIP.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    parser.add_argument(
        "--minutes", type=float, default=15.0, help="wall time of the training itself"
    )
    parser.add_argument("--scenes", type=int, default=16_000)
    parser.add_argument(
        "--vae", type=Path, help="the image model's autoencoder, for images as it decodes them"
    )
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    work = given.out.with_name(given.out.name + ".work")
    work.mkdir(parents=True, exist_ok=True)
    examples = examples_in(work / "examples.pt", given.scenes, given.vae, given.seed)
    save(train(examples, given.minutes, work / "checkpoint.pt", seed=given.seed), given.out)
    facts = {"seed": given.seed, "minutes": given.minutes, "scenes": given.scenes}
    (given.out / "training.json").write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
