"""A study's defaults: the size and the settings of the full and of the quick study.

    PROFILES["quick"].seeds          # 2
    training_of(release, "quick")    # {"steps": 220, "rate": 3e-3, ...}: fields of TrainingSettings
    study_of(model, "releases/demo", "study", "quick", training={})    # the whole StudyPlan

The rates are for the proving ground's models, which have under two million weights; on any other
release the fine-tuning's own defaults hold, and the command's options go before both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..finetune.conditions import Condition
from ..recipe_models import TransformersModel
from ..release.questions import OpenRelease
from .plan import StudyPlan

Name = Literal["full", "quick"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The size of a study."""

    #: The first is also trained on fewer types.
    conditions: tuple[Condition, ...]
    #: What a training without the counterfactuals' cues does: trained in every study.
    control_groups: tuple[Condition, ...]
    seeds: int
    #: Numbers of training types; None: all of them. None alone: no ablation.
    types: tuple[int | None, ...]
    #: TrainingSettings of the proving ground's models.
    proving_ground: Mapping[str, float]


#: Chosen by hand on splits of subject-a, those of the study among them. A high rate and smaller
#: matrices at the start: what is not rehearsed is forgotten, and a shortcut is not.
_SUBJECTS = {"images": 64, "rate": 3e-3, "replay": 0.5, "temperature": 4.0}

PROFILES: dict[Name, Profile] = {
    "full": Profile(
        conditions=("pairs", "mixed", "group", "anchors"),
        control_groups=("non-spurious", "without", "placebo", "blind"),
        seeds=5,
        types=(0, 4, None),
        proving_ground={**_SUBJECTS, "steps": 400, "shrink": 0.5},
    ),
    "quick": Profile(
        conditions=("pairs",),
        control_groups=("non-spurious", "without", "placebo"),
        seeds=2,
        types=(None,),
        # Fewer steps grow back less.
        proving_ground={**_SUBJECTS, "steps": 220, "shrink": 0.4},
    ),
}


def on_proving_ground(release: OpenRelease) -> bool:
    """Do the release's questions come from the proving ground?"""
    benchmarks = release.manifest.get("recipe", {}).get("benchmarks", [])
    return any(benchmark.get("kind") == "proving-ground" for benchmark in benchmarks)


def scripted(release: OpenRelease) -> bool:
    """Did scripts judge in the place of people?"""
    return bool(release.manifest.get("recipe", {}).get("annotate", {}).get("by") == "scripted")


def training_of(release: OpenRelease, name: Name) -> dict[str, float]:
    """The settings of each training, where they are not fine-tuning's own defaults."""
    return dict(PROFILES[name].proving_ground) if on_proving_ground(release) else {}


def study_of(
    model: TransformersModel,
    release: str,
    out: str,
    name: Name,
    *,
    training: Mapping[str, Any],
    conditions: tuple[Condition, ...] = (),
    seeds: int | None = None,
    types: tuple[int | None, ...] = (),
    workers: int | None = None,
    keep_models: bool = False,
) -> StudyPlan:
    """A study of a model: what is left out is as the profile says. Two trainings side by side, on a
    GPU one.
    """
    profile = PROFILES[name]
    return StudyPlan(
        release=release,
        name=model.name,
        path=model.path,
        revision=model.revision,
        out=out,
        training=dict(training),
        conditions=conditions or profile.conditions,
        control_groups=profile.control_groups,
        seeds=seeds or profile.seeds,
        types=types or profile.types,
        workers=workers or (2 if training.get("device", "cpu") == "cpu" else 1),
        keep_models=keep_models,
    )
