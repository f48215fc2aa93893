"""The leaderboard as one HTML file that fetches nothing: table, gaps, heat map, worst pairs.

    render(board, Pictures(release.folder))     # the page
    markdown(board)                             # the table alone, for Prefect

Every text is escaped: those of a benchmark and of a model are data.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import Any

import jinja2
from markupsafe import Markup

from ..pages.formats import percent, signed, small
from ..pages.images import data_uri
from ..pages.plots import Line, Share, dumbbells
from ..pages.templates import environment
from ..release.questions import Pictures, PublishedType, Question
from .answers import Grade
from .figures import DIFFERENCES, FIGURES, Figure
from .intervals import RESAMPLES
from .leaderboard import Entry, Leaderboard

#: The table's columns, with their heads.
COLUMNS = {
    "with_cue": "with cue",
    "without_cue": "without",
    "gap": "gap",
    "placebo_gap": "placebo gap",
    "consistent": "both right",
    "worst_types": "worst types",
    "bias_with": "bias rate",
    "bias_lift": "bias lift",
    "anchors": "anchors",
    "controls": "controls",
    "blind": "blind",
}
#: What is said of a model's part in the selection.
PARTS = {
    "selected": "selected on these types",
    "asked": "asked when the types were selected, and none was found on it",
    "another version": "another version was asked when the types were selected",
    "no": "",
}
#: How many of the worst pairs are shown.
WORST_PAIRS = 10


@dataclass(frozen=True, slots=True)
class WorstPair:
    """A pair that models get wrong with the cue and right without it."""

    type: PublishedType
    with_: Question
    without: Question
    #: Mean over the entries of (share right without) - (share right with).
    gap: float
    #: Label of the entry -> what it said with the cue and without it.
    answers: Mapping[str, tuple[str, str]]


def render(board: Leaderboard, picture: Pictures) -> str:
    """The page's HTML."""
    return (
        _environment()
        .get_template("leaderboard.html.jinja")
        .render(
            board=board,
            title=board.release.title,
            models={entry.model for entry in board.entries},
            columns={
                name: head
                for name, head in COLUMNS.items()
                if any(name in entry.figures for entry in board.entries)
            },
            figures=FIGURES,
            parts=PARTS,
            plot=gaps(board),
            heat=heat(board),
            worst=[
                (pair, _uri(picture, pair.with_), _uri(picture, pair.without))
                for pair in worst_pairs(board)
            ],
            resamples=RESAMPLES,
            cost=any(entry.cost for entry in board.entries),
        )
    )


@lru_cache
def _environment() -> jinja2.Environment:
    templates = environment(Path(__file__).parent)
    templates.filters |= {
        "figure": shown,
        "ends": ends,
        "signed": signed,
        "small": small,
        "percent": percent,
    }
    return templates


def shown(figure: Figure | None, name: str) -> str:
    """Returns a figure in words: differences with their sign, shares in per cent."""
    if figure is None:
        return ""
    return signed(figure.value) if name in DIFFERENCES else f"{100 * figure.value:.1f}"


def ends(figure: Figure | None, name: str) -> str:
    """Returns a figure's interval in words, or an empty string."""
    if figure is None or figure.low is None or figure.high is None:
        return ""
    if name in DIFFERENCES:
        return f"{signed(figure.low)} to {signed(figure.high)}"
    return f"{100 * figure.low:.0f} to {100 * figure.high:.0f}"


def gaps(board: Leaderboard) -> Markup | None:
    """Draws each entry's accuracy with and without the cue, with intervals; None without pairs."""
    lines = [
        Line(
            label=entry.model.partition("@")[0],
            detail=entry.prompt + (" †" if entry.part == "selected" else ""),
            with_=_share(entry.figures["with_cue"]),
            without=_share(entry.figures["without_cue"]),
            placebo=_placebo(entry),
            effect=f"{shown(entry.figures['gap'], 'gap')} [{ends(entry.figures['gap'], 'gap')}]",
        )
        for entry in board.entries
        if "gap" in entry.figures
    ]
    return dumbbells(lines, label_width=220, effect_width=220) if lines else None


