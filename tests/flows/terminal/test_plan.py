"""A plan in the terminal: its figures, what they rest on, and where the budget would stop it."""

import json
from pathlib import Path

import pytest

from spuriforge.flows.terminal import plan
from spuriforge.pipeline.recipe import Recipe
from tests import worlds

ENDPOINT = {
    "name": "far",
    "backend": "endpoint",
    "url": "http://127.0.0.1:1/v1",
    "model": "far-1",
    "price_in": 2.0,
    "price_out": 8.0,
}
CSV = "id,image,question,A,B,answer\n" + "".join(
    f"q{number},x.png,What?,a,b,A\n" for number in range(50)
)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives tables room, whatever the terminal of the tests."""
    monkeypatch.setenv("COLUMNS", "160")


def _recipe(folder: Path, **changes: object) -> Recipe:
    """A recipe on a table of fifty questions with two options each."""
    (folder / "my.csv").write_text(CSV, encoding="utf-8")
    table = {"kind": "table", "path": str(folder / "my.csv")}
    raw = worlds.recipe(folder).model_dump(mode="json")
    people = {"annotators": ["ada", "bob"]}
    return Recipe.model_validate({**raw, "benchmarks": [table], "annotate": people, **changes})


def _shown(recipe: Recipe, capsys: pytest.CaptureFixture[str]) -> str:
    plan.show(recipe)
    return capsys.readouterr().out


def test_questions_are_counted_where_the_files_are_here(tmp_path: Path) -> None:
    needs, figures = plan.estimate(_recipe(tmp_path, plan={"questions": 7}))
    assert (figures["questions"].value, figures["questions"].origin) == (50, "counted")
    mining = next(need for need in needs if need.stage.startswith("mine"))
    assert mining.calls == 50 * 2  # two options have two rotations


def test_questions_are_assumed_before_the_files_are_here(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, plan={"questions": 7})
    Path(recipe.benchmarks[0].path).unlink()
    needs, figures = plan.estimate(recipe)
    assert figures["questions"].value == 7
    assert "assumed" in figures["questions"].origin
    assert next(need for need in needs if need.stage.startswith("mine")).inputs == 7


def test_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = _recipe(tmp_path)
    _shown(recipe, capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["my.csv"]


def test_json_has_all_stages_and_their_sum(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, budget={"cost": 5.0})
    board = json.loads(json.dumps(plan.as_json(recipe)))
    assert (board["recipe"], board["budget"]["cost"]) == ("tiny", 5.0)
    assert board["total"]["calls"] == sum(stage["calls"] for stage in board["stages"]) > 0
    assert board["rests_on"]["questions"] == {"value": 50, "origin": "counted"}


def test_the_budget_names_the_first_stage_that_exceeds_each_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = _shown(_recipe(tmp_path, budget={"model_calls": 150, "cost": 1e6}), capsys)
    assert "The budget's model_calls of 150 would be reached in: mine subject-b." in shown
    assert "budget's cost" not in shown
    assert "budget" not in _shown(_recipe(tmp_path), capsys)


def test_an_unknown_price_is_a_question_mark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = "? is an unknown price"
    assert unknown in _shown(_recipe(tmp_path, models=[{**ENDPOINT, "price_out": None}]), capsys)
    assert unknown not in _shown(_recipe(tmp_path, models=[ENDPOINT]), capsys)


def test_columns_without_figures_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = _shown(_recipe(tmp_path), capsys).partition("rests on")[0]
    assert "device" in table
    assert "cost" not in table  # nothing on this machine has a price
    assert "cost" in _shown(_recipe(tmp_path, models=[ENDPOINT]), capsys).partition("rests on")[0]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, ""), (980, "980"), (14_400, "14.4k"), (999_499, "999k"), (999_500, "1M"),
     (12_800_000, "12.8M")],
)  # fmt: skip
def test_counts_have_three_digits(count: int, expected: str) -> None:
    assert plan._short(count) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, ""), (0.004, ""), (0.006, "0.01"), (9.5, "9.50"), (1234.4, "1,234")],
)
def test_figures_that_would_read_as_zero_are_empty(value: float, expected: str) -> None:
    assert plan._figure(value, 2) == expected
