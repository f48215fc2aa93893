"""The screener finds what goes with a wrong answer, and says why it leaves the rest."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spuriforge.data.proving_ground.render import render
from spuriforge.data.proving_ground.world import CUES, OBJECTS, PLACES, random_scene
from spuriforge.pipeline.clip import OpenClip
from spuriforge.pipeline.recipe import Category, Screen
from spuriforge.pipeline.records import Candidate, ImageTags, PersistentError, Sample
from spuriforge.pipeline.screen import associate, tag_images, tags_key

CLIP = Path(__file__).parents[2] / "data" / "proving_ground" / "models" / "clip"


def _world(
    make_sample: Callable[..., Sample], misled: Callable[[int, str], bool], count: int = 300
) -> tuple[list[Sample], list[PersistentError], list[ImageTags]]:
    """Returns a world of one thing and one place per image; `misled` says where the model errs."""
    rng = random.Random(3)
    samples = [make_sample(number) for number in range(count)]
    errors, tags = [], []
    for number, sample in enumerate(samples):
        thing, place = (
            rng.choice(["umbrella", "ladder", "anchor"]),
            rng.choice(["beach", "meadow", "street"]),
        )
        tags.append(
            ImageTags(
                key=sample.image,
                image=sample.image,
                tags=(f"thing:{thing}", f"place:{place}"),
                probabilities=(0.9, 0.9),
            )
        )
        if misled(number, thing) or rng.random() < 0.03:
            errors.append(
                PersistentError(
                    key=sample.key,
                    sample=sample.key,
                    model="m",
                    chosen=1,
                    mined="",
                    share=1.0,
                    margin=2.0,
                    language_prior=False,
                )
            )
    return samples, errors, tags


def _kept(candidates: list[Candidate]) -> list[tuple[str, str]]:
    return [(candidate.cue, candidate.linked) for candidate in candidates if candidate.kept]


def test_a_cue_that_misleads_is_found_and_nothing_else(make_sample: Any, screen: Any) -> None:
    samples, errors, tags = _world(
        make_sample, lambda number, thing: thing == "anchor" and number % 2 == 0
    )
    candidates = associate(samples, errors, tags, screen)
    assert _kept(candidates) == [("anchor", "boat")]
    (kept,) = [candidate for candidate in candidates if candidate.kept]
    anchor = next(sample for sample in samples if sample.key == kept.sample)
    assert "thing:anchor" in next(row.tags for row in tags if row.image == anchor.image)
    assert kept.q is not None
    assert kept.q < 1e-6


def test_errors_at_random_propose_nothing(make_sample: Any, screen: Any) -> None:
    assert (
        _kept(associate(*_world(make_sample, lambda number, thing: number % 7 == 0), screen)) == []
    )


def test_among_questions_that_read_differently_language_priors_are_no_evidence(
    make_sample: Any, screen: Any
) -> None:
    samples, errors, tags = _world(make_sample, lambda number, thing: thing == "anchor")
    worded = [
        replace(sample, question=f"{sample.question} ({number})")
        for number, sample in enumerate(samples)
    ]
    blind = [replace(error, language_prior=True) for error in errors]
    assert associate(worded, blind, tags, screen) == []
    assert _kept(associate(worded, errors, tags, screen)) == [("anchor", "boat")]


def test_among_questions_that_read_alike_a_cue_shows_on_top_of_a_prior(
    make_sample: Any, screen: Any
) -> None:
    samples, errors, tags = _world(make_sample, lambda number, thing: thing == "anchor")
    blind = [replace(error, language_prior=True) for error in errors]
    assert _kept(associate(samples, blind, tags, screen)) == [("anchor", "boat")]


def test_a_prior_that_a_cue_triggers_is_still_a_cue(make_sample: Any, screen: Any) -> None:
    samples, errors, tags = _world(make_sample, lambda number, thing: thing == "anchor")
    shown = {row.image: row.tags for row in tags}
    by_key = {sample.key: sample for sample in samples}
    seen = next(error for error in errors if "thing:anchor" in shown[by_key[error.sample].image])
    mixed = [replace(error, language_prior=error is not seen) for error in errors]
    (kept,) = [row for row in associate(samples, mixed, tags, screen) if row.kept]
    assert (kept.cue, kept.sample) == ("anchor", seen.sample)


def test_an_unsound_sample_is_no_anchor_and_changes_no_figure(
    make_sample: Any, screen: Any
) -> None:
    samples, errors, tags = _world(make_sample, lambda number, thing: thing == "anchor")
    (before,) = [
        candidate for candidate in associate(samples, errors, tags, screen) if candidate.kept
    ]
    (after,) = [
        candidate
        for candidate in associate(samples, errors, tags, screen, {before.sample})
        if candidate.kept
    ]
    assert after.sample != before.sample
    assert replace(after, key=before.key, sample=before.sample) == before


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"choices": ("car", "boat", "anchor", "fish")}, "the cue is an option's own text"),
        ({"question": "What is beside the anchor?"}, "the cue is named in the question"),
        (
            {"choices": ("umbrella", "ladder", "anchor", "ladder")},
            "the cue is an option's own text",
        ),
    ],
)
def test_a_cue_that_is_part_of_the_question_is_rejected_with_a_reason(
    make_sample: Any, screen: Any, changes: dict[str, Any], reason: str
) -> None:
    _, errors, tags = _world(make_sample, lambda number, thing: thing == "anchor")
    samples = [make_sample(number, **changes) for number in range(300)]
    candidates = [
        candidate
        for candidate in associate(samples, errors, tags, screen)
        if candidate.cue == "anchor"
    ]
    assert [candidate.reason for candidate in candidates] == [reason]


def test_a_cue_that_is_everywhere_is_no_cue(make_sample: Any, screen: Any) -> None:
    samples, errors, tags = _world(make_sample, lambda number, thing: thing == "anchor")
    narrow = screen.model_copy(update={"max_share": 0.2})
    assert {
        candidate.reason
        for candidate in associate(samples, errors, tags, narrow)
        if candidate.cue == "anchor"
    } == {"the cue is everywhere"}


class _Clip:
    """Images as wide as the index of their thing, plus one."""

    name, scale = "fake", 10.0

    def encode_images(self, images: list[Any]) -> np.ndarray:
        return np.array([np.eye(7)[image.width - 1] for image in images])

    def encode_texts(self, texts: list[str]) -> np.ndarray:
        order = [
            "a umbrella nearby",
            "a ladder nearby",
            "a anchor nearby",
            "nothing nearby",
            "a beach",
            "a meadow",
            "a street",
        ]
        return np.array([np.eye(7)[order.index(text)] for text in texts])


def test_an_image_is_tagged_with_what_stands_out(screen: Any, blank: Any) -> None:
    (ladder, nothing) = tag_images(["xx", "xxxx"], _Clip(), screen, blank)
    assert ladder.tags == ("thing:ladder",)
    assert nothing.tags == ()
    assert ladder.probabilities[0] > 0.99


def _together(screen: Any, **changes: Any) -> Any:
    """The screen with things that may come together."""
    thing = screen.vocabulary[0].model_copy(update={"exclusive": False, **changes})
    return screen.model_copy(update={"vocabulary": (thing, *screen.vocabulary[1:])})


class _Many:
    """A CLIP with given likelihoods of ten things; the last number is the null prompt's."""

    name, scale = "fake", 10.0

    def __init__(self, *likely: float) -> None:
        self.likely = np.array(likely)

    def encode_images(self, images: list[Any]) -> np.ndarray:
        return np.array([self.likely for _ in images])

    def encode_texts(self, texts: list[str]) -> np.ndarray:
        return np.eye(len(texts))


