"""Yields are measured where a stage has run often enough, and assumed otherwise."""

from collections.abc import Callable
from pathlib import Path

import pytest

from spuriforge.pipeline.recipe_sections import Assumptions
from spuriforge.pipeline.records import GateResult, Prediction, Sample, StageRun, key_of
from spuriforge.pipeline.stage_yields import Yield, yields
from spuriforge.pipeline.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_an_empty_workspace_measures_nothing(workspace: Workspace) -> None:
    assert {figure.origin for figure in yields(workspace, Assumptions()).values()} == {"assumed"}


def test_measured_yields_replace_assumed_yields(
    workspace: Workspace, make_sample: Callable[..., Sample]
) -> None:
    sample = make_sample(0)
    workspace.append(
        [
            GateResult(
                key=key_of(number),
                pair=str(number),
                kept=number < 30,
                reason="",
                cue_with=0.0,
                cue_without=0.0,
                core=0.0,
                likeness=0.9,
            )
            for number in range(40)
        ]
    )
    workspace.append(
        [
            Prediction(
                key=key_of(number),
                sample=sample.key,
                model="m",
                prompt="p",
                rotation=0,
                blind=False,
                outcome="parsed",
                chosen=0,
                text="A",
                tokens_out=number % 2 * 10,
            )
            for number in range(40)
        ]
    )
    workspace.append(
        [
            StageRun(
                key="k",
                stage="generate",
                started_at="",
                seconds=50.0,
                inputs=1,
                pending=1,
                outputs=1,
                images=100,
            )
        ]
    )
    figures = yields(workspace, Assumptions())
    assert figures["gate_yield"] == Yield(0.75, "measured on 40 pairs")
    assert figures["answer_tokens"] == Yield(5.0, "measured on 40 answers")
    assert figures["seconds_per_image"] == Yield(0.5, "measured on 100 images")
    assert figures["error_rate"].origin == "assumed"
