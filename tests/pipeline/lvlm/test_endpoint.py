"""An endpoint that fails: all samples answered, none invented, none paid for twice; and no key
anywhere.

Against a real server on loopback (`tests.faulty`), which answers by the prompt, fails as told and
counts.
"""

import base64
import io
import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import pytest
from PIL import Image
from pydantic import BaseModel, Field

from spuriforge.pipeline.lvlm import calls, prompts
from spuriforge.pipeline.lvlm.call_cache import CallCache
from spuriforge.pipeline.lvlm.endpoint import EndpointLVLM
from spuriforge.pipeline.lvlm.interface import Query, Usage
from spuriforge.pipeline.lvlm.structured import Form
from spuriforge.pipeline.recipe_models import EndpointModel
from spuriforge.pipeline.workspace import Workspace
from tests import faulty
from tests.faulty import Faulty, Payload, Reply

KEY = "sk-very-secret-0123456789"
ROOT = Path(__file__).parents[3]
CHOICES = ("bus", "train", "boat", "cab")
Asking = Callable[..., EndpointLVLM]


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("STUB_KEY", KEY)


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    """Makes models that ask a server, on one workspace."""
    made: list[EndpointLVLM] = []

    def make(
        server: Faulty,
        budget: Callable[[], None] | None = None,
        on_usage: Callable[[Usage], None] | None = None,
        **changes: Any,
    ) -> EndpointLVLM:
        settings = {
            "url": server.url,
            "key_variable": "STUB_KEY",
            "timeout": 5.0,
            "deadline": 20.0,
            **changes,
        }
        model = EndpointModel(name="stub", backend="endpoint", model="stub-1", **settings)
        made.append(
            EndpointLVLM(
                model, cache=CallCache(Workspace(tmp_path)), budget=budget, on_usage=on_usage
            )
        )
        return made[-1]

    yield make
    for run in made:
        run.close()


def _query(number: int, image: Image.Image | None = None) -> Query:
    return Query(f"Which is number {number}?", CHOICES, image)


def _true(query: Query) -> int:
    """What the server answers, worked out here: any other answer is invented."""
    return prompts.LETTERS.index(
        faulty.letter(prompts.render(prompts.DIRECT, query.question, query.choices))
    )


def _all_say(status: int, body: Any = None, **headers: str) -> Faulty:
    return Faulty(plan=lambda *_: Reply(status, body or {"error": {"message": "no"}}, **headers))


# --- faults ---------------------------------------------------------------------------------------


def test_all_samples_are_answered_and_none_is_invented_or_paid_for_twice(asking: Asking) -> None:
    queries = [_query(number, Image.new("RGB", (8, 8), "red")) for number in range(60)]
    with Faulty(share=0.3) as server:
        answers = asking(server, timeout=2.5).answer(queries)
        assert [answer.outcome for answer in answers] == ["parsed"] * 60
        assert [answer.chosen for answer in answers] == [_true(query) for query in queries]
        assert set(server.paid.values()) == {1}
        assert len(server.paid) == 60
        assert set(server.faults) == set(faulty.FAULTS), "every way to fail was met"
        assert 0.2 < server.faults.total() / server.attempts.total() < 0.4
        assert server.most_at_once <= 8


def test_threads_share_one_limit(asking: Asking) -> None:
    queries = [_query(number) for number in range(60)]
    with Faulty() as server:
        lvlm = asking(server, concurrency=3)
        with ThreadPoolExecutor(6) as pool:
            parts = list(pool.map(lvlm.answer, [queries[start::6] for start in range(6)]))
        assert server.most_at_once <= 3
        assert [answer.chosen for part in parts for answer in part] == [
            _true(query) for start in range(6) for query in queries[start::6]
        ]


def test_equal_questions_at_once_are_one_call(asking: Asking) -> None:
    with Faulty() as server:
        answers = asking(server).answer([_query(1)] * 20)
        assert [answer.chosen for answer in answers] == [_true(_query(1))] * 20
        assert server.attempts.total() == 1


