"""Batches of lessons: the pipeline's own prompt, with only the answer's tokens to learn.

    batches = Batches(lvlm, images_of(release.folder))
    batches(lessons)["seen"]["inputs"]        # for the model's `forward`, without the last token

Rows are padded on the left, so all answers are in the same columns. Rows with and without an image
are two parts of a batch, because no family could tell them apart in the same part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image

from ..lvlm import prompts
from ..lvlm.transformers_backend import TransformersLVLM
from ..release.questions import Question
from .lessons import ShownLesson
from .rehearsal import Former, key

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(slots=True)
class _Part:
    """The rows of a batch with an image, or those without."""

    prompted: list[tuple[str, Image.Image | None]] = field(default_factory=list)
    letters: list[int] = field(default_factory=list)
    options: list[int] = field(default_factory=list)
    #: The rows, two by two, whose answers have to be alike.
    tied: list[tuple[int, int]] = field(default_factory=list)
    #: The rows without a right answer.
    unlabelled: list[int] = field(default_factory=list)
    #: Rows that have to be answered as before -> what was said then, in the order shown.
    recalled: dict[int, list[float]] = field(default_factory=dict)


class Batches:
    """Collates lessons for one model."""

    def __init__(
        self,
        lvlm: TransformersLVLM,
        picture: Callable[[Question], Image.Image],
        former: Former | None = None,
    ) -> None:
        self.lvlm = lvlm
        self.picture = picture
        self.former = former or {}
        self.beginning, self.letters = _letters(lvlm)
        ends = lvlm.model.generation_config.eos_token_id
        self.end = lvlm.tokenizer.eos_token_id if lvlm.tokenizer.eos_token_id in ends else ends[0]

    def __call__(self, lessons: Sequence[ShownLesson]) -> dict[str, dict[str, Any]]:
        """The parts "seen" and "blind", those that there are: inputs, answers, and what the loss
        asks of which rows.
        """
        parts = {"seen": _Part(), "blind": _Part()}
        for shown in lessons:
            self._add(parts["blind" if shown.lesson.blind else "seen"], shown)
        return {name: self._tensors(part) for name, part in parts.items() if part.prompted}

    def _add(self, part: _Part, drawn: ShownLesson) -> None:
        start = len(part.prompted)
        for question in drawn.lesson.questions:
            order = drawn.order
            shown = tuple(question.choices[index] for index in order)
            image = None if drawn.lesson.blind else self.picture(question)
            if not drawn.lesson.labelled:
                part.unlabelled.append(len(part.prompted))
            if drawn.recalled:
                former_shares = self.former[key(question)]
                part.recalled[len(part.prompted)] = [former_shares[index] for index in order]
            part.prompted.append((prompts.render(prompts.DIRECT, question.question, shown), image))
            part.letters.append(order.index(question.answer))
            part.options.append(len(order))
        if drawn.tied:
            part.tied.append((start, start + 1))

    def _tensors(self, part: _Part) -> dict[str, Any]:
        import torch

        answers = torch.tensor(
            [[*self.beginning, self.letters[letter], self.end] for letter in part.letters]
        )
        inputs = dict(self.lvlm.inputs(part.prompted))
        device = inputs["input_ids"].device
        widest = max(part.options)
        return {
            "unlabelled": torch.tensor(part.unlabelled, dtype=torch.long, device=device),
            "recalled": torch.tensor([*part.recalled], dtype=torch.long, device=device),
            "former": torch.tensor(
                [
                    [*former_shares, *[0.0] * (widest - len(former_shares))]
                    for former_shares in part.recalled.values()
                ],
                device=device,
            ),
            "inputs": _answered(inputs, answers[:, :-1].to(device)),
            "answers": answers.to(device),
            "options": torch.tensor(part.options, device=device),
            "tied": torch.tensor(part.tied, dtype=torch.long, device=device).reshape(-1, 2),
        }


def _letters(lvlm: TransformersLVLM) -> tuple[tuple[int, ...], list[int]]:
    """The tokens that the letters share at their beginning, mostly none, and the one that tells
    each.

    A reply begins with a space where the template leaves none before it.
    """
    turn = [{"role": "user", "content": [{"type": "text", "text": "?"}]}]
    opening = lvlm.processor.apply_chat_template(turn, add_generation_prompt=True, tokenize=False)
    place = 0 if opening[-1:].isspace() else -1
    tokens = [spelled[place] for spelled in lvlm.spelled(prompts.LETTERS)]
    beginning = tokens[0][:-1]
    if any(token[:-1] != beginning for token in tokens):
        raise ValueError(
            f"{lvlm.id} writes the letters with different beginnings, so it cannot be trained on "
            f"them."
        )
    return beginning, [token[-1] for token in tokens]


def _answered(inputs: dict[str, Any], answers: "Tensor") -> dict[str, Any]:
    """The inputs with tokens of an answer after each prompt; what is said of each place goes on as
    at the last one.
    """
    import torch

    shape, more = inputs["input_ids"].shape, answers.shape[1]
    longer = {}
    for name, value in inputs.items():
        if name == "input_ids":
            longer[name] = torch.cat([value, answers], 1)
        elif torch.is_tensor(value) and value.shape[:2] == shape:
            longer[name] = torch.cat([value, *[value[:, -1:]] * more], 1)
        else:
            longer[name] = value
    return longer
