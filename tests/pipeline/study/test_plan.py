"""What a study plans: whole cue clusters held out for each seed, every training once, keys that say
what it is.
"""

import shutil
from pathlib import Path

import pytest

from spuriforge.pipeline.study import plan
from spuriforge.pipeline.study.plan import StudyRelease
from spuriforge.pipeline.study.workers import asked_of
from tests.pipeline.finetune.tiny_release import made
from tests.pipeline.study.made_runs import run, study_of


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("release"), types=8, controls=24)


@pytest.fixture(scope="module")
def opened(release: Path) -> StudyRelease:
    return StudyRelease.of(study_of(release, release))


def planned(release: Path, opened: StudyRelease, **changes: object) -> list[plan.TrainingRun]:
    study = study_of(release, Path("study"), **changes)
    return plan.plan(study, opened, plan.found_on(study, opened))


def test_the_types_of_this_very_model_are_judged(release: Path, opened: StudyRelease) -> None:
    assert len(plan.found_on(study_of(release, release), opened)) == 8
    assert plan.found_on(study_of(release, release, name="another"), opened) == set()
    looked = plan.look(study_of(release, release, name="another"), opened)
    assert (looked.kind, len(looked.held_out)) == ("look", 8)


def test_without_any_the_types_that_it_errs_on_are_or_none() -> None:
    gaps = run("look", 0, 0.75, without_cue=(0.9, 0.9, 1.0), with_cue=(0.65, 0.85, 0.2))
    assert plan.erring(gaps) == {"type-0", "type-2"}
    with pytest.raises(
        ValueError, match=r"falls for 0 of the release's 3 types .*docs/how-to/fix-your-model\.md"
    ):
        plan.erring(run("look", 0, 0.9, with_cue=(0.9, 0.9, 0.9)))


def test_every_seed_holds_out_other_types_and_is_judged_before(
    release: Path, opened: StudyRelease
) -> None:
    runs = planned(release, opened, seeds=3)
    assert [run.label for run in runs[:4]] == [
        "before, seed 1",
        "non-spurious, seed 1",
        "without, seed 1",
        "pairs, seed 1",
    ]
    assert len(runs) == len({run.key for run in runs}) == 12
    assert len({run.held_out for run in runs}) == 3
    for training in runs:
        assert len(training.held_out) == 2
        assert not set(training.held_out) & set(training.trained)
        assert {training.split_of[key] for key in training.held_out} == {"test"}


def test_the_judged_controls_are_those_that_nothing_was_trained_on(
    release: Path, opened: StudyRelease
) -> None:
    one = planned(release, opened)[3]
    asked = asked_of(one, opened.questions)
    assert {question.type.key for question in asked if question.type} == {
        *one.held_out,
        *one.trained,
    }
    controls = {question.id for question in asked if question.config == "controls"}
    assert 0 < len(controls) < 24
    assert {question.config for question in asked} == {"pairs", "controls"}


def test_fewer_types_are_some_of_all_and_none_of_them_is_the_baseline(
    release: Path, opened: StudyRelease
) -> None:
    runs = planned(release, opened, types=(0, 2, 99, None), seeds=1)
    counts = {
        (run.settings.condition, run.settings.types): run.trained_on
        for run in runs
        if run.kind == "train"
    }
    assert counts == {
        ("non-spurious", None): 0,
        ("without", None): 5,
        ("pairs", None): 5,
        ("pairs", 2): 2,
    }
    whole, fewer = runs[3], runs[4]
    assert set(fewer.trained) < set(whole.trained)


def test_a_key_changes_with_what_is_done_and_with_nothing_else(
    release: Path, opened: StudyRelease
) -> None:
    first = {run.label: run.key for run in planned(release, opened)}
    assert {
        run.label: run.key for run in planned(release, opened, workers=2, keep_models=True)
    } == first
    more = {run.label: run.key for run in planned(release, opened, conditions=("pairs", "group"))}
    assert first.items() < more.items()
    longer = {
        run.label: run.key for run in planned(release, opened, training={"steps": 3, "images": 8})
    }
    assert [label for label, key in longer.items() if key == first[label]] == [
        "before, seed 1",
        "before, seed 2",
    ]


def test_a_split_that_leaks_is_refused_before_anything_is_trained(
    release: Path, opened: StudyRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    split_of = {f"type-{number}": "train" for number in range(7)} | {"type-7": "test"}
    monkeypatch.setattr(plan, "by_seed", lambda *_, **__: split_of)
    joined = StudyRelease(
        opened.release, opened.questions, {**opened.cluster_of, "type-7": "umbrella"}
    )
    with pytest.raises(ValueError, match="the cue 'umbrella' is in test and train"):
        planned(release, joined)


def test_what_cannot_be_studied_is_told(
    release: Path, opened: StudyRelease, tmp_path: Path
) -> None:
    bare = made(tmp_path / "bare", types=8, controls=0)
    with pytest.raises(ValueError, match="no control questions"):
        StudyRelease.of(study_of(bare, tmp_path))
    with pytest.raises(ValueError, match="too few"):
        plan.plan(study_of(release, tmp_path), opened, set())
    shutil.rmtree(bare)
    with pytest.raises(ValueError, match="neither a release nor a folder of releases"):
        StudyRelease.of(study_of(bare, tmp_path))