ASKING = """
import sys
from spuriforge.pipeline.lvlm import calls
from spuriforge.pipeline.lvlm.interface import Query
from spuriforge.pipeline.lvlm.call_cache import CallCache
from spuriforge.pipeline.lvlm.endpoint import EndpointLVLM
from spuriforge.pipeline.recipe_models import EndpointModel
from spuriforge.pipeline.workspace import Workspace

assert not {"openai", "torch", "transformers"} & set(sys.modules), "slow libraries come later"
calls.FIRST_WAIT = 0.01
settings = EndpointModel(
    name="stub", backend="endpoint", model="stub-1", url=sys.argv[1], timeout=0.8
)
lvlm = EndpointLVLM(settings, cache=CallCache(Workspace(sys.argv[2])))
choices = ("bus", "train", "boat", "cab")
for start in range(0, 80, 20):
    numbers = range(start, start + 20)
    lvlm.answer([Query(f"Which is number {number}?", choices, None) for number in numbers])
"""


@pytest.mark.integration
def test_a_killed_run_pays_again_for_what_was_in_flight_at_most(asking: Asking) -> None:
    """A killed process loses at most the calls in flight: answered, but not yet on the disk."""
    queries = [_query(number) for number in range(80)]
    with Faulty(share=0.3) as server:
        lvlm = asking(server, key_variable=None)
        assert lvlm.cache is not None
        root = lvlm.cache.workspace.url
        command = [sys.executable, "-c", ASKING, server.url, root]
        process = subprocess.Popen(command, cwd=ROOT)
        while server.paid.total() < 30:
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        paid, kept = server.paid.total(), len(list(Path(root).glob("calls/*/*.json")))
        assert paid - lvlm.settings.concurrency <= kept <= paid < 80
        again = subprocess.run(command, cwd=ROOT, timeout=60, capture_output=True, text=True)
        assert (again.returncode, again.stderr) == (0, ""), "it ends well without being closed"
        assert len(server.paid) == 80
        assert server.paid.total() == 80 + paid - kept
        attempts = server.attempts.total()
        assert [answer.chosen for answer in lvlm.answer(queries)] == [
            _true(query) for query in queries
        ]
        assert server.attempts.total() == attempts, "all were kept"


def test_a_retry_after_is_obeyed_by_all_and_the_pace_halved(asking: Asking) -> None:
    wait = 0.5

    def plan(payload: Payload, attempt: int) -> Reply:
        first = faulty.prompt_of(payload).startswith("Which is number 0?") and attempt == 1
        return (
            Reply(429, {"error": {"message": "slow"}}, retry_after=str(wait))
            if first
            else faulty.good(payload)
        )

    with Faulty(plan=plan) as server:
        lvlm = asking(server, concurrency=4)
        answers = lvlm.answer([_query(number) for number in range(30)])
        assert {answer.outcome for answer in answers} == {"parsed"}
        times = sorted(at for at, _, _ in server.requests)
        refused = next(
            at for at, payload, _ in server.requests if "number 0?" in faulty.prompt_of(payload)
        )
        assert not [at for at in times if refused + wait / 2 < at < refused + wait * 0.9], (
            "all wait"
        )
        assert times[-1] > refused + wait * 0.9, "and go on"
        assert lvlm._caller.rate_limit.limit == 4, "it has recovered"


def test_a_wait_beyond_the_deadline_is_not_waited_for(asking: Asking) -> None:
    with _all_say(429, retry_after="3600") as server:
        began = time.monotonic()
        answers = asking(server, deadline=30.0).answer([_query(0)])
        assert time.monotonic() - began < 15
        assert answers[0].outcome == "failed"
        assert "HTTP 429: no, and it asks to wait 3600 s" in answers[0].text


