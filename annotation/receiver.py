"""The webhook receiver as it runs: an address, a secret that is made once, and a server in a
thread.

    with receiving(home, "demo", accepted) as hook:       # deliveries to hook.url with hook.secret are taken
        register(server, workspace, recipe, hook.url, hook.secret)
    hook(home, "demo")                                    # in another process: the same, or None where none runs

Port and secret lie in `webhook/RUN.json` under the home folder, mode 0600, and stay the same from
start to start.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import uvicorn

from .server import read_private, write_private
from .webhook import PATH, Delivery, app

LOOPBACK = "127.0.0.1"
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Hook:
    """Where Label Studio is to send its words, and with what secret."""

    url: str
    secret: str = field(repr=False)


def hook(home: Path, run: str) -> Hook | None:
    """Where words about a run go, or None where no receiver runs for it."""
    noted = read_private(_file(home, run))
    return Hook(noted["url"], noted["secret"]) if noted and _runs(noted) else None


@contextmanager
def receiving(
    home: Path,
    run: str,
    accepted: Callable[[Delivery], None],
    *,
    listen: str = f"{LOOPBACK}:0",
    url: str | None = None,
) -> Iterator[Hook]:
    """Runs the receiver of a run for as long as the block lasts.

    It listens at `listen`, where port 0 means the last one, or any that is free; `url` is its
    address as Label Studio sees it, where that is another one: behind a proxy, say.
    """
    noted = read_private(_file(home, run)) or {}
    if _runs(noted):
        raise RuntimeError(
            f"{run} is served already, by process {noted['pid']}: end that one first."
        )
    bound = _bound(listen, noted.get("port", 0))
    port = bound.getsockname()[1]
    made = Hook(
        url or f"http://{LOOPBACK}:{port}{PATH}", noted.get("secret") or secrets.token_urlsafe(32)
    )
    state = {"port": port, "url": made.url, "secret": made.secret}
    with bound, _served(uvicorn.Config(app(made.secret, accepted), **_QUIET), bound):
        process = psutil.Process()
        _note(home, run, state | {"pid": process.pid, "started": process.create_time()})
        try:
            yield made
        finally:
            _note(home, run, state)


#: Nothing is logged of a request, whose headers hold the secret; the logging of the process stays
#: as it is.
_QUIET: dict[str, Any] = {
    "access_log": False, "log_config": None, "log_level": "error", "lifespan": "off", "server_header": False,
    "limit_concurrency": 100, "timeout_keep_alive": 5, "timeout_graceful_shutdown": 2,
}  # fmt: skip


@contextmanager
def _served(config: uvicorn.Config, bound: socket.socket) -> Iterator[None]:
    """Serves on the socket in a thread; RuntimeError where it does not start."""
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([bound],), name="webhook", daemon=True)
    thread.start()
    until = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise RuntimeError("The webhook receiver did not start.")
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)


def _bound(listen: str, last: int) -> socket.socket:
    """A socket at "host:port"; of port 0 the last one if it is free, so that webhooks stay good,
    else any.
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(
            f"{listen!r} is no address to listen at: write it as HOST:PORT, such as 0.0.0.0:8090."
        )
    tried: OSError | None = None
    for number in (int(port),) if int(port) else (last, 0):
        try:
            made = socket.create_server((host, number))
        except OSError as error:
            tried = error
        else:
            made.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
            )  # else half an answer waits 40 ms for the other
            return made
    raise RuntimeError(f"The webhook receiver cannot listen at {listen}: {tried}.") from tried


def _file(home: Path, run: str) -> Path:
    return home / "webhook" / f"{run}.json"


def _note(home: Path, run: str, state: dict[str, Any]) -> None:
    """Keeps what is to be known of the receiver; nobody else on this machine may read it."""
    file = _file(home, run)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(file.parent, 0o700)
    write_private(file, state)


def _runs(noted: dict[str, Any]) -> bool:
    """Whether the process that was noted lives: its number alone, left by a crash, may be anyone's
    by now.
    """
    try:
        return (
            "pid" in noted
            and abs(psutil.Process(noted["pid"]).create_time() - noted["started"]) < 1
        )
    except psutil.Error:
        return False
