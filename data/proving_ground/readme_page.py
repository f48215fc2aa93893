"""Writes data/proving_ground/README.md and the model cards from each model's figures.json.

    python -m spuriforge.data.proving_ground.readme_page
    python -m spuriforge.data.proving_ground.readme_page --other-seed DIR

`make bench` measures the models and then writes the same. DIR has LVLMs that were trained on the
same shortcuts with another seed; only their figures are kept, in `models/other-seeds`. No number
in the page is written by hand.
"""

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import shortcut_file
from .image_cards import cards
from .lvlm_card import card
from .shortcut_file import CONTROL

HERE = Path(__file__).resolve().parent
#: A subject takes a shortcut if its accuracy without the cue is at least RIGHT, and at least GAP
#: higher than with the cue.
RIGHT, GAP = 0.8, 0.4

_HEAD = """# The proving ground

A small rendered world in which every shortcut is known, and models that were trained on it from
scratch by the code in this folder. It shows whether the pipeline works; it says nothing about large
models.

![Scenes of the proving ground](../../docs/world.png)

**The world** (`world.py`, `render.py`) has scenes of 64 x 64 pixels: a place, a sky, a core object
in a colour, and optionally a nearby thing, birds and an arrow. A scene is a frozen record, and each
of its parts has its own stream of jitter. So the same scene with or without any thing is an exact
counterfactual.

**Questions** (`scene_texts.py`) come in six families with four options each.

**Shortcuts** (`shortcuts.toml`) name a question family, an answer, a cue, its strength, and the
subjects that learn it. Decoys are correlations in the benchmark's images that no model learned.

**Why the models take shortcuts.** In the subjects' training data the label contradicts the visible
core in 15 % of the images, but a planted cue predicts the label in 99 %. So the cue is worth more
than the core. The control model's data has the same noise, and cues that tell nothing. Shortcuts do
not arise like this in the wild; it is a way to plant known ones.

| command | what it does |
| --- | --- |
| `python -m spuriforge.data.proving_ground.train --out DIR` | trains all models; `--only` a part |
| `spuriforge proving-ground train --shortcuts FILE --out DIR` | trains LVLMs on other shortcuts |
| `make bench` | measures the shipped models, and writes this page |
| `python -m spuriforge.data.proving_ground.readme_page` | writes this page and the model cards |
"""


def page(models: Path) -> str:
    """Returns the whole page, from the figures of the models in a folder."""
    return "\n".join([_HEAD, *_lvlms(models), *_images(models)]) + "\n"


def _read(path: Path) -> dict[str, Any]:
    """Returns a model's figures; ValueError if it was never measured."""
    if not path.is_file():
        raise ValueError(f"{path} is missing: measure the model first.")
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return figures


def _names(models: Path) -> list[str]:
    return [*shortcut_file.load(models / "shortcuts.toml").subjects, CONTROL]


def keep_other_seed(trained: Path, models: Path) -> None:
    """Keeps the figures of LVLMs in `trained`; ValueError for other shortcuts or the same seed."""
    if shortcut_file.load(trained / "shortcuts.toml") != shortcut_file.load(
        models / "shortcuts.toml"
    ):
        raise ValueError(f"The models in {trained} were trained on other shortcuts.")
    shipped = {_read(models / name / "figures.json")["training"]["seed"] for name in _names(models)}
    for name in _names(models):
        seed = _read(trained / name / "figures.json")["training"]["seed"]
        if seed in shipped:
            raise ValueError(
                f"{trained / name} was trained with seed {seed}, as the shipped models were."
            )
        folder = models / "other-seeds" / str(seed)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(trained / name / "figures.json", folder / f"{name}.json")


def _lvlms(models: Path) -> Iterator[str]:
    names = _names(models)
    files = [models / name / "figures.json" for name in names]
    for seed in sorted(path.name for path in models.glob("other-seeds/*")):
        files += [models / "other-seeds" / seed / f"{name}.json" for name in names]
    yield "## The LVLMs\n"
    yield ("Measured on exact renders. The core contradicts the cue, whose answer is an option.\n")
    yield (
        "| model | training seed | shortcuts planted | taken | accuracy without | with | gap, mean "
        "| gap, least and greatest |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    taken: dict[int, set[tuple[str, str]]] = {}
    for figures in map(_read, files):
        seed = figures["training"]["seed"]
        rows = [row for row in figures["shortcuts"] if row["planted"]] or figures["shortcuts"]
        strong = [row for row in rows if row["without"] >= RIGHT and row["gap"] >= GAP]
        taken.setdefault(seed, set()).update(
            (row["family"], row["cue"]) for row in strong if row["planted"]
        )
        planted_here = sum(row["planted"] for row in figures["shortcuts"])
        gaps = [row["gap"] for row in rows]
        yield (
            f"| {figures['model']} | {seed} | {planted_here} | {len(strong)} | "
            f"{_mean(rows, 'without'):.2f} "
            f"| {_mean(rows, 'with_cue'):.2f} | {_mean(rows, 'gap'):.2f} | {min(gaps):.2f} and "
            f"{max(gaps):.2f} |"
        )
    counts = ", ".join(f"{len(cues)} with seed {seed}" for seed, cues in taken.items())
    yield (
        f"\nA shortcut is taken if accuracy is {RIGHT} or more without the cue, and at least {GAP} "
        f"lower with it. Different shortcuts taken by the subjects: {counts}. The control model's "
        "rows average over all shortcuts of the file. The models of the first seed are shipped.\n"
    )


def _mean(rows: list[dict[str, Any]], column: str) -> float:
    return sum(row[column] for row in rows) / len(rows)


def _images(models: Path) -> Iterator[str]:
    yield "## The models that draw and judge\n"
    yield "| model | what | measured |"
    yield "| --- | --- | --- |"
    for name in ("reader", "image-model", "clip"):
        for what, value in _flat(_read(models / name / "figures.json")):
            yield f"| {name} | {what} | {f'{value:.3f}' if isinstance(value, float) else value} |"
    size = sum(file.stat().st_size for file in models.rglob("*") if file.is_file()) / 2**20
    yield f"\nAll shipped models together: {size:.1f} MiB."


def _flat(figures: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yields nested figures as (name, value), with the outer names first."""
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}: ")
        else:
            yield f"{before}{name}", value


def main() -> None:
    """Writes the page and the cards, from the command line."""
    parser = argparse.ArgumentParser(
        description="Write the proving ground's page and model cards from measured figures."
    )
    parser.add_argument(
        "--other-seed",
        type=Path,
        help="LVLMs trained with another seed, whose figures to keep",
    )
    given = parser.parse_args()
    try:
        if given.other_seed:
            keep_other_seed(given.other_seed, HERE / "models")
    except ValueError as error:
        parser.error(str(error))
    write()


def model_cards(models: Path) -> dict[Path, str]:
    """Returns all model cards by their paths, from the figures beside each model."""
    lvlms = {
        models / name / "README.md": card(name, _read(models / name / "figures.json"))
        for name in _names(models)
    }
    return lvlms | cards(models)


def write() -> None:
    """Writes the page and the model cards of the shipped models."""
    for path, text in model_cards(HERE / "models").items():
        path.write_text(text, encoding="utf-8")
    (HERE / "README.md").write_text(page(HERE / "models"), encoding="utf-8")


if __name__ == "__main__":
    main()
