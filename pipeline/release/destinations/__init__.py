"""Uploads a release to another folder, to S3, or to the Hugging Face Hub, whole or not at all.

    upload(Path("releases/demo/1.0.0"), "s3://bucket/demo", print)              # "s3://bucket/demo/1.0.0"
    yank("hf://datasets/owner/demo", "1.0.0", "the gold of three types was wrong")

The order is data, texts, manifest, and then `latest`, which names the highest version that is not
yanked. After a kill the same call continues. Files that an earlier version has are not sent again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ..checks import ReleaseError
from ..versions.version import parse
from .folder import Folder
from .hub import Hub
from .release_files import ReleaseFiles
from .s3 import S3

__all__ = ["Destination", "destination", "restore", "upload", "yank"]

_HUB = "hf://datasets/"


class Destination(Protocol):
    """A place that holds versions of one release."""

    def upload(self, release: ReleaseFiles, say: Callable[[str], None]) -> str:
        """Uploads a release and returns the address where readers find it."""

    def yank(self, version: str, reason: str) -> None:
        """Marks a version as yanked, unless it is marked, and moves `latest` off it."""

    def restore(self, version: str) -> None:
        """Removes a version's yank mark, if there is one."""


def destination(address: str) -> Destination:
    """Returns the place that an address names; ValueError for any other address."""
    if address.startswith(_HUB):
        return Hub.at(address.removeprefix(_HUB))
    if address.startswith("s3://"):
        return S3.at(address.removeprefix("s3://"))
    if "://" in address or not address:
        raise ValueError(
            f"{address!r} is no place for a release: give a folder, s3://BUCKET/PREFIX or "
            "hf://datasets/OWNER/NAME."
        )
    return Folder(Path(address))


def upload(release: Path, address: str, say: Callable[[str], None]) -> str:
    """Uploads a finished release folder and returns the address where readers find it.

    ReleaseError if that version exists there with other content; RuntimeError if the place cannot
    be reached.
    """
    return destination(address).upload(ReleaseFiles.of(release), say)


def yank(address: str, version: str, reason: str) -> None:
    """Marks a version as not to be used and moves `latest` off it; its files stay."""
    reason = " ".join(reason.split())
    if not reason:
        raise ReleaseError(f"Say why {version} is yanked: its readers will ask.")
    destination(address).yank(_version(version), reason)


def restore(address: str, version: str) -> None:
    """Removes the mark of a yanked version."""
    destination(address).restore(_version(version))


def _version(text: str) -> str:
    if parse(text) is None:
        raise ReleaseError(f"{text!r} is not a version like 1.2.3.")
    return text
