"""Plots as inline SVG, drawn with the page's own colours.

    dumbbells([Line("umbrella", with_=Share(0.1, 0.0, 0.3), without=Share(0.9, 0.7, 1.0))])

`dumbbells` shows accuracy with and without a cue; `scatter` true gaps against published ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from ..statistics import wilson_interval


@dataclass(frozen=True, slots=True)
class Share:
    """A share, or a difference of shares, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a dumbbell plot: a label, and the accuracy in each arm."""

    label: str
    with_: Share
    without: Share
    placebo: float | None = None
    #: A second, dimmer label, and what stands at the right: the effect in words.
    detail: str = ""
    effect: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One type in the scatter plot."""

    label: str
    true: Share
    published: Share
    real: bool


def wilson(share: float, count: int) -> Share:
    """Wilson's 95 % interval of a share of `count` scenes; the answers to one scene count once, as
    they go together.
    """
    return Share(share, *wilson_interval(share, count))


def element(name: str, *content: str, **attributes: object) -> Markup:
    """One SVG element; texts and attributes are escaped, `class_` and `text_anchor` become class
    and text-anchor.
    """
    rendered = Markup("").join(
        Markup(' {}="{}"').format(
            key.rstrip("_").replace("_", "-"), f"{value:.1f}" if isinstance(value, float) else value
        )
        for key, value in attributes.items()
    )
    return Markup("<{}{}>{}</{}>").format(
        Markup(name), rendered, Markup("").join(escape(part) for part in content), Markup(name)
    )


def _svg(width: int, height: int, label: str, parts: Iterable[Markup]) -> Markup:
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
    )


class Scale:
    """A linear scale from values to pixels."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        """From `low` at pixel `start` to `high` at pixel `end`."""
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        """The pixel of a value, kept on the plot."""
        share = (min(self.high, max(self.low, value)) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def dumbbells(
    lines: Sequence[Line],
    *,
    width: int = 1080,
    label_width: int = 300,
    effect_width: int = 170,
    step: int = 34,
) -> Markup:
    """For each line the accuracy with and without the cue, with whiskers, on one axis from 0 to 100
    %.
    """
    left, right, top = label_width, width - effect_width, 26
    height = top + step * len(lines) + 6

    x = Scale(0.0, 1.0, left, right)
    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(
            element("line", x1=x(tick), x2=x(tick), y1=top - 6, y2=height - 6, class_="grid")
        )
        parts.append(
            element(
                "text", f"{tick:.0%}", x=x(tick), y=top - 12, class_="tick", text_anchor="middle"
            )
        )
    parts.append(element("text", "accuracy", x=0, y=top - 12, class_="tick"))
    parts.append(element("text", "effect", x=width, y=top - 12, class_="tick", text_anchor="end"))
    for number, line in enumerate(lines):
        parts += _dumbbell(line, top + step * (number + 0.5), x, width)
    return _svg(width, height, "Accuracy with and without the cue", parts)


def _dumbbell(line: Line, y: float, x: Scale, width: int) -> list[Markup]:
    """One line's labels, whiskers and dots."""
    name = element("text", line.label, x=0, y=y - 2.0 if line.detail else y + 4.5, class_="label")
    parts = [element("a", name, href=f"#{line.link}") if line.link else name]
    if line.detail:
        parts.append(element("text", line.detail, x=0, y=y + 11.0, class_="tick"))
    start, end = sorted((x(line.with_.value), x(line.without.value)))
    parts.append(element("rect", x=start, width=end - start, y=y - 5.0, height=10.0, class_="gap"))
    for arm, share, at in (("with", line.with_, y + 5.0), ("without", line.without, y - 5.0)):
        parts.append(
            element("line", x1=x(share.low), x2=x(share.high), y1=at, y2=at, class_=f"ci {arm}")
        )
        title = f"{arm} the cue: {share.value:.0%} [{share.low:.0%}, {share.high:.0%}]"
        parts.append(
            element(
                "circle",
                element("title", title),
                cx=x(share.value),
                cy=at,
                r=5.0,
                class_=f"dot {arm}",
            )
        )
    if line.placebo is not None:
        title, path = (
            f"placebo: {line.placebo:.0%}",
            f"M{x(line.placebo) - 4.5:.1f} {y:.1f}l4.5 -4.5l4.5 4.5l-4.5 4.5z",
        )
        parts.append(element("path", element("title", title), d=path, class_="dot placebo"))
    parts.append(
        element("text", line.effect, x=width, y=y + 4.5, class_="figure", text_anchor="end")
    )
    return parts


def scatter(points: Sequence[Point], min_effect: float, *, size: int = 460) -> Markup:
    """True gap (across) against published gap (up), with intervals, the diagonal and the minimum
    effect.
    """
    low = min([0.0, *(min(point.true.low, point.published.low) for point in points)])
    x, y = Scale(low - 0.04, 1.04, 52, size - 10), Scale(low - 0.04, 1.04, size - 44, 10)
    parts = []
    for tick in (-0.5, 0.0, 0.25, 0.5, 0.75, 1.0):
        if tick < low - 0.04:
            continue
        parts.append(element("line", x1=x(tick), x2=x(tick), y1=y(1.04), y2=y(-9), class_="grid"))
        parts.append(element("line", x1=x(-9), x2=x(1.04), y1=y(tick), y2=y(tick), class_="grid"))
        parts.append(
            element(
                "text", f"{tick:g}", x=x(tick), y=y(-9) + 15, class_="tick", text_anchor="middle"
            )
        )
        parts.append(
            element(
                "text", f"{tick:g}", x=x(-9) - 7, y=y(tick) + 4, class_="tick", text_anchor="end"
            )
        )
    parts.append(element("line", x1=x(low), x2=x(1.0), y1=y(low), y2=y(1.0), class_="diagonal"))
    parts.append(
        element("line", x1=x(min_effect), x2=x(min_effect), y1=y(1.04), y2=y(-9), class_="limit")
    )
    parts.append(
        element(
            "text",
            f"minimum effect {min_effect:g}",
            x=x(min_effect) + 5,
            y=y(1.04) + 10,
            class_="tick",
        )
    )
    parts.append(
        element(
            "text",
            "true gap, by intervention",
            x=(x(-9) + x(9)) / 2,
            y=size - 8,
            class_="axis",
            text_anchor="middle",
        )
    )
    middle = (y(-9) + y(9)) / 2
    parts.append(
        element(
            "text",
            "published gap",
            x=14,
            y=middle,
            class_="axis",
            text_anchor="middle",
            transform=f"rotate(-90 14 {middle:.0f})",
        )
    )
    for point in points:
        parts += _cross(point, x, y)
    return _svg(size, size, "True gap against published gap", parts)


def _cross(point: Point, x: Scale, y: Scale) -> list[Markup]:
    """A point with its two intervals; hollow where its true gap is under the minimum."""
    kind = "real" if point.real else "unreal"
    across, up = x(point.true.value), y(point.published.value)
    title = f"{point.label}: true {point.true.value:.2f}, published {point.published.value:.2f}"
    return [
        element(
            "line", x1=x(point.true.low), x2=x(point.true.high), y1=up, y2=up, class_=f"ci {kind}"
        ),
        element(
            "line",
            x1=across,
            x2=across,
            y1=y(point.published.low),
            y2=y(point.published.high),
            class_=f"ci {kind}",
        ),
        element("circle", element("title", title), cx=across, cy=up, r=4.5, class_=f"dot {kind}"),
    ]
