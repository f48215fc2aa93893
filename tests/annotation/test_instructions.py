"""The instructions name every key of their screen, and an adjudicator's say what is different."""

from xml.etree import ElementTree

import pytest

from spuriforge.annotation.instructions import INSTRUCTIONS
from spuriforge.annotation.screens import SCREENS


@pytest.mark.parametrize("kind", SCREENS)
def test_instructions_name_each_key_and_have_two_examples(kind: str) -> None:
    ElementTree.fromstring(INSTRUCTIONS[kind])
    keys = [choice.get("hotkey") for choice in ElementTree.fromstring(SCREENS[kind]).iter("Choice")]
    assert all(
        f"<kbd>{key}</kbd>" in INSTRUCTIONS[kind] for key in [*keys, "Ctrl+Enter", "Ctrl+Space"]
    )
    assert INSTRUCTIONS[kind].count('class="scenes"') == 2


@pytest.mark.parametrize("kind", SCREENS)
def test_an_adjudicator_alone_is_told_that_others_disagreed(kind: str) -> None:
    assert ("Others disagreed" in INSTRUCTIONS[kind]) == kind.endswith("-adjudication")
