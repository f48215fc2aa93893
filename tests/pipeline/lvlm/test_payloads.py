"""The parts of a request: images at a set size, messages, and the schema of a form."""

import base64
import hashlib
import io
import json
from typing import Annotated

import pytest
from PIL import Image
from pydantic import BaseModel, Field

from spuriforge.pipeline.lvlm import payloads
from spuriforge.pipeline.lvlm.payloads import Picture


class Inner(BaseModel):
    """A form within a form."""

    cue: str


class Judgment(BaseModel):
    """A form with an optional part and a list of fixed length."""

    spurious: bool
    inner: Inner | None = None
    box: Annotated[list[float], Field(min_length=4, max_length=4)] | None


@pytest.mark.parametrize("format", ["jpeg", "png"])
def test_an_image_is_scaled_down_never_up_and_always_alike(format: str) -> None:
    large, small = Image.new("RGBA", (2000, 500), "red"), Image.new("L", (10, 20))
    pictures = [Picture.of(large, side=100, format=format) for _ in range(2)]  # type: ignore[arg-type]
    assert pictures[0] == pictures[1]
    sizes = []
    for picture in (pictures[0], Picture.of(small, side=100, format=format)):  # type: ignore[arg-type]
        decoded = Image.open(io.BytesIO(base64.b64decode(picture.uri.partition(",")[2])))
        assert (decoded.format, decoded.mode) == (format.upper(), "RGB")
        sizes.append(decoded.size)
    assert sizes == [(100, 25), (10, 20)]


def test_the_digest_is_the_hash_of_the_bytes_sent() -> None:
    red, blue = (
        Picture.of(Image.new("RGB", (8, 8), colour), side=8, format="png")
        for colour in ("red", "blue")
    )
    payload = base64.b64decode(red.uri.partition(",")[2])
    assert red.digest == f"sha256:{hashlib.sha256(payload).hexdigest()}"
    assert red.digest != blue.digest
    assert red.uri.startswith("data:image/png;base64,")


def test_a_very_flat_image_keeps_at_least_one_pixel() -> None:
    picture = Picture.of(Image.new("RGB", (1000, 2)), side=10, format="png")
    decoded = Image.open(io.BytesIO(base64.b64decode(picture.uri.partition(",")[2])))
    assert decoded.size == (10, 1)


def test_images_stand_before_the_text_in_one_turn() -> None:
    system, user = payloads.messages("Be brief.", "Which?", ["first", "second"])
    assert system == {"role": "system", "content": "Be brief."}
    assert user["role"] == "user"
    assert user["content"] == [
        {"type": "image_url", "image_url": {"url": "first"}},
        {"type": "image_url", "image_url": {"url": "second"}},
        {"type": "text", "text": "Which?"},
    ]


def test_text_without_images_is_a_plain_string() -> None:
    assert payloads.messages("", "Which?", []) == [{"role": "user", "content": "Which?"}]


def test_a_strict_schema_requires_every_property_and_forbids_others() -> None:
    schema = payloads.strict_schema(Judgment)
    assert schema["required"] == ["spurious", "inner", "box"]
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Inner"]["additionalProperties"] is False


def test_the_form_is_restricted_as_the_endpoint_can() -> None:
    assert payloads.response_format(Judgment, "prompt") is None
    assert payloads.response_format(Judgment, "json_object") == {"type": "json_object"}
    assert payloads.response_format(Judgment, "json_schema") == {
        "type": "json_schema",
        "json_schema": {
            "name": "Judgment",
            "strict": True,
            "schema": payloads.strict_schema(Judgment),
        },
    }


def test_the_system_message_holds_instructions_and_schema() -> None:
    instructions, _, schema = payloads.form_system("Judge {this}.", Judgment).partition("\n\n")
    assert instructions == "Judge {this}."
    assert json.loads(schema.partition("\n")[2]) == payloads.strict_schema(Judgment)
