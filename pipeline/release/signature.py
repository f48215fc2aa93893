"""Signs a release's manifest with an SSH key, and verifies releases.

    sign(folder / "MANIFEST.json", Path("~/.ssh/id_ed25519").expanduser())    # MANIFEST.json.sig
    verification = verify(folder, signers=Path("allowed_signers"))
    print(verification.passed, verification.sentences())

The manifest vouches for the files, the signature for the manifest. ssh-keygen (OpenSSH 8.1 and
later) does the work: nobody needs another tool, and keys held by an ssh-agent work too.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from .contents import manifest_of
from .files.parquet import sha256
from .manifest import MANIFEST, SIGNATURE

#: What the signature is for: a signature that the same key made for another purpose fails.
NAMESPACE = "spuriforge-release"
#: A generous limit: ssh-keygen asks nobody anything, so it ends at once.
_SECONDS = 60
_FINGERPRINT = re.compile(r"\bSHA256:[A-Za-z0-9+/]+")


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of verifying a release."""

    #: How many files are as the manifest says.
    files: int
    #: What is wrong, a phrase each; empty if nothing is.
    faults: tuple[str, ...]
    #: The fingerprint of the signing key, or None without a valid signature.
    fingerprint: str | None = None
    #: Who signed, as the file of allowed signers names them, or None without such a file.
    signer: str | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def sentences(self) -> list[str]:
        """Returns the result in words, what is wrong first."""
        lines = [*self.faults, f"{self.files} file{'s'[: self.files != 1]} as {MANIFEST} says"]
        if self.signer:
            lines.append(f"signed by {self.signer} with the key {self.fingerprint}")
        elif self.fingerprint and self.passed:
            lines.append(
                f"signed with the key {self.fingerprint}; whose it is was not checked: give "
                "allowed signers"
            )
        elif self.passed:
            lines.append("not signed")
        return lines


def sign(manifest: Path, key: Path) -> Path:
    """Writes the signature beside the manifest; ValueError if the key cannot sign."""
    if not key.is_file():
        raise ValueError(
            f"The signing key {key} is not there: publish.sign_key names an SSH private key."
        )
    run = _ssh_keygen(["sign", "-f", str(key), "-n", NAMESPACE], manifest.read_bytes())
    if run.returncode or not run.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise ValueError(
            f"The key {key} cannot sign ({_last_line(run)}). A key with a passphrase must be held "
            "by an ssh-agent."
        )
    signature = manifest.with_name(SIGNATURE)
    signature.write_bytes(run.stdout)
    return signature


def require_key(key: Path) -> None:
    """Signs a test file, so that a bad key fails before a release is written."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / MANIFEST).write_bytes(b"{}")
        sign(Path(folder) / MANIFEST, key)


def verify(folder: Path, signers: Path | None = None) -> Verification:
    """Compares every file with the manifest, looks for other files, and checks the signature.

    With `signers`, a file of allowed signers (`man ssh-keygen`), one of them must have signed.
    ValueError if the folder is no release, or `signers` no file.
    """
    if signers and not signers.is_file():
        raise ValueError(
            f"{signers} is not there: name a file of allowed signers, one `NAME KEYTYPE KEY` a "
            "line."
        )
    entries: dict[str, Any] = manifest_of(folder)["files"]
    faults = [
        fault for name in sorted(entries) for fault in _file_faults(folder, name, entries[name])
    ]
    sound = len(entries) - len(faults)
    faults += [f"{name} is not in {MANIFEST}" for name in _unlisted(folder, entries)]
    if not (folder / SIGNATURE).is_file():
        faults += ["it is not signed"] if signers else []
        return Verification(sound, tuple(faults))
    signature_faults, fingerprint, signer = _check_signature(folder, signers)
    return Verification(sound, (*faults, *signature_faults), fingerprint, signer)


def _file_faults(folder: Path, name: str, entry: dict[str, Any]) -> Iterator[str]:
    """Yields at most one fault; a manifest that points out of its folder is not followed."""
    path = folder / name
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        yield f"{name!r} is no file of a release"
    elif not path.is_file():
        yield f"{name} is missing"
    elif path.stat().st_size != entry["bytes"] or sha256(path) != entry["sha256"]:
        yield f"{name} is not the file that {MANIFEST} describes"


def _unlisted(folder: Path, entries: dict[str, Any]) -> list[str]:
    """Returns files that the manifest does not list.

    Hidden files do not count: download tools leave them, and no reader loads them.
    """
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    visible = {
        name.as_posix() for name in names if not any(part.startswith(".") for part in name.parts)
    }
    return sorted(visible - entries.keys() - {MANIFEST, SIGNATURE})


def _check_signature(
    folder: Path, signers: Path | None
) -> tuple[list[str], str | None, str | None]:
    """Returns what is wrong with the signature, its key's fingerprint, and who signed."""
    manifest, signature = (folder / MANIFEST).read_bytes(), str(folder / SIGNATURE)
    run = _ssh_keygen(["check-novalidate", "-n", NAMESPACE, "-s", signature], manifest)
    match = _FINGERPRINT.search(run.stdout.decode(errors="replace"))
    if run.returncode or not match:
        return [f"{SIGNATURE} is no signature of this {MANIFEST} ({_last_line(run)})"], None, None
    fingerprint = match.group()
    if signers is None:
        return [], fingerprint, None
    allowed = ["-f", str(signers), "-s", signature]
    principals = _ssh_keygen(["find-principals", *allowed], b"").stdout.decode(errors="replace")
    for name in principals.splitlines():
        if not _ssh_keygen(["verify", "-I", name, "-n", NAMESPACE, *allowed], manifest).returncode:
            return [], fingerprint, name
    fault = f"it is signed with the key {fingerprint}, which {signers} does not allow"
    return [fault], fingerprint, None


def _ssh_keygen(arguments: Sequence[str], payload: bytes) -> subprocess.CompletedProcess[bytes]:
    """Runs `ssh-keygen -Y ...` in a new session, without a terminal to ask for a passphrase."""
    try:
        return subprocess.run(
            ["ssh-keygen", "-Y", *arguments],
            input=payload,
            capture_output=True,
            timeout=_SECONDS,
            start_new_session=True,
            check=False,
        )
    except FileNotFoundError:
        raise ValueError(
            "ssh-keygen is not installed; it comes with OpenSSH, which signs and verifies."
        ) from None


def _last_line(run: subprocess.CompletedProcess[bytes]) -> str:
    lines = run.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else f"ssh-keygen ended with {run.returncode}"
