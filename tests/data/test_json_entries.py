"""Entries of a JSON list, each with its place; a missing field is named."""

from pathlib import Path

import pytest

from spuriforge.data.json_entries import entries, option_texts, text_in

FILE = Path("a.json")


def test_entries_have_their_places() -> None:
    assert list(entries([{"a": 1}, {}], FILE)) == [
        ("a.json row 1", {"a": 1}),
        ("a.json row 2", {}),
    ]
    with pytest.raises(ValueError, match=r"a.json row 1 is no object"):
        list(entries([3], FILE))
    with pytest.raises(ValueError, match="holds no list of questions"):
        list(entries({}, FILE))


def test_fields_and_options_are_texts() -> None:
    assert [text_in({"a": value}, "a", "row 1") for value in (1, None)] == ["1", ""]
    with pytest.raises(ValueError, match="row 1 has no 'b', but a"):
        text_in({"a": 1}, "b", "row 1")
    assert option_texts(["x", None, 3], "row 1") == ("x", None, "3")
    with pytest.raises(ValueError, match="row 1 has no list of choices"):
        option_texts("x", "row 1")
