"""The parts of a call: the pace, what a body and a Retry-After say, and the cache."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.lvlm.call_cache import CallCache
from spuriforge.pipeline.lvlm.completion import Completion, read, seconds_in
from spuriforge.pipeline.lvlm.rate_limit import PausedTooLong, RateLimit
from spuriforge.pipeline.workspace import Workspace
from tests import faulty


def _run(test: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        await test()

    asyncio.run(within())


# --- the pace -------------------------------------------------------------------------------------


def test_a_burst_of_429s_halves_the_pace_once() -> None:
    async def burst() -> None:
        pace = RateLimit(16)
        began = pace.now()
        for _ in range(5):
            pace.slow_down(began, None)
        assert pace.limit == 8
        await asyncio.sleep(0.01)
        pace.slow_down(pace.now(), None)
        assert pace.limit == 4

    _run(burst)


def test_the_pace_never_falls_below_one_and_grows_again_up_to_the_most() -> None:
    async def down_and_up() -> None:
        pace = RateLimit(4)
        for _ in range(6):
            await asyncio.sleep(0.002)
            pace.slow_down(pace.now(), None)
        assert pace.limit == 1
        grown = []
        for _ in range(20):
            pace.went_well()
            grown.append(pace.limit)
        # After 1, then 2, then 3 successes more.
        assert grown[:6] == [2, 2, 3, 3, 3, 4]
        assert grown[-1] == 4

    _run(down_and_up)


def test_no_more_turns_at_once_than_the_pace_allows() -> None:
    async def crowd() -> None:
        pace, now, most = RateLimit(6), 0, 0
        pace.slow_down(pace.now(), None)

        async def one() -> None:
            nonlocal now, most
            async with pace.turn(pace.now() + 5):
                now += 1
                most = max(most, now)
                await asyncio.sleep(0.001)
                now -= 1

        await asyncio.gather(*(one() for _ in range(30)))
        assert most == 3

    _run(crowd)


def test_all_wait_until_the_pause_is_over_and_none_beyond_its_deadline() -> None:
    async def pause() -> None:
        pace = RateLimit(4)
        began = pace.now()
        pace.slow_down(began, 0.1)
        pace.pause(0.01)  # does not shorten it
        async with pace.turn(began + 5):
            assert pace.now() - began >= 0.1
        pace.pause(60)
        with pytest.raises(PausedTooLong, match="asks to wait 60 s"):
            async with pace.turn(pace.now() + 5):
                pytest.fail("nobody's turn")
        assert pace.limit == 2

    _run(pause)


# --- what comes back ------------------------------------------------------------------------------


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


# --- the cache ------------------------------------------------------------------------------------


def test_what_succeeded_is_kept_in_one_small_file(tmp_path: Path) -> None:
    kept = CallCache(Workspace(tmp_path))
    said = Completion(text="Answer: B", finish="stop", tokens_in=100, tokens_out=5)
    assert kept.get("abcdef") is None
    kept.put("abcdef", said)
    assert kept.get("abcdef") == said
    assert [file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.*")] == [
        "calls/ab/abcdef.json"
    ]


def test_a_damaged_file_is_named_and_never_read_as_an_answer(tmp_path: Path) -> None:
    kept = CallCache(Workspace(tmp_path))
    kept.put("abcdef", Completion(text="Answer: B"))
    (tmp_path / "calls" / "ab" / "abcdef.json").write_text('{"text": "Ans')
    with pytest.raises(ValueError, match=r"calls/ab/abcdef\.json is damaged: delete it"):
        kept.get("abcdef")
