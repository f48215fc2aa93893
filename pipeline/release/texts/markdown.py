"""Escapes texts for Markdown, and formats figures for the texts of a release.

    cell("a | b <script>")        # "a \\| b &lt;script&gt;"

Cues, questions and names come from benchmarks, models and people, so they must never act as markup.
"""

import re

#: Starts of bare addresses, which many sites turn into links.
_LINKS = re.compile(r"://|(?<=www)\.|@(?=[\w-]+\.)", re.IGNORECASE)
_MARKS = re.compile(r"[\\`*_\[\]|~$#!]")


def flat(text: object) -> str:
    """Returns text in one line, without line breaks, direction marks or other invisible marks."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in str(text)).split())


def cell(text: object) -> str:
    """Returns text for a line or table cell of Markdown: no markup, HTML, link or column mark.

    An empty HTML comment breaks up addresses. It is invisible, and copied text does not contain it.
    """
    escaped = _MARKS.sub(r"\\\g<0>", flat(text))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINKS.sub(r"<!-- -->\g<0>", escaped)


def share(value: float) -> str:
    """Returns a share in per cent."""
    return f"{100 * value:.0f} %"


def points(value: float) -> str:
    """Returns a difference of shares as a signed number with two decimals."""
    return f"{value:+.2f}"
