"""Talking to Label Studio: connections, annotators' accounts, and this run's projects.

    client = connect(server)
    accounts = annotators(server, ("annotator-1", "annotator-2"))
    found = projects(client, workspace, "demo")          # {Desk("demo", "cue", "annotator-1"): project, ...}

A project is known by a mark in its description, never by its title, so people may rename it. The
mark holds an id that lies in the workspace: a new workspace never finds the projects, and so the
answers, of another.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from spuriforge.pipeline.workspace import Workspace

from .server import Server, read_private, write_private

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

ADJUDICATION = "-adjudication"
_TIMEOUT = 60.0
_RUN_ID = "label-studio-run.txt"


@dataclass(frozen=True, slots=True)
class Account:
    """An annotator's account; on a server that somebody else runs there is only the token's own
    user.
    """

    name: str
    login: str | None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    user: int | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose project of which kind: "cue", "pair", "cue-adjudication" or "pair-adjudication"."""

    run: str
    kind: str
    annotator: str

    @property
    def judges(self) -> str:
        """What is judged there: "cue" or "pair"."""
        return self.kind.removesuffix(ADJUDICATION)

    @property
    def title(self) -> str:
        """The project's title, within Label Studio's 50 characters."""
        return f"{self.run} {self.kind} {self.annotator}"[:50]


def connect(server: Server, token: str | None = None) -> "LabelStudio":
    """The SDK's client as the server's owner, or as whoever the token belongs to; one HTTP
    connection kept open.
    """
    from label_studio_sdk import LabelStudio

    session = httpx.Client(timeout=_TIMEOUT, follow_redirects=True, trust_env=server.home is None)
    return LabelStudio(base_url=server.url, api_key=token or server.token, httpx_client=session)


@contextmanager
def explained(what: str, server: Server) -> Iterator[None]:
    """Turns whatever the SDK or the network raises into one sentence; the cause stays attached."""
    from label_studio_sdk.core.api_error import ApiError

    try:
        yield
    except ApiError as error:
        body = re.sub(r"\s+", " ", str(error.body))[:200]
        raise RuntimeError(
            f"Label Studio at {server.url} refused {what} ({error.status_code}): {body}"
        ) from error
    except httpx.HTTPError as error:
        raise RuntimeError(
            f"Label Studio at {server.url} did not answer {what}: {type(error).__name__}."
        ) from error


# --- accounts -------------------------------------------------------------------------------------


def annotators(server: Server, names: Sequence[str]) -> dict[str, Account]:
    """Each annotator's account, made where it is missing; kept in annotators.json, mode 0600.

    A login and password are kept before the account is made, so a kill in between loses nothing. An
    account that the server does not know, as after a restored backup, is made again with the same
    login and password.
    """
    if server.home is None:
        return {name: Account(name, None, None, server.token) for name in names}
    path = server.home / "annotators.json"
    kept = {name: Account(**one) for name, one in (read_private(path) or {}).items()}
    missing = [name for name in names if not _known(server, kept.get(name))]
    for name in missing:
        kept.setdefault(name, Account(name, _login_for(name), secrets.token_urlsafe(9)))
    if missing:
        write_private(path, {name: asdict(one) for name, one in kept.items()})
        with explained("the annotators' accounts", server), ThreadPoolExecutor(3) as pool:
            kept.update(
                zip(
                    missing,
                    pool.map(lambda name: _signed_up(server, kept[name]), missing),
                    strict=True,
                )
            )
        write_private(path, {name: asdict(one) for name, one in kept.items()})
    return {name: kept[name] for name in names}


def _known(server: Server, account: Account | None) -> bool:
    """Does the server take the account's token?"""
    if account is None or account.token is None:
        return False
    with explained("an annotator's account", server):
        asked = httpx.get(
            f"{server.url}/api/current-user/whoami",
            headers={"Authorization": f"Token {account.token}"},
            timeout=_TIMEOUT,
            trust_env=False,
        )
    return asked.status_code == 200


