"""Which pairs are judged next, and when more are wanted: the same answer whatever was killed on the
way.
"""

from types import SimpleNamespace
from typing import Any

import pytest

from spuriforge.flows.state.acceptance import checked_pairs, open_pairs, short_types, wanted_pairs
from spuriforge.pipeline.records import CueType, Decision, Evidence, Pair
from tests import worlds


@pytest.fixture
def snapshot(tmp_path: Any) -> Any:
    """One accepted type with eight kept release pairs; four are wanted at first, three are
    published.
    """
    workspace, recipe = worlds.finished(tmp_path, types=1, pairs=8)
    generate = recipe.generate.model_copy(update={"release_pairs": 4})
    (kind,) = workspace.records(CueType)
    decided: dict[str, Decision] = {}
    cue = {one.subject: one for one in workspace.records(Decision) if one.project == "cue"}
    return SimpleNamespace(
        recipe=recipe.model_copy(update={"generate": generate}),
        workspace=workspace,
        tables=workspace,
        annotators=tuple(recipe.annotate.annotators),
        types={kind.key: kind},
        kept_pairs=sorted(workspace.records(Pair), key=lambda pair: (pair.role, pair.index)),
        selection_evidence=[one for one in workspace.records(Evidence) if one.role == "selection"],
        decisions=lambda project: decided if project == "pair" else cue,
        decided=decided,
    )


def _judge(snapshot: Any, *verdicts: bool) -> None:
    """Decides on the first open pairs, one after another."""
    for accepted in verdicts:
        pair = open_pairs(snapshot)[0].key
        snapshot.decided[pair] = worlds.decision(
            "pair", pair, "good" if accepted else "defect", accepted=accepted
        )


def test_as_many_are_asked_as_are_published_and_no_more(snapshot: Any) -> None:
    assert [pair.index for pair in open_pairs(snapshot)] == [0, 1, 2]
    _judge(snapshot, True, True, True)
    assert open_pairs(snapshot) == []
    assert [pair.index for pair in checked_pairs(snapshot)] == [0, 1, 2]
    assert short_types(snapshot) == set()


def test_a_rejected_pair_gives_way_to_the_next(snapshot: Any) -> None:
    _judge(snapshot, True, False)
    assert [pair.index for pair in open_pairs(snapshot)] == [2, 3]
    _judge(snapshot, True, True)
    assert [pair.index for pair in checked_pairs(snapshot)] == [0, 2, 3]


def test_more_are_wanted_only_when_all_are_judged_and_too_few_are_left(snapshot: Any) -> None:
    (kind,) = snapshot.types
    _judge(snapshot, False, False, True, False, False, False, False)
    assert wanted_pairs(snapshot) == {kind: 4}
    _judge(snapshot, True)
    assert short_types(snapshot) == {kind}
    assert wanted_pairs(snapshot) == {kind: 8 + 4 - 2}


def test_where_enough_were_accepted_no_build_makes_more(snapshot: Any) -> None:
    (kind,) = snapshot.types
    _judge(snapshot, False, False, False, False, False, True, True, True)
    assert short_types(snapshot) == set()
    assert wanted_pairs(snapshot) == {kind: 4}


def test_what_is_wanted_has_an_end(snapshot: Any) -> None:
    snapshot.recipe = snapshot.recipe.model_copy(
        update={"generate": snapshot.recipe.generate.model_copy(update={"rounds": 1})}
    )
    _judge(snapshot, *[False] * 8)
    (kind,) = snapshot.types
    assert wanted_pairs(snapshot) == {kind: 4}
    assert open_pairs(snapshot) == []
    assert short_types(snapshot) == {kind}
