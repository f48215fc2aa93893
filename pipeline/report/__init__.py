"""The report: one HTML file on what a run found, what it left out and why, and what it cost.

    from spuriforge.pipeline.report import write
    alphas = {"cue": {"alpha": 0.81, "low": 0.74, "high": 0.88}}
    write(workspace, recipe, "report.html", agreement=alphas)

It can be written at any time; the report of an unfinished run shows its progress.
"""

from .page import write

__all__ = ["write"]
