"""What a model is trained on is what the pipeline asks, and only the answer's tokens are learned:
for every family.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.finetune.batches import Batches
from spuriforge.pipeline.finetune.conditions import Condition
from spuriforge.pipeline.finetune.lessons import ShownLesson, lessons_of
from spuriforge.pipeline.finetune.settings import TrainingSettings
from spuriforge.pipeline.finetune.weights import load, prepare
from spuriforge.pipeline.lvlm import prompts
from spuriforge.pipeline.release.questions import Pictures, open_release, read_questions
from tests.pipeline.lvlm import tiny_lvlms

pytestmark = pytest.mark.integration

#: No rotation: options are shown in any order while training.
ORDER = (2, 0, 3, 1)


def _drawn(release: Path, condition: Condition) -> list[ShownLesson]:
    lessons = lessons_of(condition, read_questions(open_release(release), split="train"))[:2]
    return [ShownLesson(lesson, ORDER, condition == "consistent") for lesson in lessons]


@pytest.mark.parametrize("family", tiny_lvlms.FAMILIES)
def test_the_answer_is_learned_where_the_pipeline_reads_it(
    family: str, release: Path, tmp_path: Path
) -> None:
    if family == "smolvlm" and find_spec("num2words") is None:
        pytest.skip("SmolVLM's processor needs the package num2words")
    import torch

    lvlm = load(TrainingSettings(path=str(tiny_lvlms.save(family, tmp_path))))
    batches = Batches(lvlm, Pictures(release))
    drawn = _drawn(release, "pairs")
    part = batches(drawn)["seen"]
    length = part["answers"].shape[1]
    with torch.no_grad():
        logits = lvlm.model(**part["inputs"], use_cache=False).logits[:, -length:]
        asked = []
        for lesson in drawn:
            for question in lesson.lesson.questions:
                shown = tuple(question.choices[index] for index in ORDER)
                asked.append(
                    (
                        prompts.render(prompts.DIRECT, question.question, shown),
                        batches.picture(question),
                    )
                )
        read = torch.stack(lvlm._predicted(lvlm.inputs(asked), (*batches.beginning,)), 1)
    where = len(batches.beginning)
    assert torch.allclose(logits.log_softmax(-1)[:, where], read[:, where], atol=1e-4)
    assert part["answers"][:, where].tolist() == [
        batches.letters[ORDER.index(q.answer)] for q in _questions(drawn)
    ]


def _questions(drawn: list[ShownLesson]) -> list[Any]:
    return [question for lesson in drawn for question in lesson.lesson.questions]


def test_rows_with_and_without_an_image_are_parts_of_their_own(release: Path, model: Path) -> None:
    batches = Batches(load(TrainingSettings(path=str(model))), Pictures(release))
    parts = batches([*_drawn(release, "blind"), *_drawn(release, "consistent")])
    assert "pixel_values" not in parts["blind"]["inputs"]
    assert len(parts["blind"]["answers"]) == 2
    assert len(parts["seen"]["answers"]) == len(parts["seen"]["inputs"]["pixel_values"]) == 4
    assert parts["seen"]["tied"].tolist() == [[0, 1], [2, 3]]
    assert set(batches(_drawn(release, "pairs"))) == {"seen"}


def test_what_is_trained_shrinks_but_for_its_vectors(model: Path) -> None:
    before, after = load(TrainingSettings(path=str(model))), load(TrainingSettings(path=str(model)))
    prepare(after, TrainingSettings(path=str(model), shrink=0.25))
    for (name, old), new in zip(
        before.model.named_parameters(), after.model.parameters(), strict=True
    ):
        share = 0.75 if new.requires_grad and new.ndim == 2 else 1.0
        assert (new == share * old).all(), name
    assert {weight.ndim for weight in after.model.parameters() if weight.requires_grad} == {1, 2}


@pytest.mark.parametrize("rank", [None, 2])
def test_the_vision_tower_stays_as_it_is(release: Path, model: Path, rank: int | None) -> None:
    settings = TrainingSettings(path=str(model), lora=rank)
    lvlm = load(settings)
    prepare(lvlm, settings)
    learned = [name for name, weight in lvlm.model.named_parameters() if weight.requires_grad]
    assert learned
    assert not any("vision_tower" in name for name in learned)
    assert any("projector" in name for name in learned)
    assert (rank is None) != any("lora" in name for name in learned)
