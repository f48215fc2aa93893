"""Known limits: a sentence appears if the run's figures call for it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from spuriforge.pipeline.records import GateResult, Judgment
from spuriforge.pipeline.release.texts.limits import limits
from spuriforge.pipeline.workspace import Workspace
from tests import worlds
from tests.pipeline.release.texts.drafts import Draft, make_draft


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return make_draft(tmp_path_factory.mktemp("draft"), types=3)


def _few_kept(workspace: Workspace) -> None:
    """The gate rejected nine of ten pairs."""
    kept = workspace.records(GateResult)
    workspace.append(
        [
            replace(
                result,
                key=f"{result.key}{n}",
                pair=f"{result.pair}{n}",
                kept=False,
                reason="no cue in it",
            )
            for result in kept
            for n in range(9)
        ]
    )


def _by_people(workspace: Workspace) -> None:
    judgments = workspace.records(Judgment)
    worlds.forget(workspace, "judgments")
    workspace.append(
        [replace(judgment, scripted=judgment.annotator == "Ada") for judgment in judgments]
    )


def _says(draft: Draft, start: str) -> bool:
    return any(text.startswith(start) for text in limits(draft.manifest, draft.figures))


@pytest.mark.parametrize(
    "sentence",
    [
        "The judgments are scripted: they replace people",
        "Only 2 annotators took part.",
        "Only 2 models answered the pairs (subject-a@main, subject-b@main).",
        "The cues come from the errors of subject-a@main, subject-b@main",
        "One generator drew every pair (image-model@main (15 steps, guidance 1.5))",
        "All pairs are text-to-image",
        "All questions were asked with one prompt",
        "All types come from one benchmark, proving-ground.",
        "Means over 3 types depend strongly on single types.",
    ],
)
def test_the_run_s_limits_are_told(draft: Draft, sentence: str) -> None:
    assert _says(draft, sentence)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_by_people, "5 of 10 judgments are scripted, not made by people."),
        (
            _few_kept,
            "The gate kept only 10% of the 60 pairs made, so the published pairs show scenes",
        ),
    ],
)
def test_limits_follow_the_run(
    tmp_path: Path, change: Callable[[Workspace], None], sentence: str
) -> None:
    assert _says(make_draft(tmp_path, types=1, change=change), sentence)


def test_low_and_missing_agreement_threshold_rule_and_missing_controls_are_told(
    draft: Draft,
) -> None:
    recipe = draft.manifest["recipe"]
    rule = recipe | {"verify": recipe["verify"] | {"rule": "threshold"}}
    sentences = limits(
        draft.manifest
        | {"recipe": rule, "agreement": {"cue": {"alpha": 0.4, "low": 0.2, "high": 0.6}}},
        draft.figures,
    )
    assert any("alpha is 0.40 (1 is full agreement). Below 0.667" in text for text in sentences)
    assert any(
        text.startswith("How far annotators agree on pairs is unknown") for text in sentences
    )
    assert any("dropped by more than a threshold" in text for text in sentences)
    there = sum(number for _, number in draft.figures.controls)
    assert (
        f"There are {there} controls instead of 30: the benchmarks had no more suitable questions."
        in sentences
    )


def test_wide_and_empty_intervals_are_told(draft: Draft) -> None:
    row = draft.figures.rows[0]
    rows = (row | {"effect_low": -0.1, "effect_high": 0.7}, *draft.figures.rows[1:])
    sentences = limits(draft.manifest, replace(draft.figures, rows=rows))
    assert any(
        text.startswith("For 1 of 3 types the effect's 95 % interval is wider than 0.5")
        for text in sentences
    )
    assert "For 1 type the interval includes 0: there may be no effect." in sentences


def test_a_run_without_these_faults_has_few_limits(draft: Draft) -> None:
    rows = tuple(
        row | {"split": split}
        for row in draft.figures.rows
        for split in ("train", "validation", "test")
        for _ in range(5)
    )
    sound = replace(
        draft.figures,
        rows=rows,
        scripted=0,
        annotators=3,
        models=("a", "b", "c"),
        prompts=2,
        excluded=0,
        routes=(("inpainting", 5), ("text-to-image", 4)),
        generators=(("x", 5), ("y", 4)),
        benchmarks=(("p", 5), ("q", 4)),
        controls=(("p", 10_000),),
        placebos=draft.figures.pairs,
    )
    recipe = draft.manifest["recipe"] | {"benchmarks": [{"kind": "table"}]}
    sentences = limits(draft.manifest | {"recipe": recipe}, sound)
    starts = (
        "Pair images are generated,",
        "The cues come from the errors of",
        "Types by benchmark:",
    )
    assert len(sentences) == len(starts)
    assert all(map(str.startswith, sentences, starts))
