"""Writes data/proving_ground/README.md from the figures that were measured beside each model.

    python -m data.proving_ground.figures            # after measuring: `make bench`, or training

No number in that page is written by hand: each comes from a model's figures.json.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import planted
from .planted import CONTROL

HERE = Path(__file__).parent
#: A subject takes a shortcut when it is at least this right without the cue and at least this much less with it.
RIGHT, GAP = 0.8, 0.4

_HEAD = """# The proving ground

A small rendered world in which every shortcut is known, and models trained on it from scratch by the code in this
folder. It shows whether the pipeline works; it says nothing about large models.

![Scenes of the proving ground](../../docs/world.png)

**The world** (`world.py`, `render.py`): 64 x 64 scenes of a place, a sky, one core object in a colour, perhaps a nearby
thing, birds and an arrow. A scene is a frozen record, and each of its parts has its own stream of jitter, so the same
scene with or without any one thing is an exact counterfactual. **Questions** (`language.py`): six families, four
options each. **Shortcuts** (`shortcuts.toml`): question family, answer, cue, strength, and which subjects learn it;
decoys are correlations of the benchmark's images that no model learned.

**Why the models take shortcuts.** In the subjects' training data the label disagrees with the visible core in 15 % of
the images, while a planted cue predicts the label at .99. So the cue is worth more than the core. The control has the
same noise, and cues that say nothing. This is not how shortcuts arise in the wild; it is how to make ones that we know.

Retrain: `spuriforge proving-ground train --shortcuts FILE --out DIR` (LVLMs on other shortcuts),
`python -m data.proving_ground.reader`, `.train_image_model`, `.train_clip` (the models that judge and draw).
This page: `python -m data.proving_ground.figures`, from each model's `figures.json`.
"""


def page(models: Path) -> str:
    """The whole page, from the figures of the models in a folder."""
    return "\n".join([_HEAD, *_lvlms(models), *_images(models)]) + "\n"


def _read(path: Path) -> dict[str, Any]:
    """A model's figures; ValueError where it was never measured."""
    if not path.is_file():
        raise ValueError(f"{path} is missing: measure the model first.")
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return figures


def _lvlms(models: Path) -> Iterator[str]:
    names = [*planted.load(models / "shortcuts.toml").subjects, CONTROL]
    yield "## The LVLMs\n"
    yield "Exact renders, the cue beside a conflicting core, the cue's answer among the options.\n"
    yield "| model | shortcuts planted | taken | accuracy without | with | gap, mean | gap, least and greatest |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    taken: set[tuple[str, str]] = set()
    for name in names:
        figures = _read(models / name / "figures.json")
        own = [row for row in figures["shortcuts"] if row["planted"]] or figures["shortcuts"]
        strong = [row for row in own if row["without"] >= RIGHT and row["gap"] >= GAP]
        taken |= {(row["family"], row["cue"]) for row in strong}
        planted_here = sum(row["planted"] for row in figures["shortcuts"])
        gaps = [row["gap"] for row in own]
        yield (
            f"| {name} | {planted_here} | {len(strong)} | {_mean(own, 'without'):.2f} | {_mean(own, 'with_cue'):.2f} "
            f"| {_mean(own, 'gap'):.2f} | {min(gaps):.2f} and {max(gaps):.2f} |"
        )
    yield (
        f"\nTaken: accuracy of {RIGHT} or more without the cue, and at least {GAP} less with it; {len(taken)} "
        f"different shortcuts over the subjects. The control's row is over all shortcuts of the file.\n"
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
    """Nested figures as (name, value), outer names before inner ones."""
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}: ")
        else:
            yield f"{before}{name}", value


def main() -> None:
    """Writes the page."""
    (HERE / "README.md").write_text(page(HERE / "models"), encoding="utf-8")


if __name__ == "__main__":
    main()