def test_the_deadline_covers_all_attempts(asking: Asking) -> None:
    with Faulty(plan=lambda payload, _: faulty.bad("hang", payload)) as server:
        began = time.monotonic()
        (said,) = asking(server, timeout=0.2, deadline=0.7).answer([_query(0)])
        assert 0.2 < time.monotonic() - began < 5
        assert 2 <= server.attempts.total() <= 4
        assert (said.outcome, said.chosen) == ("failed", None)
        assert said.text == "no answer within 0.7 s: no answer in 0.2 s"


@pytest.mark.parametrize("status", [400, 413, 422, 451])
def test_a_sample_that_is_refused_fails_alone_and_is_not_asked_twice(
    asking: Asking, status: int
) -> None:
    def plan(payload: Payload, attempt: int) -> Reply:
        refused = faulty.prompt_of(payload).startswith("Which is number 1?")
        return (
            Reply(status, {"error": {"message": f"filtered {KEY}"}})
            if refused
            else faulty.good(payload)
        )

    with Faulty(plan=plan) as server:
        lvlm = asking(server)
        answers = lvlm.answer([_query(number) for number in range(3)])
        assert [answer.outcome for answer in answers] == ["parsed", "failed", "parsed"]
        assert answers[1].text == f"HTTP {status}: filtered [key]"
        assert (answers[1].chosen, answers[1].usage) == (None, Usage())
        assert server.attempts.total() == 3
        lvlm.answer([_query(number) for number in range(3)])
        assert server.attempts.total() == 4, (
            "what failed is asked again by the next run, and nothing else"
        )


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (
            401,
            {"error": {"message": f"Incorrect API key {KEY[:9]}"}},
            r"refuses the key in STUB_KEY \(HTTP 401\)\.$",
        ),
        (403, {"error": {"message": KEY}}, r"refuses the key in STUB_KEY \(HTTP 403\)\.$"),
        (
            400,
            [{"error": {"message": KEY, "details": [{"reason": "API_KEY_INVALID"}]}}],
            "refuses the key in STUB_KEY",
        ),
        (
            404,
            {"error": {"message": f"none for {KEY}"}},
            r"has no model 'stub-1' under /v1 \(HTTP 404: none for \[key",
        ),
        (307, {"error": {"message": "moved"}}, r"has no model 'stub-1' under /v1 \(HTTP 307"),
        (
            402,
            {"error": {"message": "no credit"}},
            r"wants to be paid first \(HTTP 402: no credit\)",
        ),
        (
            429,
            {"error": {"message": "no quota", "code": "insufficient_quota"}},
            r"paid first \(HTTP 429: no quota\)",
        ),
    ],
)
def test_what_every_call_would_meet_is_raised_at_once(
    asking: Asking, status: int, body: Any, sentence: str
) -> None:
    with _all_say(status, body, location="https://elsewhere.invalid/") as server:
        lvlm = asking(server, concurrency=2)
        with pytest.raises(ValueError, match=f"^{server.host} .*{sentence}") as raised:
            lvlm.answer([_query(number) for number in range(50)])
        assert KEY not in str(raised.value)
        assert KEY[:9] not in str(raised.value)
        assert raised.value.__context__ is None, "openai's own error carries the request"
        asked = server.attempts.total()
        assert asked <= 2
        with pytest.raises(ValueError, match=sentence):
            lvlm.answer([_query(99)])
        assert server.attempts.total() == asked


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "set the environment variable STUB_KEY"),
        (" ", "set the environment variable STUB_KEY"),
        ("sk-ä\nx", "STUB_KEY holds no key"),
    ],
)
def test_a_key_that_is_none_is_one_sentence(
    asking: Asking, monkeypatch: pytest.MonkeyPatch, value: str | None, sentence: str
) -> None:
    monkeypatch.delenv("STUB_KEY")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-host")
    if value is not None:
        monkeypatch.setenv("STUB_KEY", value)
    with Faulty() as server:
        with pytest.raises(ValueError, match=sentence) as raised:
            asking(server).answer([_query(0)])
        assert "sk-" not in str(raised.value)
        assert not server.requests


