"""The image model's denoiser: a stock UNet without attention that learns to draw a caption.

The caption is pooled into the time embedding (`addition_embed_type="text"`), which is faster than
cross-attention and better at equal time. It uses v-prediction on a zero-SNR schedule, and Muon on
kernels with AdamW on the rest; the shipped weights are a running mean. Training stops by the clock,
writes a checkpoint every two minutes, and continues from it.
"""

import random
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderTiny, DDIMScheduler, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from .autoencoder import LATENT_CHANNELS, encoded
from .muon import split_weights
from .optimizer import MuonWithAdamW
from .render import render
from .scene_reader import pixels
from .text_encoder import WIDTH, spoken, tokenized
from .training_clock import Clock
from .world import random_scene

#: Captions of each scene.
PARAPHRASES = 2
BATCH = 32
#: Share of captions left empty, for classifier-free guidance.
DROPPED = 0.1
MUON_RATE, ADAMW_RATE = 0.01, 1.5e-3


def new_unet() -> UNet2DConditionModel:
    """Returns an untrained denoiser of 16 x 16 latents, with 3.0 million weights."""
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=(32, 64, 128),
        down_block_types=("DownBlock2D",) * 3,
        up_block_types=("UpBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=16,
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
        cross_attention_dim=WIDTH,
        encoder_hid_dim=WIDTH,
    ).to(memory_format=torch.channels_last)


def new_scheduler() -> DDIMScheduler:
    """Returns DDIM from pure noise (zero SNR at the last step), for training and sampling."""
    return DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        steps_offset=1,
    )


@dataclass(frozen=True, slots=True)
class DenoiserExamples:
    """Latents and captions of scenes.

    `latents` is scenes x 4 x 16 x 16 in fp16; `tokens` is scenes x PARAPHRASES x LENGTH.
    """

    latents: Tensor
    tokens: Tensor

    def save(self, path: Path) -> None:
        """Writes the examples for a later sitting."""
        torch.save({"latents": self.latents, "tokens": self.tokens}, path)

    @classmethod
    def load(cls, path: Path) -> "DenoiserExamples":
        """Reads what `save` wrote."""
        return cls(**torch.load(path))


def draw_examples(
    vae: AutoencoderTiny, tokenizer: CLIPTokenizer, *, scenes: int, seed: int = 0
) -> DenoiserExamples:
    """Returns encoded renders with captions."""
    rng = random.Random(f"image-model/{seed}")
    latents, captions = [], []
    for at in range(0, scenes, 1024):
        drawn = [random_scene(rng) for _ in range(min(1024, scenes - at))]
        latents.append(encoded(vae, pixels([render(scene) for scene in drawn])))
        captions += [spoken(scene, rng) for scene in drawn for _ in range(PARAPHRASES)]
        if at % 8192 == 0:
            print(f"examples {at}/{scenes}", flush=True)
    return DenoiserExamples(
        torch.cat(latents), tokenized(tokenizer, captions).view(scenes, PARAPHRASES, -1)
    )


class DenoiserTraining:
    """The state of a training, with its checkpoints."""

    def __init__(
        self,
        examples: DenoiserExamples,
        text_encoder: CLIPTextModel,
        empty: Tensor,
        *,
        seed: int = 0,
    ) -> None:
        torch.manual_seed(seed)
        self.examples, self.text_encoder, self.empty = examples, text_encoder, empty
        self.generator = torch.Generator().manual_seed(seed)
        self.unet, self.mean, self.steps, self.spent = new_unet(), new_unet(), 0, 0.0
        self.mean.load_state_dict(self.unet.state_dict())
        inner, rest = split_weights(self.unet)
        self.optimizer = MuonWithAdamW(inner, rest, muon_rate=MUON_RATE, adamw_rate=ADAMW_RATE)
        self.signal = new_scheduler().alphas_cumprod

    def step(self, rate: float) -> float:
        """Makes an update at `rate` times the peak rates, and returns the loss."""
        loss = self._loss()
        self.optimizer.step(loss, rate)
        self.steps += 1
        self._average(min(0.998, self.steps / (self.steps + 9)))
        return loss.item()

    def _loss(self) -> Tensor:
        rows = torch.randint(0, len(self.examples.latents), (BATCH,), generator=self.generator)
        which = torch.randint(0, PARAPHRASES, (BATCH,), generator=self.generator)
        tokens = self.examples.tokens[rows, which]
        dropped = torch.rand(BATCH, generator=self.generator) < DROPPED
        conditions = self.text_encoder(
            torch.where(dropped[:, None], self.empty, tokens)
        ).last_hidden_state
        clean = self.examples.latents[rows].float()
        noise = torch.randn(clean.shape, generator=self.generator)
        times = torch.randint(0, len(self.signal), (BATCH,), generator=self.generator)
        signal = self.signal[times].view(-1, 1, 1, 1)
        noisy = signal.sqrt() * clean + (1 - signal).sqrt() * noise
        velocity = signal.sqrt() * noise - (1 - signal).sqrt() * clean
        predicted = self.unet(
            noisy.contiguous(memory_format=torch.channels_last), times, conditions
        ).sample
        weight = 1 / (1 + signal / (1 - signal) / 5)
        return (weight * (predicted - velocity).square()).mean()

    @torch.no_grad()
    def _average(self, keep: float) -> None:
        torch._foreach_lerp_(list(self.mean.parameters()), list(self.unet.parameters()), 1 - keep)

    def save(self, path: Path) -> None:
        """Writes a checkpoint, whole or not at all."""
        state = {
            "unet": self.unet.state_dict(),
            "mean": self.mean.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "steps": self.steps,
            "spent": self.spent,
        }
        torch.save(state, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").rename(path)

    def load(self, path: Path) -> None:
        """Restores a checkpoint."""
        state = torch.load(path)
        self.unet.load_state_dict(state["unet"])
        self.mean.load_state_dict(state["mean"])
        self.steps, self.spent = state["steps"], state["spent"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.manual_seed(self.steps)


def train_unet(
    training: DenoiserTraining, checkpoint: Path, minutes: float
) -> UNet2DConditionModel:
    """Trains until the time is over, and returns the mean of the weights."""
    if checkpoint.exists():
        training.load(checkpoint)
        print(f"continuing from step {training.steps}, {training.spent:.0f} s", flush=True)
    clock = Clock(minutes, spent=training.spent)
    saved = running = 0.0
    while not clock.done:
        loss = training.step(clock.rate(hold=0.3))
        running = loss if not running else 0.98 * running + 0.02 * loss
        training.spent = clock.spent
        if clock.spent - saved > 120:
            saved = clock.spent
            training.save(checkpoint)
        if training.steps % 50 == 0:
            print(f"unet step {training.steps} loss {running:.4f} {clock.spent:.0f} s", flush=True)
    training.save(checkpoint)
    return training.mean.eval().requires_grad_(False)
