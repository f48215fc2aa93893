"""Presets are whole, and give a recipe's model settings that are valid."""

import re
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from spuriforge.pipeline.presets import preset, presets
from spuriforge.pipeline.recipe_models import EndpointModel

PAPER = (
    "gpt-4o",
    "gpt-4o-mini",
    "o3",
    "o4-mini",
    "gemini-1.5-pro",
    "gemini-2.0-flash",
    "claude-3.7-sonnet",
    "qwen-vl-max",
    "qwen-vl-plus",
    "qwen2.5-vl-7b",
    "qwen2.5-vl-32b",
    "llama-3.2-11b-vision",
    "llama-3.2-90b-vision",
    "llava-1.5",
    "llava-1.6",
)
VENDORS = {
    "api.openai.com",
    "generativelanguage.googleapis.com",
    "api.anthropic.com",
    "dashscope-intl.aliyuncs.com",
}


def test_the_papers_fifteen_come_first() -> None:
    assert tuple(presets())[:15] == PAPER
    assert len(presets()) > 15


@pytest.mark.parametrize("name", list(presets()))
def test_a_preset_is_whole(name: str) -> None:
    known = presets()[name]
    settings = EndpointModel(name="m", backend="endpoint", preset=name)
    assert (settings.url, settings.model) == (known.url, known.model)
    assert re.fullmatch(r"20\d\d-\d\d", known.as_of)
    split = urlsplit(known.url)
    if split.hostname == "127.0.0.1":
        assert known.key_variable is known.price_in is known.price_out is None
        assert known.model in known.note, "the note says how to serve it"
    else:
        assert split.scheme == "https"
        assert split.hostname in VENDORS
        assert known.key_variable
        assert settings.price_in == known.price_in > 0
        assert settings.price_out == known.price_out > known.price_in


def test_models_that_reason_get_room_and_no_temperature() -> None:
    settings = EndpointModel(name="m", backend="endpoint", preset="o3")
    assert settings.temperature is None
    assert settings.max_tokens_field == "max_completion_tokens"
    assert settings.max_tokens is not None
    assert settings.max_tokens >= 4096


def test_a_recipe_goes_before_its_preset() -> None:
    settings = EndpointModel(
        name="m", backend="endpoint", preset="qwen3-vl-8b", url="http://gpu-3:8000/v1"
    )
    assert settings.url == "http://gpu-3:8000/v1"
    assert settings.model == preset("qwen3-vl-8b")["model"]


def test_an_unknown_preset_is_answered_with_those_there_are() -> None:
    with pytest.raises(
        ValidationError, match=r"no preset 'gpt-9'; there are gpt-4o, gpt-4o-mini, o3"
    ):
        EndpointModel(name="m", backend="endpoint", preset="gpt-9")
