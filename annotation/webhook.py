"""Label Studio's webhooks: a small Starlette app that receives deliveries, and who sends them.

    application = app(secret, accepted)                  # POST /webhook, GET /health
    register(server, workspace, recipe, url, secret)     # a webhook for each project of the run
    unregister(server, workspace, recipe)

Label Studio sends each delivery once, waits a second at most, and never sends it again. So the
reply comes before any work is done, and judgments are also collected on a schedule. Deliveries are
not signed: only a secret in a header tells Label Studio from a stranger.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field, StrictInt, ValidationError
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.workspace import Workspace

from .client import Server, connect, explained
from .projects import projects

SECRET_HEADER = "X-Spuriforge-Secret"
PATH = "/webhook"
#: A delivery holds its task's data, so two images: a megabyte of base64 for photographs, at worst
#: four.
MOST_BYTES = 8 * 2**20
#: A shorter secret can be guessed.
LEAST_SECRET = 16
#: How many deliveries are remembered, to recognise repetitions.
REMEMBERED = 10_000

Action = Literal[
    "ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED"
]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was done in which project to which annotations."""

    action: Action
    project: int
    annotations: tuple[int, ...]
    #: sha256 of the body, which has the annotations' versions in it: an equal body is a repetition.
    digest: str

    @classmethod
    def read(cls, body: bytes) -> "Delivery":
        """Returns a request's body as a delivery; ValueError if Label Studio sends no such body."""
        try:
            payload = _Payload.model_validate_json(body)
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"])) or "the whole"
            raise ValueError(f"It is not what Label Studio sends: {where} is wrong.") from None
        annotations = payload.annotation or []
        if isinstance(annotations, _Numbered):
            annotations = [annotations]
        numbers = tuple(annotation.id for annotation in (*annotations, *payload.annotations))
        if not numbers:
            raise ValueError("It is not what Label Studio sends: there is no annotation.")
        return cls(payload.action, payload.project.id, numbers, hashlib.sha256(body).hexdigest())


class _Numbered(BaseModel):
    id: Annotated[StrictInt, Field(gt=0)]


class _Payload(BaseModel):
    """The fields that matter: an annotation, several, or the numbers of deleted annotations."""

    action: Action
    project: _Numbered
    annotation: _Numbered | list[_Numbered] | None = None
    annotations: list[_Numbered] = []


# --- receiving ------------------------------------------------------------------------------------


def app(secret: str, accepted: Callable[[Delivery], None]) -> Starlette:
    """Returns the receiver; it calls `accepted` once for each delivery, after it has replied.

    `accepted` runs in a thread of its own. The receiver replies 401 to a wrong secret, 413 to too
    much, 400 to what Label Studio does not send, 404 and 405 to the rest.
    """
    if len(secret) < LEAST_SECRET:
        raise ValueError(
            f"The webhook's secret is shorter than {LEAST_SECRET} characters: choose a longer one."
        )
    known: OrderedDict[str, None] = OrderedDict()

    async def take(request: Request) -> Response:
        # latin-1 has every byte, so that any header can be compared
        given = request.headers.get(SECRET_HEADER, "").encode("latin-1")
        if not hmac.compare_digest(given, secret.encode()):
            return PlainTextResponse("The secret is wrong.", 401)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return PlainTextResponse("The request is not whole.", 400)
        if body is None:
            return PlainTextResponse(f"More than {MOST_BYTES} bytes.", 413)
        try:
            delivery = Delivery.read(body)
        except ValueError as error:
            return PlainTextResponse(str(error), 400)
        if delivery.digest in known:
            return JSONResponse({"accepted": False, "why": "it came before"})
        known[delivery.digest] = None
        if len(known) > REMEMBERED:
            known.popitem(last=False)
        return JSONResponse({"accepted": True}, background=BackgroundTask(accepted, delivery))

    return Starlette(
        routes=[Route(PATH, take, methods=["POST"]), Route("/health", _health, methods=["GET"])]
    )


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _body(request: Request) -> bytes | None:
    """Returns the request's body, or None as soon as it is too long, whatever length it claims."""
    claimed = request.headers.get("content-length", "")
    if claimed.isdecimal() and int(claimed[:20]) > MOST_BYTES:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


# --- registering ----------------------------------------------------------------------------------


def register(server: Server, workspace: Workspace, recipe: Recipe, url: str, secret: str) -> int:
    """Lets each project of this run send to the receiver at `url` alone; returns their number.

    Call it after each push, which makes projects. Webhooks without our header stay as they are.
    """
    with explained("the webhooks", server):
        client = connect(server)
        numbers = {project.id for project in projects(client, workspace, recipe.run.name).values()}
        served: set[int] = set()
        stale = []
        for hook in _ours(client, numbers):
            if hook.project not in served and _is_right(hook, url, secret):
                served.add(hook.project)
            else:
                stale.append(hook.id)
        for number in sorted(numbers - served):
            headers = {SECRET_HEADER: secret}
            client.webhooks.create(
                url=url,
                project=number,
                headers=headers,
                actions=list(ACTIONS),
                send_payload=True,
                send_for_all_actions=False,
                is_active=True,
            )
        for number in stale:  # last, so that no delivery is missed in between
            client.webhooks.delete(number)
    return len(numbers)


def unregister(server: Server, workspace: Workspace, recipe: Recipe) -> int:
    """Removes this run's webhooks and returns their number, so that no submit tries them."""
    with explained("the webhooks", server):
        client = connect(server)
        numbers = {project.id for project in projects(client, workspace, recipe.run.name).values()}
        hooks = _ours(client, numbers)
        for hook in hooks:
            client.webhooks.delete(hook.id)
    return len(hooks)


def _ours(client: Any, numbers: set[int]) -> list[Any]:  # noqa: ANN401 - the SDK's classes, imported late
    """Returns the webhooks of these projects that have our header."""
    hooks = client.webhooks.list()
    return [
        hook for hook in hooks if hook.project in numbers and SECRET_HEADER in (hook.headers or {})
    ]


def _is_right(hook: Any, url: str, secret: str) -> bool:  # noqa: ANN401 - the SDK's class
    """Whether a webhook is as `register` makes it."""
    flags = hook.is_active and hook.send_payload and not hook.send_for_all_actions
    sent = (hook.url, hook.headers.get(SECRET_HEADER), set(map(str, hook.actions or ())))
    return bool(flags) and sent == (url, secret, set(ACTIONS))
