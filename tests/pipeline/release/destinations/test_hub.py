"""Uploading to a stand-in of the Hub, and reading from it with the libraries that people use."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants

from spuriforge.pipeline.release.checks import ReleaseError
from spuriforge.pipeline.release.destinations import restore, upload, yank
from tests.hub_stand_in import HubStandIn, Repository
from tests.made_releases import at_once, contents, made

pytestmark = pytest.mark.integration

HOME = "hf://datasets/owner/demo"


def quiet(_: str) -> None:
    """Prints nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStandIn]:
    """An empty Hub; HF_ENDPOINT cannot name it, because a process reads it only once."""
    with HubStandIn() as running:
        monkeypatch.setattr(
            huggingface_hub, "HfApi", partial(huggingface_hub.HfApi, endpoint=running.url)
        )
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
        monkeypatch.setenv("HF_TOKEN", running.token)
        yield running


def of(hub: HubStandIn) -> Repository:
    """Returns the data set that is published to."""
    return hub.repositories["owner/demo"]


def files(hub: HubStandIn, revision: str) -> dict[str, bytes]:
    """Returns path -> bytes of a revision, without the Hub's own file."""
    repository = of(hub)
    return {
        name: data
        for name, data in repository.commits[repository.resolved(revision)].items()
        if name != ".gitattributes"
    }


def test_a_release_is_a_tag_and_main(tmp_path: Path, hub: HubStandIn) -> None:
    release, lines = made(tmp_path, "1.0.0"), list[str]()
    assert upload(release, HOME, lines.append) == f"{hub.url}/datasets/owner/demo/tree/1.0.0"
    assert files(hub, "1.0.0") == files(hub, "main") == contents(release)
    assert list(of(hub).branches) == ["main"]
    assert "public" in lines[0]
    hub.requests.clear()
    upload(release, HOME, quiet)
    assert [request for request in hub.requests if not request.startswith("GET")] == []


def test_one_more_split_sends_only_what_is_new_and_what_is_gone_goes(
    tmp_path: Path, hub: HubStandIn
) -> None:
    upload(made(tmp_path, "1.0.0", {"train": 4, "validation": 3}), HOME, quiet)
    before, release = hub.sent, made(tmp_path, "2.0.0", {"train": 4, "test": 2})
    upload(release, HOME, quiet)
    new = [release / "pairs" / "test-00000.parquet", release / "plots" / "effects.png"]
    assert hub.sent - before == sum(path.stat().st_size for path in new)
    assert files(hub, "main") == files(hub, "2.0.0") == contents(release)
    assert files(hub, "1.0.0") == contents(tmp_path / "1.0.0")


def test_main_never_moves_backwards_and_skips_the_yanked(tmp_path: Path, hub: HubStandIn) -> None:
    releases = {version: made(tmp_path, version) for version in ("1.1.0", "1.0.0")}
    for release in releases.values():
        upload(release, HOME, quiet)
    assert files(hub, "main") == contents(releases["1.1.0"])
    yank(HOME, "1.1.0", "wrong gold")
    yank(HOME, "1.1.0", "another reason")
    mark = files(hub, "main")["yanked/1.1.0.json"]
    assert json.loads(mark)["reason"] == "wrong gold"
    assert files(hub, "main") == contents(releases["1.0.0"]) | {"yanked/1.1.0.json": mark}
    assert files(hub, "1.1.0") == contents(releases["1.1.0"])
    upload(made(tmp_path, "1.2.0"), HOME, quiet)
    assert files(hub, "main") == contents(tmp_path / "1.2.0") | {"yanked/1.1.0.json": mark}
    restore(HOME, "1.1.0")
    assert files(hub, "main") == contents(tmp_path / "1.2.0")
    with pytest.raises(ReleaseError, match=r"no release 3\.0\.0"):
        yank(HOME, "3.0.0", "why")


