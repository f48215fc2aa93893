"""Any AutoModelForImageTextToText, asked in left-padded batches.

    lvlm = TransformersLVLM.load(recipe.models[0])
    lvlm.answer([Query("What colour is it?", ("red", "blue"), image)])

By letters: one forward pass, the most likely option letter wins, with a margin; deterministic. By generation: what a
user would see, greedy, parsed strictly.
"""

from collections.abc import Sequence
from threading import Lock
from typing import Any

from ..recipe import Model
from . import prompts
from .asking import Answer, Query
from .parse import parse


class TransformersLVLM:
    """An LVLM of the transformers library, loaded from a folder or the Hub at a pinned revision."""

    def __init__(self, model: Any, processor: Any, *, id: str, batch_size: int = 64, by_letters: bool = True) -> None:
        self.model, self.processor, self.id = model.eval(), processor, id
        self.batch_size, self.by_letters = batch_size, by_letters
        self.template = prompts.DIRECT
        self.prompt = prompts.version_for("letters" if by_letters else "generate")
        self.processor.tokenizer.padding_side = "left"
        self._lock = Lock()
        self._letters = {letter: self._letter_ids(letter) for letter in prompts.LETTERS} if by_letters else {}

    @classmethod
    def load(cls, model: Model) -> "TransformersLVLM":
        """Loads a recipe's model; ValueError with the folder's name where it cannot be loaded."""
        import torch
        from transformers import AutoModelForImageTextToText, AutoProcessor

        try:
            processor = AutoProcessor.from_pretrained(model.path, revision=model.revision)
            weights = AutoModelForImageTextToText.from_pretrained(
                model.path, revision=model.revision, dtype=getattr(torch, model.dtype)
            )
        except (OSError, KeyError, ValueError) as error:
            raise ValueError(f"Model {model.name!r} cannot be loaded from {model.path}: {error}") from error
        return cls(
            weights.to(model.device),
            processor,
            id=model.id,
            batch_size=model.batch_size,
            by_letters=model.answer_by == "letters",
        )

    def answer(self, queries: Sequence[Query]) -> list[Answer]:
        """One answer a query, in order; queries with and without an image never share a batch."""
        answers: dict[int, Answer] = {}
        for blind in (False, True):
            same = [index for index in range(len(queries)) if (queries[index].image is None) == blind]
            for start in range(0, len(same), self.batch_size):
                batch = same[start : start + self.batch_size]
                for index, answer in zip(batch, self._batch([queries[i] for i in batch]), strict=True):
                    answers[index] = answer
        return [answers[index] for index in range(len(queries))]

    def _inputs(self, queries: Sequence[Query]) -> Any:
        conversations = []
        for query in queries:
            text = {"type": "text", "text": prompts.render(self.template, query.question, query.choices)}
            image = [] if query.image is None else [{"type": "image", "image": query.image}]
            conversations.append([{"role": "user", "content": [*image, text]}])
        with self._lock:  # a fast tokenizer keeps the padding of its last call: two threads at once would mix theirs
            inputs = self.processor.apply_chat_template(
                conversations,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                processor_kwargs={"padding": True},
            )
        return inputs.to(self.model.device, dtype=self.model.dtype)

    def _batch(self, queries: Sequence[Query]) -> list[Answer]:
        import torch

        inputs = self._inputs(queries)
        with torch.inference_mode():
            return self._score(queries, inputs) if self.by_letters else self._generate(queries, inputs)

    def _score(self, queries: Sequence[Query], inputs: Any) -> list[Answer]:
        """Log-probability of each option's letter as the next token; the best one wins, by a margin."""
        logits = self.model(**inputs, logits_to_keep=1).logits[:, -1].float().log_softmax(-1)
        answers = []
        for query, row in zip(queries, logits, strict=True):
            letters = [row[self._letters[letter]].logsumexp(0) for letter in prompts.LETTERS[: len(query.choices)]]
            best, second = sorted((float(value) for value in letters), reverse=True)[:2]
            chosen = max(range(len(letters)), key=lambda index: float(letters[index]))
            answers.append(Answer("parsed", chosen, prompts.LETTERS[chosen], best - second))
        return answers

    def _letter_ids(self, letter: str) -> list[int]:
        """The tokens that a letter can begin with: bare and after a space."""
        ids: dict[int, None] = {}
        for text in (letter, f" {letter}"):
            tokens = self.processor.tokenizer.encode(text, add_special_tokens=False)
            if len(tokens) == 1 and tokens[0] != self.processor.tokenizer.unk_token_id:
                ids[tokens[0]] = None
        if not ids:
            raise ValueError(f"{self.id} has no single token for the letter {letter}; set answer_by to 'generate'.")
        return list(ids)

    def _generate(self, queries: Sequence[Query], inputs: Any) -> list[Answer]:
        written = self.model.generate(**inputs, max_new_tokens=64, do_sample=False)
        texts = self.processor.tokenizer.batch_decode(
            written[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
        )
        answers = []
        for query, text in zip(queries, texts, strict=True):
            chosen = parse(text, query.choices)
            answers.append(Answer("unparsed" if chosen is None else "parsed", chosen, text))
        return answers
