"""`spuriforge audit`: a table for people, JSON alone for programs, one sentence for a mistake."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from spuriforge.flows.cli import app


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    Image.new("RGB", (64, 64), "red").save(tmp_path / "a.png")
    file = tmp_path / "questions.csv"
    file.write_text(
        "picture,question,A,B,answer\na.png,What?,x,x,A\ngone.png,Which?,x,y,B\n", encoding="utf-8"
    )
    return file


def _audit(*words: str) -> Result:
    return CliRunner().invoke(app, ["audit", *words])


def test_json_has_every_row_and_nothing_else_is_printed(questions: Path) -> None:
    told = json.loads(_audit(str(questions), "--column", "image=picture", "--json").stdout)
    found = {one["kind"]: one["ids"] for one in told["findings"]}
    assert set(found) == {"duplicate-options", "gold-duplicated", "missing-image"}
    assert told["rows"] == 2
    assert all(len(one["ids"]) == len(one["rows"]) == one["count"] for one in told["findings"])


def test_texts_alone_open_no_image(questions: Path) -> None:
    told = json.loads(
        _audit(str(questions), "--column", "image=picture", "--json", "--skip-images").stdout
    )
    assert told["images_opened"] == 0
    assert "missing-image" not in {one["kind"] for one in told["findings"]}


def test_a_table_is_for_people(questions: Path) -> None:
    shown = " ".join(
        _audit(str(questions), "--column", "image=picture").stdout.split()
    )  # a long path breaks lines
    assert "duplicate-options" in shown
    assert "2 rows" in shown


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("questions.csv",), "image"),
        (("questions.csv", "--column", "image"), "OURS=THEIRS"),
        (("nowhere.csv",), "There is no file or folder at"),
        (("questions.csv", "--kind", "excel"), "There is no kind of source"),
    ],
)
def test_a_mistake_is_one_sentence(questions: Path, words: tuple[str, ...], says: str) -> None:
    result = _audit(str(questions.parent / words[0]), *words[1:])
    assert result.exit_code == 2
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_recipe_is_audited_benchmark_by_benchmark(questions: Path) -> None:
    recipe = Path(__file__).parents[3] / "flows" / "recipes" / "your_data.toml"
    text = recipe.read_text(encoding="utf-8").replace("./my-questions.csv", "./questions.csv")
    text = text.replace('# columns = { question = "prompt" }', 'columns = { image = "picture" }')
    (questions.parent / "recipe.toml").write_text(text, encoding="utf-8")
    told = json.loads(_audit(str(questions.parent / "recipe.toml"), "--json").stdout)
    assert told["rows"] == 2
