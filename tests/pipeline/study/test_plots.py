"""A study's plots are well-formed, escape their labels, stay inside their frame, and draw an
interval only where there is one.
"""

import re
from xml.etree import ElementTree

from spuriforge.pipeline.study import plots
from spuriforge.pipeline.study.results import Point, Row, Spread

CERTAIN = Spread(0.5, 0.4, 0.6, 3)
ALONE = Spread(0.5, None, None, 1)


def _row(condition: str, before: float, after: Spread, *, control: bool = False) -> Row:
    return Row(
        condition, control, {"with_cue": Spread(before, None, None, 3)}, {"with_cue": after}, {}
    )


def _inside(drawing: str) -> bool:
    """Do all marks lie inside the drawing's frame?"""
    root = ElementTree.fromstring(drawing)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    limits = {"x": width, "x1": width, "x2": width, "cx": width}
    limits |= {"y": height, "y1": height, "y2": height, "cy": height}
    return all(
        0 <= float(mark.attrib[name]) <= limit
        for mark in root.iter()
        for name, limit in limits.items()
        if name in mark.attrib
    )


def _classes(drawing: str) -> list[str]:
    return [mark.attrib.get("class", "") for mark in ElementTree.fromstring(drawing).iter()]


def test_the_ablation_draws_each_figure_at_each_number_of_types() -> None:
    others = {"without_cue": CERTAIN, "controls": CERTAIN}
    points = [
        Point("none", 0, {"with_cue": ALONE, **others}),
        Point("2", 2, {"with_cue": CERTAIN, **others}),
        Point("all", 4, {"with_cue": Spread(1.0, 0.9, 1.0, 3), **others}),
    ]
    drawing = plots.ablation(points)
    classes = _classes(drawing)
    assert [classes.count(f"dot {kind}") for kind in ("with", "without", "placebo")] == [3, 3, 3]
    assert [classes.count(f"ci {kind}") for kind in ("with", "without", "placebo")] == [2, 3, 3]
    assert "all (4)" in drawing
    assert "held out, with the cue: 100 % [90 to 100]" in drawing
    assert "held out, with the cue: 50 % [no interval]" in drawing
    assert _inside(drawing)


def test_the_points_of_the_ablation_are_one_step_apart_whatever_their_number() -> None:
    after = dict.fromkeys(plots.SERIES, CERTAIN)
    drawing = plots.ablation([Point("1", 1, after), Point("2", 2, after), Point("90", 90, after)])
    dots = [
        float(mark.attrib["cx"])
        for mark in ElementTree.fromstring(drawing).iter()
        if mark.attrib.get("class") == "dot with"
    ]
    assert dots[1] - dots[0] == dots[2] - dots[1] > 0


def test_the_change_has_a_line_for_each_condition_in_the_given_order() -> None:
    rows = [
        _row("pairs", 0.1, Spread(0.82, 0.76, 0.89, 3)),
        _row("without", 0.1, Spread(0.05, None, None, 3), control=True),
    ]
    drawing = plots.change(rows)
    assert re.findall(r"(\d+ → \d+ %)", drawing) == ["10 → 82 %", "10 → 5 %"]
    classes = _classes(drawing)
    assert (classes.count("dot without"), classes.count("dot placebo")) == (1, 1)
    assert (classes.count("ci without"), classes.count("ci placebo")) == (1, 0)
    assert drawing.index("pairs") < drawing.index("control group")
    assert _inside(drawing)


def test_a_fall_is_drawn_from_left_to_right_too() -> None:
    drawing = plots.change([_row("pairs", 0.9, Spread(0.2, None, None, 3))])
    (bar,) = (mark for mark in ElementTree.fromstring(drawing).iter() if mark.tag.endswith("rect"))
    assert float(bar.attrib["width"]) > 0


def test_labels_are_escaped() -> None:
    drawing = plots.change([_row("<b>pairs</b>", 0.1, CERTAIN)])
    assert "<b>" not in drawing
    assert "&lt;b&gt;pairs" in drawing
