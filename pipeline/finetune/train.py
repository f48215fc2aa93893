"""Fine-tuning of a model with transformers' Trainer; a killed training resumes to the same result.

    settings = TrainingSettings(path=..., condition="consistent")
    trained = finetune("releases/demo", settings, Path("tuned"), split_of=...)

The folder is there whole or not at all. Until then `.NAME.part` beside it holds the checkpoints.
"""

import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..lvlm.transformers_backend import TransformersLVLM
from ..recipe_models import version_of
from ..release.questions import (
    OpenRelease,
    PublishedType,
    Question,
    open_release,
    read_questions,
    types_of,
)
from ..release.rows.splits import SPLITS
from . import leaks, vision_tower
from .batches import Batches
from .conditions import Condition
from .hold_out import without_held_out
from .image_cache import images_of
from .lessons import Course, Lesson, ShownLesson, first_types, lessons_of
from .partition import by_release, clusters, placed
from .rehearsal import asked_anew, shares_of, spurious_of
from .settings import TrainingSettings
from .weights import load, prepare, save

if TYPE_CHECKING:
    from transformers import Trainer

#: Written last: what a finished folder was made of.
NOTE = "finetuned.json"
#: Lessons looked at on the way, half of them pairs and half controls: a look costs as much as a
#: step or two.
LOOKS = 128


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished training."""

    folder: Path
    #: The step whose weights were kept, and the loss on the validation types there.
    step: int
    validation_loss: float | None
    #: The types of each split.
    types: dict[str, list[str]]
    lessons: int
    seconds: float


def finetune(
    release: str | Path,
    settings: TrainingSettings,
    out: Path,
    *,
    split_of: Mapping[str, str] | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> Trained:
    """Trains and writes the model to `out`; where it is there already, only says so.

    `split_of` names each type's split, the release's own where left out; `on_step` is told each
    step that is done, and how many there are. ValueError for what cannot be trained on, and where
    anything would cross from training to judging.
    """
    opened = open_release(release)
    questions = read_questions(opened)
    split_of = split_of or by_release(questions)
    key = _key(opened, settings, split_of)
    if (out / NOTE).is_file():
        return _finished(out, key)
    if out.exists():
        raise ValueError(
            f"{out} is there already and holds no finished training: name another folder."
        )
    parts = split(questions, split_of, settings)
    pictures = images_of(opened.folder)
    leaks.check(parts, clusters(opened), pictures)
    course, looks = plan(parts, settings, spurious_of(types_of(questions).values()))
    work = _work(out, key)
    began = time.monotonic()
    lvlm = load(settings)
    tower_cache = _cache_tower(lvlm, settings, [*course.drawn, *looks])
    model = version_of(settings.path, settings.revision)
    former = shares_of(lvlm, f"{model} {settings.precision}", pictures, course.recalled)
    prepare(lvlm, settings)
    trainer = _trainer(Batches(lvlm, pictures, former), course, looks, settings, work, on_step)
    trainer.train(resume_from_checkpoint=_last_whole(work))
    if looks and settings.patience is None:
        trainer.evaluate()
    unfinished = work / "model"
    shutil.rmtree(unfinished, ignore_errors=True)
    save(lvlm, settings, unfinished)
    note = {
        "key": key,
        "release": opened.title,
        "settings": asdict(settings),
        **_kept(trainer),
        "types": {
            name: sorted({question.type.key for question in parts[name] if question.type})
            for name in SPLITS
        },
        "left_out": _left_out(questions, parts, split_of, settings),
        "tower_once": bool(tower_cache and tower_cache.used),
        "lessons": len(course),
        "seconds": round(time.monotonic() - began, 1),
        "log": trainer.state.log_history,
    }
    (unfinished / NOTE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
    unfinished.rename(out)
    shutil.rmtree(work)
    return _finished(out, key)


def split(
    questions: Sequence[Question], split_of: Mapping[str, str], settings: TrainingSettings
) -> dict[str, list[Question]]:
    """The questions of each split, without what is held out from it: to train on, of as many types
    as are wanted.
    """
    parts = placed(questions, split_of)
    return parts | {
        "train": without_held_out(_of_types(parts["train"], split_of, settings), _held_out(parts)),
        "validation": without_held_out(parts["validation"], types_of(parts["test"]).values()),
    }


def _held_out(parts: Mapping[str, Sequence[Question]]) -> list[PublishedType]:
    """The types that are stopped and judged on."""
    return list(
        types_of([question for name in ("validation", "test") for question in parts[name]]).values()
    )


def _of_types(
    questions: Sequence[Question], split_of: Mapping[str, str], settings: TrainingSettings
) -> list[Question]:
    keys = sorted(key for key, name in split_of.items() if name == "train")
    keys_of_types = first_types(keys, settings.types, settings.seed)
    return [
        question
        for question in questions
        if question.type is None or question.type.key in keys_of_types
    ]


def _left_out(
    questions: Sequence[Question],
    parts: Mapping[str, Sequence[Question]],
    split_of: Mapping[str, str],
    settings: TrainingSettings,
) -> dict[str, int]:
    """Counts each arm's questions that are left out because their images show a held-out cue."""
    before = Counter(
        question.arm
        for question in _of_types(placed(questions, split_of)["train"], split_of, settings)
    )
    after = Counter(question.arm for question in parts["train"])
    return {arm: count - after[arm] for arm, count in sorted(before.items())}


