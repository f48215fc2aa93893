"""Atomic writes: a file is there whole or not at all, whatever is killed meanwhile.

    write_text(folder / "settings.json", text)

The bytes go to a temporary name in the same folder, are flushed to the disk, and are renamed.
Readers see the old file or the new one. Two writers at once never mix: the last rename wins.
"""

import os
import uuid
from pathlib import Path


def write_bytes(path: Path, payload: bytes, *, sync: bool = True, mode: int = 0o666) -> None:
    """Writes a file whole or not at all; its folder must exist.

    `sync` waits until the disk has the bytes, so the file also survives a power cut. `mode` is what
    the file may be used for, less the process's umask: 0o600 keeps it to this user.
    """
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(payload)
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str, *, sync: bool = True) -> None:
    """Writes a text file as UTF-8, as `write_bytes` does; line endings stay as they are."""
    write_bytes(path, text.encode(), sync=sync)
