"""Which types are published, and where and why the others stop."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from spuriforge.pipeline.gate import gate_key
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import CueType, Decision, Evidence, GateResult, Pair
from spuriforge.pipeline.release import Outcome, outcomes
from spuriforge.pipeline.workspace import Workspace
from tests import worlds


@pytest.fixture
def world(tmp_path: Path) -> tuple[Workspace, Recipe]:
    return worlds.finished(tmp_path, types=1)


def _only(workspace: Workspace, recipe: Recipe) -> Outcome:
    (outcome,) = outcomes(workspace, recipe)
    return outcome


def test_a_type_that_passed_everything_is_published_with_its_first_pairs(
    world: tuple[Workspace, Recipe],
) -> None:
    outcome = _only(*world)
    assert outcome.published
    assert [checked.pair.index for checked in outcome.pairs] == [0, 1, 2]
    assert outcome.release
    assert outcome.release.role == "release"


def test_pairs_of_another_image_model_are_not_published(world: tuple[Workspace, Recipe]) -> None:
    workspace, recipe = world
    generate = recipe.generate.model_copy(update={"steps": recipe.generate.steps + 1})
    outcome = _only(workspace, recipe.model_copy(update={"generate": generate}))
    assert (outcome.stage, outcome.pairs) == ("generate", ())


def _rejected_by_people(workspace: Workspace, kind: CueType) -> None:
    worlds.forget(workspace, "decisions")
    decision = worlds.decision("cue", kind.key, "not_spurious", accepted=False, votes=3)
    workspace.append([replace(decision, agreement=2 / 3)])


def _not_judged(workspace: Workspace, kind: CueType) -> None:
    worlds.forget(workspace, "decisions")


def _no_pairs(workspace: Workspace, kind: CueType) -> None:
    worlds.forget(workspace, "pairs")


def _no_pair_kept(workspace: Workspace, kind: CueType) -> None:
    pairs = workspace.records(Pair)
    worlds.forget(workspace, "gate")
    workspace.append([worlds.gate_of(pair, "the core is not in every image") for pair in pairs])


def _not_tested(workspace: Workspace, kind: CueType) -> None:
    worlds.forget(workspace, "evidence")


def _not_accepted(workspace: Workspace, kind: CueType) -> None:
    changed = {"accepted": False, "reason": "not significant: q = 0.4 over 0.1"}
    worlds.forget(workspace, "evidence")
    workspace.append(
        [worlds.evidence(kind, "selection", worlds.MODELS, pooled=True, pairs=2, **changed)]
    )


def _too_few_kept(workspace: Workspace, kind: CueType) -> None:
    release = [pair for pair in workspace.records(Pair) if pair.role == "release"]
    results = {result.pair: result for result in workspace.records(GateResult)}
    worlds.forget(workspace, "gate")
    rejected = [worlds.gate_of(pair, "the rest is not alike") for pair in release[:2]]
    workspace.append(
        [
            *rejected,
            *(result for key, result in results.items() if key not in {p.key for p in release[:2]}),
        ]
    )


def _too_few_checked(workspace: Workspace, kind: CueType) -> None:
    _change_pair_decisions(
        workspace, lambda decision: replace(decision, verdict="defect", accepted=False)
    )


def _check_waits(workspace: Workspace, kind: CueType) -> None:
    _change_pair_decisions(workspace, lambda decision: None)


def _change_pair_decisions(
    workspace: Workspace, change: Callable[[Decision], Decision | None]
) -> None:
    """Changes the decisions on two of the pairs."""
    decisions = workspace.records(Decision)
    chosen = [decision.key for decision in decisions if decision.project == "pair"][:2]
    worlds.forget(workspace, "decisions")
    changed = [change(decision) if decision.key in chosen else decision for decision in decisions]
    workspace.append([decision for decision in changed if decision])


def _release_not_tested(workspace: Workspace, kind: CueType) -> None:
    kept = [row for row in workspace.records(Evidence) if row.role == "selection"]
    worlds.forget(workspace, "evidence")
    workspace.append(kept)


@pytest.mark.parametrize(
    ("spoil", "stage", "reason"),
    [
        (_not_judged, "annotate", "not judged yet"),
        (_rejected_by_people, "annotate", "judged not spurious (2 of 3 votes)"),
        (_no_pairs, "generate", "no pairs made yet"),
        (
            _no_pair_kept,
            "gate",
            "the gate kept no pair (6 made; mostly: the core is not in every image)",
        ),
        (_not_tested, "verify", "not tested yet"),
        (_not_accepted, "verify", "not significant: q = 0.4 over 0.1"),
        (
            _too_few_kept,
            "gate",
            "the gate kept too few release pairs (2 of 4, 3 wanted; mostly: the rest is not alike)",
        ),
        (
            _too_few_checked,
            "check",
            "too few checked pairs accepted (2 of 4, 3 wanted; mostly: defect)",
        ),
        (
            _check_waits,
            "check",
            "not all release pairs are checked yet (2 accepted, 2 waiting, 3 wanted)",
        ),
        (_release_not_tested, "verify", "its release pairs are not tested yet"),
    ],
)
def test_what_stops_a_type_is_named(
    world: tuple[Workspace, Recipe],
    spoil: Callable[[Workspace, CueType], None],
    stage: str,
    reason: str,
) -> None:
    workspace, recipe = world
    spoil(workspace, workspace.records(CueType)[0])
    outcome = _only(workspace, recipe)
    assert (outcome.stage, outcome.reason) == (stage, reason)
    assert not outcome.pairs


def test_a_pair_that_people_refused_gives_way_to_the_next(world: tuple[Workspace, Recipe]) -> None:
    workspace, recipe = world
    first = next(
        pair for pair in workspace.records(Pair) if pair.role == "release" and pair.index == 0
    )
    workspace.append([worlds.decision("pair", first.key, "defect", accepted=False, votes=3)])
    assert [checked.pair.index for checked in _only(workspace, recipe).pairs] == [1, 2, 3]


def test_the_decision_with_the_most_votes_counts(world: tuple[Workspace, Recipe]) -> None:
    workspace, recipe = world
    kind = workspace.records(CueType)[0]
    workspace.append([worlds.decision("cue", kind.key, "unsure", accepted=False, votes=5)])
    assert _only(workspace, recipe).stage == "annotate"


def test_the_cue_is_published_in_the_words_of_the_people(world: tuple[Workspace, Recipe]) -> None:
    workspace, recipe = world
    kind = workspace.records(CueType)[0]
    workspace.append(
        [replace(worlds.decision("cue", kind.key, "spurious", votes=5), cue="a pink umbrella")]
    )
    assert _only(workspace, recipe).cue == "a pink umbrella"


def test_a_type_whose_anchor_moved_is_published_once(world: tuple[Workspace, Recipe]) -> None:
    workspace, recipe = world
    old = workspace.records(CueType)[0]
    workspace.append(
        [replace(old, key="moved", anchor="another", candidates=(*old.candidates, "one-more"))]
    )
    outcome = _only(workspace, recipe)
    assert (outcome.type.key, outcome.stage) == ("moved", "annotate")


def test_the_recipe_s_own_gate_outweighs_an_older_one(world: tuple[Workspace, Recipe]) -> None:
    workspace, recipe = world
    older = [
        replace(worlds.gate_of(pair, "black"), key=f"older-{pair.key}")
        for pair in workspace.records(Pair)
    ]
    workspace.append(older)
    assert _only(workspace, recipe).stage == "gate"
    now = [
        replace(result, key=gate_key(result.pair, "gate-clip@main", recipe.gate), kept=True)
        for result in older
    ]
    workspace.append(now)
    assert _only(workspace, recipe).published


def test_evidence_weighed_anew_outweighs_the_table(world: tuple[Workspace, Recipe]) -> None:
    workspace, recipe = world
    kind = workspace.records(CueType)[0]
    now = worlds.evidence(
        kind,
        "selection",
        worlds.MODELS,
        pooled=True,
        pairs=2,
        accepted=False,
        reason="not any more",
    )
    (outcome,) = outcomes(workspace, recipe, [now])
    assert (outcome.stage, outcome.reason) == ("verify", "not any more")
