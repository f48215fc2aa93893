"""How a build ends: approved or refused, signed, in part withheld, beside another build, after a
release was yanked.
"""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread

import pytest

from spuriforge.pipeline.records import Decision
from spuriforge.pipeline.release import ReleaseError, build
from spuriforge.pipeline.release.build import Draft
from spuriforge.pipeline.release.contents import read
from spuriforge.pipeline.release.signature import verify
from spuriforge.pipeline.release.versions.release_folder import yank
from tests import worlds


def _left(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


def test_a_person_sees_the_finished_draft_and_what_is_refused_leaves_nothing(
    tmp_path: Path,
) -> None:
    seen: list[Draft] = []

    def refuse(draft: Draft) -> None:
        assert (draft.folder / "README.md").is_file()
        seen.append(draft)
        raise ReleaseError("Ada declined it: not now.")

    with pytest.raises(ReleaseError, match="Ada declined it"):
        build(*worlds.finished(tmp_path, types=1), approve=refuse)
    (draft,) = seen
    assert (draft.name, draft.version, draft.previous, draft.types, draft.pairs) == (
        "tiny",
        "1.0.0",
        None,
        1,
        3,
    )
    assert draft.checks
    assert all(check.passed for check in draft.checks)
    assert _left(tmp_path / "releases") == []


def test_a_bad_key_is_found_before_anything_is_written(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    publish = recipe.publish.model_copy(update={"sign_key": str(tmp_path / "no-key")})
    with pytest.raises(ValueError, match="no-key is not there"):
        build(workspace, recipe.model_copy(update={"publish": publish}))
    assert not (tmp_path / "releases").exists()


def test_a_share_of_the_cues_goes_to_a_signed_release_of_its_own(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    workspace, recipe = worlds.finished(tmp_path, types=3)
    publish = recipe.publish.model_copy(update={"sign_key": str(key), "private": 0.5})
    recipe = recipe.model_copy(update={"publish": publish})
    public = build(workspace, recipe)
    private = tmp_path / "releases-private" / public.version
    assert verify(public.folder).passed
    assert verify(private).fingerprint == verify(public.folder).fingerprint is not None
    shown, withheld = (
        {row["type"] for row in read(folder).rows("pairs")} for folder in (public.folder, private)
    )
    assert len(shown | withheld) == 3
    assert not shown & withheld
    assert withheld
    said = json.loads((public.folder / "MANIFEST.json").read_text())
    assert said["private"] == {"clusters": len(withheld), "types": len(withheld)}
    assert json.loads((private / "MANIFEST.json").read_text())["private"] is True
    texts = b"".join(path.read_bytes() for path in public.folder.rglob("*") if path.is_file())
    assert not [key for key in withheld if key.encode() in texts]
    assert not build(workspace, recipe).new
    told = next(one for one in workspace.records(Decision) if one.subject in withheld)
    workspace.append([replace(told, key="again", votes=told.votes + 1)])
    assert build(workspace, recipe).version == "1.0.1"  # its votes alone are others, and withheld
    assert _left(private.parent) == ["1.0.0", "1.0.1", "latest"]


def test_of_two_builds_at_once_one_wins_and_the_other_leaves_nothing(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    ready = Barrier(2)
    said: list[str] = []

    def attempt() -> None:
        try:
            said.append(
                build(workspace, recipe, approve=lambda draft: ready.wait(60) and None).version
            )
        except ReleaseError as error:
            said.append(str(error))

    threads = [Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won, lost = sorted(said, key=len)
    assert won == "1.0.0"
    assert "build again" in lost
    assert _left(tmp_path / "releases") == ["1.0.0", "latest"]
    assert verify(tmp_path / "releases" / "1.0.0").passed


def test_a_version_can_be_raised_and_one_that_was_taken_back_is_never_used_again(
    tmp_path: Path,
) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    build(workspace, recipe)
    worlds.add_type(workspace, 1)
    with pytest.raises(ValueError, match="asked for"):
        build(workspace, recipe, bump="patch")
    assert build(workspace, recipe, bump="major").version == "2.0.0"
    yank(tmp_path / "releases", "2.0.0", "a wrong answer")
    worlds.add_type(workspace, 2)
    again = build(workspace, recipe)
    assert again.version == "2.1.0"
    assert json.loads((again.folder / "MANIFEST.json").read_text())["previous"] == "1.0.0"
    assert (tmp_path / "releases" / "latest").read_text() == "2.1.0\n"


def test_what_was_yanked_is_not_published_again_by_the_next_schedule(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=1)
    home = build(workspace, recipe).folder.parent
    yank(home, "1.0.0", "the gold of one type was wrong")
    with pytest.raises(ReleaseError, match="which was yanked: the gold of one type was wrong"):
        build(workspace, recipe)
    assert _left(home) == ["1.0.0", "yanked"]
