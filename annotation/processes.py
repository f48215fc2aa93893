"""Processes on this machine: known again by number and start time, stopped, and given a port.

    started = start_time(process.pid)     # noted beside the number
    is_alive({"pid": 17, "started": "8123"})
    stop(17, lambda: is_alive(note), wait=30)
    free_port(8080)

A process number alone may belong to anyone after a crash, so the start time is compared too.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any


def start_time(pid: int) -> str:
    """Returns when a process started, in the system's own unit, or "" for a dead process."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] == "Z" else fields[19]
    listed = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = listed.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started


def is_alive(note: Mapping[str, Any]) -> bool:
    """Whether the process of a note with "pid" and "started" still runs."""
    return bool(note.get("started")) and start_time(note["pid"]) == note["started"]


def stop(pid: int, alive: Callable[[], bool], wait: float) -> None:
    """Asks a process to end, waits up to `wait` seconds, and then kills it."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + wait
        while alive():
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)


def free_port(preferred: int) -> int:
    """Returns a free loopback port: the preferred one if free, so that addresses stay the same."""
    for port in dict.fromkeys((preferred, 0)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("There is no free port on 127.0.0.1 for Label Studio.")
