"""Tasks go out as files and judgments come back, through the recipe's workspace."""

import json
from pathlib import Path

import pytest

from spuriforge.flows import task_files
from spuriforge.flows.state.snapshot import Snapshot
from spuriforge.flows.terminal.own_judgments import to_toml
from spuriforge.pipeline.recipe import Annotate
from spuriforge.pipeline.records import Candidate, CueType, Decision, Judgment
from spuriforge.pipeline.workspace import Workspace
from tests import worlds
from tests.annotation.judgment_files import entry, file_of


@pytest.fixture
def recipe_path(tmp_path: Path) -> str:
    """The recipe of a run with one type, which two people are to judge and nobody has."""
    workspace, recipe = worlds.finished(tmp_path, types=1)
    for record in (Judgment, Decision):
        worlds.forget(workspace, record.table)
    people = Annotate(annotators=("ada", "bob", "cy"), gold_rate=0.0, sham_rate=0.0)
    recipe = recipe.model_copy(update={"annotate": people})
    text = to_toml(recipe).replace("/somewhere/", "org/")  # ids on the Hub
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    return str(tmp_path / "recipe.toml")


@pytest.fixture
def proposed(recipe_path: str, monkeypatch: pytest.MonkeyPatch) -> CueType:
    """The type, which every snapshot of the run proposes."""
    tables = Workspace(Path(recipe_path).parent / "workspace")
    (cue_type,) = tables.records(CueType)
    monkeypatch.setattr(Snapshot, "types", {cue_type.key: cue_type})
    monkeypatch.setattr(Snapshot, "candidates", tables.records(Candidate))
    return cue_type


def test_nothing_to_judge_is_nothing_to_export(recipe_path: str, tmp_path: Path) -> None:
    assert Snapshot.take(recipe_path).types == {}  # the world's errors are of another mining
    with pytest.raises(ValueError, match="Nothing awaits judgment"):
        task_files.export_tasks(recipe_path, tmp_path / "out")


def test_a_cue_goes_out_and_is_decided_by_what_comes_back(
    recipe_path: str, proposed: CueType, tmp_path: Path
) -> None:
    path = task_files.export_tasks(recipe_path, tmp_path / "out")
    (task,) = json.loads(path.read_text(encoding="utf-8"))
    assert (task["project"], task["key"]) == ("cue", proposed.key)
    first, second = task["annotators"]
    file = file_of(tmp_path, entry(proposed, annotator=first))
    assert len(task_files.import_judgments(recipe_path, file, partial=False).judgments) == 1
    workspace = Snapshot.take(recipe_path).workspace
    assert workspace.records(Decision) == []  # each cue needs two votes
    file = file_of(tmp_path, entry(proposed, annotator=second))
    task_files.import_judgments(recipe_path, file, partial=False)
    (decision,) = workspace.records(Decision)
    assert (decision.subject, decision.verdict, decision.votes) == (proposed.key, "spurious", 2)
    with pytest.raises(ValueError, match="Nothing awaits judgment"):
        task_files.export_tasks(recipe_path, tmp_path / "out")


def test_a_wrong_entry_stops_the_import_unless_it_is_partial(
    recipe_path: str, proposed: CueType, tmp_path: Path
) -> None:
    file = file_of(tmp_path, entry(proposed, annotator="ada"), entry(proposed, annotator="nobody"))
    refused = task_files.import_judgments(recipe_path, file, partial=False)
    assert "nobody" in str(refused.problems)
    workspace = Snapshot.take(recipe_path).workspace
    assert workspace.records(Judgment) == []
    imported = task_files.import_judgments(recipe_path, file, partial=True)
    assert (len(imported.judgments), len(imported.problems)) == (1, 1)
    assert [judgment.annotator for judgment in workspace.records(Judgment)] == ["ada"]
