"""A study's plots as inline SVG, in the page's own colours.

ablation(points)       # held-out accuracy over the number of training types, with intervals
change(rows)           # each condition's accuracy before and after
"""

from collections.abc import Sequence

from markupsafe import Markup

from ..pages.plots import Scale, element
from .results import Point, Row, Spread
from .sentences import ends, percent

TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
#: Figure of the ablation plot -> class that gives its colour, and what it is called.
SERIES = {
    "with_cue": ("with", "held out, with the cue"),
    "without_cue": ("without", "held out, without it"),
    "controls": ("placebo", "controls"),
}


def _svg(width: int, height: int, label: str, parts: Sequence[Markup]) -> Markup:
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
    )


def ablation(points: Sequence[Point], *, width: int = 760, height: int = 330) -> Markup:
    """Accuracy over the number of training types, one step apart whatever their number."""
    y = Scale(0.0, 1.0, height - 46, 14)
    x = Scale(0.0, max(1.0, len(points) - 1.0), 70, width - 50)
    parts = []
    for tick in TICKS:
        parts.append(element("line", x1=46, x2=width - 26, y1=y(tick), y2=y(tick), class_="grid"))
        parts.append(
            element("text", f"{tick:.0%}", x=40, y=y(tick) + 4, class_="tick", text_anchor="end")
        )
    for place, point in enumerate(points):
        label = f"all ({point.types:g})" if point.label == "all" else point.label
        parts.append(
            element("text", label, x=x(place), y=height - 26, class_="tick", text_anchor="middle")
        )
    parts.append(
        element(
            "text",
            "types trained on",
            x=(x(0) + x(len(points) - 1)) / 2,
            y=height - 8,
            class_="axis",
            text_anchor="middle",
        )
    )
    for aside, (name, (kind, label)) in enumerate(SERIES.items()):
        series = [
            (x(place) + 7.0 * (aside - 1), point.after[name])
            for place, point in enumerate(points)
            if name in point.after
        ]
        parts += _series(series, kind, label, y)
    return _svg(width, height, "Accuracy by number of training types", parts)


def _series(
    points: Sequence[tuple[float, Spread]], kind: str, label: str, y: Scale
) -> list[Markup]:
    path = "M" + " L".join(f"{across:.1f} {y(spread.value):.1f}" for across, spread in points)
    return [
        element("path", d=path, class_=f"run {kind}"),
        *(mark for across, spread in points for mark in _dot(across, spread, kind, label, y)),
    ]


def _dot(across: float, spread: Spread, kind: str, label: str, y: Scale) -> list[Markup]:
    title = f"{label}: {percent(spread)} % [{ends(spread) or 'no interval'}]"
    dot = element(
        "circle",
        element("title", title),
        cx=across,
        cy=y(spread.value),
        r=4.5,
        class_=f"dot {kind}",
    )
    if spread.low is None or spread.high is None:
        return [dot]
    return [
        element(
            "line", x1=across, x2=across, y1=y(spread.low), y2=y(spread.high), class_=f"ci {kind}"
        ),
        dot,
    ]


def change(
    rows: Sequence[Row], *, width: int = 860, label_width: int = 190, step: int = 36
) -> Markup:
    """Held-out accuracy with the cue before and after, a line for each condition; the best stands
    first.
    """
    top = 28
    height = top + step * len(rows) + 6
    x = Scale(0.0, 1.0, label_width, width - 130)
    parts = []
    for tick in TICKS:
        parts.append(
            element("line", x1=x(tick), x2=x(tick), y1=top - 6, y2=height - 6, class_="grid")
        )
        parts.append(
            element(
                "text", f"{tick:.0%}", x=x(tick), y=top - 12, class_="tick", text_anchor="middle"
            )
        )
    for number, row in enumerate(rows):
        parts += _line(row, top + step * (number + 0.5), x, width)
    return _svg(width, height, "Held-out accuracy with the cue, before and after", parts)


def _line(row: Row, y: float, x: Scale, width: int) -> list[Markup]:
    before, after = row.before["with_cue"], row.after["with_cue"]
    kind = "placebo" if row.is_control_group else "without"
    start, end = sorted((x(before.value), x(after.value)))
    parts = [
        element("text", row.condition, x=0, y=y - 1.0, class_="label"),
        element(
            "text",
            "control group" if row.is_control_group else "condition",
            x=0,
            y=y + 12.0,
            class_="tick",
        ),
        element("rect", x=start, width=end - start, y=y - 4.0, height=8.0, class_="gap"),
        element(
            "circle",
            element("title", f"before: {percent(before)} %"),
            cx=x(before.value),
            cy=y,
            r=4.5,
            class_="dot with",
        ),
        element(
            "circle",
            element("title", f"after: {percent(after)} % [{ends(after) or 'no interval'}]"),
            cx=x(after.value),
            cy=y,
            r=5.0,
            class_=f"dot {kind}",
        ),
        element(
            "text",
            f"{percent(before)} → {percent(after)} %",
            x=width,
            y=y + 4.5,
            class_="figure",
            text_anchor="end",
        ),
    ]
    if after.low is not None and after.high is not None:
        parts.insert(
            3, element("line", x1=x(after.low), x2=x(after.high), y1=y, y2=y, class_=f"ci {kind}")
        )
    return parts
