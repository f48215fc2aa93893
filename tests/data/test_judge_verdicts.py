"""A judge's text as a verdict: yes or no, and the cue if it is plainly named."""

from collections import Counter
from pathlib import Path

import pytest

from spuriforge.data.judge_verdicts import MOST_WORDS, verdict_of
from spuriforge.data.spuriverse import read

PUBLISHED = Path(__file__).parents[2] / ".." / "shared" / "spuriverse"
needs_published = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason=f"the published metadata is not at {PUBLISHED}"
)


@pytest.mark.parametrize(
    ("text", "spurious", "cue"),
    [
        (
            "Yes. The model likely associated the presence of plants in urban settings with decor.",
            True,
            "plants in urban settings",
        ),
        (
            "Yes. The presence of a fridge and a bed might have led the model to a dorm.",
            True,
            "fridge and a bed",
        ),
        (
            "**Yes**, the model likely focused on the red tie, which stands out, rather than that.",
            True,
            "red tie",
        ),
        (
            "Yes. It associated certain visual cues, such as road signs, with Japan.",
            True,
            "road signs",
        ),
        (
            "Yes. It associated the context of holding a phone with talking due to habit.",
            True,
            "holding a phone",
        ),
        ("Yes. It associated certain visual features with Japan.", True, None),
        ("Yes. It associated the presence of a box with a hat with sales.", True, None),
        ('Yes. It associated the word "plane" with flying.', True, None),
        ("Yes.", True, None),
        ("No, it associated the presence of plants with decoration.", False, None),
        ("no.", False, None),
        ("Perhaps. Yes, it associated snow with skiing.", None, None),
        ("Nothing of the sort.", None, None),
        ("No doubt this is spurious.", None, None),
        ("", None, None),
    ],
)
def test_a_verdict_is_what_the_text_begins_with(
    text: str, spurious: bool | None, cue: str | None
) -> None:
    verdict = verdict_of(text)
    assert (verdict.spurious, verdict.cue) == (spurious, cue)
    assert verdict.reason


@pytest.mark.integration
@needs_published
def test_every_published_verdict_is_read_and_most_cues() -> None:
    outcomes: Counter[bool] = Counter()
    for name in ("aokvqa_train_meta.csv", "seedbench_meta.csv"):
        for row in read(str(PUBLISHED / name)):
            assert row.published is not None
            if row.published.judge_text:
                verdict = verdict_of(row.published.judge_text)
                assert verdict.spurious == row.published.is_spurious
                assert verdict.cue is None or verdict.cue in " ".join(
                    row.published.judge_text.split()
                )
                assert verdict.cue is None or len(verdict.cue.split()) <= MOST_WORDS
                if verdict.spurious:
                    outcomes[verdict.cue is not None] += 1
    assert outcomes.total() == 1096
    assert 0.75 < outcomes[True] / outcomes.total() < 0.85
