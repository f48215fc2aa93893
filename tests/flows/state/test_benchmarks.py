"""The rows of a recipe's benchmarks, how many there are, and when their files changed."""

import os
from pathlib import Path

import pytest

from spuriforge.flows.state import benchmarks
from spuriforge.flows.state.benchmarks import fingerprint, rows, size
from spuriforge.pipeline.recipe import ProvingGround, Recipe, Source
from tests import worlds

CSV = """\
id,image,question,A,B,C,answer
q1,x.png,What colour?,red,blue,,B
q2,x.png,How many?,1,2,3,B
q3,x.png,Which?,x,y,z,A
"""


@pytest.fixture
def table(tmp_path: Path) -> Source:
    """Three questions, of two, three and three options; their image does not exist."""
    (tmp_path / "my.csv").write_text(CSV, encoding="utf-8")
    return Source(kind="table", path=str(tmp_path / "my.csv"))


def _recipe(folder: Path, *sources: Source | ProvingGround) -> Recipe:
    return worlds.recipe(folder).model_copy(update={"benchmarks": sources})


def test_rows_end_at_the_recipes_limit(table: Source) -> None:
    assert [row.id for row in rows(table)] == ["q1", "q2", "q3"]
    limited = table.model_copy(update={"limit": 2, "name": "mine"})
    assert [(row.id, row.benchmark) for row in rows(limited)] == [("q1", "mine"), ("q2", "mine")]


def test_the_size_counts_all_benchmarks(table: Source, tmp_path: Path) -> None:
    assert size(_recipe(tmp_path, table)) == (3, pytest.approx(8 / 3))
    scenes = ProvingGround(kind="proving-ground", path="/nowhere", questions=5)
    assert size(_recipe(tmp_path, table, scenes)) == (8, pytest.approx(28 / 8))


def test_benchmarks_without_questions_are_an_error(
    table: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmarks, "open_source", lambda _path, **_options: iter(()))
    with pytest.raises(ValueError, match="no questions"):
        size(_recipe(tmp_path, table))


def test_the_fingerprint_changes_with_a_file(table: Source, tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, table)
    first = fingerprint(recipe)
    assert [(path, length) for path, length, _ in first] == [(table.path, len(CSV))]
    assert fingerprint(recipe) == first
    os.utime(table.path, ns=(1, 1))
    assert fingerprint(recipe) != first


def test_a_folder_is_its_files_and_a_hub_id_is_none(table: Source, tmp_path: Path) -> None:
    folder = Path(table.path).parent
    (folder / "other.csv").write_text("id\n", encoding="utf-8")
    both = Source(kind="table", path=str(folder), name="both")
    far = Source(kind="table", path="org/questions", name="far")
    paths = [path for path, *_ in fingerprint(_recipe(tmp_path, both, far))]
    assert paths == [str(folder / "my.csv"), str(folder / "other.csv")]
