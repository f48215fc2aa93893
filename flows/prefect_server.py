"""The Prefect server of local runs: started on demand, shared by runs at once, stopped by the last.

    with prefect_server(Path(".spuriforge")) as server:    # returns at once
        ...                                                # slow imports, Label Studio
        server.wait()                                      # from here on the server answers

Where PREFECT_API_URL is set, that server is used and nothing is started. All files lie in
`.spuriforge/prefect`. This module imports no Prefect: Prefect reads its settings from the
environment when it is imported, so they must be there first.
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

#: A fresh database takes 16 s on two cores; a busy machine several times that.
START_SECONDS = 300.0

SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
}
#: What happens is told by the progress bars; Prefect's own lines would tear them.
QUIET = {"PREFECT_LOGGING_LEVEL": "CRITICAL", "PREFECT_LOGGING_TO_API_ENABLED": "false"}


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """A Prefect server's API address; `log` is None where it is not ours."""

    url: str
    log: Path | None = None
    pid: int | None = None

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Returns when the server answers; RuntimeError says where its log is when it does not."""
        until = time.monotonic() + seconds
        while not answers(self.url):
            if self.pid is not None and not _runs(self.pid):
                raise RuntimeError(
                    f"The Prefect server ended while starting; its log is {self.log}."
                )
            if time.monotonic() > until:
                where = (
                    f"its log is {self.log}" if self.log else "start it, or unset PREFECT_API_URL"
                )
                raise RuntimeError(
                    f"The Prefect server at {self.url} did not answer in {seconds:.0f} s; {where}."
                )
            time.sleep(0.1)


def answers(url: str) -> bool:
    """Does the server at this API address say that it is healthy? Asked past any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/health", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def configure(home: Path, *, quiet: bool = True) -> None:
    """Puts Prefect's settings for a local run into the environment; what is set already stays.
    Before its import.
    """
    (home / "prefect").mkdir(parents=True, exist_ok=True)
    settings = (
        SETTINGS | {"PREFECT_HOME": str((home / "prefect").resolve())} | (QUIET if quiet else {})
    )
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1", "localhost"]))


def up(home: Path) -> PrefectServer:
    """The running server of this home, or a new one; sets PREFECT_API_URL.

    Holds the server for this process: `down` by another one leaves it running.
    """
    configure(home, quiet=False)
    given = os.environ.get("PREFECT_API_URL")
    if given:
        return PrefectServer(given)
    with _locked(home) as folder:
        server = _running(folder) or _start(folder)
        (folder / "users").mkdir(exist_ok=True)
        (folder / "users" / str(os.getpid())).touch()
    os.environ["PREFECT_API_URL"] = server.url
    return server


def find(home: Path) -> PrefectServer | None:
    """The server that is up: that of PREFECT_API_URL, or this home's; None if there is none."""
    given = os.environ.get("PREFECT_API_URL")
    if given:
        return PrefectServer(given)
    with _locked(home) as folder:
        return _running(folder)


def down(home: Path, *, force: bool = False) -> bool:
    """Releases the server; stops it if no other process holds it, or by `force`. Was it stopped?"""
    with _locked(home) as folder:
        server = _running(folder)
        holders = [
            user
            for user in folder.glob("users/*")
            if int(user.name) != os.getpid() and _runs(int(user.name))
        ]
        (folder / "users" / str(os.getpid())).unlink(missing_ok=True)
        if server is None or server.pid is None or (holders and not force):
            return False
        _stop(server.pid)
        (folder / "server.json").unlink(missing_ok=True)
    if os.environ.get("PREFECT_API_URL") == server.url:
        del os.environ["PREFECT_API_URL"]
    return True


@contextmanager
def prefect_server(home: Path) -> Iterator[PrefectServer]:
    """A server for as long as the block lasts; call its `wait` before the first flow."""
    server = up(home)
    try:
        yield server
    finally:
        if server.pid is not None:
            down(home)


# --- processes ------------------------------------------------------------------------------------


@contextmanager
def _locked(home: Path) -> Iterator[Path]:
    """Yields the server's folder, locked: two runs that begin at once start one server."""
    folder = (home / "prefect").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _running(folder: Path) -> PrefectServer | None:
    """The server that `server.json` names, if its process is there."""
    file = folder / "server.json"
    if not file.is_file():
        return None
    known = json.loads(file.read_text())
    return (
        PrefectServer(known["url"], folder / "server.log", known["pid"])
        if _runs(known["pid"], "prefect")
        else None
    )


def _start(folder: Path) -> PrefectServer:
    """Starts a server on a free port, its output in a log, and notes its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    command = [
        sys.executable,
        "-m",
        "prefect",
        "server",
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with open(folder / "server.log", "ab") as log:
        process = subprocess.Popen(
            command,
            env=environment | {"PREFECT_HOME": str(folder), "PREFECT_UI_API_URL": url},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (folder / "server.json").write_text(json.dumps({"url": url, "pid": process.pid}))
    return PrefectServer(url, folder / "server.log", process.pid)


def _runs(pid: int, word: str = "") -> bool:
    """Is there a process of this id, not a dead child, whose command has `word`?"""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and word in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _stop(pid: int, seconds: float = 20.0) -> None:
    """Ends a server's session politely, then not."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, how)
        except ProcessLookupError:
            return
        until = time.monotonic() + seconds
        while time.monotonic() < until and _runs(pid):
            time.sleep(0.1)
        if not _runs(pid):
            return
