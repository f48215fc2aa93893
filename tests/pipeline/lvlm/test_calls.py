"""A call's own problems, without a server: the key in the environment, and what stops all calls.

What a server can do to a call is tested in `test_endpoint`.
"""

import asyncio
from typing import Any

import pytest

from spuriforge.pipeline.lvlm.calls import Caller
from spuriforge.pipeline.recipe_models import EndpointModel


def _caller(**changes: Any) -> Caller:
    settings = {"name": "stub", "model": "stub-1", "url": "https://user:pw@host.invalid/v1"}
    return Caller(EndpointModel(backend="endpoint", **{**settings, **changes}))


def test_the_host_is_named_without_the_credentials_in_its_address() -> None:
    assert _caller().host == "host.invalid"


def test_a_missing_key_stops_this_call_and_all_later_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUB_KEY", raising=False)
    caller = _caller(key_variable="STUB_KEY")
    sentence = r"^host\.invalid needs a key: set the environment variable STUB_KEY\.$"
    with pytest.raises(ValueError, match=sentence):
        asyncio.run(caller.complete({}))
    monkeypatch.setenv("STUB_KEY", "sk-set-too-late")
    with pytest.raises(ValueError, match=sentence):
        asyncio.run(caller.complete({}))


def test_an_unusable_key_is_not_repeated_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_KEY", "sk-two words")
    with pytest.raises(ValueError, match=r"STUB_KEY holds no key for host\.invalid") as raised:
        asyncio.run(_caller(key_variable="STUB_KEY").complete({}))
    assert "sk-two" not in str(raised.value)
