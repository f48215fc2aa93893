"""Any AutoModelForImageTextToText, asked in left-padded batches.

    lvlm = TransformersLVLM.load(recipe.models[0])
    lvlm.answer([Query("What colour is it?", ("red", "blue"), image)])
    lvlm.yes_probability([("Does this picture show a ladder? Answer with yes or no.", image)])

By letters: the most likely option letter as the beginning of a reply wins, with a margin;
deterministic. By generation: what a user would see, greedy, parsed strictly. Both go through
`generate`, which alone knows how each family counts positions, masks images and predicts the next
token.

Threads may share a model. The tokenizer keeps the padding of its last call, so it is locked. The
model is not: Qwen's `rope_deltas` are all that a call leaves behind in any family tested, and
`generate` never reads an earlier call's.
"""

import re
from collections.abc import Callable, Sequence
from itertools import chain
from math import exp, isnan
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from PIL import Image

from ..recipe_models import TransformersModel
from . import prompts
from .interface import Answer, Query
from .letters import Tokens, log_probabilities, spellings
from .parse import parse
from .think_tags import without_thinking

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")
#: What is said to the model, and the image that it is shown; none where it answers blind.
Asked = tuple[str, Image.Image | None]
#: What loading raises for what a user can mend: no such folder, a missing package, weights of
#: another shape, no GPU.
_NOT_LOADED = (OSError, KeyError, ValueError, ImportError, RuntimeError, AssertionError)


