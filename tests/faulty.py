"""An OpenAI-compatible server on loopback that fails as real ones do, and remembers all that it
did.

    with Faulty(share=0.3) as server:
        EndpointLVLM(settings(server.url), ...).answer(queries)
    server.paid          # how often each payload was answered in full
    letter(prompt)       # its answer follows from the prompt alone: an invented one is seen

Whether an attempt fails, and how, follows from the payload and the number of the attempt: no test
hangs on luck. `plan` answers in place of that, for a test of one thing.
"""

import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

FAULTS = ("429 in a while", "429", "500", "503", "hang", "cut", "half", "html")
#: Seconds that a good answer takes, that a hanging one takes, and that a 429 asks to wait.
TAKES, HANGS, LATER = 0.005, 3.0, 0.1

Payload = dict[str, Any]


def prompt_of(payload: Payload) -> str:
    """The text that the user's message asks."""
    content = payload["messages"][-1]["content"]
    return (
        content
        if isinstance(content, str)
        else next(one["text"] for one in content if one["type"] == "text")
    )


def letter(prompt: str) -> str:
    """The letter that is answered: one of those in the prompt, picked by the prompt's hash."""
    letters = re.findall(r"^([A-J])\. ", prompt, re.MULTILINE)
    return letters[_number(prompt) % len(letters)]


def _number(*parts: object) -> int:
    return int(hashlib.sha256(repr(parts).encode()).hexdigest()[:12], 16)


def completion(text: str | None, **choice: Any) -> Payload:
    """A chat completion as OpenAI's."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "stop",
                **choice,
            }
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105},
    }


class Reply:
    """A response: status, headers and body; `how` is empty for a whole response in time."""

    def __init__(self, status: int, body: Any, *, how: str = "", **headers: str) -> None:
        self.status, self.how = status, how
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()


def good(payload: Payload) -> Reply:
    """What an endpoint says when nothing is wrong."""
    return Reply(200, completion(f"Answer: {letter(prompt_of(payload))}"))


def bad(fault: str, payload: Payload) -> Reply:
    """One of the eight ways to fail."""
    body = good(payload).body
    return {
        "429 in a while": Reply(429, {"error": {"message": "slow down"}}, retry_after=str(LATER)),
        "429": Reply(429, {"error": {"message": "slow down"}}),
        "500": Reply(500, {"error": {"message": "internal"}}),
        "503": Reply(503, b"upstream is down"),
        "hang": Reply(200, body, how="hang"),
        "cut": Reply(200, body, how="cut"),
        "half": Reply(200, body[: len(body) // 2], how="half"),
        "html": Reply(200, b"<html>Please log in</html>", how="html"),
    }[fault]


class Faulty:
    """The server; a share of the attempts fails, or `plan` says what comes."""

    def __init__(
        self, share: float = 0.0, plan: Callable[[Payload, int], Reply] | None = None
    ) -> None:
        self.share, self.plan = share, plan
        self.attempts: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.requests: list[tuple[float, Payload, dict[str, str]]] = []
        self.most_at_once = self._at_once = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Listens on a free port."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that are gone
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}/v1"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Listens no more."""
        self._server.shutdown()
        self._server.server_close()

    def _reply(self, payload: Payload, headers: dict[str, str]) -> tuple[str, Reply]:
        name = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
        with self._lock:
            self.attempts[name] += 1
            attempt = self.attempts[name]
            self.requests.append((time.monotonic(), payload, headers))
        if self.plan:
            return name, self.plan(payload, attempt)
        if _number(name, attempt) % 1000 >= self.share * 1000:
            return name, good(payload)
        fault = FAULTS[_number(attempt, name) % len(FAULTS)]
        with self._lock:
            self.faults[fault] += 1
        return name, bad(fault, payload)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                payload = json.loads(self.rfile.read(int(self.headers["content-length"])))
                faulty._count(1)
                try:
                    name, reply = faulty._reply(
                        payload, {key.lower(): value for key, value in self.headers.items()}
                    )
                    time.sleep(TAKES)
                finally:
                    faulty._count(-1)
                if reply.how == "hang":
                    time.sleep(HANGS)
                elif reply.status == 200 and not reply.how:
                    with faulty._lock:  # before it goes out: whatever a client has read was counted
                        faulty.paid[name] += 1
                self._send(reply)

            def _send(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for key, value in reply.headers.items():
                    self.send_header(key, value)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(
                    reply.body[: len(reply.body) // 2] if reply.how == "cut" else reply.body
                )

        return Handler

    def _count(self, change: int) -> None:
        with self._lock:
            self._at_once += change
            self.most_at_once = max(self.most_at_once, self._at_once)
