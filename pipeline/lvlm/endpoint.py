"""The backend for endpoints with OpenAI's chat completions: OpenAI, Gemini, vLLM, Ollama, ...

    lvlm = EndpointLVLM(settings, cache=CallCache(workspace))
    lvlm.answer([Query("What colour is it?", ("red", "blue"), image)])
    lvlm.fill([Form(system, text, (image,))], Judged)
    lvlm.close()

Synchronous outside, asynchronous inside: an event loop in its own thread serves all calling
threads, so they share one limit of concurrent calls. A successful call is cached at once and never
paid for again.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock, Thread
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..recipe_models import EndpointModel
from ..records import key_of
from . import payloads, prompts
from .call_cache import CallCache
from .calls import Caller, CallFailed
from .completion import Completion
from .interface import Answer, Query, Usage
from .parse import parse
from .structured import Form, FormReply
from .think_tags import without_thinking

T = TypeVar("T", bound=BaseModel)

#: The most tokens of a filled-in form, unless a recipe sets its own limit.
FORM_TOKENS = 2048
_FENCED = re.compile(r"^```(?:json)?\s*\n(.*?)\s*```$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its cache key and the payload to send."""

    key: str
    payload: dict[str, Any]


@dataclass(slots=True)
class Batch:
    """The calls of one `answer` or `fill`; after an error no further call starts."""

    stopped: bool = False


