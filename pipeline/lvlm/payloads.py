"""The parts of a request to an endpoint: images at a set size, messages, the schema of a form.

    pictures = [Picture.of(image, side=1024, format="jpeg")]
    messages("", prompt, [picture.uri for picture in pictures])       # to send
    messages("", prompt, [picture.digest for picture in pictures])    # for the key, and small

Equal images and settings produce equal bytes, so a call has the same key in the next run.
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

#: Goes beside the response format, because some endpoints accept that and ignore it.
FORM = (
    "{system}\n\nAnswer with one JSON object and nothing else. "
    "It must fit this JSON schema:\n{schema}"
)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image in a request: a data URI, and the hash of its bytes."""

    uri: str
    digest: str

    @classmethod
    def of(cls, image: Image.Image, *, side: int, format: Literal["jpeg", "png"]) -> "Picture":
        """Encodes an image, scaled down to `side` pixels at its longest side; never enlarged."""
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
    """Returns a conversation of one turn: an optional system message, the images, the text."""
    images = [{"type": "image_url", "image_url": {"url": picture}} for picture in pictures]
    # Text without images goes as a plain string: endpoints without vision understand nothing else.
    content = [*images, {"type": "text", "text": text}] if images else text
    before = [] if not system else [{"role": "system", "content": system}]
    return [*before, {"role": "user", "content": content}]


def strict_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """Returns the JSON schema for strict decoding: all properties required, and no others."""
    from openai import pydantic_function_tool

    function: Any = pydantic_function_tool(schema)["function"]
    parameters: dict[str, Any] = function["parameters"]
    return parameters


def response_format(
    schema: type[BaseModel], structured: Literal["json_schema", "json_object", "prompt"]
) -> dict[str, Any] | None:
    """Returns the setting that restricts an endpoint to the form; None leaves it to the prompt."""
    if structured == "prompt":
        return None
    if structured == "json_object":
        return {"type": "json_object"}
    form = {"name": schema.__name__, "strict": True, "schema": strict_schema(schema)}
    return {"type": "json_schema", "json_schema": form}


def form_system(system: str, schema: type[BaseModel]) -> str:
    """Returns the system's message of a form: the instructions, and the schema as text."""
    return FORM.format(system=system, schema=json.dumps(strict_schema(schema), ensure_ascii=False))
