"""The order in which cues are judged, and the controls among them, from a run's own records."""

from dataclasses import replace
from pathlib import Path

import pytest

from spuriforge.flows import controls, exchanged
from spuriforge.flows.opened import Opened
from spuriforge.flows.people import to_toml
from spuriforge.pipeline.lvlm.prompts import version_for
from spuriforge.pipeline.records import Candidate, CueType, ImageTags, Prediction, Sample, key_of
from tests import worlds


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Two proposed types, and forty more questions that both models answer rightly."""
    workspace, recipe = worlds.finished(tmp_path)
    (tmp_path / "recipe.toml").write_text(to_toml(recipe), encoding="utf-8")
    first = workspace.records(Sample)[0]
    others = [
        replace(
            first,
            key=key_of("other", number),
            question_id=f"o{number}",
            caption="a red car, on a beach",
            image=workspace.put_image(worlds.picture("other", number)),
        )
        for number in range(40)
    ]
    asked = [
        Prediction(
            key=key_of("right", sample.key, model.id, rotation),
            sample=sample.key,
            model=model.id,
            prompt=version_for(model),
            rotation=rotation,
            blind=False,
            outcome="parsed",
            chosen=sample.answer,
            text="A",
        )
        for sample in others
        for model in recipe.models
        for rotation in range(2)
    ]
    shown = {others[0].image: ("thing:umbrella",)}
    tags = [
        ImageTags(
            key=key_of("tags", one.image),
            image=one.image,
            tags=shown.get(one.image, ()),
            probabilities=(1.0,) * len(shown.get(one.image, ())),
        )
        for one in others
    ]
    worlds.add(workspace, [*others, *asked, *tags])
    return Opened(str(tmp_path / "recipe.toml"))


def test_controls_are_made_of_what_the_models_answer_rightly_and_stay(opened: Opened) -> None:
    made = controls.cue_controls(opened)
    assert {control.kind for control, _ in made} == {"gold", "sham"}
    samples = {one.key: one for one in opened.samples}
    for control, one in made:
        shown_right = one.answer == samples[one.anchor].answer
        assert shown_right == (control.kind == "sham")
        assert control.subject == one.key
    opened.workspace.append([control for control, _ in made])
    again = controls.cue_controls(Opened(str(Path(opened.workspace.root).parent / "recipe.toml")))
    assert {one.key for _, one in again} == {one.key for _, one in made}


def test_what_is_known_decides_nothing(opened: Opened) -> None:
    made = controls.cue_controls(opened)
    worlds.add(opened.workspace, [control for control, _ in made])
    for control, _ in made:
        worlds.add(opened.workspace, worlds.judged("cue", control.subject, control.expected)[:2])
    decided = Opened(str(Path(opened.workspace.root).parent / "recipe.toml")).decisions("cue")
    assert not decided.keys() & {control.subject for control, _ in made}


def test_the_clearest_come_first(opened: Opened) -> None:
    types = opened.workspace.records(CueType)
    unlikely = {types[0].key: 0.03, types[1].key: 0.001}
    found = [
        replace(one, p=unlikely[kind.key])
        for kind in types
        for one in opened.workspace.records(Candidate)
        if one.key in kind.candidates
    ]
    opened.__dict__["candidates"] = found
    assert controls.by_value(opened, types) == [types[1], types[0]]


def test_nothing_to_judge_is_nothing_to_export(opened: Opened, tmp_path: Path) -> None:
    assert opened.types == {}  # the world's errors are of another mining
    with pytest.raises(ValueError, match="Nothing awaits judgment"):
        exchanged.export(str(tmp_path / "recipe.toml"), tmp_path / "out")
