"""What goes to a model and what comes back; any backend is an `LVLM`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from PIL import Image


@dataclass(frozen=True, slots=True)
class Query:
    """A question with its options in the order shown; without an image the model answers blind."""

    question: str
    choices: tuple[str, ...]
    image: Image.Image | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call took: tokens as the endpoint counted them, and their cost by the recipe's
    prices.
    """

    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer: `chosen` is an index into the query's choices, None unless `outcome` is
    "parsed".

    "unparsed" is an answer that names no option; "failed" is none at all, and `text` says why the
    call failed.
    """

    outcome: str
    chosen: int | None
    text: str
    margin: float | None = None
    usage: Usage = Usage()


class LVLM(Protocol):
    """A model that can be asked; `id` is its name and revision, `prompt` the hash of its prompt
    style.
    """

    id: str
    prompt: str

    def answer(self, queries: Sequence[Query]) -> list[Answer]:
        """One answer a query, in order."""
        ...


def rotated(count: int, rotation: int) -> tuple[int, ...]:
    """The order in which `count` options are shown in a cyclic rotation: position -> index of the
    option.
    """
    return tuple((position + rotation) % count for position in range(count))


def answer_rotated(lvlm: LVLM, queries: Sequence[Query], rotations: Sequence[int]) -> list[Answer]:
    """Shows each query's options in its rotation; `chosen` is again an index into the options as
    given.
    """
    orders = [
        rotated(len(query.choices), rotation)
        for query, rotation in zip(queries, rotations, strict=True)
    ]
    shown = [
        replace(query, choices=tuple(query.choices[index] for index in order))
        for query, order in zip(queries, orders, strict=True)
    ]
    return [
        said if said.chosen is None else replace(said, chosen=order[said.chosen])
        for said, order in zip(lvlm.answer(shown), orders, strict=True)
    ]
