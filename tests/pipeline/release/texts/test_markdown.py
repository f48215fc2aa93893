"""Texts from elsewhere read as they were, in one line, and are never markup."""

import pytest
from markdown_it import MarkdownIt

from spuriforge.pipeline.release.texts.markdown import cell, flat, points, share


def _html(markdown: str) -> str:
    return (
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown)
    )


@pytest.mark.parametrize(
    "text",
    ["a|b", "\\|", "x\\", "*a*", "_a_", "#1", "<b>", "&amp;", "~~a~~", "$a$", "`a`", "[a](b)"],
)
def test_what_is_escaped_reads_as_it_was(text: str) -> None:
    page = _html(f"| x | y |\n|---|---|\n| {cell(text)} | z |\n")
    shown = page.split("<td>")[1].split("</td>")[0]
    for mark, plain in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        shown = shown.replace(mark, plain)
    assert shown == text


def test_a_flat_text_has_one_line_and_no_invisible_marks() -> None:
    assert flat(" a\n\tb\u2028c\u202ed\u200b  e ") == "a b c d e"
    assert flat(7) == "7"


@pytest.mark.parametrize("address", ["http://e.org", "www.e.org", "WWW.e.org", "mail@e.org"])
def test_an_address_is_broken_up_by_an_invisible_comment(address: str) -> None:
    assert address not in cell(address)
    assert cell(address).replace("<!-- -->", "") == address


def test_figures_have_their_unit_or_sign() -> None:
    assert [share(0.125), share(1)] == ["12 %", "100 %"]
    assert [points(0.8), points(-0.05), points(0)] == ["+0.80", "-0.05", "+0.00"]