def _share(figure: Figure) -> Share:
    low, high = figure.low, figure.high
    return Share(
        figure.value, figure.value if low is None else low, figure.value if high is None else high
    )


def _placebo(entry: Entry) -> float | None:
    gap = entry.figures.get("placebo_gap")
    return entry.figures["without_cue"].value - gap.value if gap else None


def heat(board: Leaderboard) -> list[dict[str, Any]]:
    """Returns a row per type, hardest first: each entry's accuracy with and without the cue."""
    rows = []
    for key, kind in board.types.items():
        cells = [
            tuple(entry.by_type.get(name, {}).get(key) for name in ("with_cue", "without_cue"))
            for entry in board.entries
        ]
        known = [with_cue for with_cue, _ in cells if with_cue is not None]
        if known:
            rows.append({"type": kind, "cells": cells, "mean": fmean(known)})
    return sorted(rows, key=lambda row: (row["mean"], row["type"].key))


def worst_pairs(board: Leaderboard) -> list[WorstPair]:
    """Returns the pairs on which the cue harms the models most, at most one pair per type."""
    answered: dict[str, dict[str, dict[str, Grade]]] = defaultdict(lambda: defaultdict(dict))
    for run in board.runs:
        for grade in run.grades:
            if grade.question.config == "pairs":
                answered[grade.question.id][run.label][grade.question.arm] = grade
    pairs = [pair for by_entry in answered.values() if (pair := _pair(by_entry))]
    best: dict[str, WorstPair] = {}
    for pair in sorted(pairs, key=lambda pair: (-pair.gap, pair.with_.id)):
        if pair.gap > 0:
            best.setdefault(pair.type.key, pair)
    return list(best.values())[:WORST_PAIRS]


def _pair(by_entry: Mapping[str, Mapping[str, Grade]]) -> WorstPair | None:
    whole = {label: arms for label, arms in by_entry.items() if {"with", "without"} <= arms.keys()}
    if not whole:
        return None
    arms = next(iter(whole.values()))
    kind = arms["with"].question.type
    assert kind is not None, "a pair has a type"
    gap = fmean(
        fmean(arms_of_entry["without"].right) - fmean(arms_of_entry["with"].right)
        for arms_of_entry in whole.values()
    )
    answers = {
        label: (_usual_answer(arms_of_entry["with"]), _usual_answer(arms_of_entry["without"]))
        for label, arms_of_entry in whole.items()
    }
    return WorstPair(kind, arms["with"].question, arms["without"].question, gap, answers)


def _usual_answer(grade: Grade) -> str:
    """Returns the option that the model chose most often."""
    texts = [
        "no option" if option is None else grade.question.choices[option] for option in grade.chosen
    ]
    return max(dict.fromkeys(texts), key=texts.count)


def _uri(picture: Pictures, question: Question) -> str:
    return data_uri(picture.bytes_of(question))


def markdown(board: Leaderboard) -> str:
    """The leaderboard as a Markdown table: what Prefect's page shows."""
    names = [name for name in COLUMNS if any(name in entry.figures for entry in board.entries)]
    lines = [
        f"**{board.release.title}**, split {board.split}: per cent, differences as shares, 95 % "
        f"intervals",
        "",
    ]
    lines += [
        f"| model | {' | '.join(COLUMNS[name] for name in names)} |",
        f"| --- |{' ---: |' * len(names)}",
    ]
    for entry in board.entries:
        cells = [
            f"{shown(entry.figures.get(name), name)} ({ends(entry.figures.get(name), name)})"
            for name in names
        ]
        flag = " †" if entry.part == "selected" else ""
        lines.append(f"| {_plain(entry.label)}{flag} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", "† selected on these types"])


def _plain(text: str) -> str:
    """A name without what Markdown or HTML would read."""
    return "".join(letter if letter.isalnum() or letter in " ._-·@" else " " for letter in text)
