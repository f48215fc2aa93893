"""A process is known again by its number and start time, and stopped."""

import os
import socket
import subprocess
import sys
import time

from spuriforge.annotation.processes import free_port, is_alive, start_time, stop

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
#: A process that ignores SIGTERM, and prints a line once it does.
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); "
    "time.sleep(60)",
]


def test_a_number_alone_is_not_a_process() -> None:
    note = {"pid": os.getpid(), "started": start_time(os.getpid())}
    assert is_alive(note)
    assert not is_alive(note | {"started": "12"})
    assert not is_alive({"pid": os.getpid()})
    assert not is_alive({})


def test_a_stopped_process_is_dead() -> None:
    with subprocess.Popen(SLEEP) as process:
        note = {"pid": process.pid, "started": start_time(process.pid)}
        stop(process.pid, lambda: is_alive(note), wait=30)
        assert not is_alive(note)
        assert start_time(process.pid) == ""


def test_a_process_that_does_not_end_is_killed() -> None:
    with subprocess.Popen(STUBBORN, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        note = {"pid": process.pid, "started": start_time(process.pid)}
        began = time.monotonic()
        stop(process.pid, lambda: is_alive(note), wait=0.2)
        assert not is_alive(note)
        assert 0.2 <= time.monotonic() - began < 30


def test_the_preferred_port_is_taken_unless_it_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken = listening.getsockname()[1]
        assert free_port(taken) != taken
    assert free_port(taken) == taken
