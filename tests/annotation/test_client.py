"""Errors of the server and the network become one sentence, without any secret."""

import httpx
import pytest
from label_studio_sdk.core.api_error import ApiError

from spuriforge.annotation.client import Server, explained

SERVER = Server("http://nowhere:1", "s3cret-token", "owner@example.org", "s3cret-password")


def test_a_server_s_secrets_are_not_shown() -> None:
    assert "nowhere" in repr(SERVER)
    assert "s3cret" not in repr(SERVER)


def test_a_refusal_is_one_short_sentence() -> None:
    body = "line\n   and more " + "x" * 1000
    with pytest.raises(RuntimeError) as raised, explained("the projects", SERVER):
        raise ApiError(status_code=403, body=body)
    sentence = str(raised.value)
    assert "http://nowhere:1 refused the projects (403): line and more x" in sentence
    assert len(sentence) < 300
    assert "\n" not in sentence


def test_no_answer_names_the_failure() -> None:
    with (
        pytest.raises(RuntimeError, match=r"did not answer the projects: ConnectTimeout\."),
        explained("the projects", SERVER),
    ):
        raise httpx.ConnectTimeout("late")


def test_other_errors_are_left_alone() -> None:
    with pytest.raises(KeyError), explained("the projects", SERVER):
        raise KeyError("a defect of ours")
