"""Uploading to S3, against moto's server, also killed at any request and by two at once."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem, core

from spuriforge.pipeline.release.checks import ReleaseError
from spuriforge.pipeline.release.destinations import restore, upload, yank
from spuriforge.pipeline.release.destinations.s3 import S3
from tests.made_releases import at_once, contents, made

pytestmark = pytest.mark.integration

HOME = "s3://benchmarks/demo"
#: Every request that reaches the server: method and key.
Requests = list[tuple[str, str]]
WRITES = ("put_object", "copy_object", "delete_object")


def quiet(_: str) -> None:
    """Prints nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An S3 on loopback, whose conditional writes are as atomic as the real one's."""
    lock, put = threading.Lock(), S3Response.put_object

    def alone(self: S3Response) -> Any:
        with lock:
            return put(self)

    running = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(S3Response, "put_object", alone)
        running.start()
        S3FileSystem.clear_instance_cache()
        yield "http://{}:{}".format(*running.get_host_and_port())
        S3FileSystem.clear_instance_cache()
        running.stop()


@pytest.fixture
def s3(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3FileSystem]:
    """An empty bucket; boto learns its address from environment variables."""
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "kept-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/nowhere",
        "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)
    fs = S3FileSystem(use_listings_cache=False)
    fs.mkdir("benchmarks")
    yield fs
    fs.rm("benchmarks", recursive=True)


def there(fs: S3FileSystem, version: str) -> dict[str, bytes]:
    """Returns path -> bytes of a version, without the claim."""
    place = f"benchmarks/demo/{version}/"
    names = {name.removeprefix(place) for name in fs.find(place)} - {".claim"}
    return {name: fs.cat_file(place + name) for name in sorted(names)}


def latest(fs: S3FileSystem) -> str | None:
    """Returns the version that `latest` names."""
    return (
        fs.cat_file("benchmarks/demo/latest").decode().strip()
        if fs.exists("benchmarks/demo/latest")
        else None
    )


def watched(monkeypatch: pytest.MonkeyPatch, allowed: int | None = None) -> Requests:
    """Records the requests to S3; refuses writes after `allowed` ones, like a kill would."""
    seen: Requests = []
    call = core._error_wrapper

    async def calling(method: Any, **rest: Any) -> Any:
        if len(written(seen)) == allowed and method.__name__ in WRITES:
            raise PermissionError("killed")
        seen.append((method.__name__, rest.get("kwargs", {}).get("Key", "")))
        return await call(method, **rest)

    monkeypatch.setattr(core, "_error_wrapper", calling)
    return seen


def written(seen: Requests) -> list[str]:
    """Returns the writes, in order."""
    return [f"{method} {key}" for method, key in seen if method in WRITES]


