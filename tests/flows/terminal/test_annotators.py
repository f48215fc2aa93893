"""The annotators in the terminal: what waits, what stands out, and who is who."""

import re
from pathlib import Path

import pytest

from spuriforge.annotation import performance, roster
from spuriforge.annotation.client import Server
from spuriforge.annotation.private import write_private
from spuriforge.annotation.pull import Waiting
from spuriforge.flows.terminal import annotators
from spuriforge.flows.terminal.annotators import Overview
from spuriforge.pipeline.recipe import Annotate, Recipe
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import recipe_for
from tests.judged import exclusion, judged

SERVER = Server("http://127.0.0.1:1", "secret-token")


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives tables room, whatever the terminal of the tests."""
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def recipe() -> Recipe:
    """Ada, Bob and Cy judge."""
    return recipe_for(Annotate(annotators=("ada", "bob", "cy")))


def _overview(**more: object) -> Overview:
    """Ada judged twelve cues in a hurry, Bob none; Cy is excluded."""
    judgments = [judged(f"s{number}", "ada", "spurious", seconds=1.0) for number in range(12)]
    exclusions = [exclusion("cy", reason="careless")]
    names = {"names": ("ada", "bob", "cy"), "gold_bar": 0.7}
    rows = performance.performances(judgments, [], exclusions, **names | more)  # type: ignore[arg-type]
    standing = performance.standing(judgments, [], exclusions, "cue", decided=3, waiting=9)
    return Overview(rows, [standing])


def test_each_thing_to_know_is_a_sentence() -> None:
    lines = list(annotators.sentences(_overview(removed=("bob",)), None))
    assert lines == [
        "cues: 3 decided, 9 waiting; too few subjects with two votes for an alpha.",
        "Warning: ada takes 1.0 s for a task, too fast to look (median of 12).",
        "bob gets no new tasks.",
        "cy's judgments are left out: careless",
        annotators.NOT_RUNNING,
    ]


def test_a_server_that_runs_says_what_is_left_and_not_collected(
    recipe: Recipe, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = {"ada": Waiting(asked=20, done=15, skipped=0), "bob": Waiting(5, 0, 0)}
    overview = _overview(waiting=waiting)
    lines = list(annotators.sentences(overview, SERVER))
    assert "3 answers are not collected yet: `spuriforge run` collects them." in lines
    assert annotators.NOT_RUNNING not in lines
    annotators.show(recipe, overview, SERVER)
    shown = capsys.readouterr().out
    assert re.search(r"ada\W+12\W+5\W", shown)
    assert re.search(r"bob\W+0\W+5\W", shown)


def test_json_names_the_server_and_no_token(recipe: Recipe) -> None:
    board = annotators.as_json(recipe, _overview(), SERVER)
    assert (board["run"], board["server"]) == (recipe.run.name, SERVER.url)
    assert [row["annotator"] for row in board["annotators"]] == ["ada", "bob", "cy"]
    assert (board["cue"]["decided"], board["cue"]["waiting"]) == (3, 9)
    assert SERVER.token not in repr(board)
    assert annotators.as_json(recipe, _overview(), None)["server"] is None


def test_the_list_has_everybody_with_their_login_and_tasks(
    recipe: Recipe,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_private(tmp_path / "annotators.json", {"ada": {"login": "ada@x", "password": "geheim"}})
    monkeypatch.setattr(annotators, "LABEL_STUDIO", tmp_path)
    monkeypatch.setattr(annotators, "waiting", lambda *_: {"ada": Waiting(9, 3, 2)})
    monkeypatch.setattr(annotators, "_addresses", lambda *_: {"ada": "http://x/7"})
    roster.remove(workspace, recipe, "bob")
    annotators.show_people(recipe, workspace, SERVER)
    shown = capsys.readouterr().out
    assert re.search(r"ada\W+ada@x\W+http://x/7\W+5\W+4\W", shown)
    assert re.search(r"bob[-│ ]+no new", shown)
    assert "geheim" not in shown
    assert f"Label Studio: {SERVER.url}" in shown
