"""Writes data/proving_ground/README.md from the figures that were measured beside each model.

    python -m spuriforge.data.proving_ground.readme_page                      # `make bench` measures, then runs this
    python -m spuriforge.data.proving_ground.readme_page --other-seed DIR     # DIR: LVLMs trained on the same shortcuts, another seed

No number in that page is written by hand: each comes from a model's figures.json. Of the LVLMs of
another training seed the figures alone are kept, in `models/other-seeds`.
"""

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import shortcut_file
from .shortcut_file import CONTROL

HERE = Path(__file__).resolve().parent
#: A subject takes a shortcut when it is at least this right without the cue and at least this much
#: less with it.
RIGHT, GAP = 0.8, 0.4

_HEAD = """# The proving ground

A small rendered world in which every shortcut is known, and models trained on it from scratch by the code in this
folder. It shows whether the pipeline works; it says nothing about large models.

![Scenes of the proving ground](../../docs/world.png)

**The world** (`world.py`, `render.py`): 64 x 64 scenes of a place, a sky, one core object in a colour, perhaps a nearby
thing, birds and an arrow. A scene is a frozen record, and each of its parts has its own stream of jitter, so the same
scene with or without any one thing is an exact counterfactual. **Questions** (`scene_texts.py`): six families, four
options each. **Shortcuts** (`shortcuts.toml`): question family, answer, cue, strength, and which subjects learn it;
decoys are correlations of the benchmark's images that no model learned.

**Why the models take shortcuts.** In the subjects' training data the label disagrees with the visible core in 15 % of
the images, while a planted cue predicts the label at .99. So the cue is worth more than the core. The control has the
same noise, and cues that say nothing. This is not how shortcuts arise in the wild; it is how to make ones that we know.

Retrain everything: `python -m spuriforge.data.proving_ground.train --out DIR`, or a part of it by `--only`. LVLMs on other
shortcuts: `spuriforge proving-ground train --shortcuts FILE --out DIR`. `make bench` measures the shipped models anew
and writes this page from each model's `figures.json` (`python -m spuriforge.data.proving_ground.readme_page` writes it alone).
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


def _names(models: Path) -> list[str]:
    return [*shortcut_file.load(models / "shortcuts.toml").subjects, CONTROL]


def keep_other_seed(trained: Path, models: Path) -> None:
    """Keeps the figures of LVLMs trained elsewhere; ValueError where they learned other shortcuts
    or the same seed.
    """
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
    yield "Exact renders, the cue beside a conflicting core, the cue's answer among the options.\n"
    yield (
        "| model | training seed | shortcuts planted | taken | accuracy without | with | gap, mean "
        "| gap, least and greatest |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    taken: dict[int, set[tuple[str, str]]] = {}
    for figures in map(_read, files):
        seed = figures["training"]["seed"]
        own = [row for row in figures["shortcuts"] if row["planted"]] or figures["shortcuts"]
        strong = [row for row in own if row["without"] >= RIGHT and row["gap"] >= GAP]
        taken.setdefault(seed, set()).update(
            (row["family"], row["cue"]) for row in strong if row["planted"]
        )
        planted_here = sum(row["planted"] for row in figures["shortcuts"])
        gaps = [row["gap"] for row in own]
        yield (
            f"| {figures['model']} | {seed} | {planted_here} | {len(strong)} | "
            f"{_mean(own, 'without'):.2f} "
            f"| {_mean(own, 'with_cue'):.2f} | {_mean(own, 'gap'):.2f} | {min(gaps):.2f} and "
            f"{max(gaps):.2f} |"
        )
    counts = ", ".join(f"{len(rows)} with seed {seed}" for seed, rows in taken.items())
    yield (
        f"\nTaken: accuracy of {RIGHT} or more without the cue, and at least {GAP} less with it. "
        f"Different shortcuts "
        f"taken, over the subjects: {counts}. The control's rows are over all shortcuts of the "
        f"file. The models of the "
        f"first seed are those that are shipped.\n"
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
    """Reads the command line and writes the page."""
    parser = argparse.ArgumentParser(
        description="Write the proving ground's page from measured figures."
    )
    parser.add_argument(
        "--other-seed",
        type=Path,
        help="LVLMs trained with another seed, whose figures are to be kept",
    )
    given = parser.parse_args()
    try:
        if given.other_seed:
            keep_other_seed(given.other_seed, HERE / "models")
    except ValueError as error:
        parser.error(str(error))
    write()


def write() -> None:
    """Writes the page of the shipped models."""
    (HERE / "README.md").write_text(page(HERE / "models"), encoding="utf-8")


if __name__ == "__main__":
    main()
