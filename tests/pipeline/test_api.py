"""The public API: what `import spuriforge` names works on a release, and stays small."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

import spuriforge
from spuriforge.pipeline.release import build
from tests import worlds


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(*worlds.finished(tmp_path_factory.mktemp("world"), types=2)).folder


class First:
    """Answers A to every question."""

    id, prompt = "first@1", "any"

    def answer(self, queries: Sequence[spuriforge.Query]) -> list[spuriforge.Answer]:
        return [spuriforge.Answer("parsed", 0, "A", 1.0) for _ in queries]


def test_every_public_name_is_there_and_documented() -> None:
    for name in spuriforge.__all__:
        assert getattr(spuriforge, name).__doc__, name
    assert set(spuriforge.__all__) <= set(dir(spuriforge))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        spuriforge.nothing  # noqa: B018


def test_importing_the_package_is_quick() -> None:
    code = "import sys, spuriforge; print(sorted({'torch', 'pyarrow', 'PIL'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_a_release_is_read_with_decoded_images(folder: Path) -> None:
    release = spuriforge.load_release(folder.parent)
    assert (release.folder, release.name, release.version) == (folder, "tiny", "1.0.0")
    pairs = list(release.rows())
    assert pairs
    for pair in pairs:
        assert isinstance(pair["image_with"], Image.Image)
        assert pair["image_with"].mode == "RGB"
        assert pair["image_with"].tobytes() != pair["image_without"].tobytes()
    split = pairs[0]["split"]
    expected = [pair["id"] for pair in pairs if pair["split"] == split]
    assert [pair["id"] for pair in release.rows(split=split, images=False)] == expected
    assert "image_with" not in next(release.rows(images=False))


def test_figures_are_the_published_ones_the_largest_first(folder: Path) -> None:
    figures = spuriforge.load_release(folder).figures()
    assert len(figures) == 2
    assert [row["effect"] for row in figures] == sorted(
        (row["effect"] for row in figures), reverse=True
    )
    for row in figures:
        assert row["effect_low"] <= row["effect"] <= row["effect_high"]
        assert row["cue"]
        assert row["cue_linked"] != row["answer"]


def test_a_model_is_asked_every_question(folder: Path) -> None:
    release = spuriforge.load_release(folder)
    evaluation = release.evaluate(First())
    pairs = list(release.rows(images=False))
    right = sum(pair["answer_index"] == 0 for pair in pairs) / len(pairs)
    assert evaluation.accuracy["with"] == pytest.approx(right)
    assert evaluation.failed == 0


def test_what_is_not_there_is_one_clear_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither a release nor a folder of releases"):
        spuriforge.load_release(tmp_path)
    with pytest.raises(ValueError, match=r"has no config 'pears'; it has .*pairs"):
        list(spuriforge.load_release(folder).rows("pears"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no folder, no preset"):
        spuriforge.load_model("nothing-like-that")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [("B", 1), ("The answer is (B).", 1), ("A train", 1), ("I cannot say", None), ("A or B", None)],
)
def test_replies_are_parsed(reply: str, expected: int | None) -> None:
    assert spuriforge.parse_reply(reply, ["a car", "a train"]) == expected


def test_a_preset_is_an_endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    model = spuriforge.load_model("gpt-4o", answers=tmp_path)
    assert model.id.startswith("gpt-4o@")
    assert len(model.prompt) > 0
