"""The report: one self-contained HTML file on what a run found, what it left out and why, and what
it cost.

    from spuriforge.pipeline.report import write
    write(workspace, recipe, "report.html", agreement={"cue": {"alpha": 0.81, "low": 0.74, "high": 0.88}})

It can be written at any time: a run that is not finished shows how far it has come.
"""

from .page import write

__all__ = ["write"]
