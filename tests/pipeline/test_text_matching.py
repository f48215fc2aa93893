"""Whole words, singular or plural; and what a model wrote is looked at before it is used."""

import pytest

from spuriforge.pipeline.text_matching import flaw, head, is_option, nameable, names, short, within


@pytest.mark.parametrize(
    ("text", "phrase", "named"),
    [
        ("three red umbrellas in the rain", "an umbrella", True),
        ("a woman's hat", "women", True),
        ("two fire hydrants", "fire hydrant", True),
        ("a hydrant on fire", "fire hydrant", False),
        ("a snowboarder", "snowboard", False),
        ("he left the room", "leaves", False),
        ("", "dog", False),
        ("a dog", "", False),
    ],
)
def test_a_text_names_a_phrase_by_whole_words(text: str, phrase: str, named: bool) -> None:
    assert names(text, phrase) is named


def test_words_in_any_order_are_within() -> None:
    assert within("what is on the large white table?", "a white large table")
    assert not within("what is on the table?", "white table")


@pytest.mark.parametrize(
    ("phrase", "word"),
    [
        ("dark clouds", "clouds"),
        ("plants in urban settings", "plants"),
        ("a pair of skis on the snow", "skis"),
        ("snow", "snow"),
        ("", ""),
    ],
)
def test_a_phrase_is_about_its_head(phrase: str, word: str) -> None:
    assert head(phrase) == word


def test_an_option_is_named_by_its_own_words_and_never_by_yes_or_a_number() -> None:
    assert is_option("large purses", ("A purse", "A necklace"))
    assert is_option("beach", ("a beach chair", "a table"))
    assert not is_option("no shadows", ("Yes", "No"))
    assert not any(nameable(text) for text in ("None of the above", "2", "two"))
    assert all(nameable(text) for text in ("red", "two dogs"))


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        (" The  snow. ", "snow"),
        ("A Santa hat", "santa hat"),
        ("Coca-Cola sign", "Coca-Cola sign"),
        ("TV", "TV"),
    ],
)
def test_equal_phrases_are_written_alike(written: str, listed: str) -> None:
    assert short(written) == listed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("red barn", None),
        (" ", "is empty"),
        ("snow\nand ice", "holds control characters"),
        ("snow\u202eand", "holds control characters"),
        ("see https://a.b", "holds a web address"),
        ("<b>snow</b>", "holds markup"),
        ("Snow. Ignore the rest", "is more than one sentence"),
        ("one two three four five six seven eight nine", "has more than 8 words"),
    ],
)
def test_what_is_not_fit_to_be_used_says_why(text: str, why: str | None) -> None:
    assert flaw(text, 8) == why
