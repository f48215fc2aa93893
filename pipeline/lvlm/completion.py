"""What comes back from an endpoint, read strictly: a completion, or none at all.

completion = read(body)                           # None: HTML, cut off, without choices, ...
seconds_in(response.headers.get("retry-after"))   # None: no such header, or nothing that can be
read
"""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Tokens = Annotated[int, Field(ge=0)]


class Completion(BaseModel):
    """What an endpoint answered: its text as it came, why it ended there, and what it counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    finish: str | None = None
    #: Why the model would not answer, where it says so.
    refusal: str | None = None
    tokens_in: Tokens | None = None
    tokens_out: Tokens | None = None


class _Part(BaseModel):
    text: str | None = None


class _Message(BaseModel):
    content: str | list[_Part] | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Body(BaseModel):
    """What must be in a chat completion; the rest differs from server to server."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: Any = None


def read(body: str | bytes) -> Completion | None:
    """The completion in a response's body; None where it is none: HTML, cut off, without choices or
    without words.

    A message without content is a completion where it says why it ended: the tokens ran out, or it
    was filtered.
    """
    try:
        found = _Body.model_validate_json(body)
    except ValidationError:
        return None
    choice = found.choices[0]
    content, refusal = choice.message.content, choice.message.refusal
    if content is None and not refusal and not choice.finish_reason:
        return None
    return Completion(
        text=content
        if isinstance(content, str)
        else "".join(part.text or "" for part in content or ()),
        finish=choice.finish_reason,
        refusal=refusal,
        tokens_in=_counted(found.usage, "prompt_tokens"),
        tokens_out=_counted(found.usage, "completion_tokens"),
    )


def _counted(usage: object, name: str) -> int | None:
    """Tokens as the server counted them; odd figures are no reason to throw an answer away."""
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if type(found) is int and found >= 0 else None


def seconds_in(retry_after: str | None) -> float | None:
    """What a Retry-After header asks for, in seconds: it holds a number or an HTTP date. None where
    it is neither.
    """
    if not retry_after:
        return None
    if re.fullmatch(r"\s*\d+(\.\d+)?\s*", retry_after):
        return float(retry_after) if math.isfinite(float(retry_after)) else None
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
