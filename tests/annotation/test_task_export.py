"""Tasks go out as JSON and images, to whoever is still to judge them."""

import json
from pathlib import Path

import pytest
from PIL import Image

from spuriforge.annotation.entries import schema
from spuriforge.annotation.judgment_import import import_judgments
from spuriforge.annotation.pair_screen import side_of
from spuriforge.annotation.task_export import export_tasks
from spuriforge.annotation.turns import judges
from spuriforge.pipeline.agreement import agreement
from spuriforge.pipeline.recipe import Annotate, Recipe
from spuriforge.pipeline.records import CatchTrial, CueType, Exclusion, Judgment, Pair, key_of
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.judgment_files import entry, file_of
from tests.annotation.things import HOSTILE, cue_type, pair_of, recipe_for


@pytest.fixture
def recipe() -> Recipe:
    """Three people, two for each cue."""
    return recipe_for(Annotate())


@pytest.fixture
def known_cue(workspace: Workspace) -> CueType:
    """A type that the workspace has."""
    record = cue_type(workspace, 1)
    workspace.append([record])
    return record


@pytest.fixture
def pair(workspace: Workspace, known_cue: CueType) -> Pair:
    """A pair that the workspace has."""
    record = pair_of(workspace, known_cue, 1)
    workspace.append([record])
    return record


def test_tasks_hold_what_the_screens_show_and_their_images(
    workspace: Workspace, recipe: Recipe, tmp_path: Path
) -> None:
    proposed = cue_type(workspace, 1, question=HOSTILE, cue=HOSTILE)
    pairs = [pair_of(workspace, proposed, index) for index in range(6)]
    path = export_tasks(
        [proposed], pairs, {proposed.key: proposed}, workspace, recipe, tmp_path / "out"
    )
    cue, *others = json.loads(path.read_text(encoding="utf-8"))
    assert (cue["project"], cue["key"], cue["question"], cue["cue"]) == (
        "cue",
        proposed.key,
        HOSTILE,
        HOSTILE,
    )
    assert (cue["options"], cue["gold"], cue["model_answer"]) == (
        list(proposed.choices),
        "red",
        "blue",
    )
    assert cue["annotators"] == judges(proposed.key, recipe)[:2]
    assert [len(task["annotators"]) for task in others] == [
        recipe.annotate.pair_overlap(pair.key) for pair in pairs
    ]
    for task, pair in zip(others, pairs, strict=True):
        with Image.open(path.parent / task[side_of(pair.key)]) as shown:
            assert shown.convert("RGB").tobytes() == workspace.image(pair.image_with).tobytes()
    assert "secret-model" not in path.read_text()
    assert "0.00012" not in path.read_text()
    assert json.loads((path.parent / "judgments.schema.json").read_text()) == schema()


def test_what_was_judged_is_not_asked_again_and_a_tie_goes_to_one_more(
    workspace: Workspace, recipe: Recipe, known_cue: CueType, tmp_path: Path
) -> None:
    first, second, third = judges(known_cue.key, recipe)
    export = [known_cue], [], {known_cue.key: known_cue}, workspace, recipe, tmp_path / "out"
    import_judgments(file_of(tmp_path, entry(known_cue, annotator=first)), workspace, recipe)
    (task,) = json.loads(export_tasks(*export).read_text())
    assert (task["annotators"], task["adjudication"]) == ([second], False)
    import_judgments(
        file_of(tmp_path, entry(known_cue, annotator=second, verdict="not_spurious")),
        workspace,
        recipe,
    )
    assert json.loads(export_tasks(*export).read_text()) == []
    (task,) = json.loads(export_tasks(*export, ties={known_cue.key}).read_text())
    assert (task["annotators"], task["adjudication"]) == ([third], True)
    before = agreement(workspace.records(Judgment), "cue")
    import_judgments(
        file_of(tmp_path, entry(known_cue, annotator=third, adjudication=True)), workspace, recipe
    )
    assert len(workspace.records(Judgment)) == 3
    assert agreement(workspace.records(Judgment), "cue") == before


def test_catch_trials_lie_among_the_others_and_go_to_everybody_but_the_excluded(
    workspace: Workspace, recipe: Recipe, tmp_path: Path
) -> None:
    types = [cue_type(workspace, number) for number in range(12)]
    *cues, gold, sham = types
    catch_trials = [
        (
            CatchTrial(
                key=key_of(kind), project="cue", subject=proposed.key, kind=kind, expected="unsure"
            ),
            proposed,
        )
        for kind, proposed in (("gold", gold), ("sham", sham))
    ]
    workspace.append(
        [Exclusion(key="e", annotator="annotator-2", excluded=True, reason="r", at="2026")]
    )
    export = cues, [], {}, workspace, recipe, tmp_path / "out"
    tasks = json.loads(export_tasks(*export, catch_trials=catch_trials).read_text())
    places = [index for index, task in enumerate(tasks) if task["key"] in (gold.key, sham.key)]
    assert len(tasks) == 12
    assert len(places) == 2
    assert places[0] > 0
    assert places[1] - places[0] > 1
    assert all(
        sorted(tasks[place]["annotators"]) == ["annotator-1", "annotator-3"] for place in places
    )
    assert not any("annotator-2" in task["annotators"] for task in tasks)
    assert {key for task in tasks for key in task} == set(tasks[0])
    export_tasks(*export, catch_trials=catch_trials)
    assert len(workspace.records(CatchTrial)) == 2


def test_a_file_in_the_folders_place_is_refused(
    workspace: Workspace, recipe: Recipe, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ValueError, match="name a folder"):
        export_tasks([], [], {}, workspace, recipe, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"