class TransformersLVLM:
    """An LVLM of the transformers library, loaded from a folder or the Hub at a pinned revision."""

    def __init__(self, model: Any, processor: Any, settings: TransformersModel) -> None:
        self.id, self.prompt = settings.id, prompts.version_for(settings)
        if (
            getattr(processor, "tokenizer", None) is None
            or getattr(processor, "chat_template", None) is None
        ):
            raise ValueError(
                f"{self.id} has no chat template: add its chat_template.jinja to {settings.path}."
            )
        self.model, self.processor, self.settings = model.eval(), processor, settings
        self.tokenizer = processor.tokenizer
        self.tokenizer.padding_side = "left"
        if self.tokenizer.pad_token is None:  # any will do: what is padded is masked
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.model.generation_config = _greedy(model, self.tokenizer)
        self._lock = Lock()
        self._control = re.compile(
            "|".join(map(re.escape, sorted(_control_tokens(self.tokenizer)))) or "(?!)"
        )
        self._letters = self.spelled(prompts.LETTERS) if settings.answer_by == "letters" else []

    @classmethod
    def load(cls, model: TransformersModel) -> "TransformersLVLM":
        """Loads a recipe's model; ValueError with the folder's name where it cannot be loaded."""
        import torch
        from transformers import AutoModelForImageTextToText, AutoProcessor

        try:
            processor = AutoProcessor.from_pretrained(model.path, revision=model.revision)
            weights = AutoModelForImageTextToText.from_pretrained(
                model.path,
                revision=model.revision,
                dtype=model.dtype if model.dtype == "auto" else getattr(torch, model.dtype),
                device_map=model.device_map,
                attn_implementation=model.attention,
            )
            if model.device_map is None:
                weights = weights.to(model.device)
        except _NOT_LOADED as error:
            raise ValueError(
                f"Model {model.name!r} cannot be loaded from {model.path}: {error}"
            ) from error
        return cls(weights, processor, model)

    def answer(self, queries: Sequence[Query]) -> list[Answer]:
        """One answer a query, in order."""
        template = prompts.STYLES[self.settings.prompt]
        asked = [
            (prompts.render(template, query.question, query.choices), query.image)
            for query in queries
        ]
        if self.settings.answer_by == "letters":
            scores = self._batched(asked, lambda inputs: self._scores(inputs, self._letters))
            return [_likeliest(query, row) for query, row in zip(queries, scores, strict=True)]
        return [
            _read(query, text)
            for query, text in zip(queries, self._batched(asked, self._written), strict=True)
        ]

    def shares(self, queries: Sequence[Query]) -> list[list[float]]:
        """How likely each option's letter is, as a share among the options: a list for each query,
        in order.
        """
        asked = [
            (prompts.render(prompts.DIRECT, query.question, query.choices), query.image)
            for query in queries
        ]
        scores = self._batched(asked, lambda inputs: self._scores(inputs, self._letters))
        return [
            _shares(row[: len(query.choices)]) for query, row in zip(queries, scores, strict=True)
        ]

    def yes_probability(self, asked: Sequence[tuple[str, Image.Image]]) -> list[float]:
        """How likely the answer to each question about its image is Yes rather than No (VQAScore,
        arXiv 2404.01291).
        """
        groups = [list(chain(*self.spelled([word, word.lower()]))) for word in ("Yes", "No")]
        scores = self._batched(asked, lambda inputs: self._scores(inputs, groups))
        return [
            exp(yes - max(yes, no)) / (exp(yes - max(yes, no)) + exp(no - max(yes, no)))
            for yes, no in scores
        ]

    def _batched(self, asked: Sequence[Asked], run: Callable[[Any], list[T]]) -> list[T]:
        """Runs all in batches; those with and without an image never share one, as no family could
        tell them apart.
        """
        found: dict[int, T] = {}
        for blind in (False, True):
            same = [index for index, (_, image) in enumerate(asked) if (image is None) == blind]
            for start in range(0, len(same), self.settings.batch_size):
                batch = same[start : start + self.settings.batch_size]
                found.update(
                    zip(batch, self._batch([asked[index] for index in batch], run), strict=True)
                )
        return [found[index] for index in range(len(asked))]

    def _batch(self, asked: Sequence[Asked], run: Callable[[Any], list[T]]) -> list[T]:
        import torch

        try:
            with torch.inference_mode():
                return run(self.inputs(asked))
        except RuntimeError as error:
            if not re.search("out of memory|can't allocate memory", str(error)):
                raise
            raise ValueError(
                f"{self.id} ran out of memory on a batch of {len(asked)}: set a smaller batch_size "
                f"for it."
            ) from error

    def inputs(self, asked: Sequence[Asked]) -> Any:
        """What the model takes for a batch, padded on the left; all with an image, or none."""
        conversations = []
        for text, image in asked:
            seen = [] if image is None else [{"type": "image", "image": image.convert("RGB")}]
            conversations.append(
                [
                    {
                        "role": "user",
                        "content": [*seen, {"type": "text", "text": self._as_data(text)}],
                    }
                ]
            )
        with self._lock:  # two threads at once would mix the tokenizer's padding
            inputs = self.processor.apply_chat_template(
                conversations,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                processor_kwargs={"padding": True},
                **self._directly(),
            )
        return inputs.to(self.model.device, dtype=self.model.dtype)

    def _as_data(self, text: str) -> str:
        """A control token in a benchmark's text is text: a space within, and no tokenizer takes it
        for the token.
        """
        return self._control.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)

    def _directly(self) -> dict[str, bool]:
        """A model that can be told not to think first is told so, where the prompt asks for the
        answer directly.
        """
        tells = "enable_thinking" in str(self.processor.chat_template)
        return {"enable_thinking": False} if tells and self.settings.prompt == "direct" else {}

    def spelled(self, texts: Sequence[str]) -> list[list[Tokens]]:
        """The spellings of each text; ValueError for one that the tokenizer cannot write."""

        def encode(text: str) -> list[int]:
            return self.tokenizer.encode(text, add_special_tokens=False)

        found = [spellings(encode, text, self.tokenizer.unk_token_id) for text in texts]
        for text, spelled in zip(texts, found, strict=True):
            if not spelled:
                raise ValueError(
                    f'{self.id} has no token for {text!r} to score; answer_by = "generate" needs none.'
                )
        return found

    def _scores(self, inputs: Any, groups: Sequence[Sequence[Tokens]]) -> list[list[float]]:
        """Log-probability of each group as a reply's beginning, a row for each question of the
        batch.
        """
        rows: list[list[float]] = log_probabilities(
            groups, lambda said: self._predicted(inputs, said)
        ).tolist()
        if any(isnan(score) for row in rows for score in row):
            raise ValueError(
                f"{self.id} overflows in {self.model.dtype}: set dtype to bfloat16 or float32."
            )
        return rows

    def _predicted(self, inputs: Any, beginning: Tokens) -> list["Tensor"]:
        """What comes next at each place of a reply that is made to begin so; read before it is made
        to.
        """
        start, steps = inputs["input_ids"].shape[1], (*beginning, 0)
        reply = self.model.generate(
            **inputs,
            max_new_tokens=len(steps),
            prefix_allowed_tokens_fn=(lambda _, tokens: [steps[len(tokens) - start]])
            if beginning
            else None,
            use_cache=bool(
                beginning
            ),  # one step needs no cache, which would be the largest thing in memory
            output_logits=True,
            return_dict_in_generate=True,
        )
        return [logits.log_softmax(-1) for logits in reply.logits]

    def _written(self, inputs: Any) -> list[str]:
        longest = self.settings.max_tokens or prompts.MAX_TOKENS[self.settings.prompt]
        tokens = self.model.generate(**inputs, max_new_tokens=longest)
        return self.tokenizer.batch_decode(
            tokens[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
        )


def _likeliest(query: Query, scores: Sequence[float]) -> Answer:
    """The option whose letter is likeliest, and by what margin; letters of no option do not count."""
    offered = scores[: len(query.choices)]
    best, second = sorted(offered, reverse=True)[:2]
    chosen = offered.index(best)
    return Answer("parsed", chosen, prompts.LETTERS[chosen], best - second)


def _shares(scores: Sequence[float]) -> list[float]:
    weights = [exp(score - max(scores)) for score in scores]
    return [weight / sum(weights) for weight in weights]


def _read(query: Query, text: str) -> Answer:
    chosen = parse(without_thinking(text), query.choices)
    return Answer("unparsed" if chosen is None else "parsed", chosen, text)


def _greedy(model: Any, tokenizer: Any) -> Any:
    """Greedy whatever came with the weights (sampling, beams, penalties): of that, only what ends a
    reply is kept.
    """
    from transformers import GenerationConfig

    given = model.generation_config.eos_token_id
    ends = {*(given if isinstance(given, list) else [given]), tokenizer.eos_token_id} - {None}
    return GenerationConfig(
        do_sample=False, eos_token_id=sorted(ends), pad_token_id=tokenizer.pad_token_id
    )


def _control_tokens(tokenizer: Any) -> list[str]:
    """What a chat template writes to steer the model: ends of turns, places of images."""
    special = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    return [token for token in special if len(token.strip()) > 1]
