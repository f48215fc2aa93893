"""The receiver takes what Label Studio sends, once and at once, and nothing from strangers; a real
one sends it.
"""

import json
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from spuriforge.annotation import webhook
from spuriforge.annotation.accounts import annotators
from spuriforge.annotation.client import Server, connect
from spuriforge.annotation.projects import projects
from spuriforge.annotation.push import push_cues
from spuriforge.annotation.receiver import receiving
from spuriforge.annotation.scripted import ScriptedAnswer, answer_all
from spuriforge.annotation.webhook import PATH, SECRET_HEADER, Delivery, app, register, unregister
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.deliveries import SECRET, body
from tests.annotation.things import cue_type


@pytest.fixture
def taken() -> list[Delivery]:
    return []


@pytest.fixture
def client(taken: list[Delivery]) -> Iterator[TestClient]:
    with TestClient(app(SECRET, taken.append), headers={SECRET_HEADER: SECRET}) as client:
        yield client


def test_what_label_studio_sends_is_accepted_once(
    client: TestClient, taken: list[Delivery]
) -> None:
    sent = [
        body(1),
        body(1, action="ANNOTATION_UPDATED"),
        body(1, action="ANNOTATIONS_CREATED", annotation=[{"id": 5}, {"id": 6}]),
        {
            "action": "ANNOTATIONS_DELETED",
            "annotations": [{"id": 7}, {"id": 8}],
            "project": {"id": 3},
        },
    ]
    for _ in range(2):
        for payload in sent:
            assert client.post(PATH, json=payload).status_code == 200
    assert [(delivery.action, delivery.project, delivery.annotations) for delivery in taken] == [
        ("ANNOTATION_CREATED", 3, (1,)), ("ANNOTATION_UPDATED", 3, (1,)),
        ("ANNOTATIONS_CREATED", 3, (5, 6)), ("ANNOTATIONS_DELETED", 3, (7, 8)),
    ]  # fmt: skip


def test_only_so_many_are_remembered(
    monkeypatch: pytest.MonkeyPatch, taken: list[Delivery]
) -> None:
    monkeypatch.setattr(webhook, "REMEMBERED", 2)
    with TestClient(app(SECRET, taken.append), headers={SECRET_HEADER: SECRET}) as client:
        for number in (1, 2, 2, 3, 1):
            client.post(PATH, json=body(number))
    assert [delivery.annotations[0] for delivery in taken] == [1, 2, 3, 1]


@pytest.mark.parametrize(
    "given", [None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), "ÿþ".encode("latin-1")]
)
def test_a_forged_one_is_refused(given: str | bytes | None, taken: list[Delivery]) -> None:
    headers = {} if given is None else {SECRET_HEADER: given}
    with TestClient(app(SECRET, taken.append)) as client:
        answer = client.post(PATH, json=body(), headers=headers)
    assert (answer.status_code, taken) == (401, [])
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"\xff\xfe", b"{", b"[]", b"null", b"7", b'"text"', b"[" * 100_000, b"a=1&b=2",
        b'{"action": "ANNOTATION_CREATED"}',
        *(json.dumps(body(**changes)).encode() for changes in (
            {"action": "PROJECT_UPDATED"}, {"action": None}, {"action": ["ANNOTATION_CREATED"]},
            {"project": 3}, {"project": {"id": "3"}}, {"project": {"id": True}},
            {"project": {"id": -1}}, {"annotation": None}, {"annotation": []},
            {"annotation": {"id": None}}, {"annotation": {"id": 1.5}}, {"annotations": {"id": 1}},
        )),
    ],
)  # fmt: skip
def test_a_malformed_one_is_refused(sent: bytes, client: TestClient, taken: list[Delivery]) -> None:
    answer = client.post(PATH, content=sent)
    assert answer.status_code == 400
    assert taken == []
    assert len(answer.text) < 200


