"""The benchmark: decorrelated but for its decoys, a few wrong labels, and nothing that gives an
answer away.
"""

from collections import Counter
from pathlib import Path

import pytest

from spuriforge.data.proving_ground import benchmark, shortcut_file
from spuriforge.data.proving_ground.scene_texts import FAMILIES, QUESTIONS
from spuriforge.data.proving_ground.world import cue_slot

FOLDER = Path(benchmark.__file__).parent / "models"


@pytest.fixture(scope="module")
def asked() -> list[benchmark.Entry]:
    return list(benchmark.questions(FOLDER, 6000, seed=7))


def test_the_same_seed_gives_the_same_questions(asked: list[benchmark.Entry]) -> None:
    assert list(benchmark.questions(FOLDER, 50, seed=7)) == asked[:50]
    assert list(benchmark.questions(FOLDER, 50, seed=8)) != asked[:50]


def test_no_position_and_no_family_is_favoured(asked: list[benchmark.Entry]) -> None:
    positions = Counter(one.question.answer for one in asked)
    assert all(0.22 < positions[place] / len(asked) < 0.28 for place in range(4))
    assert set(Counter(one.question.family for one in asked).values()) == {1000}


def test_a_few_gold_labels_are_wrong_and_a_few_images_hazy(asked: list[benchmark.Entry]) -> None:
    wrong = sum(
        one.scene.value(FAMILIES[one.question.family]) != one.question.choices[one.question.answer]
        for one in asked
    )
    assert 0.005 < wrong / len(asked) < 0.03
    assert 0.01 < sum(one.scene.haze > 0 for one in asked) / len(asked) < 0.05


def test_planted_cues_meet_every_answer_and_decoys_do_not(asked: list[benchmark.Entry]) -> None:
    world = shortcut_file.load(FOLDER / "shortcuts.toml")
    decoys = {(one.family, one.cue) for one in world.decoys}
    for one in world.shortcuts:
        if (one.family, one.cue) not in decoys:
            assert _share(asked, one.family, one.answer, one.cue) < 0.5
    assert all(_share(asked, one.family, one.answer, one.cue) > 0.3 for one in world.decoys)


def _share(asked: list[benchmark.Entry], family: str, answer: str, cue: str) -> float:
    """Of the family's scenes that show the cue, the share whose core is `answer`."""
    seen = [
        one.scene
        for one in asked
        if one.question.family == family and one.scene.value(cue_slot(cue)) == cue
    ]
    return sum(scene.value(FAMILIES[family]) == answer for scene in seen) / len(seen)


def test_samples_carry_the_caption_and_nothing_planted(asked: list[benchmark.Entry]) -> None:
    (sample,) = benchmark.to_samples(asked[:1], 7, lambda image: f"{image.size}")
    assert sample.image == "(64, 64)"
    assert sample.key == benchmark.sample_key(asked[0], 7)
    assert sample.caption == asked[0].caption


def test_a_wording_has_its_family_and_another_is_refused() -> None:
    assert all(benchmark.family_of(wording) == family for family, wording in QUESTIONS.items())
    with pytest.raises(ValueError, match="does not ask"):
        benchmark.family_of("Is this a cat?")
