"""What is sent to an endpoint: pictures at the stated size, messages, the schema of a form.

    pictures = [Picture.of(image, side=1024, format="jpeg")]
    messages("", prompt, [one.uri for one in pictures])       # what is sent
    messages("", prompt, [one.digest for one in pictures])    # the same for a key, without the megabytes

Equal images and settings give equal bytes, so a call's key is the same in the next run.
"""

import base64
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PIL import Image
from pydantic import BaseModel

#: Said beside the response format, since some endpoints take that and leave it unread.
FORM = "{system}\n\nAnswer with one JSON object and nothing else. It must fit this JSON schema:\n{schema}"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as it is sent: a data URI, and the hash of its bytes."""

    uri: str
    digest: str

    @classmethod
    def of(cls, image: Image.Image, *, side: int, format: Literal["jpeg", "png"]) -> "Picture":
        """Scaled down to `side` pixels at its longest; never enlarged."""
        scale = side / max(*image.size, side)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.convert("RGB")
        stream = io.BytesIO()
        scaled = image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)
        scaled.save(stream, format=format, **({"quality": 90} if format == "jpeg" else {}))
        payload = stream.getvalue()
        uri = f"data:image/{format};base64,{base64.b64encode(payload).decode()}"
        return cls(uri, f"sha256:{hashlib.sha256(payload).hexdigest()}")


def messages(system: str, text: str, pictures: Sequence[str]) -> list[dict[str, Any]]:
    """A conversation of one turn: the system's message, if there is one, then the pictures and the
    text.
    """
    images = [{"type": "image_url", "image_url": {"url": picture}} for picture in pictures]
    # Text alone goes as text: that is what endpoints without eyes understand.
    content = [*images, {"type": "text", "text": text}] if images else text
    before = [] if not system else [{"role": "system", "content": system}]
    return [*before, {"role": "user", "content": content}]


def strict_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema as strict decoding wants it: every property required, no others, no defaults."""
    from openai import pydantic_function_tool

    function: Any = pydantic_function_tool(schema)["function"]
    found: dict[str, Any] = function["parameters"]
    return found


def response_format(
    schema: type[BaseModel], structured: Literal["json_schema", "json_object", "prompt"]
) -> dict[str, Any] | None:
    """The request's setting that makes an endpoint write nothing but the form; None leaves it to
    the prompt.
    """
    if structured == "prompt":
        return None
    if structured == "json_object":
        return {"type": "json_object"}
    form = {"name": schema.__name__, "strict": True, "schema": strict_schema(schema)}
    return {"type": "json_schema", "json_schema": form}


def form_system(system: str, schema: type[BaseModel]) -> str:
    """The system's message of a form: the instructions, and the schema once more in words."""
    return FORM.format(system=system, schema=json.dumps(strict_schema(schema), ensure_ascii=False))
