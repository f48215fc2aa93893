"""S3 and what speaks like it: PREFIX/1.0.0/..., PREFIX/latest, PREFIX/yanked/1.0.0.json.

    S3.at("bucket/demo").upload(release, print)

A publisher claims a version by an object that can be made only once (`If-None-Match: *`) and that
holds its manifest's hash; so all bytes below a version are of one content. A version is there when
its MANIFEST.json is, which comes last. Credentials, region and endpoint come from boto's usual
environment and files.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..manifest import MANIFEST
from ..versions.version import LATEST, YANKED, parse
from .release_files import (
    ReleaseError,
    ReleaseFile,
    ReleaseFiles,
    held,
    mark,
    mark_of,
    megabytes,
    newest,
    refusal,
)

if TYPE_CHECKING:
    from s3fs import S3FileSystem

_CLAIM = ".claim"
#: What S3 says when a condition of a write does not hold, or another write of the same object is
#: under way.
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_TRIES, _PAUSE = 20, 0.2
#: A file goes in parts of this size, so many at once: what an upload holds in memory.
_PART, _PARTS = 16 * 2**20, 4


@dataclass(frozen=True, slots=True)
class S3:
    """Releases under a prefix of a bucket."""

    bucket: str
    prefix: str
    fs: "S3FileSystem"

    @classmethod
    def at(cls, address: str) -> "S3":
        """The place BUCKET/PREFIX."""
        bucket, _, prefix = address.strip("/").partition("/")
        if not bucket or not prefix:
            raise ValueError(f"s3://{address} is no place for a release: give s3://BUCKET/PREFIX.")
        from s3fs import S3FileSystem

        return cls(bucket, prefix, S3FileSystem(use_listings_cache=False))

    def __str__(self) -> str:
        """Its address."""
        return f"s3://{self.bucket}/{self.prefix}"

    def upload(self, release: ReleaseFiles, say: Callable[[str], None]) -> str:
        """Claims the version, sends what is missing, seals it with the manifest, moves the pointer."""
        where = f"{self}/{release.version}"
        with self._told():
            if not self._is_there(release):
                self._claim(release)
                self._send(release, say)
                self._require_nothing_else(release)
                self._seal(release)
            self._point()
        return where

    def yank(self, version: str, reason: str) -> None:
        """Leaves the mark, unless there is one, and moves the pointer."""
        with self._told():
            self._require(version)
            self._create(mark_of(version), mark(reason))
            self._point()

    def restore(self, version: str) -> None:
        """Takes the mark off, if there is one, and moves the pointer."""
        with self._told():
            self._require(version)
            self._call("delete_object", mark_of(version))
            self._point()

    def _require(self, version: str) -> None:
        if self._head(f"{version}/{MANIFEST}") is None:
            raise ReleaseError(f"There is no release {version} in {self}.")

    def _is_there(self, release: ReleaseFiles) -> bool:
        found = self._read(f"{release.version}/{MANIFEST}")
        if found is not None and found != release.manifest.source.read_bytes():
            raise refusal(f"{self}/{release.version}", release.version)
        return found is not None

    def _claim(self, release: ReleaseFiles) -> None:
        """Makes the version ours; ReleaseError where it is somebody else's."""
        name, ours = f"{release.version}/{_CLAIM}", release.manifest.sha256.encode()
        self._create(name, ours)
        if (
            self._read(name) != ours
        ):  # asked of the place itself: a server may not know `If-None-Match`
            raise ReleaseError(
                f"{self}/{release.version} is being published by somebody else with other "
                f"content: publish yours "
                f"under a higher version; if that upload was given up, delete all below "
                f"{self}/{release.version}."
            )

    def _send(self, release: ReleaseFiles, say: Callable[[str], None]) -> None:
        """Every file but the manifest: left alone if it is there, copied from the last version, or
        sent.
        """
        last, known = self._last(release.version)
        sent: list[ReleaseFile] = []
        for file in release.files:
            if self._has(release.version, file):
                continue
            if file.sha256 in known:
                self._copy(f"{last}/{known[file.sha256]}", f"{release.version}/{file.path}")
                if self._has(release.version, file):
                    continue
            self._put(release.version, file)
            sent.append(file)
        kept = len(release.files) - len(sent)
        say(f"{self}: {len(sent)} files sent ({megabytes(sent)}), {kept} there already")

    def _require_nothing_else(self, release: ReleaseFiles) -> None:
        """Readers take all files of a folder: what somebody else left there would be read as ours."""
        place = f"{self.bucket}/{self.prefix}/{release.version}/"
        found = {name.removeprefix(place) for name in self.fs.find(place)}
        others = found - {file.path for file in release.everything} - {_CLAIM}
        if others:
            raise ReleaseError(
                f"s3://{place}{min(others)} is not part of your release: delete it, and publish "
                f"again."
            )

    def _seal(self, release: ReleaseFiles) -> None:
        self._create(f"{release.version}/{MANIFEST}", release.manifest.checked().read_bytes())
        assert self._is_there(release)

    def _point(self) -> None:
        """Has `latest` name the highest version that is not yanked, whoever else moves it at the
        same time.

        It is read first and written only if nobody wrote it since; then all is looked at again.
        """
        for _ in range(_TRIES):
            now, tag = self._read_tagged(LATEST)
            version = newest(self._versions(), self._yanked())
            if (now or b"").decode().strip() == (version or ""):
                return
            if version is None:
                self._call("delete_object", LATEST)
                continue
            condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
            self._written(LATEST, f"{version}\n".encode(), condition)
        raise RuntimeError(
            f"{self}/{LATEST} is moved by others all the time: publish again when they are done."
        )

    # --- what is there

    def _versions(self) -> list[str]:
        names = self._names("")
        return [name for name in names if parse(name) and self._head(f"{name}/{MANIFEST}")]

    def _yanked(self) -> set[str]:
        return {name.removesuffix(".json") for name in self._names(YANKED)}

    def _names(self, folder: str) -> list[str]:
        try:
            found = self.fs.ls(self._path(folder).rstrip("/"), detail=False, refresh=True)
        except FileNotFoundError:
            return []
        return [path.rstrip("/").rpartition("/")[2] for path in found]

    def _last(self, version: str) -> tuple[str | None, dict[str, str]]:
        """The highest other version that is there, and what it holds."""
        last = newest(self._versions(), (version,))
        manifest = self._read(f"{last}/{MANIFEST}") if last else None
        return last, held(manifest) if manifest else {}

    def _has(self, version: str, file: ReleaseFile) -> bool:
        """Is a file there, by its size and by the hash that it was sent with?"""
        found = self._head(f"{version}/{file.path}")
        return bool(
            found
            and found["ContentLength"] == file.size
            and found["Metadata"].get("sha256") == file.sha256
        )

    def _head(self, name: str) -> dict[str, Any] | None:
        """What is known of an object, or nothing."""
        try:
            return dict(self._call("head_object", name))
        except FileNotFoundError:
            return None

    def _read(self, name: str) -> bytes | None:
        return self._read_tagged(name)[0]

    def _read_tagged(self, name: str) -> tuple[bytes | None, str | None]:
        """A small object and the ETag of these very bytes, in one request; or nothing."""
        from fsspec.asyn import sync

        try:
            found = self._call("get_object", name)
        except FileNotFoundError:
            return None, None
        return sync(self.fs.loop, found["Body"].read), found["ETag"]

    # --- what is written

    def _put(self, version: str, file: ReleaseFile) -> None:
        self.fs.put_file(
            str(file.checked()),
            self._path(f"{version}/{file.path}"),
            chunksize=_PART,
            max_concurrency=_PARTS,
            Metadata={"sha256": file.sha256},
        )

    def _copy(self, source: str, name: str) -> None:
        self._call(
            "copy_object",
            name,
            CopySource={"Bucket": self.bucket, "Key": f"{self.prefix}/{source}"},
        )

    def _create(self, name: str, content: bytes) -> None:
        """Makes an object unless there is one; one that another writer is making is waited for."""
        for _ in range(_TRIES):
            if self._written(name, content, {"IfNoneMatch": "*"}) or self._read(name) is not None:
                return
            time.sleep(_PAUSE)
        raise RuntimeError(f"{self}/{name} could not be made: publish again.")

    def _written(self, name: str, content: bytes, condition: dict[str, str]) -> bool:
        """Writes an object if the condition holds."""
        try:
            self._call("put_object", name, Body=content, **condition)
        except OSError as error:
            response = getattr(error.__cause__, "response", None) or {}
            if response.get("Error", {}).get("Code") not in _TAKEN:
                raise
            return False
        return True

    def _path(self, name: str) -> str:
        return f"{self.bucket}/{self.prefix}/{name}"

    def _call(self, method: str, name: str, **arguments: Any) -> Any:  # noqa: ANN401 - what boto takes and gives
        return self.fs.call_s3(method, Bucket=self.bucket, Key=f"{self.prefix}/{name}", **arguments)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What S3 or the network refuses, in one sentence; what was sent so far stays and is not
        sent again.
        """
        from botocore.exceptions import BotoCoreError

        try:
            yield
        except (OSError, BotoCoreError) as error:
            raise RuntimeError(
                f"{self} could not be used: {str(error).rstrip('.')}. What was sent stays; the "
                f"same command goes on."
            ) from error
