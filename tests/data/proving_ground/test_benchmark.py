"""The benchmark: decorrelated except for decoys, with a few wrong labels."""

from collections import Counter
from pathlib import Path

import pytest

from spuriforge.data.proving_ground import benchmark, shortcut_file
from spuriforge.data.proving_ground.scene_texts import FAMILIES, QUESTIONS
from spuriforge.data.proving_ground.world import cue_slot

FOLDER = Path(benchmark.__file__).parent / "models"


@pytest.fixture(scope="module")
def entries() -> list[benchmark.Entry]:
    return list(benchmark.questions(FOLDER, 6000, seed=7))


def test_the_same_seed_gives_the_same_questions(entries: list[benchmark.Entry]) -> None:
    assert list(benchmark.questions(FOLDER, 50, seed=7)) == entries[:50]
    assert list(benchmark.questions(FOLDER, 50, seed=8)) != entries[:50]


def test_no_position_and_no_family_is_favoured(entries: list[benchmark.Entry]) -> None:
    positions = Counter(entry.question.answer for entry in entries)
    assert all(0.22 < positions[place] / len(entries) < 0.28 for place in range(4))
    assert set(Counter(entry.question.family for entry in entries).values()) == {1000}


def test_a_few_gold_labels_are_wrong_and_a_few_images_hazy(entries: list[benchmark.Entry]) -> None:
    wrong = sum(
        entry.scene.value(FAMILIES[entry.question.family])
        != entry.question.choices[entry.question.answer]
        for entry in entries
    )
    assert 0.005 < wrong / len(entries) < 0.03
    assert 0.01 < sum(entry.scene.haze > 0 for entry in entries) / len(entries) < 0.05


def test_planted_cues_meet_every_answer_and_decoys_do_not(entries: list[benchmark.Entry]) -> None:
    world = shortcut_file.load(FOLDER / "shortcuts.toml")
    decoys = {(decoy.family, decoy.cue) for decoy in world.decoys}
    for shortcut in world.shortcuts:
        if (shortcut.family, shortcut.cue) not in decoys:
            assert _share(entries, shortcut.family, shortcut.answer, shortcut.cue) < 0.5
    assert all(
        _share(entries, decoy.family, decoy.answer, decoy.cue) > 0.3 for decoy in world.decoys
    )


def _share(entries: list[benchmark.Entry], family: str, answer: str, cue: str) -> float:
    """Of the family's scenes that show the cue, the share whose core is `answer`."""
    seen = [
        entry.scene
        for entry in entries
        if entry.question.family == family and entry.scene.value(cue_slot(cue)) == cue
    ]
    return sum(scene.value(FAMILIES[family]) == answer for scene in seen) / len(seen)


def test_samples_carry_the_caption_and_nothing_planted(entries: list[benchmark.Entry]) -> None:
    (sample,) = benchmark.to_samples(entries[:1], 7, lambda image: f"{image.size}")
    assert sample.image == "(64, 64)"
    assert sample.key == benchmark.sample_key(entries[0], 7)
    assert sample.caption == entries[0].caption


def test_a_wording_has_its_family_and_another_is_refused() -> None:
    assert all(benchmark.family_of(wording) == family for family, wording in QUESTIONS.items())
    with pytest.raises(ValueError, match="does not ask"):
        benchmark.family_of("Is this a cat?")
