"""Releases on S3, or any store with its API, below a prefix of a bucket.

    S3.at("bucket/demo").upload(release, print)

The prefix holds 1.0.0/, the pointer `latest`, and yanked/1.0.0.json for a yanked version. A
publisher claims a version with an object that can be created only once (`If-None-Match: *`) and
holds its manifest's hash, so two contents never mix below one version. MANIFEST.json comes last:
once it is there, the version is complete. Credentials, region and endpoint come from boto's usual
environment variables and files.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..checks import ReleaseError
from ..manifest import MANIFEST
from ..versions.version import LATEST, YANKED, mark, mark_path, newest, parse
from .release_files import ReleaseFile, ReleaseFiles, megabytes, paths_by_hash, refusal

if TYPE_CHECKING:
    from s3fs import S3FileSystem

_CLAIM = ".claim"
#: S3's error codes when a write's condition fails, or another write of the object is under way.
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_TRIES, _PAUSE = 20, 0.2
#: Bytes of one part of a file, and parts sent at once; their product bounds an upload's memory.
_PART, _PARTS = 16 * 2**20, 4


@dataclass(frozen=True, slots=True)
class S3:
    """Releases below a prefix of a bucket."""

    bucket: str
    prefix: str
    fs: "S3FileSystem"

    @classmethod
    def at(cls, address: str) -> "S3":
        """Returns the place BUCKET/PREFIX; ValueError without a prefix."""
        bucket, _, prefix = address.strip("/").partition("/")
        if not bucket or not prefix:
            raise ValueError(f"s3://{address} is no place for a release: give s3://BUCKET/PREFIX.")
        from s3fs import S3FileSystem

        return cls(bucket, prefix, S3FileSystem(use_listings_cache=False))

    def __str__(self) -> str:
        """The place's address."""
        return f"s3://{self.bucket}/{self.prefix}"

    def upload(self, release: ReleaseFiles, say: Callable[[str], None]) -> str:
        """Claims the version, sends missing files, writes the manifest last, and moves `latest`."""
        with self._plain_errors():
            if not self._is_there(release):
                self._claim(release)
                self._send(release, say)
                self._require_nothing_else(release)
                self._write_manifest(release)
            self._move_latest()
        return f"{self}/{release.version}"

    def yank(self, version: str, reason: str) -> None:
        """Writes the yank mark, unless it is there, and moves `latest`."""
        with self._plain_errors():
            self._require(version)
            self._create(mark_path(version), mark(reason))
            self._move_latest()

    def restore(self, version: str) -> None:
        """Removes the yank mark, if it is there, and moves `latest`."""
        with self._plain_errors():
            self._require(version)
            self._call("delete_object", mark_path(version))
            self._move_latest()

    def _require(self, version: str) -> None:
        if self._head(f"{version}/{MANIFEST}") is None:
            raise ReleaseError(f"There is no release {version} in {self}.")

    def _is_there(self, release: ReleaseFiles) -> bool:
        """Returns whether this release is there; ReleaseError if the version has other content."""
        manifest = self._read(f"{release.version}/{MANIFEST}")
        if manifest is not None and manifest != release.manifest.source.read_bytes():
            raise refusal(f"{self}/{release.version}", release.version)
        return manifest is not None

    def _claim(self, release: ReleaseFiles) -> None:
        """Claims the version for this content; ReleaseError if it is claimed for other content."""
        name, claim = f"{release.version}/{_CLAIM}", release.manifest.sha256.encode()
        self._create(name, claim)
        # Read back, because a server may ignore `If-None-Match`.
        if self._read(name) != claim:
            raise ReleaseError(
                f"{self}/{release.version} is being published by somebody else with other content: "
                "publish yours under a higher version. If that upload was abandoned, delete "
                f"everything below {self}/{release.version}."
            )

    def _send(self, release: ReleaseFiles, say: Callable[[str], None]) -> None:
        """Sends every file but the manifest, unless it is there or the last version has it."""
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
        """Raises ReleaseError for a foreign file: readers take every file of a version's folder."""
        place = f"{self.bucket}/{self.prefix}/{release.version}/"
        present = {name.removeprefix(place) for name in self.fs.find(place)}
        others = present - {file.path for file in release.everything} - {_CLAIM}
        if others:
            raise ReleaseError(
                f"s3://{place}{min(others)} is not part of your release: delete it and publish "
                "again."
            )

    def _write_manifest(self, release: ReleaseFiles) -> None:
        self._create(f"{release.version}/{MANIFEST}", release.manifest.checked().read_bytes())
        assert self._is_there(release)

    def _move_latest(self) -> None:
        """Makes `latest` name the highest version that is not yanked.

        Several publishers may do so at once: `latest` is written only if it has not changed since
        it was read, and then everything is read again.
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
            f"Other publishers keep moving {self}/{LATEST}: publish again when they are done."
        )

    # --- reading

    def _versions(self) -> list[str]:
        names = self._names("")
        return [name for name in names if parse(name) and self._head(f"{name}/{MANIFEST}")]

    def _yanked(self) -> set[str]:
        return {name.removesuffix(".json") for name in self._names(YANKED)}

    def _names(self, folder: str) -> list[str]:
        try:
            paths = self.fs.ls(self._path(folder).rstrip("/"), detail=False, refresh=True)
        except FileNotFoundError:
            return []
        return [path.rstrip("/").rpartition("/")[2] for path in paths]

    def _last(self, version: str) -> tuple[str | None, dict[str, str]]:
        """Returns the highest other version that is there, and its files as sha256 -> path."""
        last = newest(self._versions(), (version,))
        manifest = self._read(f"{last}/{MANIFEST}") if last else None
        return last, paths_by_hash(manifest) if manifest else {}

    def _has(self, version: str, file: ReleaseFile) -> bool:
        """Returns whether a file is there, by its size and the hash that was sent with it."""
        head = self._head(f"{version}/{file.path}")
        return bool(
            head
            and head["ContentLength"] == file.size
            and head["Metadata"].get("sha256") == file.sha256
        )

    def _head(self, name: str) -> dict[str, Any] | None:
        """Returns an object's metadata, or None without such an object."""
        try:
            return dict(self._call("head_object", name))
        except FileNotFoundError:
            return None

    def _read(self, name: str) -> bytes | None:
        return self._read_tagged(name)[0]

    def _read_tagged(self, name: str) -> tuple[bytes | None, str | None]:
        """Returns a small object and the ETag of these bytes, in one request; or (None, None)."""
        from fsspec.asyn import sync

        try:
            response = self._call("get_object", name)
        except FileNotFoundError:
            return None, None
        return sync(self.fs.loop, response["Body"].read), response["ETag"]

    # --- writing

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
        """Creates an object unless it exists; waits while another writer creates it."""
        for _ in range(_TRIES):
            if self._written(name, content, {"IfNoneMatch": "*"}) or self._read(name) is not None:
                return
            time.sleep(_PAUSE)
        raise RuntimeError(f"{self}/{name} could not be created: publish again.")

    def _written(self, name: str, content: bytes, condition: dict[str, str]) -> bool:
        """Writes an object if the condition holds; returns whether it did."""
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

    def _call(self, method: str, name: str, **arguments: Any) -> Any:  # noqa: ANN401 - boto is untyped
        return self.fs.call_s3(method, Bucket=self.bucket, Key=f"{self.prefix}/{name}", **arguments)

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """Turns an error of S3 or the network into a RuntimeError of one sentence."""
        from botocore.exceptions import BotoCoreError

        try:
            yield
        except (OSError, BotoCoreError) as error:
            raise RuntimeError(
                f"{self} could not be used: {str(error).rstrip('.')}. Files already sent stay; "
                "run the same command again to continue."
            ) from error
