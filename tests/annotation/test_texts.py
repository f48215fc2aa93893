"""Texts of benchmarks and of people, in lines of ours."""

from spuriforge.annotation.texts import isolated, opinions_text, options_text
from tests.judged import judged

MEANINGS = {"spurious": "Spurious: it misleads", "not_spurious": "Not spurious: it does not"}
PROPOSED = {
    "cue": "post",
    "core": "ball",
    "description_with": "with",
    "description_without": "without",
}


def plain(text: str) -> str:
    """Without the marks that isolate a text's direction."""
    return text.translate({0x2068: None, 0x2069: None})


def test_options_mark_the_gold_and_the_models_answer() -> None:
    lines = plain(options_text(("red", "blue", "green"), 0, "blue")).split("\n")
    assert lines[0].split() == ["✔", "A.", "red", "⟵", "gold", "answer"]
    assert lines[1].split() == ["✘", "B.", "blue", "⟵", "the", "model's", "answer"]
    assert lines[2].strip() == "C. green"


def test_an_option_is_one_line_whatever_it_holds_and_turns_no_line_around() -> None:
    lines = options_text(("a\nb", "مرحبا", "c"), 1).split("\n")
    assert len(lines) == 3
    assert plain(lines[0]).strip() == "A. a b"
    assert f" B. {isolated('مرحبا')}  ⟵" in lines[1]
    assert isolated("a b") == "\u2068a b\u2069"


def test_options_beyond_the_alphabet_are_numbered() -> None:
    lines = plain(options_text(tuple(str(number) for number in range(28)), 0)).split("\n")
    assert lines[25].split() == ["Z.", "25"]
    assert lines[26].split() == ["27.", "26"]


def test_what_others_said_has_verdicts_and_changes_and_no_names() -> None:
    judgments = [
        judged("subject", "zoe", "spurious", cue="brown post", core="ball"),
        judged("subject", "yan", "not_spurious"),
        judged("subject", "xi", None),
    ]
    text = plain(opinions_text(judgments, MEANINGS, PROPOSED))
    assert sorted(text.split("\n")) == [
        "•  Not spurious",
        "•  Skipped",
        "•  Spurious; cue “brown post”",
    ]
    assert not any(name in text for name in ("zoe", "yan", "xi"))
    assert opinions_text(judgments[::-1], MEANINGS, PROPOSED) == opinions_text(
        judgments, MEANINGS, PROPOSED
    )


def test_who_was_first_cannot_be_told_from_the_order() -> None:
    firsts = [
        opinions_text(
            [judged(str(number), "a", "spurious"), judged(str(number), "b", "not_spurious")],
            MEANINGS,
            PROPOSED,
        ).startswith("•  Spurious")
        for number in range(60)
    ]
    assert 15 < sum(firsts) < 45
