"""The score counts what an intervention shows: planted or not, found or not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from spuriforge.data.proving_ground import benchmark
from spuriforge.data.proving_ground.benchmark import family_of
from spuriforge.data.proving_ground.scene_reader import SceneReader
from spuriforge.data.proving_ground.scene_texts import FAMILIES, QUESTIONS
from spuriforge.data.proving_ground.score import AcceptedType, Truth, score
from spuriforge.data.proving_ground.world import cue_slot
from spuriforge.pipeline.records import CueType

SHORTCUTS = """
[[shortcut]]
family = "object"
answer = "boat"
cue = "anchor"
strength = 0.99
subjects = ["follower"]

[[shortcut]]
family = "colour"
answer = "red"
cue = "apple"
strength = 0.99
subjects = ["follower"]
"""
READER = Path(benchmark.__file__).parent / "models" / "reader"


def _answerer(reader: SceneReader, rules: Sequence[tuple[str, str, str]]) -> Any:
    """A model that reads the image right, but for its rules: (family, cue) -> answer."""

    def answer(queries: Sequence[tuple[Image.Image, str, tuple[str, ...]]]) -> list[int]:
        answers = []
        for (_, question, choices), read in zip(
            queries, reader.read([query[0] for query in queries]), strict=True
        ):
            family = family_of(question)
            text = read[FAMILIES[family]]
            for ruled, cue, answer in rules:
                if ruled == family and read[cue_slot(cue)] == cue and answer in choices:
                    text = answer
            answers.append(choices.index(text) if text in choices else 0)
        return answers

    return answer


def _type(cue: str, linked: str, family: str, gold: str, choices: tuple[str, ...]) -> CueType:
    return CueType(
        key=f"{cue}-{linked}",
        question=QUESTIONS[family],
        choices=choices,
        answer=choices.index(gold),
        linked=linked,
        cue=cue,
        category="thing",
        anchor="s",
        image="i",
        models=("follower@1",),
        candidates=("c",),
        core=gold,
        description_with="",
        description_without="",
        reason="",
    )


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("world")
    (folder / "shortcuts.toml").write_text(SHORTCUTS, encoding="utf-8")
    reader = SceneReader.load(READER)
    rules = [("object", "anchor", "boat"), ("sky", "kite", "rainy")]
    truth = Truth(folder, {"follower": _answerer(reader, rules)}, min_effect=0.2, scenes=40)
    planted = _type("anchor", "boat", "object", "car", ("car", "boat", "mug", "fish"))
    unplanted = _type("kite", "rainy", "sky", "sunny", ("sunny", "rainy", "foggy", "starry"))
    nothing = _type("bell", "blue", "colour", "green", ("green", "blue", "red", "white"))
    variants = {
        "pipeline": [
            AcceptedType(planted, {}),
            AcceptedType(unplanted, {}),
            AcceptedType(nothing, {}),
        ],
        "without judgments": [AcceptedType(planted, {})],
    }
    return score(truth, variants, lambda *planted: "screen: never proposed")


def test_what_is_planted_and_not_relied_on_does_not_count(scored: dict[str, Any]) -> None:
    assert scored["summary"]["planted"] == 2
    assert scored["summary"]["relied_on"] == 1
    assert scored["summary"]["recall"] == 1.0


def test_a_real_effect_counts_as_true_though_nobody_planted_it(scored: dict[str, Any]) -> None:
    by_cue = {row["cue"]: row for row in scored["accepted"]}
    assert (by_cue["kite"]["planted"], by_cue["kite"]["real"]) == (False, True)
    assert by_cue["kite"]["true_gap"] > 0.9
    assert (by_cue["anchor"]["planted"], by_cue["anchor"]["real"]) == (True, True)


def test_an_accepted_cue_without_effect_is_a_false_discovery(scored: dict[str, Any]) -> None:
    assert scored["summary"]["false_discoveries"] == 1
    assert {row["name"]: row["false_discoveries"] for row in scored["variants"]} == {
        "pipeline": 1,
        "without judgments": 0,
    }


def test_what_was_missed_says_where(scored: dict[str, Any]) -> None:
    (apple,) = [row for row in scored["planted"] if row["cue"] == "apple"]
    assert (apple["found"], apple["lost_at"]) == (False, "screen: never proposed")
