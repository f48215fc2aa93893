"""The proving ground's questions as somebody's own data: a CSV, a folder of images, and a recipe to
run on them.

    recipe = export(Path("example"), models=Path("data/proving_ground/models"), count=1200)

What a newcomer can try the whole way with, before there is a file of one's own: the recipe is
flows/recipes/your_data.toml with its marked lines filled in, on the shipped models. Nothing says
what was planted.
"""

import csv
from pathlib import Path

from .benchmark import Entry, questions
from .render import render

RECIPE = Path(__file__).parents[2] / "flows" / "recipes" / "your_data.toml"
COLUMNS = ("id", "image", "question", "A", "B", "C", "D", "answer", "caption")


def export(out: Path, *, models: Path, count: int, seed: int = 0) -> Path:
    """Writes questions.csv, images/ and recipe.toml under `out`, and gives the recipe's path."""
    (out / "images").mkdir(parents=True, exist_ok=True)
    with (out / "questions.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.DictWriter(stream, COLUMNS)
        rows.writeheader()
        for one in questions(models, count, seed):
            render(one.scene).save(out / "images" / f"{one.id}.png")
            rows.writerow(_row(one))
    path = out / "recipe.toml"
    path.write_text(_recipe(models), encoding="utf-8")
    return path


def _row(one: Entry) -> dict[str, str]:
    letters = dict(zip("ABCD", one.question.choices, strict=True))
    return {
        "id": one.id,
        "image": f"images/{one.id}.png",
        "question": one.question.text,
        **letters,
        "answer": "ABCD"[one.question.answer],
        "caption": one.caption,
    }


def _recipe(models: Path) -> str:
    """The recipe for one's own data with the lines filled in that its arrows point at."""
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
