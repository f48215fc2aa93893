"""Words from outside made harmless in Markdown, and figures as the texts of a release write them.

    cell("a | b <script>")        # "a \\| b &lt;script&gt;"

Cues, questions and names come from benchmarks, models and people: they are shown, and never markup.
"""

import re

#: What begins a link without any brackets, on sites that make links of addresses.
_LINKS = re.compile(r"://|(?<=www)\.|@(?=[\w-]+\.)", re.IGNORECASE)
_MARKS = re.compile(r"[\\`*_\[\]|~$#!]")


def flat(text: object) -> str:
    """Text in one line, without characters that cannot be seen: no line break, no turn of the
    reading direction.
    """
    return " ".join("".join(mark if mark.isprintable() else " " for mark in str(text)).split())


def cell(text: object) -> str:
    """Text made harmless in a line or table cell of Markdown: no markup, no HTML, no link, no
    column mark.

    An empty comment breaks what would be taken for an address; it is not shown, and what is copied
    is whole.
    """
    escaped = _MARKS.sub(r"\\\g<0>", flat(text))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINKS.sub(r"<!-- -->\g<0>", escaped)


def share(value: float) -> str:
    """A share in per cent."""
    return f"{100 * value:.0f} %"


def points(value: float) -> str:
    """A difference of shares as a signed number of two decimals."""
    return f"{value:+.2f}"
