"""Whatever crosses from training to judging is found; nothing else is."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from PIL import Image

from spuriforge.pipeline.finetune.image_cache import ImageCache
from spuriforge.pipeline.finetune.leaks import check
from spuriforge.pipeline.finetune.partition import clusters
from spuriforge.pipeline.release.questions import Pictures, Question, open_release, read_questions
from tests.pipeline.finetune.tiny_release import made

Parts = dict[str, list[Question]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Parts, Mapping[str, str], Pictures]:
    release = open_release(made(tmp_path_factory.mktemp("release")))
    parts: Parts = {"train": [], "validation": [], "test": []}
    for question in read_questions(release):
        parts[question.split].append(question)
    return parts, clusters(release), Pictures(release.folder)


def _first(questions: Sequence[Question], config: str) -> Question:
    return next(question for question in questions if question.config == config)


def test_a_sound_split_passes(world: tuple[Parts, Mapping[str, str], Pictures]) -> None:
    check(*world)


def _image(parts: Parts) -> Question:
    trained = _first(parts["train"], "anchors")
    return replace(_first(parts["test"], "anchors"), image=trained.image, place=trained.place)


def _pair(parts: Parts) -> Question:
    return replace(_first(parts["test"], "pairs"), id=_first(parts["train"], "pairs").id)


def _control(parts: Parts) -> Question:
    return replace(_first(parts["test"], "controls"), id=_first(parts["train"], "controls").id)


def _sample(parts: Parts) -> Question:
    return replace(
        _first(parts["test"], "controls"), sample=_first(parts["train"], "controls").sample
    )


def _type(parts: Parts) -> Question:
    return replace(_first(parts["test"], "pairs"), type=_first(parts["train"], "pairs").type)


def _cue(parts: Parts) -> Question:
    of, trained = _first(parts["test"], "pairs"), _first(parts["train"], "pairs").type
    assert of.type is not None
    assert trained is not None
    return replace(of, type=replace(of.type, key="another", cue=f"two {trained.cue}s"))


@pytest.mark.parametrize(
    ("crossing", "said"),
    [
        (_image, "image .* is in test and train"),
        (_pair, "pairs/pair-0-0 is in test and train"),
        (_control, "controls/control-0 is in test and train"),
        (_sample, "sample control-0 is in test and train"),
        (_type, "type type-0 is in test and train"),
        (_cue, "the cue 'umbrella' is in test and train"),
    ],
)
def test_what_crosses_is_named(
    world: tuple[Parts, Mapping[str, str], Pictures],
    crossing: Callable[[Parts], Question],
    said: str,
) -> None:
    parts, cluster_of, pictures = world
    with pytest.raises(ValueError, match=said):
        check(
            {**parts, "test": [*parts["test"], crossing(parts)]},
            {**cluster_of, "another": "another"},
            pictures,
        )


def test_a_cluster_in_two_splits_is_named(world: tuple[Parts, Mapping[str, str], Pictures]) -> None:
    parts, cluster_of, pictures = world
    with pytest.raises(ValueError, match="the cue 'umbrella' is in test and train"):
        check(parts, {**cluster_of, "type-5": "umbrella"}, pictures)


def test_an_image_that_was_saved_anew_is_named(
    world: tuple[Parts, Mapping[str, str], Pictures],
) -> None:
    parts, cluster_of, pictures = world
    source, copy = (
        _first(parts["train"], "anchors"),
        replace(_first(parts["test"], "anchors"), image="a copy"),
    )

    def picture(question: Question) -> Image.Image:
        if question.image != copy.image:
            return pictures(question)
        stream = io.BytesIO()
        pictures(source).resize((96, 96)).save(stream, "JPEG", quality=90)
        return Image.open(stream)

    with pytest.raises(ValueError, match=r"is a copy of|a copy in test is a copy"):
        check({**parts, "test": [*parts["test"], copy]}, cluster_of, picture)


def test_an_image_is_looked_at_once_however_often_is_checked(
    world: tuple[Parts, Mapping[str, str], Pictures],
) -> None:
    parts, cluster_of, pictures = world
    looked: list[str] = []

    def picture(question: Question) -> Image.Image:
        looked.append(question.image)
        return pictures(question)

    album = ImageCache(picture)
    for _ in range(2):
        check(parts, cluster_of, album)
    assert (
        len(looked)
        == len(set(looked))
        == len({question.image for found in parts.values() for question in found})
    )
