"""A real OpenAI-compatible server that was not written here: `transformers serve` with a model of
the proving ground.

with serving(MODELS / "subject-a", tmp_path) as url: ...      # "http://127.0.0.1:PORT/v1"
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spuriforge.data.proving_ground import benchmark

MODELS = Path(benchmark.__file__).parent / "models"


@contextmanager
def serving(model: Path, folder: Path, seconds: float = 120) -> Iterator[str]:
    """The server's address while it runs; it is ended by its own process id. Its log lies in the
    folder.
    """
    port, log = _free_port(), folder / "serve.log"
    command = [
        Path(sys.executable).with_name("transformers"),
        "serve",
        model,
        "--device",
        "cpu",
        "--dtype",
        "float32",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL, env=environment
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, log, seconds)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError(
        f"no answer from {url} in {seconds:g} s: {log.read_text(errors='replace')[-2000:]}"
    )
