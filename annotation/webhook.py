"""Label Studio's word that somebody judged something: a small Starlette app that takes it, and
webhooks that send it.

    application = app(secret, accepted)                          # POST /webhook, GET /health
    register(server, workspace, recipe, url, secret)             # one webhook for each project of the run
    unregister(server, workspace, recipe)

Label Studio sends each word once, waits a second at most, and never again: so the answer comes
before any work is done, and whoever collects polls as well. It signs nothing: a secret in a header
is all that tells it from a stranger.
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

from .client import connect, explained, projects
from .server import Server

SECRET_HEADER = "X-Spuriforge-Secret"
PATH = "/webhook"
#: A word holds its task's data, and so its two images: about a megabyte of base64 for photographs,
#: at worst four.
MOST_BYTES = 8 * 2**20
#: A secret that is shorter can be guessed.
LEAST_SECRET = 16
#: So many words are remembered, to know one that comes twice.
REMEMBERED = 10_000

Action = Literal[
    "ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED"
]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One word of Label Studio: what was done in which project to which annotations."""

    action: Action
    project: int
    annotations: tuple[int, ...]
    #: sha256 of the body, which has the annotations' versions in it: of two equal ones the second
    #: is the first again.
    digest: str

    @classmethod
    def read(cls, body: bytes) -> "Delivery":
        """A request's body as a delivery; ValueError where it is not what Label Studio sends."""
        try:
            said = _Payload.model_validate_json(body)
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"])) or "the whole"
            raise ValueError(f"It is not what Label Studio sends: {where} is wrong.") from None
        one = (
            said.annotation
            if isinstance(said.annotation, list)
            else [said.annotation]
            if said.annotation
            else []
        )
        numbers = tuple(annotation.id for annotation in (*one, *said.annotations))
        if not numbers:
            raise ValueError("It is not what Label Studio sends: there is no annotation.")
        return cls(said.action, said.project.id, numbers, hashlib.sha256(body).hexdigest())


class _Numbered(BaseModel):
    id: Annotated[StrictInt, Field(gt=0)]


class _Payload(BaseModel):
    """The few fields that matter, wherever they come: one annotation, several, or only the numbers
    of deleted ones.
    """

    action: Action
    project: _Numbered
    annotation: _Numbered | list[_Numbered] | None = None
    annotations: list[_Numbered] = []


# --- taking ---------------------------------------------------------------------------------------


def app(secret: str, accepted: Callable[[Delivery], None]) -> Starlette:
    """The receiver; `accepted` is called with each delivery once, in a thread of its own, after the
    answer is sent.

    401 for a wrong secret, 413 for too much, 400 for what Label Studio does not send, 404 and 405
    for the rest.
    """
    if len(secret) < LEAST_SECRET:
        raise ValueError(
            f"The webhook's secret is shorter than {LEAST_SECRET} characters: choose a longer one."
        )
    known: OrderedDict[str, None] = OrderedDict()

    async def take(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "").encode(
            "latin-1"
        )  # as it came, so that any byte is compared
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
    """The request's body, or None as soon as it is too long, whatever length it claims to have."""
    claimed = request.headers.get("content-length", "")
    if claimed.isdecimal() and int(claimed[:20]) > MOST_BYTES:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


# --- sending --------------------------------------------------------------------------------------


def register(server: Server, workspace: Workspace, recipe: Recipe, url: str, secret: str) -> int:
    """Has each project of this run tell the receiver at `url`, and no other one of ours; gives the
    projects' number.

    To be called after each push, since that makes projects. A webhook is ours by its header: others
    stay as they are.
    """
    with explained("the webhooks", server):
        client = connect(server)
        numbers = {project.id for project in projects(client, workspace, recipe.run.name).values()}
        right: set[int] = set()
        stale = []
        for hook in _ours(client, numbers):
            good = hook.project not in right and _tells(hook, url, secret)
            (right.add(hook.project) if good else stale.append(hook.id))
        for number in sorted(numbers - right):
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
        for number in stale:  # after the new ones are there: no word is missed in between
            client.webhooks.delete(number)
    return len(numbers)


def unregister(server: Server, workspace: Workspace, recipe: Recipe) -> int:
    """Takes this run's webhooks away, since nobody listens any more: else each submit tries in
    vain; their number.
    """
    with explained("the webhooks", server):
        client = connect(server)
        numbers = {project.id for project in projects(client, workspace, recipe.run.name).values()}
        gone = _ours(client, numbers)
        for hook in gone:
            client.webhooks.delete(hook.id)
    return len(gone)


def _ours(client: Any, numbers: set[int]) -> list[Any]:  # noqa: ANN401 - the SDK's classes, imported late
    """The webhooks of these projects that send a secret of ours."""
    found = client.webhooks.list()
    return [
        hook for hook in found if hook.project in numbers and SECRET_HEADER in (hook.headers or {})
    ]


def _tells(hook: Any, url: str, secret: str) -> bool:  # noqa: ANN401 - the SDK's class
    """Whether a webhook is as `register` makes it."""
    flags = hook.is_active and hook.send_payload and not hook.send_for_all_actions
    said = (hook.url, hook.headers.get(SECRET_HEADER), set(map(str, hook.actions or ())))
    return bool(flags) and said == (url, secret, set(ACTIONS))
