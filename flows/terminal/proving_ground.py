"""The proving ground in the terminal: a picture of it, and its models measured."""

import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from spuriforge.data.proving_ground import readme_page
from spuriforge.data.proving_ground.export import export as exported
from spuriforge.data.proving_ground.lvlm_card import write_card
from spuriforge.data.proving_ground.measure_image_models import measure_and_write
from spuriforge.data.proving_ground.measure_lvlm import measure as measure_one
from spuriforge.data.proving_ground.measure_lvlm import table
from spuriforge.data.proving_ground.render import SIZE, render
from spuriforge.data.proving_ground.shortcut_file import CONTROL, load
from spuriforge.data.proving_ground.world import CUES, Scene, random_scene

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "proving_ground" / "models"
COLUMNS, ROWS, ZOOM = 10, 6, 2


def measure(models: Path | None, scenes: int = 200) -> Iterator[str]:
    """Measures each LVLM of a trained folder as lines of Markdown, and writes its figures.json.

    Of the shipped folder also the models that draw and judge; then their cards and the proving
    ground's page.
    """
    folder = models or SHIPPED
    if not (folder / "shortcuts.toml").is_file():
        raise ValueError(f"{folder} is no trained proving ground: it has no shortcuts.toml.")
    planted = load(folder / "shortcuts.toml")
    for name in (*planted.subjects, CONTROL):
        yield f"\n{name}"
        measured = measure_one(folder / name, planted, scenes=scenes)
        yield from table(measured)
        if "training" in measured:
            write_card(folder / name, measured, measured["training"])
    if folder == SHIPPED:
        yield ""
        yield from measure_and_write(folder)
        readme_page.write()


def export(out: Path, models: Path | None, count: int) -> Path:
    """Writes questions as somebody's own data would be; gives the recipe's path."""
    return exported(out, models=models or SHIPPED, count=count)


def show(out: Path, seed: int) -> Path:
    """Draws a grid of scenes, each with its cue and, below it, without; gives the PNG's path."""
    rng = random.Random(f"grid/{seed}")
    side = SIZE * ZOOM
    grid = Image.new("RGB", (COLUMNS * side, ROWS * side), "white")
    for column in range(COLUMNS):
        for row in range(0, ROWS, 2):
            scene = random_scene(rng, cue=rng.choice(CUES))
            for below, shown in enumerate((scene, scene.with_value("cue", None))):
                grid.paste(_drawn(shown, side), (column * side, (row + below) * side))
    out.parent.mkdir(parents=True, exist_ok=True)
    grid.save(out, format="PNG")
    return out


def _drawn(scene: Scene, side: int) -> Image.Image:
    """A scene, enlarged."""
    return render(scene).convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
