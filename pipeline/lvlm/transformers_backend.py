"""The backend for any AutoModelForImageTextToText, with left-padded batches.

    lvlm = TransformersLVLM.load(recipe.models[0])
    lvlm.answer([Query("What colour is it?", ("red", "blue"), image)])
    lvlm.yes_probability([("Does this picture show a ladder? Answer with yes or no.", image)])

Letters: the most likely option letter at the start of a reply wins, with a margin; deterministic.
Generation: the reply a user would see, greedy, parsed strictly. Both use the library's `generate`,
because only that knows how each family counts positions, masks images and predicts the next token.

Threads may share a model. The tokenizer keeps the padding of its last call, so a lock guards it.
The model needs none: Qwen's `rope_deltas` are all that a call leaves behind in the tested families,
and `generate` never reads those of an earlier call.
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
#: A prompt's text and its image; None for a blind question.
Prompted = tuple[str, Image.Image | None]
#: What loading raises for problems a user can fix: no such folder, a missing package, weights of
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
        if self.tokenizer.pad_token is None:  # any token will do, because padding is masked
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.model.generation_config = _greedy(model, self.tokenizer)
        self._lock = Lock()
        self._control = re.compile(
            "|".join(map(re.escape, sorted(_control_tokens(self.tokenizer)))) or "(?!)"
        )
        self._letters = self.spelled(prompts.LETTERS) if settings.answer_by == "letters" else []

    @classmethod
    def load(cls, model: TransformersModel) -> "TransformersLVLM":
        """Loads a recipe's model; ValueError that names the folder if it cannot be loaded."""
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
        """Returns one answer per query, in order."""
        template = prompts.STYLES[self.settings.prompt]
        prompted = [
            (prompts.render(template, query.question, query.choices), query.image)
            for query in queries
        ]
        if self.settings.answer_by == "letters":
            scores = self._batched(prompted, lambda inputs: self._scores(inputs, self._letters))
            return [_likeliest(query, row) for query, row in zip(queries, scores, strict=True)]
        return [
            _read(query, text)
            for query, text in zip(queries, self._batched(prompted, self._written), strict=True)
        ]

    def shares(self, queries: Sequence[Query]) -> list[list[float]]:
        """Returns the share of each option's letter among the options, a list per query."""
        prompted = [
            (prompts.render(prompts.DIRECT, query.question, query.choices), query.image)
            for query in queries
        ]
        scores = self._batched(prompted, lambda inputs: self._scores(inputs, self._letters))
        return [
            _shares(row[: len(query.choices)]) for query, row in zip(queries, scores, strict=True)
        ]

    def yes_probability(self, questions: Sequence[tuple[str, Image.Image]]) -> list[float]:
        """Returns P(Yes) against No for each question and image (VQAScore, arXiv 2404.01291)."""
        groups = [list(chain(*self.spelled([word, word.lower()]))) for word in ("Yes", "No")]
        scores = self._batched(questions, lambda inputs: self._scores(inputs, groups))
        return [
            exp(yes - max(yes, no)) / (exp(yes - max(yes, no)) + exp(no - max(yes, no)))
            for yes, no in scores
        ]

    def _batched(self, prompted: Sequence[Prompted], run: Callable[[Any], list[T]]) -> list[T]:
        """Runs all prompts in batches, those with an image apart from those without.

        No family could tell the two apart within a batch.
        """
        results: dict[int, T] = {}
        for blind in (False, True):
            same = [index for index, (_, image) in enumerate(prompted) if (image is None) == blind]
            for start in range(0, len(same), self.settings.batch_size):
                batch = same[start : start + self.settings.batch_size]
                results.update(
                    zip(batch, self._batch([prompted[index] for index in batch], run), strict=True)
                )
        return [results[index] for index in range(len(prompted))]

    def _batch(self, prompted: Sequence[Prompted], run: Callable[[Any], list[T]]) -> list[T]:
        import torch

        try:
            with torch.inference_mode():
                return run(self.inputs(prompted))
        except RuntimeError as error:
            if not re.search("out of memory|can't allocate memory", str(error)):
                raise
            raise ValueError(
                f"{self.id} ran out of memory on a batch of {len(prompted)}: "
                "set a smaller batch_size for it."
            ) from error

    def inputs(self, prompted: Sequence[Prompted]) -> Any:
        """Returns the inputs of a batch, padded on the left; all with an image, or none."""
        conversations = []
        for text, image in prompted:
            images = [] if image is None else [{"type": "image", "image": image.convert("RGB")}]
            conversations.append(
                [
                    {
                        "role": "user",
                        "content": [*images, {"type": "text", "text": self._as_data(text)}],
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
        """Puts a space into each control token of a text, so that no tokenizer reads it as one."""
        return self._control.sub(lambda token: f"{token[0][0]} {token[0][1:]}", text)

    def _directly(self) -> dict[str, bool]:
        """Returns the template's option that turns off thinking, for a direct prompt."""
        tells = "enable_thinking" in str(self.processor.chat_template)
        return {"enable_thinking": False} if tells and self.settings.prompt == "direct" else {}

    def spelled(self, texts: Sequence[str]) -> list[list[Tokens]]:
        """Returns the spellings of each text; ValueError if the tokenizer cannot write a text."""

        def encode(text: str) -> list[int]:
            return self.tokenizer.encode(text, add_special_tokens=False)

        spelled_texts = [spellings(encode, text, self.tokenizer.unk_token_id) for text in texts]
        for text, spelled in zip(texts, spelled_texts, strict=True):
            if not spelled:
                raise ValueError(
                    f"{self.id} has no token for {text!r} to score; "
                    'answer_by = "generate" needs none.'
                )
        return spelled_texts

    def _scores(self, inputs: Any, groups: Sequence[Sequence[Tokens]]) -> list[list[float]]:
        """Returns each group's log-probability as the start of a reply, a row per question."""
        rows: list[list[float]] = log_probabilities(
            groups, lambda beginning: self._predicted(inputs, beginning)
        ).tolist()
        if any(isnan(score) for row in rows for score in row):
            raise ValueError(
                f"{self.id} overflows in {self.model.dtype}: set dtype to bfloat16 or float32."
            )
        return rows

    def _predicted(self, inputs: Any, beginning: Tokens) -> list["Tensor"]:
        """Returns the next token's log-probabilities at each place of a forced `beginning`.

        They are read before the token is forced.
        """
        start, steps = inputs["input_ids"].shape[1], (*beginning, 0)
        reply = self.model.generate(
            **inputs,
            max_new_tokens=len(steps),
            prefix_allowed_tokens_fn=(lambda _, tokens: [steps[len(tokens) - start]])
            if beginning
            else None,
            # A single step needs no cache, which would be the largest thing in memory.
            use_cache=bool(beginning),
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
    """Returns the option with the likeliest letter, and its margin; other letters do not count."""
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
    """Returns a greedy configuration that keeps only the end tokens of the weights' own.

    Sampling, beams and penalties that came with the weights are dropped.
    """
    from transformers import GenerationConfig

    own_ends = model.generation_config.eos_token_id
    ends = {*(own_ends if isinstance(own_ends, list) else [own_ends]), tokenizer.eos_token_id} - {
        None
    }
    return GenerationConfig(
        do_sample=False, eos_token_id=sorted(ends), pad_token_id=tokenizer.pad_token_id
    )


def _control_tokens(tokenizer: Any) -> list[str]:
    """Returns the tokens by which a chat template steers the model: ends of turns, image places."""
    special = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    return [token for token in special if len(token.strip()) > 1]
