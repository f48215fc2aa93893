"""JSON files that only this user can read: passwords, tokens, and notes about processes.

    write_private(home / "server.json", {"pid": 17, "port": 8080})
    read_private(home / "server.json")        # the same, or None where there is no file

They lie in the folder of the local servers.
"""

import json
from pathlib import Path
from typing import Any

from spuriforge.pipeline.atomic import write_bytes


def read_private(path: Path) -> dict[str, Any] | None:
    """Returns the file's content, or None without a file; RuntimeError where it is damaged."""
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except json.JSONDecodeError:
        raise RuntimeError(f"{path} is damaged: delete it, or restore it from a backup.") from None
    return content


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Writes the file with mode 0600, whole or not at all; makes its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, json.dumps(content).encode(), mode=0o600)
