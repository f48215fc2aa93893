"""A training ends in a folder that loads; killed, it goes on to the same weights; what it was made
of is written.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.evaluate import evaluate
from spuriforge.pipeline.finetune.batches import Batches
from spuriforge.pipeline.finetune.partition import by_release
from spuriforge.pipeline.finetune.settings import TrainingSettings
from spuriforge.pipeline.finetune.train import _left_out, finetune, plan, split
from spuriforge.pipeline.finetune.weights import load
from spuriforge.pipeline.lvlm.transformers_backend import TransformersLVLM
from spuriforge.pipeline.recipe_models import TransformersModel
from spuriforge.pipeline.release.questions import Pictures, open_release, read_questions

pytestmark = pytest.mark.integration
#: Trains with the settings in the second argument, and kills itself at the batch whose number is
#: the last.
KILLED = """
import json, os, signal, sys
from pathlib import Path
from spuriforge.pipeline.finetune.batches import Batches
from spuriforge.pipeline.finetune.settings import TrainingSettings
from spuriforge.pipeline.finetune.train import finetune
collate, calls = Batches.__call__, []
def counted(self, drawn):
    calls.append(1)
    if len(calls) == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
    return collate(self, drawn)
Batches.__call__ = counted
finetune(sys.argv[1], TrainingSettings(**json.loads(sys.argv[2])), Path(sys.argv[3]))
"""


def _settings(model: Path, **changes: Any) -> TrainingSettings:
    return TrainingSettings(
        path=str(model), **{"steps": 6, "images": 8, "every": 2, "rate": 2e-3, **changes}
    )


def _weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return dict(load_file(folder / "model.safetensors"))


def test_a_training_that_was_killed_ends_in_the_same_weights(
    release: Path, model: Path, tmp_path: Path
) -> None:
    import torch

    settings = _settings(model, patience=3)
    arguments = [
        str(release),
        json.dumps(
            {"path": str(model), "steps": 6, "images": 8, "every": 2, "rate": 2e-3, "patience": 3}
        ),
        str(tmp_path / "killed"),
        "6",
    ]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, *arguments], stderr=subprocess.PIPE, text=True
    ) as killed:
        whole = finetune(release, settings, tmp_path / "whole")
        _, said = killed.communicate(timeout=300)
    assert killed.returncode == -9, said
    work = tmp_path / ".killed.part"
    assert sorted(path.name for path in work.glob("checkpoint-*")) == ["checkpoint-2"]
    (work / "checkpoint-4").mkdir()  # as a kill in the middle of writing would leave it
    (work / "checkpoint-4" / "trainer_state.json").write_text('{"global_st')
    resumed = finetune(release, settings, tmp_path / "killed")
    assert not work.exists()
    assert (resumed.step, resumed.validation_loss) == (whole.step, whole.validation_loss)
    question, other = _weights(tmp_path / "whole"), _weights(tmp_path / "killed")
    assert all(torch.equal(question[name], other[name]) for name in question)


def test_what_is_done_is_not_done_again_and_another_training_not_mistaken_for_it(
    release: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(model, steps=2)
    first = finetune(release, settings, tmp_path / "tuned")
    monkeypatch.setattr("spuriforge.pipeline.finetune.train.load", None)
    assert finetune(release, settings, tmp_path / "tuned") == first
    with pytest.raises(ValueError, match="with other settings"):
        finetune(release, _settings(model, steps=3), tmp_path / "tuned")
    (tmp_path / "mine").mkdir()
    with pytest.raises(ValueError, match="holds no finished training"):
        finetune(release, settings, tmp_path / "mine")


@pytest.mark.parametrize("rank", [None, 4])
def test_the_trained_folder_holds_what_was_learned(
    release: Path, model: Path, tmp_path: Path, rank: int | None
) -> None:
    out = tmp_path / "tuned"
    steps: list[tuple[int, int]] = []
    settings = _settings(model, lora=rank, condition="consistent", temperature=2.0)
    trained = finetune(release, settings, out, on_step=lambda *done: steps.append(done))
    assert steps == [(number, 6) for number in range(1, 7)]
    assert trained.types == {
        "train": [f"type-{n}" for n in range(4)],
        "validation": ["type-4"],
        "test": ["type-5"],
    }
    note = json.loads((out / "finetuned.json").read_text())
    assert note["release"] == "tiny 1.0.0"
    assert note["settings"]["condition"] == "consistent"
    assert note["left_out"] == {"anchor": 0, "control": 0, "placebo": 0, "with": 0, "without": 0}
    assert note["tower_once"]
    assert trained.validation_loss < _loss(release, model)
    assert trained.validation_loss == pytest.approx(_loss(release, out), rel=1e-4)
    question, other = _weights(model), _weights(out)
    assert question.keys() == other.keys()
    kept = {
        name for name in question if bool((question[name].float() == other[name].float()).all())
    }
    assert {name for name in question if "vision_tower" in name} <= kept < set(question)


def _loss(release: Path, folder: Path) -> float:
    """The loss of a model as it lies in a folder, on the validation types."""
    from transformers import TrainingArguments

    from spuriforge.pipeline.finetune.trainer import AnswerTrainer

    settings = _settings(folder, condition="consistent", temperature=2.0)
    lvlm, questions = load(settings), read_questions(open_release(release))
    course, looks = plan(split(questions, by_release(questions), settings), settings)
    arguments = TrainingArguments(
        output_dir=str(folder),
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        prediction_loss_only=True,
    )
    trainer = AnswerTrainer(
        settings, Batches(lvlm, Pictures(release)), arguments, course, looks, []
    )
    return float(trainer.evaluate()["eval_loss"])


def test_a_trained_folder_is_evaluated_like_any_model(
    release: Path, model: Path, tmp_path: Path
) -> None:
    finetune(release, _settings(model, steps=2), tmp_path / "tuned")
    lvlm = TransformersLVLM.load(TransformersModel(name="tuned", path=str(tmp_path / "tuned")))
    found = evaluate(release, lvlm, split="test")
    assert (found.unparsed, found.failed) == (0.0, 0)
    assert set(found.accuracy) >= {"with", "without", "placebo"}


def test_it_stops_when_the_validation_types_get_worse(
    release: Path, model: Path, tmp_path: Path
) -> None:
    settings = _settings(model, steps=40, every=1, rate=1.0, patience=1)
    trained = finetune(release, settings, tmp_path / "tuned")
    note = json.loads((tmp_path / "tuned" / "finetuned.json").read_text())
    losses = {row["step"]: row["eval_loss"] for row in note["log"] if "eval_loss" in row}
    assert max(losses) < 40
    assert trained.validation_loss == losses[trained.step] == min(losses.values())


def test_a_split_that_leaks_is_refused_before_anything_is_loaded(
    release: Path, tmp_path: Path
) -> None:
    split_of = {f"type-{number}": "train" for number in range(5)} | {"type-5": "test"}
    with pytest.raises(ValueError, match="no finished training"):
        finetune(release, TrainingSettings(path="nowhere"), tmp_path, split_of=split_of)
    crossing = dict(split_of)
    crossing.pop("type-4")
    with pytest.raises(ValueError, match="type-4"):
        finetune(release, TrainingSettings(path="nowhere"), tmp_path / "tuned", split_of=crossing)


def test_what_shows_a_held_out_cue_is_not_trained_on(release: Path, model: Path) -> None:
    """Control 0 shows an umbrella, type 0's cue; the placebo arms a snowman, no type's cue."""
    questions = read_questions(open_release(release))
    split_of = {f"type-{number}": "train" for number in range(1, 6)} | {"type-0": "test"}
    parts = split(questions, split_of, _settings(model))
    controls = {part.id for part in parts["train"] if part.type is None}
    assert controls
    assert "control-0" not in controls
    assert _left_out(questions, parts, split_of, _settings(model))["placebo"] == 0
    few = split(questions, split_of, _settings(model, types=2))
    assert len({question.type.key for question in few["train"] if question.type}) == 2


def test_nor_does_early_stopping_look_at_what_shows_a_cue_that_is_judged(
    release: Path, model: Path
) -> None:
    """The cue of type 0, which is judged on, comes into one scene of type 1, which is stopped on;
    not the reverse.
    """
    split_of = {f"type-{number}": "train" for number in range(2, 6)} | {
        "type-0": "test",
        "type-1": "validation",
    }
    questions = [
        replace(question, prompt="umbrellas and a ladder")
        if question.id in ("pair-1-0", "pair-0-0")
        else question
        for question in read_questions(open_release(release))
        if question.config == "pairs"
    ]
    parts = split(questions, split_of, _settings(model))
    assert {part.id for part in parts["validation"]} == {"pair-1-1"}
    assert {part.id for part in parts["test"]} == {"pair-0-0", "pair-0-1"}


def test_nor_is_an_image_that_shows_it_asked_anew_what_it_misleads_about(
    release: Path, model: Path
) -> None:
    questions = read_questions(open_release(release))
    held_out, trained = (
        [
            question
            for question in questions
            if question.type and (question.type.key == "type-0") is held
        ]
        for held in (True, False)
    )
    first, *others = sorted(
        (question for question in questions if question.type is None),
        key=lambda question: question.id,
    )[:4]
    assert first.cues == ("umbrella",)
    first = replace(first, question="How many are there?", choices=("one", "two"), answer=0)
    course, _ = plan(
        {"train": [first, *others, *trained], "validation": [], "test": held_out}, _settings(model)
    )
    asked = {
        image: {question.question for question in course.recalled if question.image == image}
        for image in (question.image for question in (first, *others))
    }
    assert asked.pop(first.image) == {first.question}
    assert all(len(texts) == 2 for texts in asked.values())


def test_a_training_without_types_to_train_or_stop_on_says_so(
    release: Path, model: Path, tmp_path: Path
) -> None:
    keys = [f"type-{number}" for number in range(6)]
    with pytest.raises(ValueError, match="nothing for the condition"):
        finetune(release, _settings(model), tmp_path / "a", split_of=dict.fromkeys(keys, "test"))
    questions = [
        question for question in read_questions(open_release(release)) if question.config == "pairs"
    ]
    settings = _settings(model, patience=1)
    parts = split(questions, dict.fromkeys(keys, "train"), settings)
    with pytest.raises(ValueError, match="no validation types to stop on"):
        plan(parts, settings)
