"""What is thought is no answer, however the marks come."""

import pytest

from spuriforge.pipeline.lvlm.think_tags import without_thinking


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("B", "B"),
        ("<think>A car?\nNo.</think>\n\nB", "B"),
        ("A car? No.</think>B", "B"),  # the chat template wrote the opening mark
        ("<think>A</think>B<think>or C</think>", "B"),
        ("B, I think. <think>Or A?</think> Yes.", "B, I think.  Yes."),
        ("<think>Perhaps A, perhaps", ""),  # cut off: nothing was answered
        ("<think></think>C", "C"),
    ],
)
def test_only_what_is_said_remains(text: str, said: str) -> None:
    assert without_thinking(text) == said
