"""The intervention measures what a model does, shown on answerers of known behaviour."""

from collections.abc import Sequence

import pytest

from spuriforge.data.proving_ground import measure_lvlm
from spuriforge.data.proving_ground.measure_lvlm import family_accuracy, reliance, table, true_gap
from spuriforge.data.proving_ground.scene_texts import FAMILIES, QUESTIONS
from spuriforge.data.proving_ground.shortcut_file import Shortcut, ShortcutFile

APPLE = Shortcut("colour", "red", "apple", 0.99, ("one",))
SNOW = Shortcut("colour", "white", "snowfield", 0.99, ("one",))
PLANTED = ShortcutFile((APPLE, SNOW), (), ("one",))


@pytest.fixture(autouse=True)
def scenes_instead_of_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answerers below look at the scene itself."""
    monkeypatch.setattr(measure_lvlm, "render", lambda scene: scene)


def read_core(queries: Sequence[tuple]) -> list[int]:
    """Always right."""
    families = {question: family for family, question in QUESTIONS.items()}
    return [
        choices.index(scene.value(FAMILIES[families[asked]])) for scene, asked, choices in queries
    ]


def follow_apple(queries: Sequence[tuple]) -> list[int]:
    """Right unless an apple lies about and red is offered."""
    cued = [scene.cue == "apple" and "red" in choices for scene, _, choices in queries]
    right = read_core(queries)
    return [
        q[2].index("red") if seen else index
        for q, seen, index in zip(queries, cued, right, strict=True)
    ]


def test_a_right_answerer_has_no_gap() -> None:
    gap = true_gap(
        read_core, "colour", "blue", ("blue", "red", "green", "white"), "apple", scenes=40
    )
    assert (gap.without, gap.with_cue, gap.gap) == (1.0, 1.0, 0.0)
    assert set(family_accuracy(read_core, PLANTED, scenes=10, seed=0).values()) == {1.0}


def test_a_shortcut_shows_as_a_gap_and_only_with_its_cue() -> None:
    choices = ("blue", "red", "green", "white")
    assert true_gap(follow_apple, "colour", "blue", choices, "apple", scenes=40).gap == 1.0
    assert true_gap(follow_apple, "colour", "blue", choices, "anchor", scenes=40).gap == 0.0
    assert true_gap(follow_apple, "colour", "blue", choices, "snowfield", scenes=40).with_cue >= 0.1
    taken = reliance(follow_apple, APPLE, PLANTED, "one", scenes=40, seed=0)
    assert (taken.linked_without, taken.linked_with, taken.measured.gap) == (0.0, 1.0, 1.0)
    assert taken.planted
    assert reliance(follow_apple, SNOW, PLANTED, "control", scenes=40, seed=0).measured.gap == 0.0


def test_the_interval_covers_the_gap() -> None:
    gap = true_gap(
        lambda queries: [0] * len(queries),
        "count",
        "two",
        ("one", "two", "three", "four"),
        "gem",
        100,
    )
    assert gap.gap == 0.0
    assert gap.low <= gap.gap <= gap.high
    assert 0.1 < gap.without < 0.4


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="not among the choices"):
        true_gap(read_core, "colour", "blue", ("red", "green"), "apple")
    with pytest.raises(ValueError, match="cannot be a cue"):
        true_gap(read_core, "place", "beach", ("beach", "forest"), "street")


def test_the_table_has_a_line_a_shortcut() -> None:
    row = {
        "family": "colour",
        "cue": "apple",
        "answer": "red",
        "planted": True,
        "without": 1.0,
        "with_cue": 0.1,
    }
    row |= {"gap": 0.9, "low": 0.85, "high": 0.95, "linked_without": 0.0, "linked_with": 0.9}
    assert list(table({"shortcuts": [row]}))[-1] == (
        "| colour | apple | red | yes | 1.00 | 0.10 | 0.90 (0.85 to 0.95) | 0.00 / 0.90 |"
    )
