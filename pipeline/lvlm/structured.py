"""Structured output: a model fills in a form with a schema, behind the `Structured` protocol.

    replies = structured.fill([Form(system, text, (image,))], Judged)
    replies[0].value or replies[0].reason

A reply is checked strictly against the schema. A misfit is rejected with a reason, never repaired.
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
    """A form to fill in: instructions for the system's message, data and images for the user's."""

    system: str
    text: str
    images: tuple[Image.Image, ...] = ()


@dataclass(frozen=True, slots=True)
class FormReply(Generic[T]):
    """A reply to a form: "filled", "rejected" (it misfits the schema) or "failed" (no reply)."""

    outcome: str
    value: T | None
    #: Why the reply was rejected, or why the call failed.
    reason: str
    text: str
    usage: Usage = field(default_factory=Usage)


class Structured(Protocol):
    """A model that can fill in forms; `id` is its name and version."""

    id: str

    def fill(self, forms: Sequence[Form], schema: type[T]) -> list[FormReply[T]]:
        """Returns one reply per form, in order."""
        ...
