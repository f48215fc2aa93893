"""Writes the proving ground's questions as your own data: a CSV, a folder of images, a recipe.

    recipe = export(Path("example"), models=Path("data/proving_ground/models"), count=1200)

With this a newcomer can try every step before having own data. The recipe is
flows/recipes/your_data.toml on the shipped models, its marked lines filled in. Nothing tells what
was planted.
"""

import csv
from pathlib import Path

from .benchmark import Entry, questions
from .render import render

RECIPE = Path(__file__).parents[2] / "flows" / "recipes" / "your_data.toml"
COLUMNS = ("id", "image", "question", "A", "B", "C", "D", "answer", "caption")


def export(out: Path, *, models: Path, count: int, seed: int = 0) -> Path:
    """Writes questions.csv, images/ and recipe.toml in `out`, and returns the recipe's path."""
    (out / "images").mkdir(parents=True, exist_ok=True)
    with (out / "questions.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.DictWriter(stream, COLUMNS)
        rows.writeheader()
        for entry in questions(models, count, seed):
            render(entry.scene).save(out / "images" / f"{entry.id}.png")
            rows.writerow(_row(entry))
    path = out / "recipe.toml"
    path.write_text(_recipe(models), encoding="utf-8")
    return path


def _row(entry: Entry) -> dict[str, str]:
    letters = dict(zip("ABCD", entry.question.choices, strict=True))
    return {
        "id": entry.id,
        "image": f"images/{entry.id}.png",
        "question": entry.question.text,
        **letters,
        "answer": "ABCD"[entry.question.answer],
        "caption": entry.caption,
    }


def _recipe(models: Path) -> str:
    """Returns the recipe for your own data with its marked lines filled in."""
    here = models.resolve().as_posix()
    filled = {
        "./my-questions.csv": "./questions.csv",
        '"Qwen/Qwen2.5-VL-7B-Instruct"': f'"{here}/subject-a"',
        '"stabilityai/stable-diffusion-xl-base-1.0"': f'"{here}/image-model"',
        '"ViT-B-32/laion2b_s34b_b79k"': f'"{here}/clip"',
        'license = "cc-by-4.0" ': 'license = "cc0-1.0"   ',
        'attribution = "me"': 'attribution = "the proving ground of Spuriforge"',
        'by = "template" ': 'by = "captions" ',
        'device = "cuda"': 'device = "cpu"',
        '"bfloat16"': '"float32"',
        '"float16"': '"float32"',
        "workers = 1 ": "workers = 2 ",
        "steps = 30": "steps = 10",
        "guidance = 7.0": "guidance = 2.0",
    }
    text = RECIPE.read_text(encoding="utf-8")
    for old, new in filled.items():
        assert old in text, f"{RECIPE} has no {old}"
        text = text.replace(old, new)
    return text
