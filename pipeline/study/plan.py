"""The plan of a study: all its trainings and evaluations, each with a key, so each is done once.

    study = study_of(model, "releases/demo", "study", "full", training={})    # a StudyPlan
    opened = StudyRelease.of(study)      # the release, its questions, the cues' clusters
    looks = [look(study, opened)]        # if the release names no type found on this model
    runs = plan(study, opened, own)      # for each seed: before, each condition, fewer types

The types are split anew for each seed, whole clusters of cues at a time. Nothing is trained where
the split leaks.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from ..evaluate.leaderboard import part_in
from ..finetune import TrainingSettings, by_seed, check, clusters
from ..finetune.conditions import Condition
from ..finetune.image_cache import images_of
from ..finetune.lessons import first_types, lessons_of
from ..finetune.train import split
from ..recipe_models import Count, Section, version_of
from ..records import key_of
from ..release.questions import OpenRelease, Question, open_release, read_questions, types_of
from .runs import StudyRun

#: "look": all types before any training; "before": what is judged, before; "train": trained, then
#: judged.
Kind = Literal["look", "before", "train"]
#: Where no type was found on the model, those count whose gap is at least this.
LEAST_GAP = 0.2
#: The control group of as many steps on clean questions alone: no counterfactual, so no type.
MATCHED: Condition = "non-spurious"


class StudyPlan(Section):
    """What is compared, and on what."""

    release: str
    #: The model by name, and its folder, or its Hub id with a revision.
    name: str
    path: str
    revision: str | None = None
    #: The study's own folder.
    out: str
    #: The first condition is also trained on fewer types.
    conditions: tuple[Condition, ...]
    control_groups: tuple[Condition, ...]
    seeds: Count
    #: Numbers of training types; None: all.
    types: tuple[int | None, ...] = (None,)
    #: More fields of `pipeline.finetune.TrainingSettings`.
    training: dict[str, Any]
    workers: Count = 1
    #: Keep each trained model, or only what it answered.
    keep_models: bool = False

    def settings(
        self, condition: Condition, seed: int, types: int | None = None
    ) -> TrainingSettings:
        """One training's settings."""
        more = {"path": self.path, "revision": self.revision, **self.training}
        return TrainingSettings(condition=condition, seed=seed, types=types, **more)

    @property
    def model(self) -> str:
        """The model's name and version, as a release has them."""
        return f"{self.name}@{version_of(self.path, self.revision)}"