def test_too_much_is_refused(
    client: TestClient, taken: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "MOST_BYTES", 2000)
    assert (
        client.post(PATH, content=(b" " * 500 for _ in range(100))).status_code == 413
    )  # no Content-Length
    assert client.post(PATH, content=b" " * 2001).status_code == 413
    assert client.post(PATH, content=b"{}", headers={"Content-Length": "9" * 30}).status_code == 413
    assert taken == []


def test_anything_else_is_not_there(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get(PATH).status_code == 405
    assert client.post("/health").status_code == 405
    for path in ("/", "/docs", "/webhook/", "/webhook/x"):
        assert client.post(path, json=body(), follow_redirects=False).status_code in (307, 404)


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="choose a longer one"):
        app("", print)


# --- the real Label Studio ------------------------------------------------------------------------


@pytest.mark.integration
def test_a_submit_is_told_to_the_receiver(
    label_studio: Server, workspace: Workspace, recipe: Recipe, tmp_path: Path
) -> None:
    taken: queue.Queue[Delivery] = queue.Queue()
    types = [cue_type(workspace, number) for number in range(2)]
    push_cues(label_studio, workspace, types, {}, recipe)
    owner = connect(label_studio)
    numbers = {project.id for project in projects(owner, workspace, "test").values()}
    with receiving(tmp_path, "test", taken.put) as hook:
        assert register(label_studio, workspace, recipe, hook.url, hook.secret) == len(numbers)
        answered = answer_all(label_studio, workspace, recipe, lambda *_: ScriptedAnswer("unsure"))
        deliveries = [taken.get(timeout=20) for _ in range(answered)]
        assert {delivery.action for delivery in deliveries} == {"ANNOTATION_CREATED"}
        assert {delivery.project for delivery in deliveries} <= numbers
        # changed, and taken away, by whoever did it
        name = next(iter(projects(owner, workspace, "test"))).annotator
        client = connect(label_studio, annotators(label_studio, (name,))[name].token)
        (changed,) = {delivery.annotations[0] for delivery in deliveries[:1]}
        client = owner if client.annotations.get(id=changed).completed_by is None else client
        client.annotations.update(id=changed, result=[], was_cancelled=True)
        assert taken.get(timeout=20).action == "ANNOTATION_UPDATED"
        client.annotations.delete(id=changed)
        gone = taken.get(timeout=20)
        assert (gone.action, gone.annotations) == ("ANNOTATIONS_DELETED", (changed,))
        assert taken.empty()
    assert unregister(label_studio, workspace, recipe) == len(numbers)


@pytest.mark.integration
def test_there_is_one_webhook_for_each_project_however_often_it_is_asked_for(
    label_studio: Server, workspace: Workspace, recipe: Recipe
) -> None:
    push_cues(label_studio, workspace, [cue_type(workspace, 1)], {}, recipe)
    client = connect(label_studio)
    first, *_ = numbers = sorted(
        project.id for project in projects(client, workspace, "test").values()
    )
    theirs = client.webhooks.create(
        url="http://127.0.0.1:9/webhook", project=first, headers={"Authorization": "x"}
    )

    def ours() -> list[tuple[Any, str, str]]:
        hooks = [
            hook
            for hook in client.webhooks.list()
            if hook.project in numbers and hook.id != theirs.id
        ]
        return sorted(
            (hook.project, hook.url, (hook.headers or {})[SECRET_HEADER]) for hook in hooks
        )

    for url, secret in (
        ("http://127.0.0.1:8001/webhook", SECRET),
        ("http://127.0.0.1:8002/webhook", SECRET[::-1]),
    ):
        for _ in range(2):
            assert register(label_studio, workspace, recipe, url, secret) == len(numbers)
            assert ours() == [(number, url, secret) for number in numbers]
    push_cues(
        label_studio, workspace, [cue_type(workspace, number) for number in range(2, 9)], {}, recipe
    )
    assert register(label_studio, workspace, recipe, url, secret) == 3
    assert unregister(label_studio, workspace, recipe) == 3
    assert ours() == []
    client.webhooks.delete(theirs.id)  # it was left alone
