"""Images are decoded once, as long as there is room; what was trained on last is still there."""

from pathlib import Path

import pytest
from PIL import Image

from spuriforge.pipeline.finetune.image_cache import ImageCache, images_of
from spuriforge.pipeline.release.questions import Question, open_release, read_questions
from tests.pipeline.finetune.tiny_release import made


def test_images_are_kept_while_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = read_questions(open_release(made(tmp_path)), configs=["anchors"])
    decoded: list[str] = []

    def picture(question: Question) -> Image.Image:
        decoded.append(question.id)
        return Image.new("RGB", (10, 10), "red")

    monkeypatch.setattr("spuriforge.pipeline.finetune.image_cache.KEPT", 500)
    pictures = ImageCache(picture)
    assert pictures(first) is pictures(first)
    assert pictures.hash(second) is pictures.hash(second) is None  # a plain surface
    assert pictures(second).size == (10, 10)
    assert decoded == [first.id, second.id, second.id]


def test_the_images_of_of_a_release_is_the_same_the_next_time(tmp_path: Path) -> None:
    folder = made(tmp_path)
    assert images_of(folder) is images_of(folder / ".." / folder.name)
    assert images_of(folder) is not images_of(made(tmp_path / "other"))
