"""Descriptions differ in the cue's clause and in nothing else; equal candidates are one type."""

from dataclasses import replace
from typing import Any

import pytest

from spuriforge.pipeline.describe import merge, scenes_of, set_clause, without_clause
from spuriforge.pipeline.records import Candidate


@pytest.mark.parametrize(
    ("caption", "bare"),
    [
        ("a red car, on a beach, next to an umbrella", "a red car, on a beach"),
        ("a red car, with an umbrella nearby, on a beach", "a red car, on a beach"),
        ("A man walks on the street with an umbrella.", "A man walks on the street."),
        ("A red car next to a big umbrella on a beach", "A red car on a beach"),
        ("a red car", "a red car"),
    ],
)
def test_the_clause_goes_and_the_rest_stays(caption: str, bare: str) -> None:
    assert without_clause(caption, ["umbrella"]) == bare


def test_a_clause_is_put_in_with_its_article(screen: Any) -> None:
    thing, place = screen.vocabulary
    assert (
        set_clause("a car, next to a ladder", thing, "anchor", "anchor")
        == "a car, next to an anchor"
    )
    there = "a car, on a beach, next to a ladder"
    assert set_clause(there, place, "street", "street") == "a car, next to a ladder, on a street"


def test_what_may_come_together_stays(screen: Any) -> None:
    things = screen.vocabulary[0].model_copy(update={"exclusive": False})
    assert set_clause("a car, next to a ladder", things, "anchor", "anchor") == (
        "a car, next to a ladder, next to an anchor"
    )
    assert (
        set_clause("a car, next to a ladder, next to an anchor", things, None, "anchor")
        == "a car, next to a ladder"
    )


def _candidate(
    sample: str, model: str, p: float = 0.01, cue: str = "anchor", category: str = "thing"
) -> Candidate:
    return Candidate(
        key=f"{sample}{model}{cue}",
        sample=sample,
        model=model,
        cue=cue,
        category=category,
        linked="boat",
        screener="association",
        errors_with_cue=3,
        asked_with_cue=5,
        errors_total=4,
        asked_total=50,
        p=p,
        q=p,
        kept=True,
        reason="",
    )


def test_equal_cues_of_two_models_are_one_type_at_the_clearer_anchor(
    make_sample: Any, screen: Any
) -> None:
    samples = [make_sample(1), make_sample(2)]
    (kind,) = merge(
        [_candidate(samples[0].key, "a"), _candidate(samples[1].key, "b", p=0.001)], samples, screen
    )
    assert kind.models == ("a", "b")
    assert kind.anchor == samples[1].key
    assert kind.description_with == "a red car, on a beach, next to an anchor"
    assert kind.description_without == "a red car, on a beach"


def test_a_rejected_candidate_makes_no_type(make_sample: Any, screen: Any) -> None:
    rejected = replace(_candidate(make_sample(1).key, "a"), kept=False)
    assert merge([rejected], [make_sample(1)], screen) == []


def test_scenes_share_question_and_answer_and_roles_share_no_caption(
    make_sample: Any, screen: Any
) -> None:
    samples = [make_sample(n, caption=f"a car number {n}, next to a ladder") for n in range(8)]
    samples += [
        make_sample(9, answer=1, caption="a boat"),
        make_sample(10, question="Where?", caption="a place"),
    ]
    candidates = [_candidate(samples[0].key, "a")]
    (kind,) = merge(candidates, samples, screen)
    roles = [
        scenes_of(kind, role, samples, candidates, screen, 6) for role in ("selection", "release")
    ]
    assert all(
        scene.with_cue == f"{scene.without_cue}, next to an anchor"
        for scenes in roles
        for scene in scenes
    )
    assert all("ladder" not in scene.without_cue for scenes in roles for scene in scenes)
    used = [{scene.sample.key for scene in scenes} for scenes in roles]
    assert not used[0] & used[1]
    assert len(roles[0]) == 6


def test_a_placebo_is_never_itself_suspected(make_sample: Any, screen: Any) -> None:
    samples = [make_sample(n) for n in range(4)]
    candidates = [_candidate(samples[0].key, "a"), _candidate(samples[1].key, "a", cue="ladder")]
    kinds = merge(candidates, samples, screen)
    kind = next(kind for kind in kinds if kind.cue == "anchor")
    scenes = scenes_of(kind, "release", samples, candidates, screen, 8)
    assert {scene.placebo.rsplit(" ", 1)[1] for scene in scenes} == {"umbrella"}


def test_a_background_cue_is_swapped_for_a_neutral_one(make_sample: Any, screen: Any) -> None:
    samples = [make_sample(n) for n in range(4)]
    candidates = [_candidate(samples[0].key, "a", cue="beach", category="place")]
    (kind,) = merge(candidates, samples, screen)
    (scene, *_) = scenes_of(kind, "release", samples, candidates, screen, 2)
    places = [text.rsplit(" ", 1)[1] for text in (scene.with_cue, scene.without_cue, scene.placebo)]
    assert places[0] == "beach"
    assert sorted(places[1:]) == ["meadow", "street"]


def test_a_caption_that_speaks_against_its_own_label_is_no_source(
    make_sample: Any, screen: Any
) -> None:
    gold = make_sample(0).choices[make_sample(0).answer]
    other = make_sample(0).choices[make_sample(0).answer - 1]
    samples = [
        make_sample(n, caption=f"a {gold if n % 2 else other} thing number {n}") for n in range(8)
    ]
    candidates = [_candidate(samples[1].key, "a")]
    (kind,) = merge(candidates, samples, screen)
    scenes = scenes_of(kind, "release", samples, candidates, screen, 8)
    assert scenes
    assert all(gold in scene.without_cue for scene in scenes)


def test_captions_that_name_another_suspected_cue_come_last(make_sample: Any, screen: Any) -> None:
    places = ["on a beach" if n % 2 else "on a street" for n in range(16)]
    samples = [
        make_sample(n, caption=f"a thing number {n}, {place}") for n, place in enumerate(places)
    ]
    candidates = [
        _candidate(samples[0].key, "a"),
        _candidate(samples[1].key, "a", cue="beach", category="place"),
    ]
    kind = next(kind for kind in merge(candidates, samples, screen) if kind.cue == "anchor")
    scenes = scenes_of(kind, "release", samples, candidates, screen, 8)
    misleading = ["beach" in scene.without_cue for scene in scenes]
    assert misleading == sorted(misleading)
    assert not misleading[0]


def test_a_vocabulary_too_small_for_a_placebo_gives_none(make_sample: Any, screen: Any) -> None:
    two = [
        category.model_copy(update={"tags": category.tags[:2]}) for category in screen.vocabulary
    ]
    small = screen.model_copy(update={"vocabulary": tuple(two)})
    place = next(category for category in two if category.null is None)
    samples = [make_sample(n, caption=f"a thing number {n}") for n in range(4)]
    candidates = [_candidate(samples[0].key, "a", cue=place.tags[0], category=place.name)]
    (kind,) = merge(candidates, samples, small)
    assert {
        scene.placebo for scene in scenes_of(kind, "release", samples, candidates, small, 2)
    } == {None}