def test_another_release_of_that_version_is_refused(tmp_path: Path, hub: HubStandIn) -> None:
    first = made(tmp_path / "a", "1.0.0")
    upload(first, HOME, quiet)
    with pytest.raises(ReleaseError, match="higher version"):
        upload(made(tmp_path / "b", "1.0.0", note="other"), HOME, quiet)
    assert files(hub, "1.0.0") == files(hub, "main") == contents(first)


def test_killed_between_any_two_requests_nothing_half_is_seen_and_the_next_upload_goes_on(
    tmp_path: Path, hub: HubStandIn
) -> None:
    release, before = made(tmp_path, "1.1.0"), contents(made(tmp_path, "1.0.0"))
    upload(tmp_path / "1.0.0", HOME, quiet)
    first = dict(of(hub).__dict__)
    kept = {name: dict(value) for name, value in first.items()}
    hub.requests.clear()
    upload(release, HOME, quiet)
    for allowed in range(len(hub.requests)):
        of(hub).__dict__.update({name: dict(value) for name, value in kept.items()})
        hub.allow(allowed)
        with pytest.raises(RuntimeError, match="ublish again"):
            upload(release, HOME, quiet)
        assert files(hub, "main") in (before, contents(release))
        assert "1.1.0" not in of(hub).tags or files(hub, "1.1.0") == contents(release)
        assert "1.1.0" in of(hub).tags or files(hub, "main") == before
        hub.allow(None)
        upload(release, HOME, quiet)
        assert files(hub, "1.1.0") == files(hub, "main") == contents(release)
        assert list(of(hub).branches) == ["main"]


@pytest.mark.parametrize("versions", [("1.0.0", "1.0.0"), ("1.0.0", "1.1.0")])
def test_two_publishers_at_once(tmp_path: Path, hub: HubStandIn, versions: tuple[str, str]) -> None:
    """Of one version one publisher wins; two versions both arrive, and main is the higher."""
    upload(made(tmp_path, "0.9.0"), HOME, quiet)
    releases = [
        made(tmp_path / name, version, note=name)
        for name, version in zip("ab", versions, strict=True)
    ]
    won, lost = at_once(releases, lambda release: upload(release, HOME, quiet))
    assert (len(won), len(lost)) == ((1, 1) if versions[0] == versions[1] else (2, 0))
    for release in won:
        assert files(hub, release.name) == contents(release)
    assert files(hub, "main") == contents(max(won, key=lambda release: release.name))
    assert all("higher version" in error for error in lost)


def test_an_error_of_access_names_the_setting(
    tmp_path: Path, hub: HubStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_not_this_one")
    with pytest.raises(
        RuntimeError, match="Set HF_TOKEN to a token that may write to owner/demo"
    ) as error:
        upload(made(tmp_path, "1.0.0"), HOME, quiet)
    assert "hf_not_this_one" not in repr(error.value)


READS = """
import sys
from datasets import load_dataset
from huggingface_hub import snapshot_download

print(snapshot_download("owner/demo", repo_type="dataset", revision="1.0.0", local_dir=sys.argv[1]))
tagged = load_dataset("owner/demo", revision="1.0.0")["train"]
print(len(tagged), len(load_dataset("owner/demo")["train"]))
print(sum(1 for _ in load_dataset("owner/demo", split="test", streaming=True, revision="1.0.0")))
"""


def test_readers_get_the_version_that_they_name(tmp_path: Path, hub: HubStandIn) -> None:
    release = made(tmp_path, "1.0.0")
    upload(release, HOME, quiet)
    upload(made(tmp_path, "1.1.0", {"train": 5, "test": 2}), HOME, quiet)
    settings = {
        "HF_ENDPOINT": hub.url,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(tmp_path / "cache"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-c", READS, str(tmp_path / "pulled")],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[1:] == ["4 5", "2"]
    pulled = {
        name: content
        for name, content in contents(tmp_path / "pulled").items()
        if not name.startswith(".")
    }
    assert pulled == contents(release)
