"""Where the project's pages come from: their own folder's template, and the report's style.

environment(Path(__file__).parent).get_template("leaderboard.html.jinja")
"""

from pathlib import Path

import jinja2


def environment(folder: Path) -> jinja2.Environment:
    """Templates of a folder, and beside them the report's; all is escaped, and a misspelt name is
    an error.
    """
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, Path(__file__).parent]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