def test_a_release_arrives_whole_the_manifest_last_then_the_pointer(
    tmp_path: Path, s3: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = made(tmp_path, "1.0.0")
    seen = watched(monkeypatch)
    assert upload(release, HOME, quiet) == f"{HOME}/1.0.0"
    names = [request.removeprefix("put_object demo/") for request in written(seen)]
    assert names == [
        "1.0.0/.claim",
        "1.0.0/pairs/test-00000.parquet",
        "1.0.0/pairs/train-00000.parquet",
        "1.0.0/README.md",
        "1.0.0/plots/effects.png",
        "1.0.0/MANIFEST.json",
        "latest",
    ]
    assert there(s3, "1.0.0") == contents(release)
    assert latest(s3) == "1.0.0"
    seen.clear()
    upload(release, HOME, quiet)
    assert written(seen) == []


def test_a_large_file_goes_in_parts(
    tmp_path: Path, s3: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spuriforge.pipeline.release.destinations.s3._PART", 5 * 2**20)
    release = made(tmp_path, "1.0.0", {"train": 1_500_000})
    seen = watched(monkeypatch)
    upload(release, HOME, quiet)
    assert [method for method, _ in seen].count("upload_part") > 1
    assert there(s3, "1.0.0") == contents(release)


def test_one_more_split_sends_only_what_is_new(
    tmp_path: Path, s3: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(made(tmp_path, "1.0.0", {"train": 4}), HOME, quiet)
    seen, release = watched(monkeypatch), made(tmp_path, "1.1.0", {"train": 4, "test": 2})
    upload(release, HOME, quiet)
    assert "copy_object demo/1.1.0/pairs/train-00000.parquet" in written(seen)
    assert "put_object demo/1.1.0/pairs/train-00000.parquet" not in written(seen)
    assert "put_object demo/1.1.0/pairs/test-00000.parquet" in written(seen)
    assert there(s3, "1.1.0") == contents(release)
    assert latest(s3) == "1.1.0"


def test_latest_never_moves_backwards_and_skips_the_yanked(
    tmp_path: Path, s3: S3FileSystem
) -> None:
    for version in ("1.1.0", "1.0.0"):
        upload(made(tmp_path, version), HOME, quiet)
    assert latest(s3) == "1.1.0"
    yank(HOME, "1.1.0", "wrong gold")
    assert latest(s3) == "1.0.0"
    yank(HOME, "1.1.0", "another reason")
    assert b"wrong gold" in s3.cat_file("benchmarks/demo/yanked/1.1.0.json")
    assert there(s3, "1.1.0")
    yank(HOME, "1.0.0", "that too")
    assert latest(s3) is None
    restore(HOME, "1.1.0")
    assert latest(s3) == "1.1.0"
    with pytest.raises(ReleaseError, match=r"no release 3\.0\.0"):
        yank(HOME, "3.0.0", "why")


def test_another_release_of_that_version_is_refused(tmp_path: Path, s3: S3FileSystem) -> None:
    first = made(tmp_path / "a", "1.0.0")
    upload(first, HOME, quiet)
    with pytest.raises(ReleaseError, match="higher version"):
        upload(made(tmp_path / "b", "1.0.0", note="other"), HOME, quiet)
    assert there(s3, "1.0.0") == contents(first)


def test_a_version_that_somebody_else_has_begun_is_refused_and_stays_unseen(
    tmp_path: Path, s3: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        watched(patched, allowed=3)
        with pytest.raises(RuntimeError, match="to continue"):
            upload(made(tmp_path / "a", "1.0.0"), HOME, quiet)
    begun = there(s3, "1.0.0")
    with pytest.raises(ReleaseError, match="being published by somebody else"):
        upload(made(tmp_path / "b", "1.0.0", note="other"), HOME, quiet)
    assert there(s3, "1.0.0") == begun
    assert "MANIFEST.json" not in begun


def test_what_somebody_left_there_is_not_published_with_it(
    tmp_path: Path, s3: S3FileSystem
) -> None:
    s3.pipe_file("benchmarks/demo/1.0.0/pairs/train-00001.parquet", b"not ours")
    with pytest.raises(ReleaseError, match=r"train-00001\.parquet is not part of your release"):
        upload(made(tmp_path, "1.0.0"), HOME, quiet)
    assert "MANIFEST.json" not in there(s3, "1.0.0")


def test_a_server_that_knows_no_conditions_still_has_one_winner(
    tmp_path: Path, s3: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim is read back, so a publisher whose claim was overwritten gives up."""
    create = S3._create

    def overwritten(self: S3, name: str, content: bytes) -> None:
        create(self, name, content)
        s3.pipe_file(self._path(name), b"another publisher's")

    monkeypatch.setattr(S3, "_create", overwritten)
    with pytest.raises(ReleaseError, match="being published by somebody else"):
        upload(made(tmp_path, "1.0.0"), HOME, quiet)


@pytest.mark.parametrize("allowed", range(7))
def test_killed_before_any_write_nothing_half_is_seen_and_the_next_upload_goes_on(
    tmp_path: Path, s3: S3FileSystem, monkeypatch: pytest.MonkeyPatch, allowed: int
) -> None:
    """Reads change nothing, so these are all the states that a kill can leave."""
    release = made(tmp_path, "1.0.0")
    with monkeypatch.context() as patched:
        watched(patched, allowed)
        with pytest.raises(RuntimeError, match="killed"):
            upload(release, HOME, quiet)
    left = there(s3, "1.0.0")
    assert len(left) == max(0, allowed - 1)
    assert "MANIFEST.json" not in left or left == contents(release)
    assert latest(s3) is None
    seen = watched(monkeypatch)
    upload(release, HOME, quiet)
    assert len(written(seen)) <= 7 - allowed + 1  # Only the claim is written twice.
    assert there(s3, "1.0.0") == contents(release)
    assert latest(s3) == "1.0.0"


def test_two_publishers_at_once_one_wins_and_all_bytes_are_the_winners(
    tmp_path: Path, s3: S3FileSystem
) -> None:
    for number in range(3):
        releases = [made(tmp_path / f"{name}{number}", f"1.{number}.0", note=name) for name in "ab"]
        won, lost = at_once(releases, lambda release: upload(release, HOME, quiet))
        assert (len(won), len(lost)) == (1, 1)
        assert f"1.{number}.0" in lost[0]
        assert there(s3, f"1.{number}.0") == contents(won[0])
        assert latest(s3) == f"1.{number}.0"


def test_two_versions_at_once_both_arrive_and_latest_is_the_higher(
    tmp_path: Path, s3: S3FileSystem
) -> None:
    releases = [made(tmp_path, version) for version in ("1.0.0", "1.1.0", "1.2.0")]
    won, lost = at_once(releases, lambda release: upload(release, HOME, quiet))
    assert (sorted(won), lost) == (releases, [])
    assert latest(s3) == "1.2.0"


def test_a_place_that_cannot_be_used_is_told_in_one_sentence_without_secrets(
    tmp_path: Path, s3: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = made(tmp_path, "1.0.0")
    with pytest.raises(RuntimeError, match=r"bucket does not exist.*to continue") as error:
        upload(release, "s3://no-such-bucket/demo", quiet)
    assert "kept-secret" not in repr(error.value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(S3FileSystem, "retries", 1)
    S3FileSystem.clear_instance_cache()
    with pytest.raises(RuntimeError, match="s3://benchmarks/demo could not be used") as error:
        upload(release, HOME, quiet)
    assert "kept-secret" not in repr(error.value)
    S3FileSystem.clear_instance_cache()
