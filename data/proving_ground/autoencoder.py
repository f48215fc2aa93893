"""The image model's autoencoder: 64 x 64 pixels to 16 x 16 cells of 4 numbers, and back.

A stock `AutoencoderTiny`, trained on crops of renders; its latents have mean 0 and variance 1.
`sharpen` then trains only the decoder, so that latents computed earlier stay valid.
"""

import random
from collections.abc import Sequence

import torch
from diffusers import AutoencoderTiny
from torch import Tensor, nn
from torch.nn import functional

from .optimizer import MuonWithAdamW
from .render import render
from .scene_reader import pixels
from .training_clock import Clock
from .world import random_scene

LATENT_CHANNELS = 4
#: Channels of every hidden convolution.
WIDTH = 48
#: Side of a training crop, in pixels; whole images teach no more and cost four times as much.
CROP = 32


def new_autoencoder() -> AutoencoderTiny:
    """Returns an untrained autoencoder of 463,000 weights."""
    return AutoencoderTiny(
        encoder_block_out_channels=(WIDTH,) * 3,
        decoder_block_out_channels=(WIDTH,) * 3,
        num_encoder_blocks=(0, 1, 1),
        num_decoder_blocks=(3, 1, 0),
        latent_channels=LATENT_CHANNELS,
        scaling_factor=1.0,
    ).to(memory_format=torch.channels_last)


def signed(images: Tensor) -> Tensor:
    """Turns bytes into the floats in -1..1 that diffusers' pipelines pass to an autoencoder."""
    return (images.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def rendered(count: int, seed: object) -> Tensor:
    """Returns renders of random scenes as bytes, count x 3 x 64 x 64."""
    rng = random.Random(f"autoencoder/{seed}")
    return pixels([render(random_scene(rng)) for _ in range(count)])


def _edges(images: Tensor) -> tuple[Tensor, Tensor]:
    return images[..., 1:] - images[..., :-1], images[..., 1:, :] - images[..., :-1, :]


def _edge_loss(decoded: Tensor, images: Tensor) -> Tensor:
    pairs = zip(_edges(decoded), _edges(images), strict=True)
    return torch.stack([functional.l1_loss(a, b) for a, b in pairs]).sum()


def _cropped(images: Tensor, generator: torch.Generator) -> Tensor:
    """Returns the same random crop of all images, on the grid of latent cells."""
    cells = (images.shape[-1] - CROP) // 4 + 1
    y, x = (4 * int(torch.randint(0, cells, (1,), generator=generator)) for _ in range(2))
    return images[:, :, y : y + CROP, x : x + CROP]


def split_weights(vae: AutoencoderTiny) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Splits weights: square kernels for Muon; biases, first and last convolutions for AdamW."""
    inner: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for weight in vae.parameters():
        (inner if weight.shape[:2] == (WIDTH, WIDTH) else rest).append(weight)
    return inner, rest


def train_autoencoder(minutes: float, *, seed: int = 0, scenes: int = 8000) -> AutoencoderTiny:
    """Trains an autoencoder on renders."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    images, vae = rendered(scenes, seed), new_autoencoder()
    optimizer = MuonWithAdamW(
        *split_weights(vae), muon_rate=0.01, adamw_rate=2e-3, weight_decay=0.0
    )
    clock, step = Clock(minutes), 0
    while not clock.done:
        rows = torch.randint(0, scenes, (32,), generator=generator)
        crops = signed(_cropped(images[rows], generator))
        latents = vae.encoder(crops)
        decoded = vae.decoder(latents + 0.04 * torch.randn(latents.shape, generator=generator))
        shape = latents.mean((0, 2, 3)).square().sum() + (latents.var((0, 2, 3)) - 1).square().sum()
        near = functional.l1_loss(decoded, crops) + 2 * functional.mse_loss(decoded, crops)
        loss = near + 0.25 * _edge_loss(decoded, crops) + 0.02 * shape
        optimizer.step(loss, clock.rate(hold=0.3))
        if step % 200 == 0:
            print(f"autoencoder step {step} loss {loss.item():.4f} {clock.spent:.0f} s", flush=True)
        step += 1
    return vae.eval().requires_grad_(False)


def sharpen(
    vae: AutoencoderTiny, minutes: float, *, seed: int = 0, scenes: int = 6000, peak: float = 1e-3
) -> None:
    """Trains only the decoder, for crisp edges, on latents as noisy as sampled ones."""
    generator = torch.Generator().manual_seed(seed)
    images = rendered(scenes, f"sharpen/{seed}")
    latents = encoded(vae, images)
    vae.decoder.requires_grad_(True).train()
    optimizer = torch.optim.AdamW(vae.decoder.parameters(), lr=peak, weight_decay=0.0)
    clock, step = Clock(minutes), 0
    while not clock.done:
        for group in optimizer.param_groups:
            group["lr"] = peak * clock.rate()
        rows = torch.randint(0, scenes, (8,), generator=generator)
        noise = torch.randn((8, *latents.shape[1:]), generator=generator)
        decoded = vae.decoder(
            latents[rows].float() + 0.06 * torch.rand(8, 1, 1, 1, generator=generator) * noise
        )
        wanted = signed(images[rows])
        loss = functional.l1_loss(decoded, wanted) + 0.5 * _edge_loss(decoded, wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 200 == 0:
            print(f"decoder step {step} loss {loss.item():.4f} {clock.spent:.0f} s", flush=True)
        step += 1
    vae.eval().requires_grad_(False)


@torch.no_grad()
def encoded(vae: AutoencoderTiny, images: Tensor) -> Tensor:
    """Returns the latents, in fp16, of images in bytes."""
    parts = [vae.encoder(signed(images[at : at + 128])).half() for at in range(0, len(images), 128)]
    return torch.cat(parts).contiguous()


@torch.no_grad()
def reconstructed(vae: AutoencoderTiny, images: Tensor) -> Tensor:
    """Encodes and decodes images; bytes in, bytes out."""
    parts: Sequence[Tensor] = [
        vae.decoder(vae.encoder(signed(images[at : at + 128]))).clamp(-1, 1)
        for at in range(0, len(images), 128)
    ]
    return ((torch.cat(list(parts)) + 1) * 127.5).round().to(torch.uint8).contiguous()


def fidelity(vae: AutoencoderTiny, *, seed: object = "fresh", scenes: int = 200) -> float:
    """Returns the peak signal-to-noise ratio of fresh reconstructions, in decibels."""
    images = rendered(scenes, seed)
    error = (reconstructed(vae, images).float() - images.float()).square().mean()
    return float(10 * torch.log10(255**2 / error))
