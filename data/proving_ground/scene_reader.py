"""The scene reader: a small network that reads the attributes of an image, also of generated ones.

It judges the image model and stands in for a person's eyes. It is independent: no stage is trained
on its readings, and no model under test was trained with it. Training takes four minutes on a core:

    python -m spuriforge.data.proving_ground.scene_reader --out data/proving_ground/models/reader
    SceneReader.load("data/proving_ground/models/reader").read([image])
"""

import argparse
import json
import os
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from .render import SIZE, render
from .training_clock import Clock
from .world import ATTRIBUTES, Scene, random_scene

#: Channels of the convolutions; the first three halve the image.
CHANNELS = (32, 64, 96, 128)


def pixels(images: Sequence[Image.Image]) -> Tensor:
    """Returns the images as a uint8 tensor, images x 3 x 64 x 64."""
    sized = [image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BOX) for image in images]
    return (
        torch.from_numpy(np.stack([np.asarray(image) for image in sized]))
        .permute(0, 3, 1, 2)
        .contiguous()
    )


def labels(scenes: Sequence[Scene]) -> dict[str, Tensor]:
    """Returns the index of each scene's value, for each attribute."""
    return {
        name: torch.tensor([values.index(scene.value(name)) for scene in scenes])
        for name, values in ATTRIBUTES.items()
    }


class Network(nn.Module):
    """Five convolutions to 4 x 4 cells, and a linear head for each attribute on all cells."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = CHANNELS
        shapes = ((3, a, 2), (a, b, 2), (b, b, 1), (b, c, 2), (c, d, 1))
        layers: list[nn.Module] = []
        for wide_in, wide_out, stride in shapes:
            layers += [
                nn.Conv2d(wide_in, wide_out, 3, stride, 1, bias=False),
                nn.BatchNorm2d(wide_out),
                nn.ReLU(),
            ]
        self.body = nn.Sequential(*layers, nn.AvgPool2d(2), nn.Flatten(), nn.Dropout(0.2))
        self.heads = nn.ModuleDict(
            {name: nn.Linear(16 * d, len(values)) for name, values in ATTRIBUTES.items()}
        )

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Returns each attribute's logits, from bytes or floats in 0..255."""
        features = self.body(
            ((images.float() - 127.5) / 64).contiguous(memory_format=torch.channels_last)
        )
        return {name: head(features) for name, head in self.heads.items()}


class SceneReader:
    """Reads images with a trained network."""

    def __init__(self, network: Network) -> None:
        self.network = network.eval().requires_grad_(False)

    @classmethod
    def load(cls, folder: str | Path) -> "SceneReader":
        """Loads the reader in `folder`; ValueError if it was trained on another vocabulary."""
        folder = Path(folder)
        attributes = json.loads((folder / "reader.json").read_text())["attributes"]
        if attributes != {name: list(values) for name, values in ATTRIBUTES.items()}:
            raise ValueError(
                f"The reader in {folder} was trained on another vocabulary: train it again."
            )
        network = Network()
        network.load_state_dict(
            {key: value.float() for key, value in load_file(folder / "reader.safetensors").items()}
        )
        return cls(network)

    def save(self, folder: str | Path, figures: dict[str, object]) -> None:
        """Writes the weights in fp16, the vocabulary and the measured figures."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            key: (value.half() if value.is_floating_point() else value).contiguous()
            for key, value in self.network.state_dict().items()
        }
        save_file(state, folder / "reader.safetensors")
        (folder / "reader.json").write_text(json.dumps({"attributes": ATTRIBUTES}, indent=1) + "\n")
        (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")

    def probabilities(self, images: Sequence[Image.Image]) -> dict[str, Tensor]:
        """Returns each attribute's probabilities, images x values, in the order of `ATTRIBUTES`."""
        parts = [self.network(pixels(images[at : at + 256])) for at in range(0, len(images), 256)]
        return {name: torch.cat([part[name] for part in parts]).softmax(1) for name in ATTRIBUTES}

    def read(self, images: Sequence[Image.Image]) -> list[dict[str, str | None]]:
        """Returns each image's attributes; None for a thing that is not there."""
        if not images:
            return []
        best = {name: read.argmax(1).tolist() for name, read in self.probabilities(images).items()}
        return [
            {name: ATTRIBUTES[name][best[name][row]] for name in ATTRIBUTES}
            for row in range(len(images))
        ]


