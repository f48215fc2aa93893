"""What a training must not undo: which questions are asked anew, and what the model said to them
before.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.finetune.batches import Batches
from spuriforge.pipeline.finetune.lessons import ANEW, Course, Lesson, ShownLesson, lessons_of
from spuriforge.pipeline.finetune.rehearsal import OTHERS, asked_anew, key, shares_of
from spuriforge.pipeline.finetune.settings import TrainingSettings
from spuriforge.pipeline.finetune.weights import load
from spuriforge.pipeline.release.questions import Pictures, Question, open_release, read_questions


@pytest.fixture(scope="module")
def controls(release: Path) -> list[Question]:
    """Nine controls, of five questions."""
    found = [
        question for question in read_questions(open_release(release)) if question.arm == "control"
    ]
    return [
        replace(question, question=f"Question {number % 5}?")
        for number, question in enumerate(found)
    ]


def test_an_image_is_asked_what_others_are_asked_with_options_of_that_question(
    controls: list[Question],
) -> None:
    other = replace(controls[1], choices=("one", "two"))
    found = asked_anew([controls[0], other], ())
    assert [(question.image, question.question, question.choices) for question in found] == [
        (controls[0].image, other.question, ("one", "two")),
        (other.image, controls[0].question, controls[0].choices),
    ]


def test_no_image_is_asked_its_own_question_nor_too_many_and_always_the_same(
    controls: list[Question],
) -> None:
    found = asked_anew(controls, ())
    assert found == asked_anew(controls, ())
    for control in controls:
        texts = [each.question for each in found if each.image == control.image]
        assert control.question not in texts
        assert len(texts) == len(set(texts)) == OTHERS


def test_the_shortcut_itself_is_never_recalled(controls: list[Question]) -> None:
    first = controls[0]
    assert first.cues
    found = asked_anew(controls, {("question 1?", cue) for cue in first.cues})
    asked = {question.question for question in found if question.image == first.image}
    assert asked
    assert "Question 1?" not in asked
    assert "Question 1?" in {question.question for question in found if question.cues != first.cues}


def test_an_image_of_which_nobody_knows_the_cues_is_asked_nothing_more(
    controls: list[Question],
) -> None:
    assert asked_anew([replace(control, cues=None) for control in controls], ()) == []


def test_questions_asked_anew_are_replayed_beside_the_release_s_own(
    controls: list[Question],
) -> None:
    clean = lessons_of("non-spurious", controls)
    anew = [Lesson((question,), labelled=False) for question in asked_anew(controls, ())]
    settings = TrainingSettings(path="m", condition="non-spurious", steps=3, images=12)
    course = Course(clean, clean, settings, anew)
    assert len(course.recalled) == len(clean) + len(anew)
    for step in range(3):
        drawn = course.drawn[step * 12 : step * 12 + 12]
        assert [lesson.recalled for lesson in drawn] == [False] * 6 + [True] * 6
        assert sum(not lesson.lesson.labelled for lesson in drawn) == 6 * ANEW // (1 + ANEW)


def test_without_recall_the_release_s_own_are_replayed_alone(controls: list[Question]) -> None:
    clean = lessons_of("non-spurious", controls)
    course = Course(clean, clean, TrainingSettings(path="m", steps=3, images=12, recall=0.0))
    assert not course.recalled
    assert not any(lesson.recalled for lesson in course.drawn)


def test_a_weight_under_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="recall not under it"):
        TrainingSettings(path="m", recall=-1.0)


@pytest.mark.integration
def test_a_model_that_answers_as_before_has_forgotten_nothing(
    release: Path, model: Path, controls: list[Question], tmp_path: Path
) -> None:
    import torch

    settings = TrainingSettings(path=str(model), recall=2.0)
    lvlm, pictures = load(settings), Pictures(release)
    former = shares_of(lvlm, "as it is", pictures, controls)
    lvlm.shares = None  # type: ignore[assignment, method-assign]
    assert shares_of(lvlm, "as it is", pictures, controls) is former, (
        "a second time it is not asked"
    )
    lesson, order = Lesson((controls[0],), labelled=False), (0, 1, 2, 3)
    trainer = _trainer(Batches(lvlm, pictures, former), settings, tmp_path)
    recalled = [ShownLesson(lesson, order, recalled=True)]
    assert _loss(trainer, recalled) == pytest.approx(0.0, abs=1e-5)
    wrong = {key(controls[0]): (0.25, 0.25, 0.25, 0.25)}
    trainer = _trainer(Batches(lvlm, pictures, wrong), settings, tmp_path)
    said = torch.tensor(former[key(controls[0])])
    expected = (0.25 * (torch.tensor(0.25).log() - said.log())).sum()
    assert _loss(trainer, recalled) == pytest.approx(2.0 * float(expected), rel=1e-3)


@pytest.mark.integration
def test_what_was_said_before_goes_with_the_options(
    release: Path, model: Path, controls: list[Question]
) -> None:
    lvlm = load(TrainingSettings(path=str(model)))
    batches = Batches(lvlm, Pictures(release), {key(controls[0]): (0.1, 0.2, 0.3, 0.4)})
    plain = ShownLesson(Lesson((controls[1],)), (0, 1, 2, 3))
    recalled = ShownLesson(Lesson((controls[0],)), (2, 0, 3, 1), recalled=True)
    part = batches([plain, recalled])["seen"]
    assert part["recalled"].tolist() == [1]
    assert part["unlabelled"].tolist() == []
    assert part["former"].tolist() == [pytest.approx([0.3, 0.1, 0.4, 0.2])]


def _trainer(batches: Batches, settings: TrainingSettings, place: Path) -> Any:
    from transformers import TrainingArguments

    from spuriforge.pipeline.finetune.trainer import AnswerTrainer

    arguments = TrainingArguments(output_dir=str(place), use_cpu=True, report_to="none")
    clean = Course([Lesson((_any(batches),))], [], settings)
    return AnswerTrainer(settings, batches, arguments, clean, [], [])


def _any(batches: Batches) -> Question:
    assert isinstance(batches.picture, Pictures)
    return read_questions(open_release(batches.picture.folder))[0]


def _loss(trainer: Any, drawn: list[ShownLesson]) -> float:
    return float(trainer.compute_loss(trainer.model.eval(), trainer.data_collator(drawn)).detach())
