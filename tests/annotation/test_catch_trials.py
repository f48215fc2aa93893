"""Catch trials: as many as stated, right by construction, alike to all others, and the same ones
however much comes.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace

import pytest

from spuriforge.annotation.catch_trials import EXPECTED, GOLD, SHAM, cue_trials, pair_trials, wanted
from spuriforge.annotation.cue_screen import cue_task
from spuriforge.annotation.pair_screen import pair_task
from spuriforge.pipeline.recipe import Annotate, Recipe, Screen
from spuriforge.pipeline.records import CatchTrial, CueType, Sample, key_of
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import cue_type, pair_of, recipe_for

CUES = ("wooden post", "umbrella", "kite", "stormy sky")


def recipe_with(gold: float = 0.1, sham: float = 0.1) -> Recipe:
    annotate = recipe_for().annotate.model_copy(update={"gold_rate": gold, "sham_rate": sham})
    return recipe_for(annotate).model_copy(update={"screen": Screen.model_construct(vocabulary=())})


def sample(number: int, **changes: object) -> Sample:
    fields = {
        "key": key_of("sample", number),
        "benchmark": "b",
        "split": "test",
        "question_id": str(number),
        "question": "What colour is the ball?",
        "choices": ("red", "blue", "green"),
        "answer": number % 3,
        "image": key_of("image", number),
        "caption": f"a ball on grass, scene {number}",
    } | changes
    return Sample(**fields)


@pytest.fixture
def types(workspace: Workspace) -> list[CueType]:
    """Forty proposed types of four cues."""
    return [cue_type(workspace, number, cue=CUES[number % 4]) for number in range(40)]


SAMPLES = [sample(number) for number in range(60)]
#: Each image shows one of the cues.
TAGS = {sample.image: {CUES[int(sample.question_id) % 4]} for sample in SAMPLES}


def split(trials: Sequence[tuple[CatchTrial, CueType]]) -> tuple[list[CueType], list[CueType]]:
    return tuple(
        [cue for catch_trial, cue in trials if catch_trial.kind == kind] for kind in (GOLD, SHAM)
    )  # type: ignore[return-cue]


@pytest.mark.parametrize(
    ("rate", "tasks", "count"), [(0, 40, 0), (0.05, 40, 2), (0.05, 41, 3), (0.05, 1, 1), (1, 0, 0)]
)
def test_rates_are_rounded_up(rate: float, tasks: int, count: int) -> None:
    assert wanted(rate, tasks) == count


def test_there_are_as_many_as_the_rates_say(types: list[CueType]) -> None:
    golds, shams = split(cue_trials(types, SAMPLES, TAGS, recipe_with(0.05, 0.1)))
    assert (len(golds), len(shams)) == (2, 4)
    assert cue_trials(types, SAMPLES, TAGS, recipe_with(0, 0)) == []
    assert cue_trials([], SAMPLES, TAGS, recipe_with()) == []


def test_a_gold_cue_shows_a_wrong_answer_as_gold_and_the_true_one_as_the_models(
    types: list[CueType],
) -> None:
    by_key = {sample.key: sample for sample in SAMPLES}
    golds, _ = split(cue_trials(types, SAMPLES, TAGS, recipe_with()))
    for cue in golds:
        real = by_key[cue.anchor]
        assert (cue.question, cue.choices, cue.image) == (
            real.question,
            real.choices,
            real.image,
        )
        assert cue.answer != real.answer
        assert cue.linked == real.choices[real.answer]
        assert cue.cue in TAGS[cue.image]


def test_a_sham_cue_is_not_in_its_image_and_its_question_is_sound(types: list[CueType]) -> None:
    by_key = {sample.key: sample for sample in SAMPLES}
    _, shams = split(cue_trials(types, SAMPLES, TAGS, recipe_with()))
    for cue in shams:
        assert cue.answer == by_key[cue.anchor].answer
        assert cue.linked in set(cue.choices) - {cue.choices[cue.answer]}
        assert cue.cue in CUES
        assert cue.cue not in TAGS[cue.image]


def test_what_the_caption_or_the_question_names_is_no_sham(types: list[CueType]) -> None:
    captioned = [
        replace(sample, caption="a Wooden Post and a kite", question="Is the umbrella open?")
        for sample in SAMPLES
    ]
    _, shams = split(cue_trials(types, captioned, {}, recipe_with()))
    assert {cue.cue for cue in shams} == {"stormy sky"}


def test_where_no_cue_fits_there_is_no_control(types: list[CueType]) -> None:
    everything = {sample.image: set(CUES) for sample in SAMPLES}
    golds, shams = split(cue_trials(types, SAMPLES, everything, recipe_with()))
    assert (len(golds), len(shams)) == (4, 0)
    _, untagged = split(
        cue_trials(types, SAMPLES, {sample.image: {"cloud"} for sample in SAMPLES}, recipe_with())
    )
    assert untagged == []


def test_no_image_is_shown_as_two_things(types: list[CueType]) -> None:
    doubled = [*SAMPLES, *(replace(sample, key=key_of("other", sample.key)) for sample in SAMPLES)]
    seen = [replace(SAMPLES[0], image=types[0].image)]
    trials = cue_trials(types, [*doubled, *seen], TAGS, recipe_with(0.5, 0.5))
    images = [cue.image for _, cue in trials]
    assert len(set(images)) == len(images)
    assert types[0].image not in images


def test_catch_trials_stay_as_more_comes(types: list[CueType]) -> None:
    few = cue_trials(types[::2], SAMPLES[::2], TAGS, recipe_with())
    subjects = {catch_trial.subject for catch_trial, _ in few}
    more = {
        catch_trial.subject
        for catch_trial, _ in cue_trials(types, SAMPLES[::2], TAGS, recipe_with())
    }
    assert subjects < more
    assert {
        cue_type.subject
        for cue_type, _ in cue_trials(types, SAMPLES[::2], TAGS, recipe_with(), seed=1)
    } != more


def test_catch_trials_that_were_made_earlier_come_first(types: list[CueType]) -> None:
    for seed in range(5):
        few = cue_trials(types[::2], SAMPLES[::2], TAGS, recipe_with(), seed)
        subjects = {catch_trial.subject for catch_trial, _ in few}
        all_of_it = cue_trials(types, SAMPLES, TAGS, recipe_with(), seed, earlier=subjects)
        assert subjects < {catch_trial.subject for catch_trial, _ in all_of_it}
        assert len(all_of_it) == 8
        assert all_of_it == cue_trials(types, SAMPLES, TAGS, recipe_with(), seed, earlier=subjects)


def test_a_catch_trial_looks_like_any_other(types: list[CueType], workspace: Workspace) -> None:
    image = workspace.image_bytes(types[0].image)
    real = cue_task(types[0], None, image)
    for catch_trial, proposed in cue_trials(types, SAMPLES, TAGS, recipe_with()):
        data = cue_task(proposed, None, image)
        assert data.keys() == real.keys()
        assert {name: bool(text) for name, text in data.items()} == {
            name: bool(text) for name, text in real.items()
        }
        assert len(catch_trial.subject) == len(types[0].key)
        assert catch_trial.subject == proposed.key
        assert not any(word in repr(asdict(proposed)).lower() for word in ("sham", "control"))
        assert catch_trial.expected == EXPECTED["cue", catch_trial.kind]
        assert proposed.description_with.startswith(proposed.description_without)
        assert proposed.cue in proposed.description_with


def test_a_gold_pair_is_the_same_image_twice(types: list[CueType], workspace: Workspace) -> None:
    pairs = [pair_of(workspace, types[0], index) for index in range(40)]
    by_key = {cue_type.key: cue_type for cue_type in types}
    trials = pair_trials(pairs, by_key, recipe_with())
    assert len(trials) == 4
    keys = {pair.key for pair in pairs}
    for catch_trial, cue in trials:
        data = pair_task(
            cue,
            by_key[cue.type],
            *map(workspace.image_bytes, (cue.image_with, cue.image_without)),
        )
        assert data["left"] == data["right"]
        assert catch_trial.subject == cue.key == data["key"]
        assert cue.key not in keys
        assert (catch_trial.project, catch_trial.kind, catch_trial.expected) == (
            "pair",
            GOLD,
            "cue_wrong",
        )
    assert pair_trials(pairs, by_key, recipe_with(gold=0)) == []


def test_gold_pairs_stay_as_more_come(types: list[CueType], workspace: Workspace) -> None:
    pairs = [pair_of(workspace, types[0], index) for index in range(60)]
    by_key = {types[0].key: types[0]}
    few = {pair.subject for pair, _ in pair_trials(pairs[:20], by_key, recipe_with())}
    assert len(few) == 2
    assert few < {
        pair.subject for pair, _ in pair_trials(pairs, by_key, recipe_with(), earlier=few)
    }


def test_rates_of_a_recipe_are_shares() -> None:
    with pytest.raises(ValueError, match="gold_rate"):
        Annotate(gold_rate=1.5)
