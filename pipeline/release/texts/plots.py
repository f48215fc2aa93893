"""The plots of a release as PNG files: the same figures make the same bytes with one matplotlib.

    for path, content in draw(manifest, figures).items():   # plots/effects.png, plots/funnel.png
        (folder / path).write_bytes(content)

`effects` shows each type's accuracy with and without the cue, and its effect. `funnel` shows how
many candidates were left after each stage.
"""

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .figures import Figures, Row
from .markdown import flat

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Two colours that colour-blind people can distinguish (Okabe and Ito), and a grey.
WITH, WITHOUT, GREY = "#D55E00", "#0072B2", "#8a8a8a"
#: Types drawn at most: half of them with the largest effects, half with the smallest.
MOST = 40
_DPI = 120
#: Stage -> what a candidate that is left after it has passed.
_PAST = {
    "propose": "proposed",
    "screen": "kept by the screener",
    "describe": "described, merged into types",
    "annotate": "judged spurious",
    "generate": "pairs made",
    "gate": "pairs kept by the gate",
    "verify": "effect proven",
    "check": "pairs checked: published",
}


def draw(manifest: Mapping[str, Any], figures: Figures) -> dict[str, bytes]:
    """Returns path inside the release -> PNG bytes."""
    import matplotlib

    # Default settings instead of the user's matplotlibrc: the same bytes on every machine.
    with matplotlib.rc_context(dict(matplotlib.rcParamsDefault)):
        drawn = {
            "plots/effects.png": effects(manifest["name"], figures.rows),
            "plots/funnel.png": funnel(figures),
        }
        return {path: _png(figure) for path, figure in drawn.items()}


def shown(rows: Sequence[Row]) -> tuple[list[Row], str]:
    """Returns the types to draw, the largest effect first, and a sentence on the others."""
    ranked = sorted(rows, key=lambda row: (-row["effect"], row["type"]))
    if len(ranked) <= MOST:
        return ranked, ""
    left_out = ranked[MOST // 2 : -MOST // 2]
    between = f"effects {left_out[-1]['effect']:+.2f} to {left_out[0]['effect']:+.2f}"
    half = MOST // 2
    drawn = f"Drawn: the {half} largest and the {half} smallest effects of {len(ranked)} types."
    sentence = f"{drawn} {len(left_out)} between them ({between}) are not."
    return ranked[:half] + ranked[-half:], sentence


def effects(name: str, rows: Sequence[Row]) -> "Figure":
    """Draws accuracy with and without the cue as dumbbells, and the effect with its interval."""
    from matplotlib.figure import Figure

    drawn, left_out = shown(rows)
    figure = Figure(figsize=(10, 1.7 + 0.27 * len(drawn)), dpi=_DPI)
    accuracy, effect = figure.subplots(1, 2, sharey=True)
    _margins(figure, left_out)
    _dumbbells(accuracy, drawn)
    _intervals(effect, drawn)
    for axes in (accuracy, effect):
        axes.grid(axis="x", color="#e6e6e6")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        if left_out:
            axes.axhline(len(drawn) / 2 - 0.5, color=GREY, linewidth=1, linestyle=":")
    top = 1 - 0.25 / figure.get_figheight()
    figure.text(
        0.02,
        top,
        f"{name}: what each type's cue does to accuracy",
        fontsize=12,
        va="center",
        parse_math=False,
    )
    figure.legend(
        loc="center right", bbox_to_anchor=(0.985, top), ncols=2, frameon=False, fontsize=9
    )
    return figure


def _margins(figure: "Figure", left_out: str) -> None:
    """Sets margins in inches for any height, and writes the sentence on types left out."""
    inch = 1 / figure.get_figheight()
    below = 0.7 if left_out else 0.4
    figure.subplots_adjust(
        left=0.31, right=0.985, top=1 - 0.85 * inch, bottom=below * inch, wspace=0.05
    )
    figure.text(0.02, 0.2 * inch, left_out, fontsize=9, va="center")


def _dumbbells(axes: "Axes", rows: Sequence[Row]) -> None:
    """Draws the two accuracies of each type, the first type on top."""
    heights = range(len(rows) - 1, -1, -1)
    with_, without = (
        [row["accuracy_with"] for row in rows],
        [row["accuracy_without"] for row in rows],
    )
    axes.hlines(heights, with_, without, color=GREY, linewidth=2, alpha=0.6, zorder=1)
    axes.scatter(with_, heights, color=WITH, s=30, zorder=2, label="with the cue")
    axes.scatter(
        without, heights, color=WITHOUT, s=30, marker="s", zorder=2, label="without the cue"
    )
    axes.set_yticks(heights, [_label(row) for row in rows], parse_math=False, fontsize=8)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.7, len(rows) - 0.3))
    axes.set_title("accuracy", fontsize=10, loc="left")


def _intervals(axes: "Axes", rows: Sequence[Row]) -> None:
    """Draws the effect of each type with its interval."""
    heights = range(len(rows) - 1, -1, -1)
    low, high = [row["effect_low"] for row in rows], [row["effect_high"] for row in rows]
    axes.axvline(0, color=GREY, linewidth=1)
    axes.hlines(heights, low, high, color=WITHOUT, linewidth=1.5)
    axes.scatter([row["effect"] for row in rows], heights, color=WITHOUT, s=26, zorder=2)
    axes.tick_params(axis="y", length=0)
    axes.set_title("effect: without minus with, 95 % interval", fontsize=10, loc="left")


def _label(row: Row) -> str:
    """Returns the cue, the answer, and the option that the cue points to, in one line."""
    return (
        f"{_short(row['cue'], 24)}: {_short(row['answer'], 11)} → {_short(row['cue_linked'], 11)}"
    )


def _short(text: str, most: int) -> str:
    line = flat(text)
    return line if len(line) <= most else line[: most - 1] + "…"


def funnel(figures: Figures) -> "Figure":
    """Draws how many candidates were left after each stage, as bars."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.4), dpi=_DPI)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.3, right=0.985, top=0.9, bottom=0.03)
    names, left = [_PAST[stage] for stage, _ in figures.left], [count for _, count in figures.left]
    bars = axes.barh(range(len(left)), left, color=WITHOUT, height=0.7)
    axes.bar_label(bars, labels=[f"{count:,}" for count in left], padding=3, fontsize=9)
    axes.set_yticks(range(len(left)), names, fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.1 * max([1, *left]))
    axes.set_xticks([])
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.set_title("candidates left after each stage", fontsize=12, loc="left")
    return figure


def _png(figure: "Figure") -> bytes:
    """Returns a figure as PNG without matplotlib's version; unknown letters become boxes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
