"""The funnel: counts of what each stage kept, and the reasons for the rest."""

from dataclasses import replace
from pathlib import Path

from spuriforge.pipeline.records import CueType, Prediction
from spuriforge.pipeline.release import outcomes
from spuriforge.pipeline.report.funnel import counted, funnel
from tests import worlds


def test_the_funnel_counts_and_never_widens(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=3)
    kind = next(kind for kind in workspace.records(CueType) if kind.cue == "street")
    workspace.append([worlds.decision("cue", kind.key, "not_spurious", accepted=False, votes=3)])
    workspace.append(
        [replace(workspace.records(Prediction)[0], key="again", outcome="unparsed", chosen=None)]
    )
    groups = {group.unit: group for group in funnel(workspace, outcomes(workspace, recipe), recipe)}
    steps = {unit: [step.count for step in group.steps] for unit, group in groups.items()}
    assert steps == {
        "questions": [15, 3, 3],
        "questions by models": [6, 6],
        "cues by models": [7, 6],
        "types": [3, 2, 2, 2, 2, 2, 2],
        "pairs": [18, 18, 12, 6],
    }
    assert groups["types"].steps[1].left_out == (("judged not spurious", 1),)
    assert groups["cues by models"].steps[1].left_out == (("not more often than chance", 1),)
    assert groups["questions by models"].steps[1].left_out == (("answers unparsed", 1),)


def test_reasons_that_differ_in_figures_are_one() -> None:
    reasons = [
        "not significant: q = 0.31 over 0.1",
        "not significant: q = 1.2e-05 over 0.1",
        "only 2 errors show it",
        "only 1 errors show it",
        "kept too few (2 of 3; mostly: black)",
        "the cue is everywhere",
    ]
    assert counted(reasons) == (
        ("not significant", 2),
        ("only … errors show it", 2),
        ("kept too few", 1),
        ("the cue is everywhere", 1),
    )