def _login_for(name: str) -> str:
    """An address that is nobody's, of what the pseudonym has of plain letters and a few random
    ones.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "annotator"
    return f"{plain}-{secrets.token_hex(2)}@spuriforge.example"


def _signed_up(server: Server, account: Account) -> Account:
    """The account with its token and user id, signed up by the organization's invitation if it is
    new.
    """
    assert account.login is not None
    assert account.password is not None
    with httpx.Client(
        base_url=server.url, timeout=_TIMEOUT, follow_redirects=True, trust_env=False
    ) as session:
        owner = {"Authorization": f"Token {server.token}"}
        invitation = (
            session.get("/api/invite", headers=owner).raise_for_status().json()["invite_url"]
        )
        form: dict[str, str] = {"email": account.login, "password": account.password}
        for page, fields in (
            (invitation, form | {"allow_newsletters": ""}),
            ("/user/login/", form),
        ):
            session.get(page).raise_for_status()
            csrf = {"csrfmiddlewaretoken": session.cookies.get("csrftoken", "")}
            session.post(page, data=fields | csrf, headers={"Referer": f"{server.url}{page}"})
            answer = session.get("/api/current-user/token")
            if answer.status_code == 200:
                user = session.get("/api/current-user/whoami").raise_for_status().json()["id"]
                return Account(
                    account.name, account.login, account.password, answer.json()["token"], user
                )
    raise RuntimeError(
        f"Label Studio at {server.url} made no account for the annotator {account.name}."
    )


def address(server: Server, annotator: str) -> tuple[str, str, str]:
    """Where a person goes and with what they log in: address, login, password."""
    account = annotators(server, (annotator,))[annotator]
    return (
        f"{server.url}/projects/",
        account.login or "your own account",
        account.password or "your own password",
    )


# --- projects -------------------------------------------------------------------------------------


def run_id(workspace: Workspace) -> str:
    """What marks this workspace's projects; made once."""
    kept = workspace.read_text(_RUN_ID)
    if kept is None:
        workspace.write_text(_RUN_ID, secrets.token_hex(8))
        kept = workspace.read_text(_RUN_ID)
    assert kept
    return kept


def mark(workspace: Workspace, desk: Desk) -> str:
    """What a desk's project has in its description, by which it is known whatever it is called."""
    return f"[spuriforge {run_id(workspace)} {desk.kind} {desk.annotator}]"


def marked(client: "LabelStudio", workspace: Workspace, run: str) -> Iterator[tuple[Desk, Any]]:
    """Every project with a mark of this workspace: more than one of a desk where a lost mark came
    back.
    """
    pattern = re.compile(re.escape(f"[spuriforge {run_id(workspace)} ") + r"([a-z-]+) (.+)\]")
    project: Any
    for project in client.projects.list(page_size=100):
        match = pattern.search(project.description or "")
        if match:
            yield Desk(run, match[1], match[2]), project


def projects(client: "LabelStudio", workspace: Workspace, run: str) -> dict[Desk, Any]:
    """This workspace's projects as they are on the server, one a desk."""
    found: dict[Desk, Any] = {}
    for desk, project in marked(client, workspace, run):
        found.setdefault(desk, project)
    return found


def create_project(
    client: "LabelStudio", workspace: Workspace, desk: Desk, screen: str, instruction: str
) -> int:
    """A new project for a desk: one annotation a task, in the order of import, the instruction
    shown first.
    """
    project = client.projects.create(
        title=desk.title,
        description=f"Made by Spuriforge; keep this mark: {mark(workspace, desk)}",
        label_config=screen,
        expert_instruction=instruction,
        show_instruction=True,
        show_skip_button=True,
        enable_empty_annotation=False,
        maximum_annotations=1,
        sampling="Sequential sampling",
    )
    assert project.id is not None
    return project.id


def tasks_of(client: "LabelStudio", project: int) -> Iterator[dict[str, Any]]:
    """A project's tasks with their data and the number of their annotations, page by page; quick."""
    include = "id,data,total_annotations,cancelled_annotations"
    yield from _tasks(client, project, fields="task_only", include=include)


def annotated_tasks_of(client: "LabelStudio", project: int) -> Iterator[dict[str, Any]]:
    """A project's tasks with their data and their annotations, skips included, page by page."""
    yield from _tasks(client, project, fields="all")


def _tasks(client: "LabelStudio", project: int, **asked: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    task: Any
    for task in client.tasks.list(project=project, page_size=100, **asked):
        yield task if isinstance(task, dict) else task.model_dump()
