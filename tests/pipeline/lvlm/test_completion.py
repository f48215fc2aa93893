"""What a response's body and its Retry-After header say, read strictly."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from spuriforge.pipeline.lvlm.completion import read, seconds_in
from tests import faulty


def _body(**choice: Any) -> str:
    return json.dumps(faulty.completion("B", **choice))


@pytest.mark.parametrize(
    ("body", "text", "finish"),
    [
        (_body(), "B", "stop"),
        (
            _body(
                message={
                    "content": [{"type": "text", "text": "Answer: "}, {"type": "text", "text": "B"}]
                }
            ),
            "Answer: B",
            "stop",
        ),
        (_body(message={"content": ""}, finish_reason="length"), "", "length"),
        (
            _body(message={"role": "assistant"}, finish_reason="content_filter"),
            "",
            "content_filter",
        ),
        ('{"choices": [{"message": {"content": "A"}}]}', "A", None),
    ],
)
def test_a_completion_is_read(body: str, text: str, finish: str | None) -> None:
    found = read(body)
    assert found is not None
    assert (found.text, found.finish) == (text, finish)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>Please log in</html>",
        _body()[:40],
        "[]",
        "{}",
        '{"choices": []}',
        '{"choices": null}',
        '{"choices": [{}]}',
        '{"choices": [{"message": {}}]}',
        '{"choices": [{"message": {"content": 3}}]}',
        '{"error": {"message": "upstream"}}',
    ],
)
def test_what_is_no_completion_is_none(body: str) -> None:
    assert read(body) is None


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 100, "completion_tokens": 5}, (100, 5)),
        (None, (None, None)),
        ([], (None, None)),
        ({"prompt_tokens": -1, "completion_tokens": "5"}, (None, None)),
        ({"prompt_tokens": 7}, (7, None)),
    ],
)
def test_tokens_are_as_counted_or_unknown(
    usage: object, tokens: tuple[int | None, int | None]
) -> None:
    found = read(json.dumps({**faulty.completion("B"), "usage": usage}))
    assert found is not None
    assert (found.tokens_in, found.tokens_out) == tokens


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7),
        ("0.5", 0.5),
        ("soon", None),
        ("-3", None),
        ("nan", None),
        ("9" * 400, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_in(header) == seconds


def test_retry_after_as_a_date_is_counted_from_now() -> None:
    header = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert seconds_in(header) == pytest.approx(30, abs=2)