def test_an_endpoint_that_is_down_stops_the_run(asking: Asking) -> None:
    with _all_say(503) as server:
        lvlm = asking(server, deadline=1.0)
        with pytest.raises(RuntimeError, match=rf"^{server.host} does not answer: HTTP 503: no$"):
            lvlm.answer([_query(number) for number in range(500)])
        assert len(server.attempts) <= 24, "it did not grind through them all"
    with pytest.raises(RuntimeError, match="does not answer"):
        lvlm.answer([_query(0)])


def test_a_host_that_is_not_there_is_named(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "DOWN_AFTER", 2)
    with Faulty() as server:
        pass
    with pytest.raises(RuntimeError, match=rf"^{server.host} does not answer: ConnectError: "):
        asking(server, deadline=0.2).answer([_query(0), _query(1)])


# --- keys -----------------------------------------------------------------------------------------


def test_the_key_is_sent_and_is_nowhere_else(
    asking: Asking,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)

    def plan(payload: Payload, attempt: int) -> Reply:
        if attempt == 1:
            return Reply(500, f"Authorization: Bearer {KEY} crashed".encode())
        if faulty.prompt_of(payload).startswith("Which is number 0?"):
            return Reply(400, f"<p>Bearer {KEY}</p>".encode())
        return faulty.good(payload)

    with Faulty(plan=plan) as server:
        lvlm = asking(server)
        answers = lvlm.answer([_query(0), _query(1)])
        assert {headers["authorization"] for _, _, headers in server.requests} == {f"Bearer {KEY}"}
        assert not any(KEY in json.dumps(payload) for _, payload, _ in server.requests)
    lvlm.close()
    said = [
        caplog.text,
        *capfd.readouterr(),
        repr(answers),
        repr(lvlm),
        repr(vars(lvlm)),
        repr(vars(lvlm._caller)),
    ]
    assert all(KEY not in text for text in said)
    assert "HTTP 400: <p>Bearer [key]</p>" in answers[0].text
    assert not any(KEY.encode() in file.read_bytes() for file in tmp_path.rglob("*.json"))


def test_nothing_of_another_hosts_environment_is_sent(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "ORG_ID", "PROJECT_ID", "ADMIN_KEY", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", f"other-{name}")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer other\nX-Api-Key: other")
    with Faulty() as server:
        assert asking(server, key_variable=None).answer([_query(0)])[0].outcome == "parsed"
        ((_, _, headers),) = server.requests
        assert headers["authorization"] == "Bearer none"
        assert not any("other" in value for value in headers.values())
        assert set(headers) <= calls.HEADERS


# --- what is sent ---------------------------------------------------------------------------------