@dataclass(frozen=True)
class StudyRelease:
    """A release as a study reads it."""

    release: OpenRelease
    questions: list[Question]
    cluster_of: dict[str, str]

    @classmethod
    def of(cls, study: StudyPlan) -> "StudyRelease":
        """Reads the release; ValueError where a study cannot be made of it."""
        release = open_release(study.release)
        questions = read_questions(release)
        if not any(question.arm == "control" for question in questions):
            raise ValueError(
                f"{release.title} has no control questions, without which a gain shows nothing: "
                f"publish it anew with "
                "publish.controls_per_type."
            )
        return cls(release, questions, clusters(release))

    @cached_property
    def files(self) -> str:
        """A key of the release's content."""
        return key_of(
            {path: entry.get("sha256") for path, entry in self.release.manifest["files"].items()}
        )


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One training with its evaluation, or an evaluation alone."""

    key: str
    kind: Kind
    release: str
    #: The model's name.
    name: str
    settings: TrainingSettings
    split_of: dict[str, str]
    #: The types that it is judged on: those found on the model, held out or to train on.
    held_out: tuple[str, ...]
    trained: tuple[str, ...]
    #: Types whose counterfactuals the gradient sees.
    trained_on: int = 0

    @property
    def label(self) -> str:
        """What it is called in a progress line."""
        what = self.settings.condition if self.kind == "train" else self.kind
        fewer = f", {self.settings.types} types" if self.settings.types else ""
        return f"{what}{fewer}, seed {self.settings.seed}"


def found_on(study: StudyPlan, opened: StudyRelease) -> set[str]:
    """The types that were found on this very model, by its name and version or by its weights'
    fingerprint.
    """
    types = types_of(opened.questions)
    return {
        key for key, kind in types.items() if part_in(study.model, (), {key: kind})[0] == "selected"
    }


def look(study: StudyPlan, opened: StudyRelease) -> TrainingRun:
    """An evaluation of the model on every type, to see on which it errs."""
    types = tuple(types_of(opened.questions))
    key = key_of("study look", opened.files, study.model, study.training.get("precision"))
    settings = study.settings(study.conditions[0], 0)
    return TrainingRun(
        key, "look", study.release, study.name, settings, dict.fromkeys(types, "test"), types, ()
    )


def plan(study: StudyPlan, opened: StudyRelease, own: Collection[str]) -> list[TrainingRun]:
    """Every run, seed after seed; ValueError where a split leaks or nothing can be trained.

    Numbers of types that some seed does not have are left out.
    """
    splits = {
        seed: by_seed(opened.cluster_of, seed, among=own) for seed in range(1, study.seeds + 1)
    }
    fewest = min(list(split.values()).count("train") for split in splits.values())
    counts = [count for count in study.types if count and count < fewest]
    picture, runs = images_of(opened.release.folder), []
    for seed, split_of in splits.items():
        parts = split(opened.questions, split_of, study.settings(MATCHED, seed))
        check(parts, opened.cluster_of, picture)
        before = _before(study, opened, seed, split_of, own)
        runs += [
            before,
            *(
                _training(opened, before, settings, own)
                for settings in _settings(study, seed, counts, parts)
            ),
        ]
    return runs


def _before(
    study: StudyPlan,
    opened: StudyRelease,
    seed: int,
    split_of: dict[str, str],
    own: Collection[str],
) -> TrainingRun:
    """What a seed's trainings are compared with."""
    held_out = tuple(sorted(key for key in own if split_of[key] == "test"))
    if not held_out:
        raise ValueError(
            f"Seed {seed} holds out no type that this model falls for: {len(own)} are too few."
        )
    trained = tuple(sorted(key for key in own if split_of[key] == "train"))
    key = key_of(
        "study before",
        opened.files,
        study.model,
        study.training.get("precision"),
        split_of,
        sorted(own),
    )
    settings = study.settings(MATCHED, seed)
    return TrainingRun(
        key, "before", study.release, study.name, settings, split_of, held_out, trained
    )


def _settings(
    study: StudyPlan, seed: int, counts: Sequence[int], parts: Mapping[str, Sequence[Question]]
) -> Iterator[TrainingSettings]:
    """Each training of a seed, the control groups first; a release without placebos has no such
    control group.
    """
    for condition in dict.fromkeys([*study.control_groups, *study.conditions]):
        if lessons_of(condition, parts["train"]):
            yield study.settings(condition, seed)
        elif condition in study.conditions or condition == MATCHED:
            raise ValueError(
                f"Seed {seed} has nothing to train on for the condition {condition!r}: leave it "
                f"out."
            )
    for count in counts:
        yield study.settings(study.conditions[0], seed, count)


def _training(
    opened: StudyRelease, before: TrainingRun, settings: TrainingSettings, own: Collection[str]
) -> TrainingRun:
    keys = sorted(key for key, name in before.split_of.items() if name == "train")
    trained_types = first_types(keys, settings.types, settings.seed)
    key = key_of("study run", opened.files, settings.key, before.split_of, sorted(own))
    return replace(
        before,
        key=key,
        kind="train",
        settings=settings,
        trained_on=0 if settings.condition == MATCHED else len(trained_types),
        trained=tuple(key for key in before.trained if key in trained_types),
    )


def erring(looked: StudyRun) -> set[str]:
    """The types whose gap was at least `LEAST_GAP` before any training; ValueError where these are
    too few.
    """
    gaps = zip(looked.types, looked.with_cue, looked.without_cue, strict=True)
    types = {key for key, with_cue, without in gaps if without - with_cue >= LEAST_GAP}
    if len(types) < 2:
        raise ValueError(
            f"This model falls for {len(types)} of the release's {len(looked.types)} types (a gap "
            f"of {LEAST_GAP} or "
            "more), so there is nothing to unlearn: find its own shortcuts first "
            "(docs/how-to/fix-your-model.md)."
        )
    return types
