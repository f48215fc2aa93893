"""Trains every model of the proving ground from scratch, and measures them.

    python -m spuriforge.data.proving_ground.train --out DIR
    python -m spuriforge.data.proving_ground.train --out DIR --only lvlms     # a single part

Everything takes two hours on one core. The parts are scene reader, image model, CLIP, LVLMs and
figures. After a stop, run the same command again: it skips finished parts and continues the others.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SHORTCUTS = Path(__file__).parent / "shortcuts.toml"


@dataclass(frozen=True, slots=True)
class Part:
    """A program of this folder; it is finished once the file `finished` exists (None: never)."""

    name: str
    module: str
    arguments: tuple[str, ...]
    finished: Path | None

    @property
    def command(self) -> list[str]:
        """The command line that runs this part."""
        return [
            sys.executable,
            "-m",
            f"spuriforge.data.proving_ground.{self.module}",
            *self.arguments,
        ]


def parts(out: Path, shortcuts: Path = SHORTCUTS, seed: int = 0) -> tuple[Part, ...]:
    """Returns all parts, each after those it needs."""
    reader, image_model, clip, vae = (
        str(out / name) for name in ("reader", "image-model", "clip", "image-model/vae")
    )
    seeded = ("--seed", str(seed))
    return (
        Part(
            "reader",
            "scene_reader",
            ("--out", reader, *seeded),
            out / "reader" / "reader.safetensors",
        ),
        Part(
            "image-model",
            "train_image_model",
            ("--out", image_model, *seeded),
            out / "image-model/training.json",
        ),
        Part(
            "clip",
            "train_clip",
            ("--out", clip, "--vae", vae, *seeded),
            out / "clip" / "training.json",
        ),
        Part(
            "lvlms", "train_lvlm", ("--shortcuts", str(shortcuts), "--out", str(out), *seeded), None
        ),
        Part("figures", "measure_image_models", ("--models", str(out)), None),
    )


def train(chosen: Sequence[Part]) -> None:
    """Runs the unfinished parts; CalledProcessError at the first that fails."""
    for part in chosen:
        if part.finished and part.finished.exists():
            print(f"{part.name}: finished already", flush=True)
            continue
        print(f"{part.name}: {' '.join(part.command[1:])}", flush=True)
        subprocess.run(part.command, check=True)


def main() -> None:
    """Trains from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for all models")
    parser.add_argument(
        "--shortcuts", type=Path, default=SHORTCUTS, help="shortcut file (TOML) for the LVLMs"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--only", choices=[part.name for part in parts(Path())], help="train only this part"
    )
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    chosen = [
        part
        for part in parts(given.out, given.shortcuts, given.seed)
        if given.only in (None, part.name)
    ]
    try:
        train(chosen)
    except subprocess.CalledProcessError as error:
        parser.exit(error.returncode, "Stopped. The same command goes on from here.\n")


if __name__ == "__main__":
    main()
