"""The receiver takes what Label Studio sends, once and at once, and nothing from strangers; a real
one sends it.
"""

import json
import queue
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from spuriforge.annotation import receiver, webhook
from spuriforge.annotation.accounts import annotators
from spuriforge.annotation.client import Server, connect
from spuriforge.annotation.private import write_private
from spuriforge.annotation.projects import projects
from spuriforge.annotation.push import push_cues
from spuriforge.annotation.receiver import Hook, receiving
from spuriforge.annotation.scripted import ScriptedAnswer, answer_all
from spuriforge.annotation.webhook import PATH, SECRET_HEADER, Delivery, app, register, unregister
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import HOSTILE, cue_type

SECRET = "s3cret-" * 6


def body(number: int = 1, **changes: object) -> dict[str, Any]:
    """What Label Studio 1.23 sends, shortened."""
    return {
        "action": "ANNOTATION_CREATED",
        "annotation": {
            "id": number,
            "result": [{"value": {"text": [HOSTILE]}}],
            "was_cancelled": False,
            "project": 3,
        },
        "project": {"id": 3, "title": "demo cue me", "task_number": 5},
        "task": {"id": 9, "data": {"key": "k", "question": HOSTILE}},
    } | changes


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


# --- as it runs -----------------------------------------------------------------------------------


def post(hook: Hook, sent: object) -> httpx.Response:
    return httpx.post(hook.url, json=sent, headers={SECRET_HEADER: hook.secret}, trust_env=False)


def test_it_answers_at_once_however_long_the_work_takes(tmp_path: Path) -> None:
    done: queue.Queue[int] = queue.Queue()

    def slow(delivery: Delivery) -> None:
        time.sleep(1)
        done.put(delivery.annotations[0])

    image = "data:image/jpeg;base64," + "A" * 1_000_000  # as large as a task with photographs
    seconds = []
    with receiving(tmp_path, "demo", slow) as hook, httpx.Client(trust_env=False) as client:
        for number in range(1, 21):
            sent = json.dumps(body(number, task={"data": {"image": image}})).encode()
            began = time.monotonic()
            answer = client.post(hook.url, content=sent, headers={SECRET_HEADER: hook.secret})
            assert answer.json() == {"accepted": True}
            seconds.append(time.monotonic() - began)
        assert sorted(done.get(timeout=30) for _ in range(20)) == list(range(1, 21))
    print(
        f"median {statistics.median(seconds) * 1000:.1f} ms, at most {max(seconds) * 1000:.1f} ms"
    )
    assert statistics.median(seconds) < 0.1


def test_it_keeps_its_address_and_its_secret(tmp_path: Path) -> None:
    assert receiver.hook(tmp_path, "demo") is None
    with receiving(tmp_path, "demo", print) as first:
        assert receiver.hook(tmp_path, "demo") == first
        with (
            pytest.raises(RuntimeError, match="served already"),
            receiving(tmp_path, "demo", print),
        ):
            pass
        with receiving(tmp_path, "other", print) as other:
            assert (other.url, other.secret) != (first.url, first.secret)
    assert receiver.hook(tmp_path, "demo") is None, "nobody listens any more"
    with receiving(tmp_path, "demo", print, url="https://example.org/hooks/1") as again:
        assert again == Hook("https://example.org/hooks/1", first.secret)
        assert httpx.get(first.url.replace(PATH, "/health"), trust_env=False).status_code == 200


def test_a_crash_leaves_no_receiver_behind(tmp_path: Path) -> None:
    with receiving(tmp_path, "demo", print):
        file = tmp_path / "webhook" / "demo.json"
        noted = json.loads(file.read_text())
    write_private(file, noted | {"pid": 1, "started": 12.0, "url": "http://127.0.0.1:9/webhook"})
    assert receiver.hook(tmp_path, "demo") is None
    with receiving(tmp_path, "demo", print) as hook:
        assert hook.secret == noted["secret"]


@pytest.mark.parametrize("listen", ["8090", "127.0.0.1", "127.0.0.1:x", ":1"])
def test_an_address_that_is_none(tmp_path: Path, listen: str) -> None:
    with (
        pytest.raises(ValueError, match="HOST:PORT"),
        receiving(tmp_path, "demo", print, listen=listen),
    ):
        pass


def test_the_secret_is_private_and_never_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(_delivery: Delivery) -> None:
        raise RuntimeError("no luck")

    with caplog.at_level("DEBUG"), receiving(tmp_path, "demo", breaks) as hook:
        assert post(hook, body()).status_code == 200
        assert (
            httpx.post(hook.url, content=b"{", headers={SECRET_HEADER: hook.secret}).status_code
            == 400
        )
        assert hook.secret not in repr(hook)
        time.sleep(0.2)
    file = tmp_path / "webhook" / "demo.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    shown = capfd.readouterr()
    assert len(hook.secret) >= 32
    assert hook.secret not in shown.out + shown.err + caplog.text


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
