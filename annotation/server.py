"""The embedded Label Studio: a real server of its own, on loopback, in an environment of its own.

    install()                # once: a virtual environment with the pinned Label Studio
    server = up()            # idempotent: starts it, or gives the one that runs
    down()

Its data, credentials (mode 0600), log and process id lie in one folder, `.spuriforge/label-studio`
unless told otherwise. Where LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY are set, that server is used
and nothing is started.
"""

import fcntl
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

VERSION = "1.23.2"
HOME = Path(".spuriforge/label-studio")
VENV = Path(".venv-label-studio")
VENV_VARIABLE = "SPURIFORGE_LABEL_STUDIO_VENV"
CONSTRAINTS = Path(__file__).with_name("label-studio-constraints.txt")
LOGIN = "lead@spuriforge.example"
#: The first start runs every database migration: about a minute on two cores, several when they are
#: busy.
START_SECONDS = 600.0
#: What the server inherits; anything else (DEBUG, HOST, PORT, LABEL_STUDIO_...) would change how it
#: starts.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Server:
    """A Label Studio that answers: its address, its owner's token, and its folder if it is ours."""

    url: str
    token: str = field(repr=False)
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    #: None for a server that somebody else runs.
    home: Path | None = None


def venv_folder() -> Path:
    """Where Label Studio's environment lies: SPURIFORGE_LABEL_STUDIO_VENV, or .venv-label-studio
    here.
    """
    return Path(os.environ.get(VENV_VARIABLE) or VENV).absolute()


def installed() -> bool:
    """Whether the pinned Label Studio is wholly installed; pip writes its RECORD last."""
    records = venv_folder().glob(
        f"lib/python*/site-packages/label_studio-{VERSION}.dist-info/RECORD"
    )
    return (venv_folder() / "bin" / "label-studio").exists() and any(records)


def install(home: Path = HOME, *, say: Progress = lambda _: None) -> Path:
    """Creates the environment with the pinned Label Studio unless it is there, and gives its
    folder.
    """
    folder, log = venv_folder(), home / "install.log"
    if installed():
        return folder
    home.mkdir(parents=True, exist_ok=True)
    say(f"installing Label Studio {VERSION} into {folder} (about two minutes)")
    pip = [
        str(folder / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--quiet",
    ]
    with log.open("wb") as stream:
        for command in (
            [sys.executable, "-m", "venv", str(folder)],
            [*pip, f"label-studio=={VERSION}", "--constraint", str(CONSTRAINTS)],
        ):
            if subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, check=False
            ).returncode:
                stream.flush()
                raise RuntimeError(
                    f"Label Studio could not be installed: {last_line(log)} (see {log})."
                )
    return folder


def up(home: Path = HOME, *, say: Progress = lambda _: None, wait: float = START_SECONDS) -> Server:
    """A server that answers: the one the environment names, the one that runs, or one started now.

    RuntimeError, with the last line of the log, where it does not come up within `wait` seconds.
    """
    external = external_server()
    if external:
        _check_token(external)
        return external
    with _locked(home):
        if not _alive(home):
            _start(home)
        return _await(home, say, wait)


def external_server() -> Server | None:
    """The server that LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY name, if they are set."""
    url, token = os.environ.get("LABEL_STUDIO_URL"), os.environ.get("LABEL_STUDIO_API_KEY")
    if bool(url) != bool(token):
        raise RuntimeError("Set both LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY, or neither.")
    return Server(url=url.rstrip("/"), token=token) if url and token else None


def status(home: Path = HOME) -> Server | None:
    """The server of this folder if it runs and answers, or None."""
    if not _alive(home):
        return None
    server = _server(home)
    return server if _healthy(server.url) else None


def down(home: Path = HOME, *, wait: float = 30.0) -> bool:
    """Stops the server of this folder, and tells whether there was one to stop."""
    with _locked(home):
        return _stop(home, wait)


