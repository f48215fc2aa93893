"""One call to an OpenAI-compatible endpoint: tried again while that can help, and never beyond its
deadline.

    caller = Caller(settings)
    completion = await caller.complete(payload)    # or CallFailed, with the reason

Tried again, with exponential jitter: 408, 409, 429, 5xx, timeouts, lost connections, bodies cut
off, and a 200 that is no chat completion. Not tried again: any other 4xx, which fails alike the
next time. What would fail every call alike (a key that is unset or refused, no such model, no quota
left, an endpoint that never answers) stops them all.

The key is read from the environment at the first call and is in no log, error or record: a server's
words are cleaned of it, and left out where they speak of the key.
"""

import asyncio
import os
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from pydantic import SecretStr

from ..recipe_models import EndpointModel
from .completion import Completion, read, seconds_in
from .rate_limit import PausedTooLong, RateLimit

if TYPE_CHECKING:
    import httpx2
    import openai

#: Seconds before the second attempt, doubled before each further one, and at most.
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
#: So many calls in a row without an answer, and the endpoint is taken to be down.
DOWN_AFTER = 10
#: Characters of a server's own words in a reason, at most.
WORDS = 300
#: What is sent as headers. The client would add what OPENAI_CUSTOM_HEADERS holds, whatever the
#: host.
HEADERS = {
    "accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host", "user-agent",
    "x-stainless-raw-response",  # by which the client knows that the response is wanted as it came
}  # fmt: skip


class CallFailed(Exception):
    """A call that failed for good; another sample's may succeed."""


class MayPass(Exception):
    """An attempt that failed in a way that may pass."""


