"""Renders are pure, and a change of one part leaves the rest of the image alone."""

from dataclasses import replace

import numpy as np

from spuriforge.data.proving_ground.render import CUE_BOX, SIZE, render
from spuriforge.data.proving_ground.world import CUES, Scene

SCENE = Scene("beach", "sunny", "car", "red", cue="anchor", seed=5)


def test_equal_scenes_render_to_equal_bytes() -> None:
    assert render(SCENE).size == (SIZE, SIZE)
    assert render(SCENE).tobytes() == render(replace(SCENE)).tobytes()
    assert render(SCENE).tobytes() != render(replace(SCENE, seed=6)).tobytes()


def test_a_cue_changes_only_its_box() -> None:
    left, top, right, bottom = (round(share * SIZE) for share in CUE_BOX)
    for cue in CUES:
        shown = np.asarray(render(replace(SCENE, cue=cue)))
        without = np.asarray(render(replace(SCENE, cue=None)))
        changed = (shown != without).any(axis=2)
        assert changed.any()
        changed[top:bottom, left:right] = False
        assert not changed.any(), cue


def test_haze_takes_contrast_away() -> None:
    clear, hazy = (np.asarray(render(replace(SCENE, haze=haze))) for haze in (0.0, 0.9))
    assert hazy.std() < clear.std() / 3