def _start(home: Path) -> None:
    """Starts the server on a free port, the last one's if it can, and notes the process."""
    if not installed():
        raise RuntimeError(
            "Label Studio is not installed: run `spuriforge label-studio up`, or install() first."
        )
    credentials = _credentials(home)
    _prepare_database(home / "data" / "label_studio.sqlite3")
    port = _free_port((read_private(home / "server.json") or {}).get("port", 0))
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(venv_folder() / "bin" / "label-studio"),
                "start",
                "--no-browser",
                "--internal-host",
                "127.0.0.1",
            ],
            cwd=home,
            env=_environment(home, credentials, port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    write_private(
        home / "server.json", {"pid": process.pid, "started": _started(process.pid), "port": port}
    )


def _await(home: Path, say: Progress, wait: float) -> Server:
    """Waits until the process answers; RuntimeError where it ends or takes longer than `wait`
    seconds.
    """
    server, log = _server(home), home / "server.log"
    began = time.monotonic()
    while not _healthy(server.url):
        seconds = time.monotonic() - began
        problem = (
            "ended"
            if not _alive(home)
            else f"did not answer in {wait:.0f} s"
            if seconds > wait
            else None
        )
        if problem:
            _stop(home)
            raise RuntimeError(
                f"Label Studio {problem}: {last_line(log) or 'its log is empty'} (see {log})."
            )
        say(f"starting Label Studio (the first time takes about a minute): {seconds:.0f} s")
        time.sleep(0.3)
    _check_token(server)
    return server


def _environment(home: Path, credentials: dict[str, str], port: int) -> dict[str, str]:
    """The server's whole environment: our folder, our account, nothing sent anywhere."""
    data = (home / "data").absolute()
    return {name: os.environ[name] for name in _INHERITED if name in os.environ} | {
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "LABEL_STUDIO_USERNAME": credentials["login"],
        "LABEL_STUDIO_PASSWORD": credentials["password"],
        "LABEL_STUDIO_USER_TOKEN": credentials["token"],
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_PORT": str(port),
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "COLLECT_ANALYTICS": "0",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "LATEST_VERSION_CHECK": "0",
        "SSRF_PROTECTION_ENABLED": "false",  # webhooks to loopback
        "DEBUG": "false",
    }


def _prepare_database(path: Path) -> None:
    """Sets SQLite's write-ahead log, which stays in the file: a submit takes .1 s, not .22, and
    readers never wait.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")


def _credentials(home: Path) -> dict[str, str]:
    """The owner's login, password and token, made once."""
    path = home / "credentials.json"
    kept = read_private(path)
    if kept:
        return kept
    made = {"login": LOGIN, "password": secrets.token_urlsafe(12), "token": secrets.token_hex(20)}
    write_private(path, made)
    return made


def _server(home: Path) -> Server:
    """The server as the folder's files describe it."""
    credentials, state = _credentials(home), read_private(home / "server.json")
    assert state is not None, "a server is described after it was started"
    url = f"http://127.0.0.1:{state['port']}"
    return Server(
        url, credentials["token"], credentials["login"], credentials["password"], home.absolute()
    )


def _healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _check_token(server: Server) -> None:
    """RuntimeError unless the server answers and takes the token."""
    try:
        from .client import connect

        connect(server).users.whoami()
    except (
        Exception
    ) as error:  # the SDK raises a class of its own for each status, and httpx its own
        raise RuntimeError(
            f"Label Studio at {server.url} does not take the token ({type(error).__name__})."
        ) from None


def _free_port(preferred: int) -> int:
    """A free loopback port, the preferred one if it is free: addresses in a browser stay good over
    a restart.
    """
    for port in dict.fromkeys((preferred, 0)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("There is no free port on 127.0.0.1 for Label Studio.")


def _alive(home: Path) -> bool:
    """Whether the process that we noted lives: its number alone, left by a crash, may be anyone's
    by now.
    """
    state = read_private(home / "server.json")
    return (
        state is not None and state["started"] != "" and _started(state["pid"]) == state["started"]
    )


def _started(pid: int) -> str:
    """When a process was started, which tells it from a later one of the same number; nothing for a
    dead one.
    """
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] == "Z" else fields[19]
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = shown.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started


def _stop(home: Path, wait: float = 30.0) -> bool:
    """Asks our process to end, waits, and at last kills it; True where there was one."""
    if not _alive(home):
        return False
    pid = (read_private(home / "server.json") or {})["pid"]
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + wait
        while _alive(home):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
    return True


def last_line(path: Path) -> str:
    """The last line of a log that says anything, or nothing."""
    lines = path.read_text(errors="replace").split("\n") if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def read_private(path: Path) -> dict[str, Any] | None:
    """A JSON file of ours, or None where there is none."""
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except json.JSONDecodeError:
        raise RuntimeError(f"{path} is damaged: delete it, or restore it from a backup.") from None
    return content


def write_private(path: Path, content: dict[str, Any]) -> None:
    """A JSON file that only this user can read, there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{secrets.token_hex(4)}.tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One `up` or `down` at a time on one folder."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
