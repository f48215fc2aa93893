"""Each call that succeeded, kept by a hash of all that was sent: nothing is paid for twice.

    kept = CallCache(workspace)
    kept.put(key, completion)  # calls/ab/KEY.json, there whole or not at all
    kept.get(key)              # the Completion, or None

Written at the moment a call succeeds, so a process that is killed loses the calls in flight at
most. Kept is what came and not what was sent: no image, no question, no key of an account is in the
file.
"""

from pydantic import ValidationError

from ..workspace import Workspace
from .completion import Completion


class CallCache:
    """The calls of one workspace that succeeded."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def _path(self, key: str) -> str:
        return f"calls/{key[:2]}/{key}.json"

    def get(self, key: str) -> Completion | None:
        """What the call gave, if it succeeded before; ValueError where its file was damaged."""
        text = self.workspace.read_text(self._path(key))
        if text is None:
            return None
        try:
            return Completion.model_validate_json(text)
        except ValidationError:
            where = f"{self.workspace.url}/{self._path(key)}"
            raise ValueError(
                f"The kept call {where} is damaged: delete it, and the call is made again."
            ) from None

    def put(self, key: str, completion: Completion) -> None:
        """Keeps what a call gave."""
        self.workspace.write_text(self._path(key), completion.model_dump_json() + "\n")
