"""A study's defaults: what a command leaves out, and what only the proving ground has."""

from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.finetune import CONDITIONS, TrainingSettings
from spuriforge.pipeline.recipe_models import TransformersModel
from spuriforge.pipeline.release.questions import OpenRelease
from spuriforge.pipeline.study import defaults


def plan_of(release: Path, model: Path, profile: defaults.Name = "full", **options: Any) -> Any:
    options = {"training": {}, "seeds": None, "conditions": (), "types": (), **options}
    options = {"workers": None, "keep_models": False, **options}
    start = TransformersModel(name="model", path=str(model))
    return defaults.study_of(start, str(release), "study", profile, **options)


def _opened(**recipe: object) -> OpenRelease:
    """A release whose recipe says so; nothing lies on disk."""
    manifest = {"name": "tiny", "version": "1.0.0", "files": {}, "recipe": recipe}
    return OpenRelease(Path("nowhere"), manifest)


def test_what_a_command_leaves_out_is_as_the_profile_says(release: Path, tmp_path: Path) -> None:
    full, quick = plan_of(release, tmp_path), plan_of(release, tmp_path, "quick")
    assert (full.seeds, full.control_groups) == (5, ("non-spurious", "without", "placebo", "blind"))
    assert (quick.seeds, len(quick.conditions) + len(quick.control_groups)) == (2, 4)
    options: dict[str, Any] = {
        "conditions": ("pairs", "group"),
        "seeds": 3,
        "types": (2, None),
        "workers": 4,
    }
    plan = plan_of(release, tmp_path, **options)
    assert {name: getattr(plan, name) for name in options} == options
    assert plan_of(release, tmp_path, training={"device": "cuda"}).workers == 1


def test_a_study_names_the_model_the_release_and_its_folder(tmp_path: Path) -> None:
    study = plan_of(tmp_path / "release", tmp_path / "model", keep_models=True)
    assert (study.name, study.path) == ("model", str(tmp_path / "model"))
    assert (study.release, study.out) == (str(tmp_path / "release"), "study")
    assert study.keep_models
    assert study.workers == 2


@pytest.mark.parametrize("name", list(defaults.PROFILES))
def test_a_profile_is_made_of_conditions_and_settings_that_exist(name: defaults.Name) -> None:
    profile = defaults.PROFILES[name]
    assert {*profile.conditions, *profile.control_groups} <= set(CONDITIONS)
    assert not set(profile.conditions) & set(profile.control_groups)
    settings = TrainingSettings(path="nowhere", **profile.proving_ground)  # type: ignore[arg-type]
    assert settings.rate > TrainingSettings(path="nowhere").rate


def test_the_quick_study_is_the_smaller_one() -> None:
    full, quick = defaults.PROFILES["full"], defaults.PROFILES["quick"]
    assert quick.seeds < full.seeds
    assert set(quick.conditions) < set(full.conditions)
    assert quick.proving_ground["steps"] < full.proving_ground["steps"]


def test_the_proving_ground_alone_has_settings_of_its_own() -> None:
    own = _opened(benchmarks=[{"kind": "seedbench"}, {"kind": "proving-ground"}])
    other = _opened(benchmarks=[{"kind": "seedbench"}])
    without_recipe = OpenRelease(Path("nowhere"), {"name": "old", "version": "1", "files": {}})
    assert defaults.training_of(own, "quick") == defaults.PROFILES["quick"].proving_ground
    assert defaults.training_of(other, "quick") == {}
    assert defaults.training_of(without_recipe, "full") == {}


def test_changed_settings_leave_the_profile_as_it_is() -> None:
    own = _opened(benchmarks=[{"kind": "proving-ground"}])
    defaults.training_of(own, "full")["steps"] = 1
    assert defaults.training_of(own, "full")["steps"] > 1


def test_scripted_judgments_are_recognised() -> None:
    assert defaults.scripted(_opened(annotate={"by": "scripted"}))
    assert not defaults.scripted(_opened(annotate={"by": "people"}))
    assert not defaults.scripted(_opened())
