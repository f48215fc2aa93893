"""Strict reading of an endpoint's responses: a completion, or None.

completion = read(body)                           # None for HTML, a truncated body, no choices
seconds_in(response.headers.get("retry-after"))   # None for a missing or unreadable header
"""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Tokens = Annotated[int, Field(ge=0)]


class Completion(BaseModel):
    """An endpoint's response: the unchanged text, why it ended, and the token counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    finish: str | None = None
    #: Why the model refused to answer, where it says so.
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
    """The required parts of a chat completion; the rest differs from server to server."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: Any = None


def read(body: str | bytes) -> Completion | None:
    """Returns the completion in a response's body; None if there is no whole one.

    A message without content is still a completion if it says why it ended: the tokens ran out, or
    a filter stopped it.
    """
    try:
        parsed = _Body.model_validate_json(body)
    except ValidationError:
        return None
    choice = parsed.choices[0]
    content, refusal = choice.message.content, choice.message.refusal
    if content is None and not refusal and not choice.finish_reason:
        return None
    return Completion(
        text=content
        if isinstance(content, str)
        else "".join(part.text or "" for part in content or ()),
        finish=choice.finish_reason,
        refusal=refusal,
        tokens_in=_counted(parsed.usage, "prompt_tokens"),
        tokens_out=_counted(parsed.usage, "completion_tokens"),
    )


def _counted(usage: object, name: str) -> int | None:
    """Returns the server's token count, or None if it is odd: the answer is still worth keeping."""
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if type(count) is int and count >= 0 else None


def seconds_in(retry_after: str | None) -> float | None:
    """Returns the seconds that a Retry-After header asks for.

    The header holds a number or an HTTP date; None if it holds neither.
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
