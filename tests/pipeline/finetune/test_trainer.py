"""The loss: answers at a temperature, and two arms that are answered differently cost something."""

import math
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.finetune.batches import Batches
from spuriforge.pipeline.finetune.lessons import Lesson, ShownLesson, lessons_of
from spuriforge.pipeline.finetune.settings import TrainingSettings
from spuriforge.pipeline.finetune.train import plan
from spuriforge.pipeline.finetune.weights import load, prepare
from spuriforge.pipeline.lvlm import prompts
from spuriforge.pipeline.release.questions import Pictures, open_release, read_questions

#: The options as the release has them.
ORDER = (0, 1, 2, 3)

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def parts(release: Path) -> dict[str, list[Any]]:
    questions = read_questions(open_release(release))
    return {
        name: [question for question in questions if question.split == name]
        for name in ("train", "validation", "test")
    }


def _trainer(
    release: Path, model: Path, parts: dict[str, list[Any]], tmp_path: Path, **changes: Any
) -> Any:
    from transformers import TrainingArguments

    from spuriforge.pipeline.finetune.trainer import AnswerTrainer

    settings = TrainingSettings(path=str(model), images=8, steps=2, **changes)
    lvlm = load(settings)
    prepare(lvlm, settings)
    arguments = TrainingArguments(output_dir=str(tmp_path), use_cpu=True, report_to="none")
    course, looks = plan(parts, settings)
    return AnswerTrainer(settings, Batches(lvlm, Pictures(release)), arguments, course, looks, [])


def _loss(trainer: Any, drawn: list[ShownLesson]) -> float:
    return float(trainer.compute_loss(trainer.model, trainer.data_collator(drawn)).detach())


def test_the_term_is_the_distance_of_the_two_arms_answers(
    release: Path, model: Path, parts: dict[str, list[Any]], tmp_path: Path
) -> None:
    trainer = _trainer(release, model, parts, tmp_path, consistency=1e5)
    trainer.model.get_decoder().norm.weight.data.mul_(
        10
    )  # random weights tell images apart by a hair
    first, *_, last = lessons_of("group", parts["train"])
    lesson = Lesson((first.questions[0], last.questions[0]))
    plain, tied = (
        _loss(trainer, [ShownLesson(lesson, ORDER)]),
        _loss(trainer, [ShownLesson(lesson, ORDER, tied=True)]),
    )
    one, other = shares = _shares(trainer, lesson)
    expected = 0.5 * sum(
        (a - b) * (math.log(a) - math.log(b)) for a, b in zip(one, other, strict=True)
    )
    assert expected > 1e-8, shares
    assert tied - plain == pytest.approx(1e5 * expected, rel=0.1)


def _shares(trainer: Any, lesson: Lesson) -> list[list[float]]:
    """Each arm's shares of the options, as the pipeline reads them."""
    batches = trainer.data_collator
    asked = [
        (
            prompts.render(prompts.DIRECT, question.question, question.choices),
            batches.picture(question),
        )
        for question in lesson.questions
    ]
    scores = batches.lvlm._scores(batches.lvlm.inputs(asked), batches.lvlm._letters)
    odds = [[math.exp(score - max(row)) for score in row[:4]] for row in scores]
    return [[each / sum(row) for each in row] for row in odds]


def test_letters_of_no_option_take_no_part(
    release: Path, model: Path, parts: dict[str, list[Any]], tmp_path: Path
) -> None:
    import torch

    trainer = _trainer(release, model, parts, tmp_path)
    logits = torch.zeros(2, trainer.model.get_output_embeddings().weight.shape[0])
    part = {"options": torch.tensor([3, 3]), "tied": torch.tensor([[0, 1]])}
    logits[0, trainer.letters[3]] = 9.0  # D, where there are three options
    assert float(trainer._unlike(logits, part)) == 0.0
    logits[0, trainer.letters[2]] = 9.0
    assert float(trainer._unlike(logits, part)) > 1.0


def test_a_higher_temperature_asks_for_a_surer_answer(
    release: Path, model: Path, parts: dict[str, list[Any]], tmp_path: Path
) -> None:
    """At a very high temperature every token is as likely as any other, whatever the model says."""
    trainer = _trainer(release, model, parts, tmp_path, temperature=1e6)
    words = trainer.model.get_output_embeddings().weight.shape[0]
    drawn = [ShownLesson(lessons_of("group", parts["train"])[0], ORDER)]
    assert _loss(trainer, drawn) == pytest.approx(math.log(words), rel=1e-3)


def test_a_batch_with_blind_rows_weighs_every_row_alike(
    release: Path, model: Path, parts: dict[str, list[Any]], tmp_path: Path
) -> None:
    trainer = _trainer(release, model, parts, tmp_path)
    seen, blind = (
        [ShownLesson(lesson, ORDER) for lesson in lessons_of(name, parts["train"])[:count]]
        for name, count in (("group", 3), ("blind", 1))
    )
    both = _loss(trainer, [*seen, *blind])
    assert both == pytest.approx((3 * _loss(trainer, seen) + _loss(trainer, blind)) / 4, rel=1e-4)


def test_what_is_not_trained_keeps_its_batch_statistics(
    release: Path, model: Path, parts: dict[str, list[Any]], tmp_path: Path
) -> None:
    trainer = _trainer(release, model, parts, tmp_path)
    norm = next(
        module
        for module in trainer.model.modules()
        if getattr(module, "running_mean", None) is not None
    )
    before = norm.running_mean.clone()
    trainer.model.train()
    _loss(trainer, [ShownLesson(lessons_of("group", parts["train"])[0], ORDER)])
    assert (norm.running_mean == before).all()
