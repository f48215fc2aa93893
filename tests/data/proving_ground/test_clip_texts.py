"""Prompts cover every value, and an edited caption changes one clause."""

import random

from spuriforge.data.proving_ground.clip_texts import TEMPLATES, edited, prompts
from spuriforge.data.proving_ground.world import ATTRIBUTES, random_scene


def test_edited_captions_change_one_clause() -> None:
    rng = random.Random(3)
    for _ in range(200):
        scene = random_scene(rng)
        own, cue_changed, other_changed = edited(scene, rng)
        assert (
            len({own, cue_changed, other_changed}) == 3
            or scene.place not in own
            or scene.sky not in own
        )
        if scene.cue:
            assert scene.cue in own.replace(",", "").split()
            assert scene.cue not in cue_changed.replace(",", "").split()


def test_prompts_cover_every_value() -> None:
    rng = random.Random(0)
    for name, values in ATTRIBUTES.items():
        assert len(prompts(name)) == len(prompts(name, rng)) == len(values)
        assert prompts(name)[-1] == TEMPLATES[name][0].format(values[-1])