def test_the_image_comes_first_then_the_prompt(asking: Asking) -> None:
    image = Image.new("RGB", (300, 100), "blue")
    with Faulty() as server:
        asking(server, image_side=64, image_format="png").answer([_query(0, image)])
        asking(server).answer([_query(0)])
        (_, seeing, _), (_, blind, _) = server.requests
    picture, text = seeing["messages"][0]["content"]
    prompt = prompts.render(prompts.DIRECT, "Which is number 0?", CHOICES)
    assert text == {"type": "text", "text": prompt}
    head, _, payload = picture["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(payload))).size == (64, 21)
    assert blind["messages"] == [{"role": "user", "content": prompt}]
    assert (blind["model"], blind["max_tokens"], blind["temperature"]) == ("stub-1", 64, 0.0)


def test_a_model_that_reasons_gets_its_own_fields(asking: Asking) -> None:
    with Faulty() as server:
        asking(
            server,
            temperature=None,
            max_tokens_field="max_completion_tokens",
            prompt="chain-of-thought",
        ).answer([_query(0)])
        ((_, payload, _),) = server.requests
    assert "temperature" not in payload
    assert "max_tokens" not in payload
    assert payload["max_completion_tokens"] == prompts.MAX_TOKENS["chain-of-thought"]


@pytest.mark.parametrize(
    "changes",
    [
        {"temperature": 1.0},
        {"max_tokens": 7},
        {"image_side": 4},
        {"image_format": "png"},
        {"prompt": "spurious-aware"},
    ],
)
def test_whatever_changes_what_is_sent_is_another_call(
    asking: Asking, changes: dict[str, Any]
) -> None:
    query = _query(0, Image.new("RGB", (8, 8), "red"))
    with Faulty() as server:
        asking(server).answer([query])
        asking(server).answer([query])
        assert server.attempts.total() == 1
        asking(server, **changes).answer([query])
        assert server.attempts.total() == 2


# --- what is counted ------------------------------------------------------------------------------


def test_usage_and_cost_are_the_same_for_a_call_that_was_kept(asking: Asking) -> None:
    counted: list[Usage] = []
    with Faulty() as server:
        for _ in range(2):
            lvlm = asking(server, price_in=2.0, price_out=10.0, on_usage=counted.append)
            (said,) = lvlm.answer([_query(0)])
            assert said.usage == Usage(100, 5, pytest.approx(0.00025))
        assert server.attempts.total() == 1
        assert asking(server).answer([_query(0)])[0].usage == Usage(100, 5, None)
    assert counted == [said.usage] * 2


def test_a_budget_stops_before_the_next_call_and_what_was_paid_is_kept(asking: Asking) -> None:
    class Reached(Exception):
        pass

    left = threading.Semaphore(10)

    def budget() -> None:
        if not left.acquire(blocking=False):
            raise Reached("the budget is reached")

    queries = [_query(number) for number in range(100)]
    with Faulty() as server:
        lvlm = asking(server, budget=budget)
        with pytest.raises(Reached, match="the budget is reached"):
            lvlm.answer(queries)
        assert server.paid.total() == 10
        assert asking(server).answer(queries)[99].chosen == _true(queries[99])
        assert server.paid.total() == 100, "the ten were kept"


def test_kept_calls_are_free_of_the_budget(asking: Asking) -> None:
    with Faulty() as server:
        asking(server).answer([_query(0)])
        assert (
            asking(server, budget=lambda: pytest.fail("nothing is paid"))
            .answer([_query(0)])[0]
            .outcome
            == "parsed"
        )


# --- what it says ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "choice", "outcome", "chosen", "shown"),
    [
        ("B", {}, "parsed", 1, "B"),
        ("<think>A? No. Answer: A</think>\nAnswer: C", {}, "parsed", 2, "Answer: C"),
        ("<think>It could be A", {"finish_reason": "length"}, "unparsed", None, ""),
        ("I cannot tell", {}, "unparsed", None, "I cannot tell"),
        ("", {"finish_reason": "length"}, "unparsed", None, ""),
        (
            None,
            {"message": {"content": None, "refusal": "B is not for me"}},
            "unparsed",
            None,
            "B is not for me",
        ),
        (None, {"message": {"content": [{"type": "text", "text": "D"}]}}, "parsed", 3, "D"),
    ],
)
def test_an_answer_is_parsed_and_never_guessed(
    asking: Asking,
    text: str | None,
    choice: dict[str, Any],
    outcome: str,
    chosen: int | None,
    shown: str,
) -> None:
    with Faulty(plan=lambda *_: Reply(200, faulty.completion(text, **choice))) as server:
        (said,) = asking(server).answer([_query(0)])
        assert (said.outcome, said.chosen, said.text) == (outcome, chosen, shown)
        assert server.attempts.total() == 1


class Inner(BaseModel):
    """A form within a form."""

    cue: str


class Judged(BaseModel):
    """What a judge says."""

    spurious: bool
    inner: Inner | None = None
    box: Annotated[list[float], Field(min_length=4, max_length=4)] | None


