"""The Hugging Face Hub: a data set whose tags are the versions, and whose main branch is the
highest of them.

    Hub.at("owner/demo").upload(release, print)

A version is committed whole to a branch of its own, looked at there, and tagged: the tag is the
seal, can be made only once, and never moves. Then main gets the same files. A yanked version is
marked by yanked/1.0.0.json on main, its tag stays. The token comes from HF_TOKEN or `hf auth
login`; a data set that is not there yet is made public.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..versions.version import YANKED, parse
from .release_files import (
    ReleaseError,
    ReleaseFile,
    ReleaseFiles,
    mark,
    mark_of,
    megabytes,
    newest,
    refusal,
)

if TYPE_CHECKING:
    from huggingface_hub import (
        CommitOperationAdd,
        CommitOperationCopy,
        CommitOperationDelete,
        HfApi,
        RepoFile,
    )

    Operation = CommitOperationAdd | CommitOperationCopy | CommitOperationDelete

_KIND = "dataset"
#: The Hub's own file: what is kept as a large file.
_ATTRIBUTES = ".gitattributes"
#: What the Hub answers when somebody else was faster, or the thing is there.
_TAKEN = (409, 412)
_TRIES = 5
_BUSY = "main of {} is moved by others all the time: try again when they are done."


@dataclass(frozen=True, slots=True)
class Hub:
    """Releases as a data set of the Hub."""

    repository: str
    api: "HfApi"

    @classmethod
    def at(cls, address: str) -> "Hub":
        """The data set OWNER/NAME."""
        if len([part for part in address.split("/") if part]) != 2 or address.count("/") != 1:
            raise ValueError(
                f"hf://datasets/{address} is no data set of the Hub: give hf://datasets/OWNER/NAME."
            )
        from huggingface_hub import HfApi

        return cls(address, HfApi())

    def __str__(self) -> str:
        """Its address."""
        return f"hf://datasets/{self.repository}"

    def upload(self, release: ReleaseFiles, say: Callable[[str], None]) -> str:
        """Commits the release to a branch of its own, tags it, and has main follow."""
        with self._told():
            if not self.api.repo_exists(self.repository, repo_type=_KIND):
                say(f"{self}: making a public data set; one that you made private before stays so")
                self.api.create_repo(self.repository, repo_type=_KIND, exist_ok=True)
            if not self._is_there(release):
                branch = f"upload-{release.version}-{release.manifest.sha256[:16]}"
                self._seal(release, self._commit(release, branch, say))
            self._point()
            self._clear(release.version)
        return f"{self.api.endpoint}/datasets/{self.repository}/tree/{release.version}"

    def yank(self, version: str, reason: str) -> None:
        """Commits the mark to main, unless it is there, and has main follow the highest version
        that is left.
        """
        from huggingface_hub import CommitOperationAdd

        marking = CommitOperationAdd(mark_of(version), mark(reason))
        self._remark(version, lambda there: [] if there else [marking], f"Yank {version}")

    def restore(self, version: str) -> None:
        """Takes the mark off main, if it is there, and has main follow."""
        from huggingface_hub import CommitOperationDelete

        unmarking = CommitOperationDelete(mark_of(version))
        self._remark(version, lambda there: [unmarking] if there else [], f"Restore {version}")

    def _remark(
        self, version: str, changing: "Callable[[bool], list[Operation]]", message: str
    ) -> None:
        """Commits to main what is to be done about a mark that is there or not, and has main
        follow.
        """
        with self._told():
            if version not in self._tags():
                raise ReleaseError(f"There is no release {version} in {self}.")
            for _ in range(_TRIES):
                head = self._branches()["main"]
                operations = changing(mark_of(version) in self._tree(head))
                if not operations or self._committed("main", head, operations, message):
                    break
            else:
                raise RuntimeError(_BUSY.format(self))
            self._point()

    # --- the steps

    def _is_there(self, release: ReleaseFiles) -> bool:
        """Is this very release tagged? ReleaseError where another one is."""
        if release.version not in self._tags():
            return False
        if self._differing(release, self._tags()[release.version]):
            raise refusal(f"{self}@{release.version}", release.version)
        return True

    def _commit(self, release: ReleaseFiles, branch: str, say: Callable[[str], None]) -> str:
        """The commit that holds the release and nothing else, made now or by an upload that was
        killed.
        """
        self.api.create_branch(self.repository, repo_type=_KIND, branch=branch, exist_ok=True)
        for _ in range(_TRIES):
            head = self._branches()[branch]
            operations = self._differing(release, head)
            if not operations:
                return head
            say(f"{self}: sending what the Hub has not yet of {megabytes(release.everything)}")
            self._committed(branch, head, operations, f"Release {release.version}")
        raise RuntimeError(
            f"The Hub does not hold {branch} of {self.repository} as it was sent: publish again."
        )

    def _seal(self, release: ReleaseFiles, commit: str) -> None:
        """Tags the commit; of two publishers at once one does, and the other is told."""
        from huggingface_hub.errors import HfHubHTTPError

        try:
            self.api.create_tag(
                self.repository, repo_type=_KIND, tag=release.version, revision=commit
            )
        except HfHubHTTPError as error:
            if error.response.status_code not in _TAKEN:
                raise
            assert self._is_there(release)

    def _point(self) -> None:
        """Has main hold the files of the highest version that is not yanked, whoever else moves it
        at the same time.

        Where every version is yanked, main stays as it is; the marks are on it.
        """
        for _ in range(_TRIES):
            head, tags = self._branches()["main"], self._tags()
            now = self._tree(head)
            yanked = {
                name.removeprefix(f"{YANKED}/").removesuffix(".json")
                for name in now
                if _is_mark(name)
            }
            version = newest(tags, yanked)
            operations = self._following(now, tags[version]) if version else []
            if not operations:
                return
            self._committed("main", head, operations, f"Release {version}")
        raise RuntimeError(_BUSY.format(self))

    def _clear(self, version: str) -> None:
        """Removes the branches that this version was sent to; its tag holds its commit."""
        from huggingface_hub.errors import HfHubHTTPError

        for branch in self._branches():
            if branch.startswith(f"upload-{version}-"):
                try:
                    self.api.delete_branch(self.repository, repo_type=_KIND, branch=branch)
                except HfHubHTTPError as error:
                    if (
                        error.response.status_code != 404
                    ):  # another publisher of this version was faster
                        raise

    # --- what differs

    def _differing(self, release: ReleaseFiles, revision: str) -> "list[Operation]":
        """What must be done to a revision for it to hold this release and nothing else."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        now = self._tree(revision)
        operations: list[Operation] = []
        for file in release.everything:
            if file.path not in now or not _holds(now[file.path], file):
                adding = CommitOperationAdd(file.path, str(file.checked()))
                adding.upload_info.sha256 = bytes.fromhex(
                    file.sha256
                )  # so that it is not read once more
                operations.append(adding)
        gone = now.keys() - {file.path for file in release.everything} - {_ATTRIBUTES}
        return operations + [CommitOperationDelete(name) for name in sorted(gone)]

    def _following(self, now: "dict[str, RepoFile]", commit: str) -> "list[Operation]":
        """What must be done to main for it to hold the files of a tagged commit, beside the marks."""
        from huggingface_hub import CommitOperationCopy, CommitOperationDelete

        wanted = self._tree(commit)
        changed = [
            name
            for name, file in wanted.items()
            if name not in now or now[name].blob_id != file.blob_id
        ]
        gone = [
            name
            for name in now
            if name not in wanted and name != _ATTRIBUTES and not _is_mark(name)
        ]
        return [
            *(
                CommitOperationCopy(name, name, src_revision=commit)
                for name in changed
                if name != _ATTRIBUTES
            ),
            *(CommitOperationDelete(name) for name in gone),
        ]

    # --- asking the Hub

    def _tree(self, revision: str) -> "dict[str, RepoFile]":
        from huggingface_hub import RepoFile

        found = self.api.list_repo_tree(
            self.repository, repo_type=_KIND, revision=revision, recursive=True
        )
        return {entry.path: entry for entry in found if isinstance(entry, RepoFile)}

    def _branches(self) -> dict[str, str]:
        refs = self.api.list_repo_refs(self.repository, repo_type=_KIND)
        return {branch.name: branch.target_commit for branch in refs.branches}

    def _tags(self) -> dict[str, str]:
        """Version -> its commit."""
        refs = self.api.list_repo_refs(self.repository, repo_type=_KIND)
        return {tag.name: tag.target_commit for tag in refs.tags if parse(tag.name)}

    def _committed(
        self, branch: str, head: str, operations: "list[Operation]", message: str
    ) -> bool:
        """Commits on top of `head`; False where the branch has moved on since."""
        from huggingface_hub.errors import HfHubHTTPError

        try:
            self.api.create_commit(
                self.repository,
                repo_type=_KIND,
                revision=branch,
                parent_commit=head,
                operations=operations,
                commit_message=message,
            )
        except HfHubHTTPError as error:
            if error.response.status_code not in _TAKEN:
                raise
            return False
        return True

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the Hub or the network refuses, in one sentence, without addresses: those of uploads
        are signed.
        """
        import httpx2
        from huggingface_hub.errors import HfHubHTTPError

        try:
            yield
        except HfHubHTTPError as error:
            status = error.response.status_code
            hint = (
                f" Set HF_TOKEN to a token that may write to {self.repository}."
                if status in (401, 403)
                else ""
            )
            said = f"{status} {error.server_message or ''}".strip()
            raise RuntimeError(
                f"The Hub refused {self} ({said}); publish again to go on.{hint}"
            ) from None
        except (OSError, httpx2.HTTPError) as error:
            raise RuntimeError(
                f"The Hub could not be reached for {self} ({type(error).__name__})."
            ) from None
        except RuntimeError as error:
            if error.__cause__ is None:  # ours
                raise
            raise RuntimeError(f"{str(error).rstrip('.')}: publish again to go on.") from None


def _is_mark(name: str) -> bool:
    return name.startswith(f"{YANKED}/")


def _holds(there: "RepoFile", file: ReleaseFile) -> bool:
    """Is a file of the Hub this one? A large file is known by its sha256, a small one by its id in
    git.
    """
    if there.size != file.size:
        return False
    if there.lfs is not None:
        return bool(there.lfs.sha256 == file.sha256)
    content = file.source.read_bytes()
    return bool(there.blob_id == hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest())
