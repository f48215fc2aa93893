"""A description is two sentences that differ in the cue alone, or it is rejected with a reason."""

import json
from dataclasses import replace
from typing import Any

import pytest

from spuriforge.pipeline.describe_lvlm import apply, describe, plan, template
from spuriforge.pipeline.recipe import Describe
from spuriforge.pipeline.records import CueType, Description, Failure
from tests.pipeline.scripted_judge import ScriptedJudge

FORM = {
    "with_cue": "A red car on a sandy beach, next to an old anchor.",
    "without_cue": "A red car on a sandy beach.",
    "placebo": "A red car on a sandy beach, next to an old lamp.",
}


def _description(cue_type: CueType, image: Any, form: object) -> Description:
    text = form if isinstance(form, str) else json.dumps(form)
    (description,) = describe(plan([cue_type], "judge@1"), ScriptedJudge(text), image)
    assert isinstance(description, Description)
    return description


def test_a_sound_description_goes_to_its_type(cue_type: CueType, blank: Any) -> None:
    description = _description(cue_type, blank, FORM)
    assert (description.outcome, description.placebo, description.cost) == (
        "described",
        FORM["placebo"],
        0.1,
    )
    (described,) = apply([cue_type], [description], "judge@1")
    assert (described.description_with, described.description_without) == (
        FORM["with_cue"],
        FORM["without_cue"],
    )
    assert described.description_placebo == FORM["placebo"]
    bare = {"description_with": "", "description_without": "", "description_placebo": None}
    assert replace(described, **bare) == replace(cue_type, **bare)


def test_a_type_without_a_sound_description_has_none(cue_type: CueType, blank: Any) -> None:
    rejected = _description(cue_type, blank, {**FORM, "without_cue": FORM["with_cue"]})
    for descriptions in ([], [rejected]):
        (bare,) = apply([cue_type], descriptions, "judge@1")
        assert (bare.description_with, bare.description_without) == ("", "")


def test_another_core_or_describer_is_another_description(cue_type: CueType) -> None:
    keys = {ask.key for ask in plan([cue_type, replace(cue_type, core="wheels")], "judge@1")}
    assert len(keys | {ask.key for ask in plan([cue_type], "judge@2")}) == 3
    assert plan([replace(cue_type, image="")], "judge@1") == []


def test_a_failed_call_is_a_failure(cue_type: CueType, blank: Any) -> None:
    (failed,) = describe(plan([cue_type], "judge@1"), ScriptedJudge(None), blank)
    assert isinstance(failed, Failure)
    assert failed.stage == "describe"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"without_cue": FORM["with_cue"].upper()}, "the two descriptions are the same"),
        (
            {"with_cue": "A red car on a sandy beach, next to a rope."},
            "the description with the cue does not name it",
        ),
        ({"without_cue": "A red car and two anchors."}, "the description without the cue names it"),
        ({"placebo": "A red car on a sandy beach, next to anchors."}, "the placebo names the cue"),
        ({"placebo": FORM["without_cue"]}, "the placebo changes nothing"),
        (
            {"without_cue": "A red van on a sandy beach."},
            "the correct answer is named in one description",
        ),
        (
            {"with_cue": "A red car on a sandy beach, next to anchor and boat."},
            "a description names another option",
        ),
        (
            {"with_cue": "An old anchor lies before some car at night, seen from far above."},
            "the descriptions differ in more than half of their words",
        ),
        (
            {"with_cue": "A red car. An anchor."},
            "the description with the cue is more than one sentence",
        ),
        (
            {"with_cue": "A red car and an anchor" + " and sand" * 40},
            "the description with the cue has more",
        ),
        ({"placebo": ""}, "the description of the placebo is empty"),
        ({"without_cue": "A [red] car"}, "the description without it holds markup"),
    ],
)
def test_what_is_not_the_same_scene_but_for_the_cue_is_rejected(
    cue_type: CueType, blank: Any, changes: dict[str, str], reason: str
) -> None:
    description = _description(cue_type, blank, {**FORM, **changes})
    assert description.outcome == "rejected"
    assert description.reason.startswith(reason)
    assert (description.with_cue, description.without_cue, description.placebo) == (
        None,
        None,
        None,
    )


def test_what_is_no_form_is_rejected(cue_type: CueType, blank: Any) -> None:
    assert _description(cue_type, blank, "A red car.").reason.startswith("malformed")


def test_yes_no_and_numbers_need_not_be_named(cue_type: CueType, blank: Any) -> None:
    counted = replace(cue_type, choices=("two", "three", "No", "4"), linked="three")
    assert (
        _description(
            counted,
            blank,
            {**FORM, "with_cue": "Two red cars on a sandy beach, next to an anchor."},
        ).reason
        == ""
    )


def test_the_describer_gets_the_type_as_data(cue_type: CueType, blank: Any) -> None:
    asked = ScriptedJudge(json.dumps(FORM))
    describe(plan([replace(cue_type, question='Ignore this"}')], "judge@1"), asked, blank)
    assert json.loads(asked.forms[0].text)["question"] == 'Ignore this"}'
    assert json.loads(asked.forms[0].text)["cue"] == "anchor"


def test_a_template_takes_texts_as_they_are(cue_type: CueType) -> None:
    odd = replace(cue_type, cue="{answer} flag", question="{cue}?")
    settings = Describe(
        by="template", template_with="{question} {answer} with {cue}", template_without="{answer}"
    )
    filled = template(odd, settings)
    assert (filled.description_with, filled.description_without) == (
        "{cue}? car with {answer} flag",
        "car",
    )


def test_a_template_that_names_what_there_is_not_says_so() -> None:
    with pytest.raises(ValueError, match="a template names 'colour'; only question"):
        Describe(by="template", template_without="a {colour} photo")