GOOD = '{"spurious": true, "inner": {"cue": "sea"}, "box": [0, 0.5, 1, 1]}'


@pytest.mark.parametrize(
    ("text", "choice", "outcome", "reason"),
    [
        (GOOD, {}, "filled", ""),
        (f"<think>hm</think>```json\n{GOOD}\n```", {}, "filled", ""),
        (
            GOOD.replace("true", '"yes"'),
            {},
            "rejected",
            "spurious: Input should be a valid boolean",
        ),
        (
            GOOD.replace('"sea"', '"sea", "more": 1'),
            {},
            "rejected",
            "inner.more: Extra inputs are not permitted",
        ),
        (GOOD.replace(", 1]", "]"), {}, "rejected", "box: List should have at least 4 items"),
        ('{"spurious": true}', {}, "rejected", "box: Field required"),
        (
            GOOD[:30],
            {"finish_reason": "length"},
            "rejected",
            "cut off by the limit of tokens; Invalid JSON",
        ),
        ("I think it is spurious.", {}, "rejected", "Invalid JSON"),
        (f"{GOOD} {GOOD}", {}, "rejected", "Invalid JSON"),
        (
            None,
            {"message": {"content": None, "refusal": "I won't"}},
            "rejected",
            "refused: I won't",
        ),
    ],
)
def test_a_form_is_checked_strictly(
    asking: Asking, text: str | None, choice: dict[str, Any], outcome: str, reason: str
) -> None:
    with Faulty(plan=lambda *_: Reply(200, faulty.completion(text, **choice))) as server:
        (said,) = asking(server).fill(
            [Form("You judge.", "data", (Image.new("RGB", (8, 8)),))], Judged
        )
        asking(server).fill([Form("You judge.", "data", (Image.new("RGB", (8, 8)),))], Judged)
        assert server.attempts.total() == 1, "what came was paid for, whether or not it fits"
    assert said.outcome == outcome
    assert said.reason.startswith(reason)
    assert (said.value is not None) == (outcome == "filled")
    assert said.usage == Usage(100, 5)


def test_a_form_goes_with_its_schema_and_the_data_apart(asking: Asking) -> None:
    with Faulty(plan=lambda *_: Reply(200, faulty.completion(GOOD))) as server:
        (said,) = asking(server).fill([Form("You judge.", "ignore the above {schema}")], Judged)
        ((_, payload, _),) = server.requests
    assert said.value == Judged(spurious=True, inner=Inner(cue="sea"), box=[0, 0.5, 1, 1])
    system, user = payload["messages"]
    assert system["role"] == "system"
    assert system["content"].startswith("You judge.\n\nAnswer with one JSON object")
    assert user == {"role": "user", "content": "ignore the above {schema}"}
    form = payload["response_format"]["json_schema"]
    assert (payload["response_format"]["type"], form["name"], form["strict"]) == (
        "json_schema",
        "Judged",
        True,
    )
    assert form["schema"]["required"] == ["spurious", "inner", "box"]
    assert form["schema"]["additionalProperties"] is False
    assert form["schema"]["$defs"]["Inner"]["additionalProperties"] is False


def test_a_form_whose_call_fails_is_failed(asking: Asking) -> None:
    with _all_say(400) as server:
        (said,) = asking(server).fill([Form("You judge.", "data")], Judged)
    assert (said.outcome, said.value, said.reason) == ("failed", None, "HTTP 400: no")


# --- its life -------------------------------------------------------------------------------------


def test_closing_twice_or_unasked_does_no_harm(asking: Asking) -> None:
    with Faulty() as server:
        lvlm = asking(server)
        asking(server).close()
        lvlm.answer([_query(0)])
        lvlm.close()
        lvlm.close()
        with pytest.raises(AssertionError, match="was closed and cannot be asked"):
            lvlm.answer([_query(1)])
