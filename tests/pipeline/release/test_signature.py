"""The manifest verifies a release, an SSH signature the manifest; verifying names each fault."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from spuriforge.pipeline.release.files.parquet import sha256
from spuriforge.pipeline.release.signature import require_key, sign, verify


def _key(folder: Path, name: str, passphrase: str = "") -> Path:
    key = folder / name
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", str(key)]
    subprocess.run(command, check=True)
    return key


def _signers(folder: Path, key: Path, name: str) -> Path:
    path = folder / f"signers-{name}"
    path.write_text(f"{name} {key.with_suffix('.pub').read_text()}")
    return path


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A folder that a manifest describes; what its files hold does not matter here."""
    folder = tmp_path / "1.0.0"
    (folder / "pairs").mkdir(parents=True)
    (folder / "pairs" / "test-00000.parquet").write_bytes(b"rows")
    (folder / "README.md").write_text("a card")
    files = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": sha256(folder / name)}
        for name in ("pairs/test-00000.parquet", "README.md")
    }
    (folder / "MANIFEST.json").write_text(json.dumps({"files": files}))
    return folder


def test_a_signed_release_names_its_signer_where_signers_are_known(
    release: Path, tmp_path: Path
) -> None:
    assert verify(release).sentences() == ["2 files as MANIFEST.json says", "not signed"]
    key, other = _key(tmp_path, "ada"), _key(tmp_path, "grace")
    require_key(key)
    assert sign(release / "MANIFEST.json", key) == release / "MANIFEST.json.sig"
    verification = verify(release)
    assert verification.passed
    assert verification.fingerprint
    sentence = verification.sentences()[1]
    assert sentence.endswith("whose it is was not checked: give allowed signers")
    known = verify(release, _signers(tmp_path, key, "ada"))
    assert (known.passed, known.signer, known.fingerprint) == (
        True,
        "ada",
        verification.fingerprint,
    )
    unknown = verify(release, _signers(tmp_path, other, "grace"))
    assert not unknown.passed
    assert "signers-grace does not allow" in unknown.faults[0]


def _change(release: Path) -> None:
    (release / "README.md").write_text("A card")


def _remove(release: Path) -> None:
    (release / "README.md").unlink()


def _add(release: Path) -> None:
    (release / "pairs" / "test-00001.parquet").write_bytes(b"more")


def _escape(release: Path) -> None:
    manifest = json.loads((release / "MANIFEST.json").read_text())
    manifest["files"]["../secret"] = manifest["files"]["README.md"]
    (release / "MANIFEST.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_change, "README.md is not the file that MANIFEST.json describes"),
        (_remove, "README.md is missing"),
        (_add, "pairs/test-00001.parquet is not in MANIFEST.json"),
        (_escape, "'../secret' is no file of a release"),
    ],
)
def test_what_is_not_as_the_manifest_says_is_named(
    release: Path, spoil: Callable[[Path], None], fault: str
) -> None:
    spoil(release)
    verification = verify(release)
    assert verification.faults == (fault,)
    assert not verification.passed


def test_what_a_download_tool_leaves_is_no_fault(release: Path) -> None:
    (release / ".cache" / "huggingface").mkdir(parents=True)
    (release / ".cache" / "huggingface" / "README.md.metadata").write_text("x")
    (release / ".gitattributes").write_text("x")
    assert verify(release).passed


def test_a_changed_manifest_breaks_its_signature(release: Path, tmp_path: Path) -> None:
    key = _key(tmp_path, "ada")
    sign(release / "MANIFEST.json", key)
    manifest = release / "MANIFEST.json"
    manifest.write_text(manifest.read_text() + "\n")
    verification = verify(release, _signers(tmp_path, key, "ada"))
    assert verification.fingerprint is None
    assert "is no signature of this MANIFEST.json" in verification.faults[0]


def test_signers_are_a_demand(release: Path, tmp_path: Path) -> None:
    signers = _signers(tmp_path, _key(tmp_path, "ada"), "ada")
    assert verify(release, signers).faults == ("it is not signed",)
    with pytest.raises(ValueError, match="name a file of allowed signers"):
        verify(release, tmp_path / "nowhere")


def test_a_key_that_cannot_sign_is_an_error_in_a_sentence_and_asks_nobody(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"publish\.sign_key names an SSH private key"):
        require_key(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="must be held by an ssh-agent"):
        require_key(_key(tmp_path, "locked", "a passphrase"))


def test_without_ssh_keygen_the_error_says_what_to_install(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = _key(tmp_path, "ada")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="comes with OpenSSH"):
        sign(release / "MANIFEST.json", key)


def test_a_folder_without_a_sound_manifest_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not a release"):
        verify(tmp_path)
    (tmp_path / "MANIFEST.json").write_text("{")
    with pytest.raises(ValueError, match="is damaged"):
        verify(tmp_path)
