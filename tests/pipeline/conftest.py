"""A tiny world for the stages: a few samples, a vocabulary, models that answer by rule."""

from collections.abc import Callable, Sequence

import pytest
from PIL import Image

from spuriforge.pipeline.lvlm.interface import Answer, Query
from spuriforge.pipeline.recipe import Category, Screen
from spuriforge.pipeline.records import CueType, Sample, key_of

THING = Category(
    name="thing",
    prompt="a {} nearby",
    null="nothing nearby",
    phrase="next to a {}",
    tags=("umbrella", "ladder", "anchor"),
)
PLACE = Category(name="place", prompt="a {}", phrase="on a {}", tags=("beach", "meadow", "street"))


@pytest.fixture
def screen() -> Screen:
    return Screen(clip="clip", vocabulary=(THING, PLACE))


@pytest.fixture
def make_sample() -> Callable[..., Sample]:
    def make(number: int, **changes: object) -> Sample:
        values = {
            "key": key_of("sample", number),
            "benchmark": "tiny",
            "split": "test",
            "question_id": str(number),
            "question": "What is it?",
            "choices": ("car", "boat", "house", "fish"),
            "answer": 0,
            "image": f"image-{number}",
            "caption": "a red car, on a beach",
        }
        return Sample(**{**values, **changes})

    return make


@pytest.fixture
def cue_type(make_sample: Callable[..., Sample]) -> CueType:
    anchor = make_sample(0)
    return CueType(
        key="type",
        question=anchor.question,
        choices=anchor.choices,
        answer=0,
        linked="boat",
        cue="anchor",
        category="thing",
        anchor=anchor.key,
        image=anchor.image,
        models=("m@main",),
        candidates=("c",),
        core="car",
        description_with="a red car, on a beach, next to an anchor",
        description_without="a red car, on a beach",
        reason="",
    )


class RuleLVLM:
    """A model that answers by a rule on the query; the images' sizes tell it what they show."""

    prompt = "p"

    def __init__(self, rule: Callable[[Query], int | None], name: str = "m@main") -> None:
        self.rule, self.id = rule, name
        self.asked: list[Query] = []

    def answer(self, queries: Sequence[Query]) -> list[Answer]:
        self.asked += queries
        chosen = [self.rule(query) for query in queries]
        return [
            Answer("unparsed" if choice is None else "parsed", choice, "?", 1.0)
            for choice in chosen
        ]


@pytest.fixture
def rule_lvlm() -> type[RuleLVLM]:
    return RuleLVLM


@pytest.fixture
def blank() -> Callable[[str], Image.Image]:
    """Any image of the tiny world: as wide as its name is long."""
    return lambda name: Image.new("RGB", (len(name), 8))
