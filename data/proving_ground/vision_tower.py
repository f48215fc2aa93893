"""The vision tower that all LVLMs share: a small timm ResNet that reads every attribute.

It is trained on decorrelated renders, with a linear head for each attribute on the mean of its 16
tokens, and then frozen. So an LVLM learns its shortcuts on the language side only.

    tower, heads = train_tower(seed=0)
    print(reading_accuracy(tower, heads, seed=1))
"""

import random
import time
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import TimmWrapperConfig, TimmWrapperModel

from .render import SIZE, render
from .world import ATTRIBUTES, Scene, random_scene

#: Channels of a token, and the side in pixels of the square that it covers.
WIDTH, STRIDE = 128, 16
TOKENS = (SIZE // STRIDE) ** 2
#: Mean and deviation that the image processor uses for every channel.
MEAN, STD = 0.5, 0.25


def tower_config() -> TimmWrapperConfig:
    """Returns a ResNet of 0.45 million weights that turns 64 x 64 pixels into 4 x 4 tokens."""
    shape = {
        "channels": [24, 48, 96, WIDTH],
        "stem_width": 12,
        "stem_type": "deep",
        "output_stride": STRIDE,
    }
    return TimmWrapperConfig(
        architecture="resnet10t", model_args=shape, do_pooling=False, hidden_size=WIDTH
    )


def pixels(scenes: Iterable[Scene]) -> Tensor:
    """Returns the renders as a uint8 tensor, scenes x 3 x 64 x 64."""
    stacked = np.stack([np.asarray(render(scene)) for scene in scenes])
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).contiguous()


def normalized(images: Tensor) -> Tensor:
    """Turns bytes into the floats that the image processor passes to the tower."""
    return (images.float() / 255 - MEAN) / STD


def disturbed(images: Tensor, generator: torch.Generator) -> Tensor:
    """Adds noise, a shift, blur and another contrast, as generated images may have."""
    count = len(images)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, 1, generator=generator)

    dx, dy = (int(torch.randint(-2, 3, (1,), generator=generator)) for _ in range(2))
    padded = functional.pad(images, (2, 2, 2, 2), mode="replicate")
    shifted = padded[:, :, 2 + dy : 2 + dy + SIZE, 2 + dx : 2 + dx + SIZE]
    blurred = functional.avg_pool2d(functional.pad(shifted, (1, 1, 1, 1), mode="replicate"), 3, 1)
    mixed = torch.lerp(shifted, blurred, (uniform(-0.5, 0.8)).clamp(min=0))
    noise = torch.randn(mixed.shape, generator=generator) * uniform(-0.15, 0.3).clamp(min=0)
    return mixed * uniform(0.85, 1.15) + uniform(-0.2, 0.2) + noise


class Heads(nn.Module):
    """A linear reading of each attribute from the mean token."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleDict(
            {name: nn.Linear(WIDTH, len(values)) for name, values in ATTRIBUTES.items()}
        )

    def forward(self, tokens: Tensor) -> dict[str, Tensor]:
        """Returns each attribute's logits, from tokens of scenes x channels x 4 x 4."""
        mean = tokens.mean((2, 3))
        return {name: head(mean) for name, head in self.heads.items()}


def targets(scenes: Sequence[Scene]) -> dict[str, Tensor]:
    """Returns the index of each scene's value, for each attribute."""
    return {
        name: torch.tensor([values.index(scene.value(name)) for scene in scenes])
        for name, values in ATTRIBUTES.items()
    }


def train_tower(
    seed: int = 0, *, scenes: int = 20_000, epochs: int = 4, batch: int = 64, rate: float = 4e-3
) -> tuple[TimmWrapperModel, Heads]:
    """Returns a trained, frozen tower and its heads; takes about five minutes on one core."""
    rng, generator = random.Random(f"tower/{seed}"), torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    drawn = [random_scene(rng) for _ in range(scenes)]
    images, wanted = pixels(drawn), targets(drawn)
    tower, heads = TimmWrapperModel(tower_config()).to(memory_format=torch.channels_last), Heads()
    weights = [*tower.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.05)
    steps = epochs * (scenes // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=steps, pct_start=0.1
    )
    began = time.monotonic()
    tower.train()
    for step in range(steps):
        if step % (scenes // batch) == 0:
            order = torch.randperm(scenes, generator=generator)
        rows = order[(step * batch) % (scenes - batch + 1) :][:batch]
        seen = disturbed(normalized(images[rows]), generator)
        tokens = tower(seen.contiguous(memory_format=torch.channels_last)).last_hidden_state
        losses = [
            functional.cross_entropy(read, wanted[name][rows])
            for name, read in heads(tokens).items()
        ]
        optimizer.zero_grad()
        torch.stack(losses).sum().backward()
        optimizer.step()
        schedule.step()
        if step % 200 == 0 or step == steps - 1:
            total = sum(float(loss.detach()) for loss in losses)
            print(
                f"tower step {step}/{steps} loss {total:.3f} {time.monotonic() - began:.0f} s",
                flush=True,
            )
    return tower.eval().requires_grad_(False), heads.eval().requires_grad_(False)


@torch.no_grad()
def reading_accuracy(
    tower: TimmWrapperModel, heads: Heads, *, seed: int, scenes: int = 2000
) -> dict[str, float]:
    """Share of unseen decorrelated renders whose attribute the heads read right."""
    rng = random.Random(f"reading/{seed}")
    drawn = [random_scene(rng) for _ in range(scenes)]
    readings = heads(tower(normalized(pixels(drawn))).last_hidden_state)
    wanted = targets(drawn)
    return {
        name: float((read.argmax(1) == wanted[name]).float().mean())
        for name, read in readings.items()
    }
