"""A connection to a Label Studio server.

client = connect(Server("http://127.0.0.1:8080", token))
with explained("the projects", server):          # errors become one sentence
    client.projects.list()
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A Label Studio that answers: its address, its owner's token, and its folder if it is ours."""

    url: str
    token: str = field(repr=False)
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    #: None for a server that somebody else runs.
    home: Path | None = None


def connect(server: Server, token: str | None = None) -> "LabelStudio":
    """Returns the SDK's client, acting for the server's owner or for the token's user.

    It keeps one HTTP connection open.
    """
    from label_studio_sdk import LabelStudio

    session = httpx.Client(timeout=TIMEOUT, follow_redirects=True, trust_env=server.home is None)
    return LabelStudio(base_url=server.url, api_key=token or server.token, httpx_client=session)


@contextmanager
def explained(what: str, server: Server) -> Iterator[None]:
    """Turns errors of the SDK and the network into a RuntimeError of one sentence."""
    from label_studio_sdk.core.api_error import ApiError

    try:
        yield
    except ApiError as error:
        body = re.sub(r"\s+", " ", str(error.body))[:200]
        raise RuntimeError(
            f"Label Studio at {server.url} refused {what} ({error.status_code}): {body}"
        ) from error
    except httpx.HTTPError as error:
        raise RuntimeError(
            f"Label Studio at {server.url} did not answer {what}: {type(error).__name__}."
        ) from error