class EndpointLVLM:
    """A model behind an endpoint; any number of threads may use it at once.

    `budget` runs in the event loop before each call that is not cached, so it must be quick. What
    it raises, `answer` raises once the calls under way have ended. `on_usage` receives the usage of
    each success, cached calls included.
    """

    def __init__(
        self,
        settings: EndpointModel,
        *,
        cache: CallCache | None,
        budget: Callable[[], None] | None = None,
        on_usage: Callable[[Usage], None] | None = None,
    ) -> None:
        self.settings, self.cache, self.budget, self.on_usage = settings, cache, budget, on_usage
        self.id = settings.id
        self.prompt = prompts.version_for(settings)
        self._caller = Caller(settings)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._running: dict[str, asyncio.Task[Completion]] = {}
        self._opening = Lock()
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def answer(self, queries: Sequence[Query]) -> list[Answer]:
        """Returns one answer per query, in order; a call that failed for good is "failed"."""
        outcomes = self._all([partial(self._of_query, query) for query in queries])
        return [
            Answer("failed", None, str(outcome))
            if isinstance(outcome, CallFailed)
            else self._answer(query, outcome)
            for query, outcome in zip(queries, outcomes, strict=True)
        ]

    def fill(self, forms: Sequence[Form], schema: type[T]) -> list[FormReply[T]]:
        """Returns one reply per form, in order, checked strictly against the schema."""
        outcomes = self._all([partial(self._of_form, form, schema) for form in forms])
        return [
            FormReply("failed", None, str(outcome), "")
            if isinstance(outcome, CallFailed)
            else self._reply(outcome, schema)
            for outcome in outcomes
        ]

    def close(self) -> None:
        """Cancels the calls under way and ends the event loop; cached calls stay."""
        with self._opening:
            self._closed = True
            if self._loop is None or self._loop.is_closed():
                return
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    # --- requests ---------------------------------------------------------------------------------

    def _of_query(self, query: Query) -> Call:
        text = prompts.render(prompts.STYLES[self.settings.prompt], query.question, query.choices)
        images = () if query.image is None else (query.image,)
        tokens = self.settings.max_tokens or prompts.MAX_TOKENS[self.settings.prompt]
        return self._call(Form("", text, images), tokens, {})

    def _of_form(self, form: Form, schema: type[BaseModel]) -> Call:
        system = payloads.form_system(form.system, schema)
        response_format = payloads.response_format(schema, self.settings.structured)
        more = {"response_format": response_format} if response_format else {}
        return self._call(
            Form(system, form.text, form.images), self.settings.max_tokens or FORM_TOKENS, more
        )

    def _call(self, form: Form, tokens: int, more: dict[str, Any]) -> Call:
        """Returns a call with its key: a hash of the URL and the payload, images by their hash."""
        chosen = self.settings
        pictures = [
            payloads.Picture.of(image, side=chosen.image_side, format=chosen.image_format)
            for image in form.images
        ]
        payload = {"model": chosen.model, chosen.max_tokens_field: tokens, **more}
        if chosen.temperature is not None:
            payload["temperature"] = chosen.temperature
        keyed, sent = (
            {**payload, "messages": payloads.messages(form.system, form.text, references)}
            for references in (
                [picture.digest for picture in pictures],
                [picture.uri for picture in pictures],
            )
        )
        return Call(key_of("call", chosen.url, keyed), sent)

    # --- responses --------------------------------------------------------------------------------

    def _usage(self, completion: Completion) -> Usage:
        tokens_in, tokens_out = completion.tokens_in, completion.tokens_out
        price_in, price_out = self.settings.price_in, self.settings.price_out
        if tokens_in is None or tokens_out is None or price_in is None or price_out is None:
            return Usage(tokens_in, tokens_out)
        return Usage(tokens_in, tokens_out, (tokens_in * price_in + tokens_out * price_out) / 1e6)

    def _answer(self, query: Query, completion: Completion) -> Answer:
        text = completion.refusal or without_thinking(completion.text)
        chosen = None if completion.refusal else parse(text, query.choices)
        return Answer(
            "unparsed" if chosen is None else "parsed", chosen, text, usage=self._usage(completion)
        )

    def _reply(self, completion: Completion, schema: type[T]) -> FormReply[T]:
        """Returns the filled-in form, or why it was rejected; a misfit is never repaired."""
        usage, text = self._usage(completion), without_thinking(completion.text)
        if completion.refusal:
            return FormReply("rejected", None, f"refused: {completion.refusal}", text, usage)
        fenced = _FENCED.match(text)
        try:
            value = schema.model_validate_json(
                fenced[1] if fenced else text, strict=True, extra="forbid"
            )
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            cut = "cut off by the limit of tokens; " if completion.finish == "length" else ""
            return FormReply(
                "rejected", None, cut + (f"{where}: " if where else "") + first["msg"], text, usage
            )
        return FormReply("filled", value, "", text, usage)

    # --- concurrent calls -------------------------------------------------------------------------

    def _all(self, prepares: Sequence[Callable[[], Call]]) -> list[Completion | CallFailed]:
        """Makes the calls; raises an error that stops them all once those under way have ended."""
        batch, loop = Batch(), self._opened_loop()
        future = asyncio.run_coroutine_threadsafe(self._gather(prepares, batch), loop)
        try:
            return future.result()
        finally:
            batch.stopped = True  # also after an interrupt of the calling thread

    def _opened_loop(self) -> asyncio.AbstractEventLoop:
        with self._opening:
            assert not self._closed, f"{self.id} was closed and cannot be asked"
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(
                    target=self._loop.run_forever, name=f"calls of {self.id}", daemon=True
                )
                self._thread.start()
            return self._loop

    async def _gather(
        self, prepares: Sequence[Callable[[], Call]], batch: Batch
    ) -> list[Completion | CallFailed]:
        tasks = [asyncio.create_task(self._make(prepare, batch)) for prepare in prepares]
        try:
            return list(await asyncio.gather(*tasks))
        except Exception:
            batch.stopped = True
            await asyncio.gather(*tasks, return_exceptions=True)
            raise

    async def _make(self, prepare: Callable[[], Call], batch: Batch) -> Completion | CallFailed:
        async with self._slots:
            if batch.stopped:
                return CallFailed("not started")
            call = await asyncio.to_thread(prepare)
            if call.key not in self._running:  # equal calls at once are one call
                self._running[call.key] = asyncio.create_task(self._cached_or_made(call))
                self._running[call.key].add_done_callback(lambda _: self._running.pop(call.key))
            try:
                completion = await self._running[call.key]
            except CallFailed as failed:
                return failed
            if self.on_usage:  # before the next call starts and asks the budget
                self.on_usage(self._usage(completion))
            return completion

    async def _cached_or_made(self, call: Call) -> Completion:
        cached = await asyncio.to_thread(self.cache.get, call.key) if self.cache else None
        if cached is not None:
            return cached
        if self.budget:
            self.budget()
        completion = await self._caller.complete(call.payload)
        if self.cache:
            await asyncio.to_thread(self.cache.put, call.key, completion)
        return completion

    async def _end(self) -> None:
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._caller.close()