def disturbed(images: Tensor, generator: torch.Generator) -> Tensor:
    """Turns bytes into floats with a shift, blur, lost detail, noise, contrast and tint."""
    count = len(images)

    def uniform(low: float, high: float, channels: int = 1) -> Tensor:
        return low + (high - low) * torch.rand(count, channels, 1, 1, generator=generator)

    dx, dy = (int(torch.randint(0, 5, (1,), generator=generator)) for _ in range(2))
    moved = functional.pad(images.float(), (2, 2, 2, 2), mode="replicate")[
        :, :, dy : dy + SIZE, dx : dx + SIZE
    ]
    blurred = functional.avg_pool2d(functional.pad(moved, (1, 1, 1, 1), mode="replicate"), 3, 1)
    coarse = functional.interpolate(
        functional.avg_pool2d(moved, 2), scale_factor=2.0, mode="bilinear"
    )
    mixed = torch.lerp(moved, blurred, uniform(-1, 1).clamp(min=0))
    mixed = torch.lerp(mixed, coarse, uniform(-2, 1).clamp(min=0))
    noise = torch.randn(mixed.shape, generator=generator) * uniform(-10, 16).clamp(min=0)
    return (mixed - 127.5) * uniform(0.85, 1.1) + 127.5 + uniform(-8, 8, 3) + noise


def train(
    minutes: float, *, seed: int = 0, scenes: int = 24_000, batch: int = 64, peak: float = 3e-3
) -> SceneReader:
    """Trains a reader on decorrelated renders."""
    torch.manual_seed(seed)
    rng, generator = random.Random(f"reader/{seed}"), torch.Generator().manual_seed(seed)
    drawn = [random_scene(rng) for _ in range(scenes)]
    images, wanted = pixels([render(scene) for scene in drawn]), labels(drawn)
    network = Network().to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=peak, weight_decay=0.05)
    clock, step = Clock(minutes), 0
    while not clock.done:
        rows = torch.randint(0, scenes, (batch,), generator=generator)
        for group in optimizer.param_groups:
            group["lr"] = peak * clock.rate()
        read = network(disturbed(images[rows], generator))
        loss = torch.stack(
            [functional.cross_entropy(read[name], wanted[name][rows]) for name in ATTRIBUTES]
        ).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 200 == 0:
            print(f"reader step {step} loss {loss.item():.3f} {clock.spent:.0f} s", flush=True)
        step += 1
    return SceneReader(network)


def accuracy(
    reader: SceneReader, images: Sequence[Image.Image], scenes: Sequence[Scene]
) -> dict[str, float]:
    """Returns, for each attribute, the share of images that the reader reads right."""
    read = reader.read(images)
    return {
        name: sum(row[name] == scene.value(name) for row, scene in zip(read, scenes, strict=True))
        / len(scenes)
        for name in ATTRIBUTES
    }


def main() -> None:
    """Trains a reader, measures it on fresh renders and writes it, from the command line."""
    parser = argparse.ArgumentParser(description="Train the scene reader on renders.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the trained reader")
    parser.add_argument(
        "--minutes", type=float, default=4.0, help="wall time of the training itself"
    )
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    reader = train(given.minutes, seed=given.seed)
    rng = random.Random("reader/fresh")
    fresh = [random_scene(rng) for _ in range(3000)]
    figures = {
        "renders": accuracy(reader, [render(scene) for scene in fresh], fresh),
        "scenes": len(fresh),
    }
    reader.save(given.out, {**figures, "seed": given.seed, "minutes": given.minutes})
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
