"""A cache of successful calls, keyed by a hash of the whole payload: nothing is paid for twice.

    cache = CallCache(workspace)
    cache.put(key, completion)  # writes calls/ab/KEY.json, whole or not at all
    cache.get(key)              # the Completion, or None

A file is written the moment a call succeeds, so a killed process loses at most the calls in flight.
It holds the response only: no image, no question, no account key.
"""

from pydantic import ValidationError

from ..workspace import Workspace
from .completion import Completion


class CallCache:
    """The successful calls of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def _path(self, key: str) -> str:
        return f"calls/{key[:2]}/{key}.json"

    def get(self, key: str) -> Completion | None:
        """Returns the completion of an earlier call, or None; ValueError if its file is damaged."""
        text = self.workspace.read_text(self._path(key))
        if text is None:
            return None
        try:
            return Completion.model_validate_json(text)
        except ValidationError:
            where = f"{self.workspace.url}/{self._path(key)}"
            raise ValueError(
                f"The cached call {where} is damaged: delete it, and the call is made again."
            ) from None

    def put(self, key: str, completion: Completion) -> None:
        """Stores a completion."""
        self.workspace.write_text(self._path(key), completion.model_dump_json() + "\n")
