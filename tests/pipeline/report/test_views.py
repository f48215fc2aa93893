"""What the page shows is counted from the run's records, and no view decides anything."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import CueType, Evidence, Response
from spuriforge.pipeline.release import Outcome, outcomes
from spuriforge.pipeline.report import views
from spuriforge.pipeline.workspace import Workspace
from tests import worlds
from tests.judged import catch_trial, exclusion


@pytest.fixture
def world(tmp_path: Path) -> tuple[Workspace, Recipe]:
    return worlds.finished(tmp_path, types=2)


def _view(workspace: Workspace, outcome: Outcome) -> views.TypeView:
    context = views.Context.of(workspace, workspace.records(Evidence))
    return views.type_view(workspace, outcome, context)


# --- published types ------------------------------------------------------------------------------


def test_a_published_type_has_an_image_and_its_answers_for_each_pair(
    world: tuple[Workspace, Recipe],
) -> None:
    outcome = outcomes(*world)[0]
    view = _view(world[0], outcome)
    assert {arm: len(shots) for arm, shots in view.arms.items()} == {
        "with": 3,
        "without": 3,
        "placebo": 3,
    }
    answers = {arm: [(s.right, s.asked) for s in shots if s] for arm, shots in view.arms.items()}
    assert answers == {"with": [(0, 2)] * 3, "without": [(2, 2)] * 3, "placebo": [(2, 2)] * 3}
    assert view.source.startswith("proving-ground / mine / q")
    assert view.id == f"type-{outcome.type.key}"
    assert view.anchor.startswith("data:image/")


def test_an_arm_without_images_is_left_out(world: tuple[Workspace, Recipe]) -> None:
    outcome = outcomes(*world)[0]
    pairs = tuple(
        replace(checked, pair=replace(checked.pair, image_placebo=None))
        for checked in outcome.pairs
    )
    assert list(_view(world[0], replace(outcome, pairs=pairs)).arms) == ["with", "without"]
    mixed = replace(outcome, pairs=(pairs[0], *outcome.pairs[1:]))
    placebos = _view(world[0], mixed).arms["placebo"]
    assert [shot is None for shot in placebos] == [True, False, False]


def test_answers_of_models_without_the_shortcut_do_not_count(
    world: tuple[Workspace, Recipe],
) -> None:
    workspace, recipe = world
    workspace.append(
        [
            replace(response, key=f"{response.key}-other", model="other@main")
            for response in workspace.records(Response)
        ]
    )
    shots = _view(workspace, outcomes(workspace, recipe)[0]).arms["without"]
    assert [shot.asked for shot in shots if shot] == [2, 2, 2]


def test_of_two_rows_of_evidence_the_one_on_more_pairs_counts(
    world: tuple[Workspace, Recipe],
) -> None:
    workspace, _ = world
    kind = workspace.records(CueType)[0]
    more = worlds.evidence(kind, "release", worlds.MODELS[:1], pooled=False, pairs=9, effect=0.1)
    rows = [more, *workspace.records(Evidence)]
    for evidence in (rows, rows[::-1]):
        alone = views.Context.of(workspace, evidence).evidence[kind.key]
        assert sorted(row.pairs for row in alone) == [4, 9]


def test_the_plot_names_models_that_were_only_compared(world: tuple[Workspace, Recipe]) -> None:
    workspace, recipe = world
    outcome = outcomes(workspace, recipe)[0]
    other = worlds.evidence(outcome.type, "release", ("/home/me/third@v2",), pooled=False, pairs=4)
    workspace.append([other])
    plot = _view(workspace, outcome).plot
    assert all(text in plot for text in ("pooled", "subject-a", "third, also asked"))
    assert "/home/me" not in plot


def test_the_overview_links_each_type(world: tuple[Workspace, Recipe]) -> None:
    shown = [_view(world[0], outcome) for outcome in outcomes(*world)]
    drawing = views.overview(shown)
    for view in shown:
        assert f"#{view.id}" in drawing
        assert f"{view.outcome.cue} → {view.outcome.type.linked}" in drawing


def test_a_model_s_name_has_no_folder_and_no_revision() -> None:
    assert views.shown_name("/somewhere/models/subject-a@main") == "subject-a"
    assert views.shown_name("org/model@v1") == "org/model"


# --- types left out -------------------------------------------------------------------------------


def test_types_left_out_are_ordered_by_the_stages_that_they_passed(
    world: tuple[Workspace, Recipe],
) -> None:
    published, other = outcomes(*world)
    settled = [
        replace(other, stage="annotate", reason="judged not spurious", selection=None),
        published,
        replace(other, stage="check", reason="too few pairs"),
    ]
    rows = views.left_out(settled)
    assert [(row["stage"], row["reason"]) for row in rows] == [
        ("check", "too few pairs"),
        ("annotate", "judged not spurious"),
    ]
    assert [row["effect"] for row in rows] == ["+0.80 [+0.60, +0.95]", ""]
    assert [row["q"] for row in rows] == [0.002, None]


# --- agreement ------------------------------------------------------------------------------------


def test_judgments_are_counted_by_project(world: tuple[Workspace, Recipe]) -> None:
    cue, pair = views.agreement(world[0], {"cue": {"alpha": 0.8}})
    assert (cue["project"], cue["subjects"], cue["judgments"], cue["annotators"]) == (
        "cue",
        2,
        4,
        2,
    )
    assert (cue["scripted"], cue["skipped"], cue["unanimous"]) == (4, 0, 1.0)
    assert (cue["verdicts"], cue["alpha"]) == ([("spurious", 4)], {"alpha": 0.8})
    assert (pair["subjects"], pair["verdicts"], pair["alpha"]) == (8, [("good", 16)], {})


def test_catch_trials_and_excluded_annotators_do_not_count(
    world: tuple[Workspace, Recipe],
) -> None:
    workspace, _ = world
    kind = workspace.records(CueType)[0]
    workspace.append([catch_trial(kind.key, "spurious")])
    workspace.append([exclusion("Grace")])
    cue, pair = views.agreement(workspace, None)
    assert (cue["subjects"], cue["judgments"], cue["annotators"]) == (1, 1, 1)
    assert (pair["judgments"], pair["annotators"]) == (8, 1)


def test_a_project_without_judgments_has_no_row(workspace: Workspace) -> None:
    assert views.agreement(workspace, None) == []


# --- the score ------------------------------------------------------------------------------------


def _accepted(true: float, published: float | None, **changes: object) -> dict[str, Any]:
    interval = {"published_low": 0.5, "published_high": 0.9}
    names = {"cue": "umbrella", "linked": "blue", "model": "subject-a", "real": True}
    return {**names, **interval, "true_gap": true, "published_gap": published, **changes}


def test_a_score_has_the_distance_of_published_gaps_to_true_ones() -> None:
    rows = [_accepted(0.6, 0.7), _accepted(0.2, 0.6), _accepted(0.4, None)]
    score = views.score_view({"accepted": rows, "min_effect": 0.1, "precision": 1.0})
    assert score
    assert score["precision"] == 1.0
    assert score["bias"] == pytest.approx(0.25)
    assert (score["covered"], score["measured"]) == (1, 2)
    assert "umbrella" in score["plot"]


def test_a_score_without_published_gaps_has_no_plot() -> None:
    score = views.score_view({"accepted": [_accepted(0.4, None)], "min_effect": 0.1})
    assert score
    assert (score["plot"], score["bias"], score["measured"]) == (None, None, 0)
    assert views.score_view(None) is None
