"""The exported questions are a table that its own recipe reads."""

from pathlib import Path

from spuriforge.data.proving_ground import benchmark
from spuriforge.data.proving_ground.export import export
from spuriforge.data.sources import open_source
from spuriforge.pipeline.recipe import Recipe, Source

MODELS = Path(benchmark.__file__).parent / "models"


def test_the_recipe_reads_the_questions(tmp_path: Path) -> None:
    recipe = Recipe.load(export(tmp_path, models=MODELS, count=12))
    (source,) = recipe.benchmarks
    assert isinstance(source, Source)
    rows = list(open_source(source.path, kind=source.kind, images=source.images))
    entries = list(benchmark.questions(MODELS, 12, 0))
    assert [(row.question, row.choices, row.answer) for row in rows] == [
        (entry.question.text, entry.question.choices, entry.question.answer) for entry in entries
    ]
    assert all(row.image is not None and row.image.read() for row in rows)
