"""Asking for a filled-in form instead of an answer: any backend that can is a `Structured`.

    replies = structured.fill([Form(system, text, (image,))], Judged)
    replies[0].value or replies[0].reason

What a model sends back is checked strictly against the schema: what does not fit is rejected with a
reason, never mended.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from PIL import Image
from pydantic import BaseModel

from .interface import Usage

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked: instructions as the system's message; data, and images, as the user's."""

    system: str
    text: str
    images: tuple[Image.Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """A form filled in: `outcome` is "filled", "rejected" (what came does not fit) or "failed"
    (nothing came).
    """

    outcome: str
    value: T | None
    #: Why it was rejected, or why the call failed.
    reason: str
    text: str
    usage: Usage = field(default_factory=Usage)


class Structured(Protocol):
    """A model that can fill in forms; `id` is its name and version."""

    id: str

    def fill(self, forms: Sequence[Form], schema: type[T]) -> list[Reply[T]]:
        """One reply a form, in order."""
        ...
