"""Where a release goes besides its own folder: another folder, S3, the Hugging Face Hub. Whole
there, or not at all.

    upload(Path("releases/demo/1.0.0"), "s3://bucket/demo", print)              # "s3://bucket/demo/1.0.0"
    yank("hf://datasets/owner/demo", "1.0.0", "the gold of three types was wrong")

A place is written in this order: data, texts, manifest, and then `latest`, which names the highest
version that is not yanked. Killed anywhere, the same call goes on. What an earlier version has
there already is not sent again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ..versions.version import parse
from .folder import Folder
from .hub import Hub
from .release_files import ReleaseError, ReleaseFiles
from .s3 import S3

__all__ = ["Destination", "destination", "restore", "upload", "yank"]

_HUB = "hf://datasets/"


class Destination(Protocol):
    """A place that holds versions of one release."""

    def upload(self, release: ReleaseFiles, say: Callable[[str], None]) -> str:
        """Puts a release there; gives the address at which readers find it."""

    def yank(self, version: str, reason: str) -> None:
        """Marks a version that is there, unless it is marked, and moves `latest` off it."""

    def restore(self, version: str) -> None:
        """Takes the mark off again, if there is one."""


def destination(address: str) -> Destination:
    """The place that an address means; ValueError for an address that means none."""
    if address.startswith(_HUB):
        return Hub.at(address.removeprefix(_HUB))
    if address.startswith("s3://"):
        return S3.at(address.removeprefix("s3://"))
    if "://" in address or not address:
        raise ValueError(
            f"{address!r} is no place for a release: give a folder, s3://BUCKET/PREFIX or "
            f"hf://datasets/OWNER/NAME."
        )
    return Folder(Path(address))


def upload(release: Path, address: str, say: Callable[[str], None]) -> str:
    """Publishes a finished release folder there; gives where readers find it.

    ReleaseError where that version is there with other content; RuntimeError where the place cannot
    be reached.
    """
    return destination(address).upload(ReleaseFiles.of(release), say)


def yank(address: str, version: str, reason: str) -> None:
    """Marks a version there as not to be used, and moves `latest` off it; the version itself stays."""
    said = " ".join(reason.split())
    if not said:
        raise ReleaseError(f"Say why {version} is yanked: its readers will ask.")
    destination(address).yank(_version(version), said)


def restore(address: str, version: str) -> None:
    """Takes the mark of a yanked version off again."""
    destination(address).restore(_version(version))


def _version(text: str) -> str:
    if parse(text) is None:
        raise ReleaseError(f"{text!r} is not a version like 1.2.3.")
    return text
