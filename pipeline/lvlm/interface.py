"""The interface of a vision-language model: a query, an answer, and the `LVLM` protocol."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from PIL import Image


@dataclass(frozen=True, slots=True)
class Query:
    """A question with its options in the order shown; a query without an image is a blind one."""

    question: str
    choices: tuple[str, ...]
    image: Image.Image | None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call as the endpoint counted them, and their cost by the recipe's prices."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer to one query.

    `outcome` is "parsed", "unparsed" (the reply names no option) or "failed" (no reply; `text` says
    why the call failed). `chosen` is an index into the query's choices, None unless parsed.
    """

    outcome: str
    chosen: int | None
    text: str
    margin: float | None = None
    usage: Usage = Usage()


class LVLM(Protocol):
    """A model that answers queries; `id` is its name and revision, `prompt` its prompt's hash."""

    id: str
    prompt: str

    def answer(self, queries: Sequence[Query]) -> list[Answer]:
        """Returns one answer per query, in order."""
        ...


def rotated(count: int, rotation: int) -> tuple[int, ...]:
    """Returns the order of `count` options in a cyclic rotation: position -> option's index."""
    return tuple((position + rotation) % count for position in range(count))


def answer_rotated(lvlm: LVLM, queries: Sequence[Query], rotations: Sequence[int]) -> list[Answer]:
    """Asks each query with its options rotated; `chosen` indexes the options as they were given."""
    orders = [
        rotated(len(query.choices), rotation)
        for query, rotation in zip(queries, rotations, strict=True)
    ]
    rotated_queries = [
        replace(query, choices=tuple(query.choices[index] for index in order))
        for query, order in zip(queries, orders, strict=True)
    ]
    return [
        answer if answer.chosen is None else replace(answer, chosen=order[answer.chosen])
        for answer, order in zip(lvlm.answer(rotated_queries), orders, strict=True)
    ]
