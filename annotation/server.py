"""The embedded Label Studio: a server on loopback, in a virtual environment of its own.

    install(home)            # once: the environment with the pinned Label Studio
    server = up(home)        # idempotent: starts the server, or returns the running one
    down(home)

Data, credentials (mode 0600), log and process id lie in the folder `home`. Where LABEL_STUDIO_URL
and LABEL_STUDIO_API_KEY are set, that server is used and nothing is started.
"""

import fcntl
import os
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from .client import Server, connect
from .private import read_private, write_private
from .processes import free_port, is_alive, start_time, stop

VERSION = "1.23.2"
VENV = Path(".venv-label-studio")
VENV_VARIABLE = "SPURIFORGE_LABEL_STUDIO_VENV"
CONSTRAINTS = Path(__file__).with_name("label-studio-constraints.txt")
LOGIN = "lead@spuriforge.example"
#: The first start runs every database migration: a minute on two free cores, several on busy ones.
START_SECONDS = 600.0
#: What the server inherits; DEBUG, HOST, PORT or LABEL_STUDIO_... would change how it starts.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")

_STATE = "server.json"

Progress = Callable[[str], None]


def venv_folder() -> Path:
    """Returns the environment's folder: SPURIFORGE_LABEL_STUDIO_VENV, or .venv-label-studio."""
    return Path(os.environ.get(VENV_VARIABLE) or VENV).absolute()


def installed() -> bool:
    """Whether the pinned Label Studio is installed completely; pip writes its RECORD last."""
    records = venv_folder().glob(
        f"lib/python*/site-packages/label_studio-{VERSION}.dist-info/RECORD"
    )
    return (venv_folder() / "bin" / "label-studio").exists() and any(records)


def install(home: Path, *, say: Progress = lambda _: None) -> Path:
    """Installs the pinned Label Studio unless it is there; returns the environment's folder."""
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


def up(home: Path, *, say: Progress = lambda _: None, wait: float = START_SECONDS) -> Server:
    """Returns a server that answers: the environment's, the running one, or one started now.

    RuntimeError, with the last line of the log, where it does not answer within `wait` seconds.
    """
    external = external_server()
    if external:
        _check_token(external)
        return external
    with _locked(home):
        if not _is_running(home):
            _start(home)
        return _await(home, say, wait)


def external_server() -> Server | None:
    """Returns the server of LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY, or None."""
    url, token = os.environ.get("LABEL_STUDIO_URL"), os.environ.get("LABEL_STUDIO_API_KEY")
    if bool(url) != bool(token):
        raise RuntimeError("Set both LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY, or neither.")
    return Server(url=url.rstrip("/"), token=token) if url and token else None


def status(home: Path) -> Server | None:
    """Returns the server of this folder if it runs and answers, or None."""
    if not _is_running(home):
        return None
    server = _server(home)
    return server if _answers(server.url) else None


def down(home: Path, *, wait: float = 30.0) -> bool:
    """Stops the server of this folder; returns whether there was one."""
    with _locked(home):
        return _stop(home, wait)


def _start(home: Path) -> None:
    """Starts the server, on its last port if that is free, and notes the process."""
    if not installed():
        raise RuntimeError(
            "Label Studio is not installed: run `spuriforge label-studio up`, or install() first."
        )
    credentials = _credentials(home)
    _prepare_database(home / "data" / "label_studio.sqlite3")
    port = free_port((read_private(home / _STATE) or {}).get("port", 0))
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
        home / _STATE, {"pid": process.pid, "started": start_time(process.pid), "port": port}
    )


def _await(home: Path, say: Progress, wait: float) -> Server:
    """Waits until the server answers; RuntimeError if it ends or takes over `wait` seconds."""
    server, log = _server(home), home / "server.log"
    began = time.monotonic()
    while not _answers(server.url):
        seconds = time.monotonic() - began
        problem = (
            "ended"
            if not _is_running(home)
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
    """Returns the server's environment variables: our folder, our account, no telemetry."""
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
    """Sets SQLite's write-ahead log: a submit takes 0.1 s, not 0.22, and readers never wait."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")


def _credentials(home: Path) -> dict[str, str]:
    """Returns the owner's login, password and token; makes them once."""
    path = home / "credentials.json"
    kept = read_private(path)
    if kept:
        return kept
    password, token = secrets.token_urlsafe(12), secrets.token_hex(20)
    credentials = {"login": LOGIN, "password": password, "token": token}
    write_private(path, credentials)
    return credentials


def _server(home: Path) -> Server:
    """Returns the server as the folder's files describe it."""
    credentials, state = _credentials(home), read_private(home / _STATE)
    assert state is not None, "a server is described after it was started"
    url = f"http://127.0.0.1:{state['port']}"
    return Server(
        url, credentials["token"], credentials["login"], credentials["password"], home.absolute()
    )


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _check_token(server: Server) -> None:
    """RuntimeError unless the server answers and takes the token."""
    try:
        connect(server).users.whoami()
    except Exception as error:  # the SDK has a class for each status, and httpx its own
        raise RuntimeError(
            f"Label Studio at {server.url} does not take the token ({type(error).__name__})."
        ) from None


def _is_running(home: Path) -> bool:
    return is_alive(read_private(home / _STATE) or {})


def _stop(home: Path, wait: float = 30.0) -> bool:
    """Stops our process; returns whether there was one."""
    if not _is_running(home):
        return False
    stop((read_private(home / _STATE) or {})["pid"], lambda: _is_running(home), wait)
    return True


def last_line(path: Path) -> str:
    """Returns the last line of a log that is not empty, or ""."""
    lines = path.read_text(errors="replace").split("\n") if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Lets one `up` or `down` at a time work on a folder."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
