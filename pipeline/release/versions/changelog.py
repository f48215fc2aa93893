"""CHANGELOG.md of a release: one section a version, made from the difference to the last version.

    text = entry("1.1.0", change, before=(last / "CHANGELOG.md").read_text())

The newest section is first. Texts from benchmarks and models are escaped.
"""

from ..texts.markdown import cell
from .changes import Diff
from .wording import details, sentences

HEAD = "# Changelog\n"
#: Types listed below a heading at most; `spuriforge release diff` lists all.
NAMED = 50


def entry(version: str, change: Diff | None, before: str) -> str:
    """Returns the changelog with a new section on top; `change` is None for the first release."""
    lines = [f"## {version}"]
    if change is None:
        lines.append("- The first release.")
    else:
        lines += ["", f"A {change.bump} change since {change.old}.", ""]
        lines += [f"- {cell(text[0].upper() + text[1:])}." for text in sentences(change)]
        for title, types in details(change):
            lines += ["", f"{title}:", "", *(f"- {cell(line)}" for line in types[:NAMED])]
            if len(types) > NAMED:
                lines.append(f"- and {len(types) - NAMED} more")
    return f"{HEAD}\n" + "\n".join(lines) + "\n" + before.removeprefix(HEAD)
