"""Signs a release's manifest with an SSH key, and verifies a release: its files by the manifest,
that by the signature.

    sign(folder / "MANIFEST.json", Path("~/.ssh/id_ed25519").expanduser())       # MANIFEST.json.sig
    found = verify(folder, signers=Path("allowed_signers"))
    print(found.passed, found.sentences())

ssh-keygen does it (OpenSSH 8.1 and later): nobody needs another tool, and a key that an agent holds
works too.
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

#: What the signature is for; one made for another purpose with the same key does not pass.
NAMESPACE = "spuriforge-release"
#: ssh-keygen asks nobody anything, so it is done in a moment.
_SECONDS = 60
_FINGERPRINT = re.compile(r"\bSHA256:[A-Za-z0-9+/]+")


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying a release found."""

    #: How many files are as the manifest says.
    files: int
    #: What is wrong; empty where nothing is.
    faults: tuple[str, ...]
    #: The fingerprint of the key that signed; None where there is no valid signature.
    fingerprint: str | None = None
    #: Who signed, as the file of allowed signers names them; None where there is no such file.
    signer: str | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def sentences(self) -> list[str]:
        """The result in words, what is wrong first."""
        said = [*self.faults, f"{self.files} file{'s'[: self.files != 1]} as {MANIFEST} says"]
        if self.signer:
            said.append(f"signed by {self.signer} with the key {self.fingerprint}")
        elif self.fingerprint and self.passed:
            said.append(
                f"signed with the key {self.fingerprint}; whose it is was not checked: give "
                f"allowed signers"
            )
        elif self.passed:
            said.append("not signed")
        return said


def sign(manifest: Path, key: Path) -> Path:
    """Writes the signature beside the manifest; ValueError where the key cannot sign."""
    if not key.is_file():
        raise ValueError(
            f"The signing key {key} is not there: publish.sign_key names an SSH private key."
        )
    done = _ssh_keygen(["sign", "-f", str(key), "-n", NAMESPACE], manifest.read_bytes())
    if done.returncode or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise ValueError(
            f"The key {key} cannot sign ({_last_line(done)}). A key with a passphrase must be held "
            f"by an ssh-agent."
        )
    signature = manifest.with_name(SIGNATURE)
    signature.write_bytes(done.stdout)
    return signature


def require_key(key: Path) -> None:
    """Signs something, to find out before a release is written whether its key works."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / MANIFEST).write_bytes(b"{}")
        sign(Path(folder) / MANIFEST, key)


def verify(folder: Path, signers: Path | None = None) -> Verification:
    """Every file by its sha256, that there is no other, and the signature; ValueError where the
    folder is no release.

    `signers` is a file of allowed signers (`man ssh-keygen`); with one, a release that none of them
    signed fails.
    """
    if signers and not signers.is_file():
        raise ValueError(
            f"{signers} is not there: name a file of allowed signers, one `NAME KEYTYPE KEY` a "
            f"line."
        )
    listed: dict[str, Any] = manifest_of(folder)["files"]
    faults = [
        fault for name in sorted(listed) for fault in _file_faults(folder, name, listed[name])
    ]
    whole = len(listed) - len(faults)
    faults += [f"{name} is not in {MANIFEST}" for name in _others(folder, listed)]
    if not (folder / SIGNATURE).is_file():
        faults += ["it is not signed"] if signers else []
        return Verification(whole, tuple(faults))
    fault, fingerprint, signer = _signature(folder, signers)
    return Verification(whole, (*faults, *fault), fingerprint, signer)


def _file_faults(folder: Path, name: str, entry: dict[str, Any]) -> Iterator[str]:
    """At most one fault; a manifest that points out of its folder is not followed."""
    path = folder / name
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        yield f"{name!r} is no file of a release"
    elif not path.is_file():
        yield f"{name} is missing"
    elif path.stat().st_size != entry["bytes"] or sha256(path) != entry["sha256"]:
        yield f"{name} is not the file that {MANIFEST} describes"


def _others(folder: Path, listed: dict[str, Any]) -> list[str]:
    """Files that no manifest knows; hidden ones are what a download tool leaves, and no reader
    loads them.
    """
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    seen = [
        name.as_posix() for name in names if not any(part.startswith(".") for part in name.parts)
    ]
    return sorted(set(seen) - listed.keys() - {MANIFEST, SIGNATURE})


def _signature(folder: Path, signers: Path | None) -> tuple[list[str], str | None, str | None]:
    """What is wrong with the signature, the fingerprint of its key, and who signed."""
    manifest, signature = (folder / MANIFEST).read_bytes(), str(folder / SIGNATURE)
    valid = _ssh_keygen(["check-novalidate", "-n", NAMESPACE, "-s", signature], manifest)
    found = _FINGERPRINT.search(valid.stdout.decode(errors="replace"))
    if valid.returncode or not found:
        return [f"{SIGNATURE} is no signature of this {MANIFEST} ({_last_line(valid)})"], None, None
    if signers is None:
        return [], found.group(), None
    allowed = ["-f", str(signers), "-s", signature]
    names = (
        _ssh_keygen(["find-principals", *allowed], b"").stdout.decode(errors="replace").splitlines()
    )
    for name in names:
        if not _ssh_keygen(["verify", "-I", name, "-n", NAMESPACE, *allowed], manifest).returncode:
            return [], found.group(), name
    return (
        [f"it is signed with the key {found.group()}, which {signers} does not allow"],
        found.group(),
        None,
    )


def _ssh_keygen(arguments: Sequence[str], payload: bytes) -> subprocess.CompletedProcess[bytes]:
    """Runs `ssh-keygen -Y ...`; in a session of its own there is no terminal at which it could ask
    for a passphrase.
    """
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


def _last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else f"ssh-keygen ended with {done.returncode}"
