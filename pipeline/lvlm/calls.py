"""One call to an OpenAI-compatible endpoint, with retries up to a deadline.

    caller = Caller(settings)
    completion = await caller.complete(payload)    # or CallFailed, with the reason

Retried with exponential backoff and jitter: 408, 409, 429, 5xx, timeouts, lost connections,
truncated bodies, and a 200 without a chat completion. Any other 4xx would fail again, so it is not
retried. A problem that every call would meet (the key is unset or refused, no such model, no quota
left, an endpoint that never answers) stops all calls.

The key is read from the environment at the first call. It never reaches a log, an error or a
record: server messages are cleaned of it.
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

#: Seconds before the second attempt, which double with each further attempt, and their maximum.
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
#: After this many calls in a row without an answer, the endpoint counts as down.
DOWN_AFTER = 10
#: The most characters of a server's message in a reason.
MESSAGE_LENGTH = 300
#: The headers to send. The client would add those in OPENAI_CUSTOM_HEADERS, whatever the host.
HEADERS = {
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "user-agent",
    "x-stainless-raw-response",  # tells the client to return the response unparsed
}


class CallFailed(Exception):
    """A call failed for good; a call about another sample may succeed."""


class AttemptFailed(Exception):
    """An attempt failed for a reason that may pass, so it is worth a retry."""


class Caller:
    """Makes the calls to one endpoint; its methods run in one event loop."""

    def __init__(self, settings: EndpointModel) -> None:
        self.settings = settings
        self.rate_limit = RateLimit(settings.concurrency)
        self.host = urlsplit(settings.url).netloc.rpartition("@")[2]
        self._key: SecretStr | None = None
        self._opened: openai.AsyncOpenAI | None = None
        self._unanswered = 0
        #: The error that stopped all calls: each further call would end in it.
        self._stopped: Exception | None = None

    async def complete(self, payload: dict[str, Any]) -> Completion:
        """Returns the endpoint's completion.

        Raises CallFailed if this call fails, ValueError or RuntimeError if every call would fail.
        """
        from tenacity import (
            AsyncRetrying,
            retry_if_exception_type,
            stop_before_delay,
            wait_exponential_jitter,
        )

        self._client()  # its import takes a second or two, which the deadline should not include
        deadline = self.rate_limit.now() + self.settings.deadline
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(AttemptFailed),
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
        except (AttemptFailed, PausedTooLong, TimeoutError) as error:
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
        """Makes one attempt when it is its turn; appends the reason of a failure to `reasons`."""
        import openai

        async with self.rate_limit.turn(deadline):
            client, began = self._client(), self.rate_limit.now()
            problem: Exception = AttemptFailed("HTTP 200 without a chat completion")
            completion: Completion | None = None
            try:
                async with asyncio.timeout(self.settings.timeout):
                    response = await client.chat.completions.with_raw_response.create(**payload)
                completion = read(response.content)
            except (TimeoutError, openai.APITimeoutError):
                problem = AttemptFailed(f"no answer in {self.settings.timeout:g} s")
            except openai.APIStatusError as error:
                problem = self._problem(error, began)
            except openai.APIConnectionError as error:
                cause = error.__cause__ or error
                problem = AttemptFailed(f"{type(cause).__name__}: {self._clean(str(cause))}")
        if completion is None:
            # Raised outside the `except`: the client's error as context would carry the request and
            # its headers.
            reasons.append(str(problem))
            raise problem
        self.rate_limit.went_well()
        return completion

    # --- errors ---------------------------------------------------------------------------------

    def _problem(self, error: "openai.APIStatusError", began: float) -> Exception:
        """Returns the error that a status other than 2xx means, for this call or for all calls."""
        status, message = error.status_code, self._message_of(error)
        retry_after = seconds_in(error.response.headers.get("retry-after"))
        if status in (401, 403) or "API_KEY_INVALID" in error.response.text:  # Gemini's is a 400
            variable = self.settings.key_variable
            key = f"the key in {variable}" if variable else "calls without a key: set key_variable"
            return self._stop(ValueError(f"{self.host} refuses {key} (HTTP {status})."))
        if status == 404 or 300 <= status < 400:
            missing = f"no model {self.settings.model!r} under {urlsplit(self.settings.url).path}"
            return self._stop(ValueError(f"{self.host} has {missing} (HTTP {status}: {message})."))
        if status == 402 or error.code == "insufficient_quota":
            return self._stop(
                ValueError(f"{self.host} wants to be paid first (HTTP {status}: {message}).")
            )
        if status == 429:
            self.rate_limit.slow_down(began, retry_after)
        elif status in (408, 409) or status >= 500:
            self.rate_limit.pause(retry_after)
        else:
            self._unanswered = 0
            return CallFailed(f"HTTP {status}: {message}")
        return AttemptFailed(f"HTTP {status}: {message}")

    def _stop(self, error: Exception) -> Exception:
        """Stops all further calls, because each would end in this error."""
        self._stopped = error
        return error

    def _give_up(self, reason: str) -> NoReturn:
        self._unanswered += 1
        if self._unanswered >= DOWN_AFTER:
            raise self._stop(RuntimeError(f"{self.host} does not answer: {reason}"))
        raise CallFailed(f"no answer within {self.settings.deadline:g} s: {reason}")

    def _message_of(self, error: "openai.APIStatusError") -> str:
        """Returns the server's message on one line, shortened and without the key."""
        words = error.body.get("message") if isinstance(error.body, dict) else None
        return self._clean(str(words or error.response.text))

    def _clean(self, words: str) -> str:
        if self._key is not None:
            words = words.replace(self._key.get_secret_value(), "[key]")
        return " ".join(words.split())[:MESSAGE_LENGTH]

    # --- the client -------------------------------------------------------------------------------

    def _client(self) -> "openai.AsyncOpenAI":
        """Returns the shared client; raises the error that stopped all calls, if there is one."""
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
        """Returns the key in the environment; ValueError if it is unset or cannot be a key."""
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
