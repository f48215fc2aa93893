"""Every condition has its arms, and is explained where it is listed."""

import re

from spuriforge.pipeline.finetune import conditions
from spuriforge.pipeline.finetune.conditions import CONDITIONS, SINGLE, TWINS
from spuriforge.pipeline.release.questions import ARMS


def test_a_condition_has_twins_or_single_lessons_and_not_both() -> None:
    assert not TWINS.keys() & SINGLE.keys()
    assert TWINS.keys() | SINGLE.keys() == set(CONDITIONS)


def test_the_arms_are_those_of_a_release() -> None:
    arms = {arm for columns in ARMS.values() for arm in columns}
    assert {arm for twins in TWINS.values() for arm in twins} <= set(ARMS["pairs"])
    assert {arm for single in SINGLE.values() for arm in single} <= arms


def test_the_docstring_lists_every_condition_in_order() -> None:
    listed = re.findall(r"^    ([a-z-]+)  ", conditions.__doc__ or "", re.MULTILINE)
    assert tuple(listed) == CONDITIONS