def _tagged(blank: Any, *likely: float) -> ImageTags:
    thing = Category(
        name="thing",
        prompt="a {}",
        null="nothing",
        phrase="a {}",
        exclusive=False,
        tags=tuple(f"tag-{number}" for number in range(10)),
    )
    (image_tags,) = tag_images(
        ["x"], _Many(*likely), Screen(clip="clip", vocabulary=(thing,)), blank
    )
    return image_tags


def test_tags_that_may_come_together_do(blank: Any) -> None:
    image_tags = _tagged(blank, 0.9, 0.9, *[0.1] * 8, 0.3)
    assert image_tags.tags == ("thing:tag-0", "thing:tag-1")
    others = np.array([9.0, *[1.0] * 8])
    assert image_tags.probabilities == pytest.approx(
        [1 / (1 + np.exp(others.mean() + 1.5 * others.std() - 9.0))] * 2
    )


def test_a_tag_must_stand_out_from_the_others_and_beat_the_null_prompt(blank: Any) -> None:
    assert _tagged(blank, *[0.5, 0.6] * 5, 0.3).tags == ()
    assert _tagged(blank, 0.9, *[0.1] * 9, 1.0).tags == ()
    assert _tagged(blank, 0.9, *[0.1] * 9, 0.2).probabilities == pytest.approx(
        [1 / (1 + np.exp(2.0 - 9.0))]
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"choices": ("car", "boat", "an anchor on a rope", "fish")},
            "the cue is an option's own text",
        ),
        ({"choices": ("two anchors", "boat", "house", "fish")}, "the cue is an option's own text"),
        ({"question": "What is beside the anchors?"}, "the cue is named in the question"),
        ({}, "associated: "),
    ],
)
def test_a_vocabulary_of_the_benchmarks_own_words_is_held_against_them(
    make_sample: Any, screen: Any, changes: dict[str, Any], reason: str
) -> None:
    _, errors, tags = _world(make_sample, lambda number, thing: thing == "anchor")
    samples = [make_sample(number, **changes) for number in range(300)]
    options = ("umbrella", "ladder", "anchor", "car", "boat", "house", "fish")
    candidates = associate(samples, errors, tags, _together(screen, tags=options))
    (rejected,) = [candidate for candidate in candidates if candidate.cue == "anchor"]
    assert rejected.reason.startswith(reason)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("tags", "prompt", "null", "slots"),
    [
        (CUES, "a picture with a {} nearby", "a picture with nothing nearby", ("cue",)),
        (CUES + PLACES + OBJECTS, "a photo with a {}", "a photo", ("cue", "place", "object")),
    ],
)
def test_clip_tags_rendered_scenes_each_thing_by_itself(
    tags: tuple[str, ...], prompt: str, null: str, slots: tuple[str, ...]
) -> None:
    scenes = {str(number): random_scene(random.Random(number)) for number in range(60)}
    thing = Category(
        name="thing", prompt=prompt, null=null, phrase="a {}", exclusive=False, tags=tags
    )
    tagged = tag_images(
        [*scenes],
        OpenClip.load(str(CLIP)),
        Screen(clip="clip", vocabulary=(thing,)),
        lambda name: render(scenes[name]),
    )
    seen = {
        (image_tags.image, tag.removeprefix("thing:"))
        for image_tags in tagged
        for tag in image_tags.tags
    }
    there = {
        (name, scene.value(slot))
        for name, scene in scenes.items()
        for slot in slots
        if scene.value(slot)
    }
    assert len(seen & there) > 0.9 * len(there)
    assert len(seen & there) > 0.95 * len(seen)


def test_another_vocabulary_is_another_key(screen: Any) -> None:
    other = screen.model_copy(update={"vocabulary": screen.vocabulary[:1]})
    assert tags_key("i", "c", screen) != tags_key("i", "c", other)