class Caller:
    """The calls to one endpoint; its methods run in one event loop."""

    def __init__(self, settings: EndpointModel) -> None:
        self.settings = settings
        self.pace = RateLimit(settings.concurrency)
        self.host = urlsplit(settings.url).netloc.rpartition("@")[2]
        self._key: SecretStr | None = None
        self._opened: openai.AsyncOpenAI | None = None
        self._unanswered = 0
        #: Why no call is made any more: the error that each would end in.
        self._stopped: Exception | None = None

    async def complete(self, payload: dict[str, Any]) -> Completion:
        """The endpoint's completion; CallFailed where this call fails, ValueError or RuntimeError
        where all would.
        """
        from tenacity import (
            AsyncRetrying,
            retry_if_exception_type,
            stop_before_delay,
            wait_exponential_jitter,
        )

        self._client()  # importing it takes a second or two, which is none of the call's
        deadline = self.pace.now() + self.settings.deadline
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(MayPass),
            wait=wait_exponential_jitter(
                multiplier=FIRST_WAIT, max=LONGEST_WAIT, jitter=FIRST_WAIT
            ),
            stop=stop_before_delay(self.settings.deadline),
            reraise=True,
        )
        reasons: list[str] = []
        try:
            async with asyncio.timeout_at(deadline):
                completion: Completion = await retrying(self._attempt, payload, deadline, reasons)
        except (MayPass, PausedTooLong, TimeoutError) as error:
            paused = [str(error)] if isinstance(error, PausedTooLong) else []
        else:
            self._unanswered = 0
            return completion
        return self._give_up(", and ".join([*reasons[-1:], *paused]) or "other calls took too long")

    async def close(self) -> None:
        """Closes the connections."""
        if self._opened is not None:
            await self._opened.close()

    async def _attempt(
        self, payload: dict[str, Any], deadline: float, reasons: list[str]
    ) -> Completion:
        """One attempt, in its turn; why it failed is added to `reasons`."""
        import openai

        async with self.pace.turn(deadline):
            client, began = self._client(), self.pace.now()
            problem: Exception = MayPass("HTTP 200 without a chat completion")
            completion: Completion | None = None
            try:
                async with asyncio.timeout(self.settings.timeout):
                    response = await client.chat.completions.with_raw_response.create(**payload)
                completion = read(response.content)
            except (TimeoutError, openai.APITimeoutError):
                problem = MayPass(f"no answer in {self.settings.timeout:g} s")
            except openai.APIStatusError as error:
                problem = self._problem(error, began)
            except openai.APIConnectionError as error:
                cause = error.__cause__ or error
                problem = MayPass(f"{type(cause).__name__}: {self._clean(str(cause))}")
        if completion is None:
            # Raised out here: with the client's own error as its context it would carry the request
            # and its headers.
            reasons.append(str(problem))
            raise problem
        self.pace.went_well()
        return completion

    # --- what went wrong --------------------------------------------------------------------------

    def _problem(self, error: "openai.APIStatusError", began: float) -> Exception:
        """What a status other than 2xx means, for this call or for all."""
        status, said = error.status_code, self._said(error)
        retry_after = seconds_in(error.response.headers.get("retry-after"))
        if status in (401, 403) or "API_KEY_INVALID" in error.response.text:  # Gemini's is a 400
            variable = self.settings.key_variable
            key = f"the key in {variable}" if variable else "calls without a key: set key_variable"
            return self._stop(ValueError(f"{self.host} refuses {key} (HTTP {status})."))
        if status == 404 or 300 <= status < 400:
            wanted = f"no model {self.settings.model!r} under {urlsplit(self.settings.url).path}"
            return self._stop(ValueError(f"{self.host} has {wanted} (HTTP {status}: {said})."))
        if status == 402 or error.code == "insufficient_quota":
            return self._stop(
                ValueError(f"{self.host} wants to be paid first (HTTP {status}: {said}).")
            )
        if status == 429:
            self.pace.slow_down(began, retry_after)
        elif status in (408, 409) or status >= 500:
            self.pace.pause(retry_after)
        else:
            self._unanswered = 0
            return CallFailed(f"HTTP {status}: {said}")
        return MayPass(f"HTTP {status}: {said}")

    def _stop(self, error: Exception) -> Exception:
        """No more calls: each would end in this error."""
        self._stopped = error
        return error

    def _give_up(self, reason: str) -> NoReturn:
        self._unanswered += 1
        if self._unanswered >= DOWN_AFTER:
            raise self._stop(RuntimeError(f"{self.host} does not answer: {reason}"))
        raise CallFailed(f"no answer within {self.settings.deadline:g} s: {reason}")

    def _said(self, error: "openai.APIStatusError") -> str:
        """The server's own words, on one line, short and without the key."""
        words = error.body.get("message") if isinstance(error.body, dict) else None
        return self._clean(str(words or error.response.text))

    def _clean(self, words: str) -> str:
        if self._key is not None:
            words = words.replace(self._key.get_secret_value(), "[key]")
        return " ".join(words.split())[:WORDS]

    # --- the client -------------------------------------------------------------------------------

    def _client(self) -> "openai.AsyncOpenAI":
        """The one client; or the error that stopped all calls."""
        if self._stopped:
            raise type(self._stopped)(str(self._stopped))
        if self._opened is None:
            import openai

            self._key = self._read_key()
            key = self._key.get_secret_value() if self._key else "none"
            self._opened = openai.AsyncOpenAI(
                base_url=self.settings.url,
                api_key=key,
                max_retries=0,
                timeout=self.settings.timeout,
                default_headers={"Authorization": f"Bearer {key}"},
                http_client=openai.DefaultAsyncHttpxClient(
                    event_hooks={"request": [_strip_headers]}, follow_redirects=False
                ),
            )
        return self._opened

    def _read_key(self) -> SecretStr | None:
        """The key from the environment; ValueError where it is unset, or cannot be a key."""
        variable = self.settings.key_variable
        if variable is None:
            return None
        key = os.environ.get(variable, "").strip()
        if not key:
            raise self._stop(
                ValueError(f"{self.host} needs a key: set the environment variable {variable}.")
            )
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise self._stop(
                ValueError(
                    f"{variable} holds no key for {self.host}: it has spaces or odd characters."
                )
            )
        return SecretStr(key)


async def _strip_headers(request: "httpx2.Request") -> None:
    for name in set(request.headers) - HEADERS:
        del request.headers[name]
