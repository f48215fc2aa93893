"""Any endpoint that speaks OpenAI's chat completions: OpenAI, Gemini, DashScope, Anthropic, vLLM,
SGLang, Ollama, ...

    lvlm = EndpointLVLM(settings, kept=CallCache(workspace))
    lvlm.answer([Query("What colour is it?", ("red", "blue"), image)])
    lvlm.fill([Form(system, text, (image,))], Judged)
    lvlm.close()

Synchronous outside, asynchronous inside: one event loop in a thread of its own serves all threads
that ask, so they share one limit of calls at once. A call that succeeded is kept at that moment,
and is never paid for again.
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
from .structured import Form, Reply
from .think_tags import without_thinking

T = TypeVar("T", bound=BaseModel)

#: The most tokens written for a form, where a recipe does not say.
FORM_TOKENS = 2048
_FENCED = re.compile(r"^```(?:json)?\s*\n(.*?)\s*```$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: its key, and the payload that is sent."""

    key: str
    payload: dict[str, Any]


@dataclass(slots=True)
class Batch:
    """The calls of one `answer` or `fill`; after an error none of them is begun any more."""

    stopped: bool = False


class EndpointLVLM:
    """A model behind an endpoint; any number of threads may ask it at once.

    `budget` is called before each call that is not kept, in the event loop: it must be quick. What
    it raises comes out of `answer` once the calls under way have ended. `on_usage` gets the usage
    of each success, kept ones included.
    """

    def __init__(
        self,
        settings: EndpointModel,
        *,
        kept: CallCache | None,
        budget: Callable[[], None] | None = None,
        on_usage: Callable[[Usage], None] | None = None,
    ) -> None:
        self.settings, self.kept, self.budget, self.on_usage = settings, kept, budget, on_usage
        self.id = settings.id
        self.prompt = prompts.version_for(settings)
        self._caller = Caller(settings)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._running: dict[str, asyncio.Task[Completion]] = {}
        self._opening = Lock()
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def answer(self, queries: Sequence[Query]) -> list[Answer]:
        """One answer a query, in order; a call that failed for good is an answer "failed", with the
        reason.
        """
        got = self._all([partial(self._of_query, query) for query in queries])
        return [
            Answer("failed", None, str(one))
            if isinstance(one, CallFailed)
            else self._answer(query, one)
            for query, one in zip(queries, got, strict=True)
        ]

    def fill(self, forms: Sequence[Form], schema: type[T]) -> list[Reply[T]]:
        """One reply a form, in order, checked strictly against the schema."""
        got = self._all([partial(self._of_form, form, schema) for form in forms])
        return [
            Reply("failed", None, str(one), "")
            if isinstance(one, CallFailed)
            else self._reply(one, schema)
            for one in got
        ]

    def close(self) -> None:
        """Ends the calls under way and the event loop; what succeeded is kept."""
        with self._opening:
            self._closed = True
            if self._loop is None or self._loop.is_closed():
                return
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    # --- what is sent -----------------------------------------------------------------------------

    def _of_query(self, query: Query) -> Asked:
        text = prompts.render(prompts.STYLES[self.settings.prompt], query.question, query.choices)
        images = () if query.image is None else (query.image,)
        tokens = self.settings.max_tokens or prompts.MAX_TOKENS[self.settings.prompt]
        return self._asked(Form("", text, images), tokens, {})

    def _of_form(self, form: Form, schema: type[BaseModel]) -> Asked:
        system = payloads.form_system(form.system, schema)
        asked_for = payloads.response_format(schema, self.settings.structured)
        more = {"response_format": asked_for} if asked_for else {}
        return self._asked(
            Form(system, form.text, form.images), self.settings.max_tokens or FORM_TOKENS, more
        )

    def _asked(self, form: Form, tokens: int, more: dict[str, Any]) -> Asked:
        """A call and its key: a hash of the address and the whole payload, each picture by the hash
        of its bytes.
        """
        chosen = self.settings
        pictures = [
            payloads.Picture.of(image, side=chosen.image_side, format=chosen.image_format)
            for image in form.images
        ]
        payload = {"model": chosen.model, chosen.max_tokens_field: tokens, **more}
        if chosen.temperature is not None:
            payload["temperature"] = chosen.temperature
        keyed, sent = (
            {**payload, "messages": payloads.messages(form.system, form.text, shown)}
            for shown in ([one.digest for one in pictures], [one.uri for one in pictures])
        )
        return Asked(key_of("call", chosen.url, keyed), sent)

    # --- what comes back --------------------------------------------------------------------------

    def _usage(self, completion: Completion) -> Usage:
        said, written = completion.tokens_in, completion.tokens_out
        price_in, price_out = self.settings.price_in, self.settings.price_out
        if said is None or written is None or price_in is None or price_out is None:
            return Usage(said, written)
        return Usage(said, written, (said * price_in + written * price_out) / 1e6)

    def _answer(self, query: Query, completion: Completion) -> Answer:
        text = completion.refusal or without_thinking(completion.text)
        chosen = None if completion.refusal else parse(text, query.choices)
        return Answer(
            "unparsed" if chosen is None else "parsed", chosen, text, usage=self._usage(completion)
        )

    def _reply(self, completion: Completion, schema: type[T]) -> Reply[T]:
        """The form, or why it is none: what does not fit is rejected, never mended."""
        usage, text = self._usage(completion), without_thinking(completion.text)
        if completion.refusal:
            return Reply("rejected", None, f"refused: {completion.refusal}", text, usage)
        fenced = _FENCED.match(text)
        try:
            value = schema.model_validate_json(
                fenced[1] if fenced else text, strict=True, extra="forbid"
            )
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            cut = "cut off by the limit of tokens; " if completion.finish == "length" else ""
            return Reply(
                "rejected", None, cut + (f"{where}: " if where else "") + first["msg"], text, usage
            )
        return Reply("filled", value, "", text, usage)

    # --- asking all at once -----------------------------------------------------------------------

    def _all(self, asked: Sequence[Callable[[], Asked]]) -> list[Completion | CallFailed]:
        """Makes the calls; the first error that would stop them all is raised, once those under way
        have ended.
        """
        batch, loop = Batch(), self._opened_loop()
        future = asyncio.run_coroutine_threadsafe(self._gather(asked, batch), loop)
        try:
            return future.result()
        finally:
            batch.stopped = True  # an interrupt of the thread that asks begins no more calls

    def _opened_loop(self) -> asyncio.AbstractEventLoop:
        with self._opening:
            assert not self._closed, f"{self.id} is asked after it was closed"
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(
                    target=self._loop.run_forever, name=f"calls of {self.id}", daemon=True
                )
                self._thread.start()
            return self._loop

    async def _gather(
        self, asked: Sequence[Callable[[], Asked]], batch: Batch
    ) -> list[Completion | CallFailed]:
        tasks = [asyncio.create_task(self._one(one, batch)) for one in asked]
        try:
            return list(await asyncio.gather(*tasks))
        except Exception:
            batch.stopped = True
            await asyncio.gather(*tasks, return_exceptions=True)
            raise

    async def _one(self, asked: Callable[[], Asked], batch: Batch) -> Completion | CallFailed:
        async with self._slots:
            if batch.stopped:
                return CallFailed("not begun")
            one = await asyncio.to_thread(asked)
            if one.key not in self._running:  # equal calls at once are one call
                self._running[one.key] = asyncio.create_task(self._kept_or_made(one))
                self._running[one.key].add_done_callback(lambda _: self._running.pop(one.key))
            try:
                completion = await self._running[one.key]
            except CallFailed as failed:
                return failed
            if self.on_usage:  # before the next call begins, and asks the budget
                self.on_usage(self._usage(completion))
            return completion

    async def _kept_or_made(self, asked: Asked) -> Completion:
        kept = await asyncio.to_thread(self.kept.get, asked.key) if self.kept else None
        if kept is not None:
            return kept
        if self.budget:
            self.budget()
        completion = await self._caller.complete(asked.payload)
        if self.kept:
            await asyncio.to_thread(self.kept.put, asked.key, completion)
        return completion

    async def _end(self) -> None:
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._caller.close()
