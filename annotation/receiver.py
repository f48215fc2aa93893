"""The running webhook receiver: an address, a secret that is made once, and a server in a thread.

    with receiving(home, "demo", accepted) as hook:       # takes deliveries to hook.url
        register(server, workspace, recipe, hook.url, hook.secret)
    hook(home, "demo")                                    # in another process: the same, or None

Port and secret lie in `webhook/RUN.json` under the home folder, mode 0600, and survive a restart.
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

import uvicorn

from .private import read_private, write_private
from .processes import is_alive, start_time
from .webhook import PATH, Delivery, app

LOOPBACK = "127.0.0.1"
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Hook:
    """Where Label Studio sends deliveries, and with what secret."""

    url: str
    secret: str = field(repr=False)


def hook(home: Path, run: str) -> Hook | None:
    """Returns where deliveries about a run go, or None if no receiver runs for it."""
    note = read_private(_file(home, run))
    return Hook(note["url"], note["secret"]) if note and is_alive(note) else None


@contextmanager
def receiving(
    home: Path,
    run: str,
    accepted: Callable[[Delivery], None],
    *,
    listen: str = f"{LOOPBACK}:0",
    url: str | None = None,
) -> Iterator[Hook]:
    """Runs a run's receiver for as long as the block lasts.

    It listens at `listen`; port 0 is the last port, or any free one. `url` is its address as Label
    Studio sees it, if another: behind a proxy, say.
    """
    note = read_private(_file(home, run)) or {}
    if is_alive(note):
        raise RuntimeError(
            f"{run} is served already, by process {note['pid']}: end that one first."
        )
    bound = _bound(listen, note.get("port", 0))
    port = bound.getsockname()[1]
    address = url or f"http://{LOOPBACK}:{port}{PATH}"
    hook = Hook(address, note.get("secret") or secrets.token_urlsafe(32))
    state = {"port": port, "url": hook.url, "secret": hook.secret}
    with bound, _served(uvicorn.Config(app(hook.secret, accepted), **_QUIET), bound):
        pid = os.getpid()
        _note(home, run, state | {"pid": pid, "started": start_time(pid)})
        try:
            yield hook
        finally:
            _note(home, run, state)


#: Requests are not logged, since their headers hold the secret.
_QUIET: dict[str, Any] = {
    "access_log": False,
    "log_config": None,
    "log_level": "error",
    "lifespan": "off",
    "server_header": False,
    "limit_concurrency": 100,
    "timeout_keep_alive": 5,
    "timeout_graceful_shutdown": 2,
}


@contextmanager
def _served(config: uvicorn.Config, bound: socket.socket) -> Iterator[None]:
    """Serves on the socket in a thread; RuntimeError if it does not start."""
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
    """Returns a socket at "host:port"; port 0 is the last port, if free, or any."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(
            f"{listen!r} is no address to listen at: write it as HOST:PORT, such as 0.0.0.0:8090."
        )
    failure: OSError | None = None
    for number in (int(port),) if int(port) else (last, 0):
        try:
            bound = socket.create_server((host, number))
        except OSError as error:
            failure = error
        else:
            # Otherwise half a reply waits 40 ms for the other half.
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return bound
    raise RuntimeError(f"The webhook receiver cannot listen at {listen}: {failure}.") from failure


def _file(home: Path, run: str) -> Path:
    return home / "webhook" / f"{run}.json"


def _note(home: Path, run: str, state: dict[str, Any]) -> None:
    """Keeps a note on the receiver, which nobody else on this machine can read."""
    file = _file(home, run)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(file.parent, 0o700)
    write_private(file, state)