def plan(
    parts: Mapping[str, Sequence[Question]],
    settings: TrainingSettings,
    spurious: Collection[tuple[str, str]] = (),
) -> tuple[Course, list[ShownLesson]]:
    """What is trained on, and what is looked at on the way: both arms of the validation pairs, and
    their controls.

    `spurious` are questions with the cues that are published for them.
    """
    lessons = lessons_of(settings.condition, parts["train"])
    if not lessons:
        raise ValueError(
            f"The training types have nothing for the condition {settings.condition!r}."
        )
    replay = lessons_of("non-spurious", parts["train"])
    controls = [question for lesson in replay for question in lesson.questions]
    anew = (
        without_held_out(asked_anew(controls, spurious), _held_out(parts))
        if settings.recall
        else []
    )
    course = Course(
        lessons, replay, settings, [Lesson((question,), labelled=False) for question in anew]
    )
    looks = [
        *_some("pairs", parts["validation"], settings),
        *_some("non-spurious", parts["validation"], settings),
    ]
    if settings.patience is not None and not looks:
        raise ValueError(
            "There are no validation types to stop on: set no patience, or split otherwise."
        )
    return course, [
        ShownLesson(lesson, tuple(range(len(lesson.questions[0].choices)))) for lesson in looks
    ]


def _some(
    condition: Condition, questions: Sequence[Question], settings: TrainingSettings
) -> list[Lesson]:
    """At most half of what is looked at on the way, drawn by the seed."""
    lessons = lessons_of(condition, questions)
    return random.Random(f"looks/{settings.seed}").sample(lessons, min(len(lessons), LOOKS // 2))


def _cache_tower(
    lvlm: TransformersLVLM, settings: TrainingSettings, drawn: Sequence[ShownLesson]
) -> vision_tower.CachedTower | None:
    """The vision tower, asked once an image; None where most images are shown but once, and it
    would gain nothing.
    """
    images_shown = [
        question.image
        for lesson in drawn
        if not lesson.lesson.blind
        for question in lesson.lesson.questions
    ]
    images = len(set(images_shown))
    return (
        vision_tower.once(lvlm, settings, images) if len(images_shown) >= 2 * images > 0 else None
    )


def _key(release: OpenRelease, settings: TrainingSettings, split_of: Mapping[str, str]) -> str:
    from ..records import key_of

    files = {path: entry.get("sha256") for path, entry in release.manifest["files"].items()}
    return key_of("finetuned", settings.key, files, dict(split_of))


def _finished(out: Path, key: str) -> Trained:
    note = json.loads((out / NOTE).read_text(encoding="utf-8"))
    if note["key"] != key:
        raise ValueError(
            f"{out} holds a training with other settings or on another release: name another "
            f"folder."
        )
    return Trained(
        out, note["step"], note["validation_loss"], note["types"], note["lessons"], note["seconds"]
    )


def _work(out: Path, key: str) -> Path:
    """The folder of the checkpoints; ValueError where it holds another training's."""
    work = out.with_name(f".{out.name}.part")
    named = work / "key.txt"
    if named.is_file() and named.read_text(encoding="utf-8") != key:
        raise ValueError(
            f"{work} holds an unfinished training with other settings: remove it, or name another "
            f"folder."
        )
    work.mkdir(parents=True, exist_ok=True)
    named.write_text(key, encoding="utf-8")
    return work


def _last_whole(work: Path) -> str | None:
    """The latest checkpoint that was written to its end; the others are removed. Its state is
    written last.
    """
    whole = []
    for folder in work.glob("checkpoint-*"):
        try:
            state = json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))
            whole.append((int(state["global_step"]), str(folder)))
        except (OSError, ValueError):
            shutil.rmtree(folder)
    return max(whole)[1] if whole else None


def _kept(trainer: "Trainer") -> dict[str, Any]:
    """Whose weights are in the model now, and what they gave on the validation types."""
    state = trainer.state
    looked = {row["step"]: row["eval_loss"] for row in state.log_history if "eval_loss" in row}
    step = state.best_global_step if trainer.args.load_best_model_at_end else state.global_step
    return {"step": step, "validation_loss": looked.get(step)}


def _trainer(
    batches: Batches,
    course: Course,
    looks: Sequence[ShownLesson],
    settings: TrainingSettings,
    work: Path,
    on_step: Callable[[int, int], None] | None,
) -> "Trainer":
    from transformers import EarlyStoppingCallback, TrainerCallback, TrainingArguments

    from .trainer import AnswerTrainer, StepReport

    stops = settings.patience is not None
    arguments = TrainingArguments(
        output_dir=str(work),
        max_steps=settings.steps,
        per_device_train_batch_size=course.a_step,
        per_device_eval_batch_size=course.a_step,
        learning_rate=settings.rate,
        weight_decay=settings.decay,
        lr_scheduler_type="linear",
        warmup_steps=max(1, settings.steps // 15),
        adam_beta2=0.98,
        max_grad_norm=1.0,
        train_sampling_strategy="sequential",
        seed=settings.seed,
        bf16=settings.precision != "float32",
        use_cpu=settings.device == "cpu",
        eval_strategy="steps" if stops else "no",
        eval_steps=settings.every,
        save_steps=settings.every,
        save_total_limit=2,
        load_best_model_at_end=stops,
        metric_for_best_model="eval_loss" if stops else None,
        greater_is_better=False if stops else None,
        prediction_loss_only=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        logging_steps=settings.every,
        report_to="none",
        disable_tqdm=True,
    )
    callbacks: list[TrainerCallback] = [StepReport(on_step)] if on_step else []
    if settings.patience is not None:
        callbacks.append(EarlyStoppingCallback(settings.patience))
    return AnswerTrainer(settings, batches, arguments, course, looks, callbacks)
