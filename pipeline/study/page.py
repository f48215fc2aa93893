"""A study as one self-contained HTML file that fetches nothing, and as Markdown for Prefect's page.

    render(report)       # the page
    markdown(report)     # the findings and the table

Every text is escaped: those of a benchmark are data.
"""

import re
from functools import lru_cache
from pathlib import Path

import jinja2

from ..pages.templates import environment
from . import plots, sentences
from .report import Report
from .results import Spread
from .runs import DIFFERENCES, FIGURES

#: The table's columns, with their heads.
COLUMNS = {
    "with_cue": "held out, with cue",
    "without_cue": "without",
    "gap": "gap",
    "placebo": "placebo",
    "bias": "bias rate",
    "controls": "controls",
    "trained": "training split, with cue",
}


def render(report: Report) -> str:
    """The page's HTML."""
    results = report.results
    rows = list(results.table.values())
    return (
        _environment()
        .get_template("study.html.jinja")
        .render(
            report=report,
            results=results,
            rows=rows,
            best=results.best,
            title=report.opened.release.title,
            columns={
                name: head
                for name, head in COLUMNS.items()
                if any(name in row.after for row in rows)
            },
            figures=FIGURES,
            meanings=sentences.MEANINGS,
            headline=sentences.headline(report),
            findings=list(sentences.findings(report)),
            costs=list(sentences.costs(report)),
            one_training=sentences.one_training(report),
            not_shown=sentences.not_shown(report),
            change=plots.change(rows),
            ablation=plots.ablation(results.ablation) if results.ablation else None,
            series=plots.SERIES,
        )
    )


@lru_cache
def _environment() -> jinja2.Environment:
    templates = environment(Path(__file__).parent)
    templates.filters |= {
        "figure": shown,
        "ends": interval,
        "points": sentences.points,
        "percent": sentences.percent,
    }
    return templates


def shown(spread: Spread | None, name: str) -> str:
    """A figure: differences in points with their sign, shares in per cent."""
    return sentences.points(spread) if name in DIFFERENCES else sentences.percent(spread)


def interval(spread: Spread | None, name: str) -> str:
    """Its interval."""
    return sentences.ends(spread, difference=name in DIFFERENCES or name == "difference")


def markdown(report: Report) -> str:
    """The study in words and as a table."""
    names = [
        name for name in COLUMNS if any(name in row.after for row in report.results.table.values())
    ]
    lines = [
        f"**{_plain(report.opened.release.title)}**",
        "",
        _plain(sentences.headline(report)),
        "",
    ]
    lines += [f"- {_plain(finding)}" for finding in sentences.findings(report)]
    lines += [
        "",
        f"| condition | {' | '.join(COLUMNS[name] for name in names)} |",
        f"| --- |{' ---: |' * len(names)}",
    ]
    for row in report.results.table.values():
        cells = [
            f"{shown(row.before.get(name), name)} → {shown(row.after.get(name), name)}"
            for name in names
        ]
        group = " (control group)" if row.is_control_group else ""
        lines.append(f"| {row.condition}{group} | {' | '.join(cells)} |")
    return "\n".join(
        [
            *lines,
            "",
            "What this does not show:",
            *(f"- {_plain(limit)}" for limit in sentences.not_shown(report)),
        ]
    )


def _plain(text: str) -> str:
    """A text without what Markdown or HTML would read."""
    return re.sub(r"[<>|*_`\[\]\\#!]", " ", text)
