"""The screens and their tasks fit each other by Label Studio's own checker, whatever the texts
hold.
"""

import json

import pytest

from spuriforge.annotation.cue_screen import cue_task
from spuriforge.annotation.instructions import INSTRUCTIONS
from spuriforge.annotation.pair_screen import pair_task
from spuriforge.annotation.projects import Desk
from spuriforge.annotation.screens import SCREENS, check, interface
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import HOSTILE, cue_type, pair_of, photo
from tests.judged import judged

KINDS = {"cue", "cue-adjudication", "pair", "pair-adjudication"}


def test_every_kind_of_project_has_a_screen_and_instructions() -> None:
    assert set(SCREENS) == set(INSTRUCTIONS) == KINDS
    assert {Desk("run", kind, "a").judges for kind in SCREENS} == {"cue", "pair"}


@pytest.mark.parametrize("kind", SCREENS)
def test_screens_are_valid_and_show_texts_as_texts(kind: str) -> None:
    interface(SCREENS[kind])
    assert "HyperText" not in SCREENS[kind]
    assert SCREENS[kind].count("<Text name=") == SCREENS[kind].count('valueType="text"')


def test_adjudication_shows_what_others_said_and_not_who(workspace: Workspace) -> None:
    proposed, image = cue_type(workspace, 1), photo(64, 64)
    pair = pair_of(workspace, proposed, 1)
    others = [
        judged(proposed.key, "zoe", "spurious", cue=HOSTILE),
        judged(proposed.key, "yan", "unsure"),
    ]
    pair_others = [
        judged(pair.key, "zoe", "good", project="pair"),
        judged(pair.key, "yan", "defect", project="pair"),
    ]
    cue, judged_pair = (
        cue_task(proposed, None, image, others=others),
        pair_task(pair, proposed, image, image, others=pair_others),
    )
    check("cue-adjudication", cue)
    check("pair-adjudication", judged_pair)
    assert "Unsure" in cue["said"]
    assert "<script>alert(1)</script>" in cue["said"]
    assert len(judged_pair["said"].split("\n")) == 2
    assert not any(
        name in json.dumps([cue["said"], judged_pair["said"]]) for name in ("zoe", "yan")
    )


def test_adjudication_without_others_is_refused(workspace: Workspace) -> None:
    proposed = cue_type(workspace, 1)
    with pytest.raises(ValueError, match="lacks something"):
        check("cue-adjudication", cue_task(proposed, None, photo(64, 64)))


def test_a_task_that_its_screen_cannot_show_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks something"):
        check("pair", {"key": "k", "left": "x"})
