"""The receiver as it runs: it answers at once, and keeps its address and its secret."""

import json
import queue
import statistics
import time
from pathlib import Path

import httpx
import pytest

from spuriforge.annotation import receiver
from spuriforge.annotation.private import write_private
from spuriforge.annotation.receiver import Hook, receiving
from spuriforge.annotation.webhook import PATH, SECRET_HEADER, Delivery
from tests.annotation.deliveries import body


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
