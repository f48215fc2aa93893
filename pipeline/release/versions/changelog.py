"""The section of CHANGELOG.md on a new release, written from the difference to the last one.

    text = entry("1.1.0", change, before=(last / "CHANGELOG.md").read_text())

Newest first; every text from a benchmark or a model is escaped.
"""

from ..texts.markdown import cell
from .changes import Diff
from .wording import details, sentences

HEAD = "# Changelog\n"
#: A changelog names this many types a heading; `spuriforge release diff` has all.
NAMED = 50


def entry(version: str, change: Diff | None, before: str) -> str:
    """The whole changelog with a new section on top of what it said before; `change` is None for
    the first release.
    """
    lines = [f"## {version}"]
    if change is None:
        lines.append("- The first release.")
    else:
        lines += ["", f"A {change.bump} change since {change.old}.", ""]
        lines += [f"- {cell(one[0].upper() + one[1:])}." for one in sentences(change)]
        for title, types in details(change):
            lines += ["", f"{title}:", "", *(f"- {cell(one)}" for one in types[:NAMED])]
            if len(types) > NAMED:
                lines.append(f"- and {len(types) - NAMED} more")
    return f"{HEAD}\n" + "\n".join(lines) + "\n" + before.removeprefix(HEAD)
