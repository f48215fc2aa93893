"""Releases on the Hugging Face Hub: one data set, a tag for each version, the latest on main.

    Hub.at("owner/demo").upload(release, print)

A version is committed to a branch of its own, compared there, and tagged. A tag can be created only
once and never moves. Then main gets the same files. A yanked version keeps its tag and is marked by
yanked/1.0.0.json on main. The token comes from HF_TOKEN or `hf auth login`. A data set that does
not exist yet is created as a public one.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..checks import ReleaseError
from ..versions.version import YANKED, mark, mark_path, newest, parse
from .release_files import ReleaseFile, ReleaseFiles, megabytes, refusal

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
#: The Hub's own file, which lists what is stored as a large file.
_ATTRIBUTES = ".gitattributes"
#: The Hub's status codes when somebody else was faster, or the thing exists.
_TAKEN = (409, 412)
_TRIES = 5
_BUSY = "Others keep moving main of {}: try again when they are done."


@dataclass(frozen=True, slots=True)
class Hub:
    """Releases as a data set of the Hub."""

    repository: str
    api: "HfApi"

    @classmethod
    def at(cls, address: str) -> "Hub":
        """Returns the data set OWNER/NAME; ValueError for any other address."""
        if len([part for part in address.split("/") if part]) != 2 or address.count("/") != 1:
            raise ValueError(
                f"hf://datasets/{address} is no data set of the Hub: give hf://datasets/OWNER/NAME."
            )
        from huggingface_hub import HfApi

        return cls(address, HfApi())

    def __str__(self) -> str:
        """The data set's address."""
        return f"hf://datasets/{self.repository}"

    def upload(self, release: ReleaseFiles, say: Callable[[str], None]) -> str:
        """Commits the release to a branch of its own, tags it, and moves main to the latest."""
        with self._plain_errors():
            if not self.api.repo_exists(self.repository, repo_type=_KIND):
                say(f"{self}: creating it as a public data set")
                self.api.create_repo(self.repository, repo_type=_KIND, exist_ok=True)
            if not self._is_there(release):
                branch = f"upload-{release.version}-{release.manifest.sha256[:16]}"
                self._tag(release, self._commit(release, branch, say))
            self._move_main()
            self._delete_branches(release.version)
        return f"{self.api.endpoint}/datasets/{self.repository}/tree/{release.version}"

    def yank(self, version: str, reason: str) -> None:
        """Commits the yank mark to main, unless it is there, and moves main to the latest."""
        from huggingface_hub import CommitOperationAdd

        add = CommitOperationAdd(mark_path(version), mark(reason))
        self._change_mark(version, lambda marked: [] if marked else [add], f"Yank {version}")

    def restore(self, version: str) -> None:
        """Removes the yank mark from main, if it is there, and moves main to the latest."""
        from huggingface_hub import CommitOperationDelete

        delete = CommitOperationDelete(mark_path(version))
        self._change_mark(version, lambda marked: [delete] if marked else [], f"Restore {version}")

    def _change_mark(
        self, version: str, operations_for: "Callable[[bool], list[Operation]]", message: str
    ) -> None:
        """Commits `operations_for(whether the mark is there)` to main, then moves main."""
        with self._plain_errors():
            if version not in self._tags():
                raise ReleaseError(f"There is no release {version} in {self}.")
            for _ in range(_TRIES):
                head = self._branches()["main"]
                operations = operations_for(mark_path(version) in self._tree(head))
                if not operations or self._committed("main", head, operations, message):
                    break
            else:
                raise RuntimeError(_BUSY.format(self))
            self._move_main()

    # --- steps of an upload

    def _is_there(self, release: ReleaseFiles) -> bool:
        """Returns whether this release is tagged; ReleaseError if the tag has other content."""
        if release.version not in self._tags():
            return False
        if self._to_replace(release, self._tags()[release.version]):
            raise refusal(f"{self}@{release.version}", release.version)
        return True

    def _commit(self, release: ReleaseFiles, branch: str, say: Callable[[str], None]) -> str:
        """Returns the branch's commit with the release and nothing else; makes it if needed."""
        self.api.create_branch(self.repository, repo_type=_KIND, branch=branch, exist_ok=True)
        for _ in range(_TRIES):
            head = self._branches()[branch]
            operations = self._to_replace(release, head)
            if not operations:
                return head
            say(f"{self}: sending the files it lacks, of {megabytes(release.everything)} in all")
            self._committed(branch, head, operations, f"Release {release.version}")
        raise RuntimeError(
            f"Branch {branch} of {self.repository} differs from the files sent: publish again."
        )

    def _tag(self, release: ReleaseFiles, commit: str) -> None:
        """Tags the commit; a publisher who comes second compares contents instead."""
        from huggingface_hub.errors import HfHubHTTPError

        try:
            self.api.create_tag(
                self.repository, repo_type=_KIND, tag=release.version, revision=commit
            )
        except HfHubHTTPError as error:
            if error.response.status_code not in _TAKEN:
                raise
            assert self._is_there(release)

    def _move_main(self) -> None:
        """Makes main hold the files of the highest version that is not yanked.

        Others may move it at the same time. If every version is yanked, main keeps its files; it
        has the marks.
        """
        for _ in range(_TRIES):
            head, tags = self._branches()["main"], self._tags()
            current = self._tree(head)
            yanked = {
                name.removeprefix(f"{YANKED}/").removesuffix(".json")
                for name in current
                if _is_mark(name)
            }
            version = newest(tags, yanked)
            operations = self._to_follow(current, tags[version]) if version else []
            if not operations:
                return
            self._committed("main", head, operations, f"Release {version}")
        raise RuntimeError(_BUSY.format(self))

    def _delete_branches(self, version: str) -> None:
        """Deletes the branches that this version was sent to; the tag keeps its commit."""
        from huggingface_hub.errors import HfHubHTTPError

        for branch in self._branches():
            if branch.startswith(f"upload-{version}-"):
                try:
                    self.api.delete_branch(self.repository, repo_type=_KIND, branch=branch)
                except HfHubHTTPError as error:
                    # 404: another publisher of this version was faster.
                    if error.response.status_code != 404:
                        raise

    # --- operations to commit

    def _to_replace(self, release: ReleaseFiles, revision: str) -> "list[Operation]":
        """Returns the operations that make a revision hold this release and nothing else."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        current = self._tree(revision)
        operations: list[Operation] = []
        for file in release.everything:
            if file.path not in current or not _equal(current[file.path], file):
                add = CommitOperationAdd(file.path, str(file.checked()))
                # Set, so that the library does not read the file once more.
                add.upload_info.sha256 = bytes.fromhex(file.sha256)
                operations.append(add)
        gone = current.keys() - {file.path for file in release.everything} - {_ATTRIBUTES}
        return operations + [CommitOperationDelete(name) for name in sorted(gone)]

    def _to_follow(self, current: "dict[str, RepoFile]", commit: str) -> "list[Operation]":
        """Returns the operations that make main hold a tagged commit's files and the marks."""
        from huggingface_hub import CommitOperationCopy, CommitOperationDelete

        wanted = self._tree(commit)
        changed = [
            name
            for name, file in wanted.items()
            if name not in current or current[name].blob_id != file.blob_id
        ]
        gone = [
            name
            for name in current
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

    # --- requests

    def _tree(self, revision: str) -> "dict[str, RepoFile]":
        from huggingface_hub import RepoFile

        entries = self.api.list_repo_tree(
            self.repository, repo_type=_KIND, revision=revision, recursive=True
        )
        return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}

    def _branches(self) -> dict[str, str]:
        refs = self.api.list_repo_refs(self.repository, repo_type=_KIND)
        return {branch.name: branch.target_commit for branch in refs.branches}

    def _tags(self) -> dict[str, str]:
        """Returns version -> commit."""
        refs = self.api.list_repo_refs(self.repository, repo_type=_KIND)
        return {tag.name: tag.target_commit for tag in refs.tags if parse(tag.name)}

    def _committed(
        self, branch: str, head: str, operations: "list[Operation]", message: str
    ) -> bool:
        """Commits on top of `head`; returns False if the branch has moved since."""
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
    def _plain_errors(self) -> Iterator[None]:
        """Turns an error of the Hub or the network into a RuntimeError of one sentence.

        It leaves out addresses, because those of uploads contain signatures.
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
            answer = f"{status} {error.server_message or ''}".strip()
            raise RuntimeError(
                f"The Hub refused {self} ({answer}): publish again to continue.{hint}"
            ) from None
        except (OSError, httpx2.HTTPError) as error:
            raise RuntimeError(
                f"The Hub could not be reached for {self} ({type(error).__name__})."
            ) from None
        except RuntimeError as error:
            if error.__cause__ is None:  # raised by this module
                raise
            raise RuntimeError(f"{str(error).rstrip('.')}: publish again to continue.") from None


def _is_mark(name: str) -> bool:
    return name.startswith(f"{YANKED}/")


def _equal(stored: "RepoFile", file: ReleaseFile) -> bool:
    """Compares a file of the Hub with ours: large files by sha256, small ones by their git id."""
    if stored.size != file.size:
        return False
    if stored.lfs is not None:
        return bool(stored.lfs.sha256 == file.sha256)
    content = file.source.read_bytes()
    return bool(stored.blob_id == hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest())
