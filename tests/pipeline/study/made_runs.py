"""A study's runs made by hand, and the study that they could be of, on the tiny release of
fine-tuning's tests.

    study_of(release, tmp_path)    # a StudyPlan of the model that the release's types were found on
    run("pairs", 1, 0.8)           # a StudyRun of two held-out types and one to train on
    report(release)                # the Report of such runs
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spuriforge.pipeline.finetune import TrainingSettings
from spuriforge.pipeline.study.plan import StudyPlan, StudyRelease
from spuriforge.pipeline.study.report import Report
from spuriforge.pipeline.study.results import Results
from spuriforge.pipeline.study.runs import StudyRun


def study_of(release: Path, out: Path, **changes: Any) -> StudyPlan:
    """One condition with two control groups on two seeds, of a model that is not there."""
    given: dict[str, Any] = {
        "release": str(release),
        "name": "subject",
        "path": "subject",
        "revision": "1",
        "out": str(out),
        "conditions": ("pairs",),
        "control_groups": ("non-spurious", "without"),
        "seeds": 2,
        "training": {"steps": 2, "images": 8},
    }
    return StudyPlan(**{**given, **changes})


def run(
    condition: str,
    seed: int,
    accuracy: float,
    *,
    controls: float | None = 0.9,
    limit: int | None = None,
    trained_on: int = 4,
    **changes: Any,
) -> StudyRun:
    """The first held-out type is .1 worse than that, the second .1 better; the one to train on is
    all right.
    """
    trains = condition not in ("before", "look")
    settings = TrainingSettings(path="subject", condition="pairs", seed=seed, steps=2, images=8)
    given: dict[str, Any] = {
        "key": f"{condition}/{limit}/{seed}",
        "condition": condition,
        "seed": seed,
        "limit": limit,
        "model": "subject",
        "trained_on": trained_on if trains else 0,
        "types": ("type-0", "type-1", "type-2"),
        "held_out": (True, True, False),
        "with_cue": (accuracy - 0.1, accuracy + 0.1, 1.0 if trains else 0.0),
        "without_cue": (1.0, 0.9, 1.0),
        "placebo": (1.0, float("nan"), 1.0),
        "bias": (0.5, 0.3, 0.0),
        "controls": controls,
        "controls_asked": 20,
        "pairs": 6,
        "settings": json.dumps(asdict(settings)) if trains else "",
        "images": 16 if trains else 0,
        "seconds": 30.0 if trains else 0.0,
        "evaluation_seconds": 6.0,
        "device": "cpu",
    }
    return StudyRun(**{**given, **changes})


def made(best: float = 0.8, matched: float = 0.5) -> list[StudyRun]:
    """Three seeds: before, a condition, fewer types, and two control groups, each seed a little
    different.
    """
    runs = []
    for seed, more in ((1, 0.0), (2, 0.02), (3, 0.05)):
        runs += [
            run("before", seed, 0.1),
            run("pairs", seed, best + more, controls=0.91),
            run("pairs", seed, 0.6 + more, limit=2, trained_on=2),
            run("non-spurious", seed, matched, trained_on=0),
            run("without", seed, 0.4 - more),
        ]
    return runs


def report(
    release: Path, runs: Sequence[StudyRun] | None = None, *, measured: bool = False
) -> Report:
    """The report of these runs, or of those of `made`."""
    groups = ("non-spurious", "without", "placebo")
    study = study_of(release, release, seeds=3, control_groups=groups, types=(0, 2, 16, None))
    results = Results(made() if runs is None else runs, study.conditions, study.control_groups)
    return Report(
        study,
        StudyRelease.of(study),
        results,
        own=("type-0", "type-1", "type-2"),
        measured=measured,
    )
