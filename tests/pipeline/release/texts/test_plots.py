"""The plots of a release: the same bytes for the same figures, and what is drawn of many types."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from spuriforge.pipeline.release.texts.figures import Figures, Row
from spuriforge.pipeline.release.texts.plots import MOST, draw, effects, shown
from tests.pipeline.release.texts.drafts import Draft, make_draft


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return make_draft(tmp_path_factory.mktemp("draft"), types=2)


def _many(figures: Figures, count: int) -> tuple[Row, ...]:
    """So many types, their effects from 0 up to 1."""
    return tuple(
        figures.rows[0] | {"type": f"{n:04}", "cue": f"cue {n}", "effect": n / count}
        for n in range(count)
    )


def test_the_same_figures_give_the_same_pictures_whatever_a_user_set(draft: Draft) -> None:
    import matplotlib

    before = draw(draft.manifest, draft.figures)
    assert sorted(before) == ["plots/effects.png", "plots/funnel.png"]
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert draw(draft.manifest, draft.figures) == before
    for content in before.values():
        opened = Image.open(io.BytesIO(content))
        assert opened.format == "PNG"
        # Neither a date nor the version of what drew it.
        assert set(opened.info) == {"dpi"}


def test_another_effect_gives_another_picture(draft: Draft) -> None:
    moved = replace(
        draft.figures, rows=(draft.figures.rows[0] | {"effect": 0.1}, *draft.figures.rows[1:])
    )
    first, second = draw(draft.manifest, draft.figures), draw(draft.manifest, moved)
    assert first["plots/effects.png"] != second["plots/effects.png"]
    assert first["plots/funnel.png"] == second["plots/funnel.png"]


def test_up_to_the_cap_every_type_is_drawn_the_largest_effect_first(draft: Draft) -> None:
    drawn, left_out = shown(_many(draft.figures, MOST))
    assert [row["effect"] for row in drawn] == sorted(
        (row["effect"] for row in drawn), reverse=True
    )
    assert (len(drawn), left_out) == (MOST, "")


def test_of_more_the_largest_and_smallest_are_drawn_and_the_rest_is_counted(draft: Draft) -> None:
    drawn, left_out = shown(_many(draft.figures, 150))
    numbers = [int(row["type"]) for row in drawn]
    assert numbers == [*range(149, 129, -1), *range(19, -1, -1)]
    assert left_out == (
        "Drawn: the 20 largest and the 20 smallest effects of 150 types. "
        "110 between them (effects +0.13 to +0.86) are not."
    )
    assert left_out in [
        text.get_text() for text in effects("tiny", _many(draft.figures, 150)).texts
    ]


def test_hostile_and_foreign_texts_are_drawn_as_they_are(
    draft: Draft, recwarn: pytest.WarningsRecorder
) -> None:
    """No formula: matplotlib would fail on a wrong one; and a letter that the font lacks is no
    warning.
    """
    row = draft.figures.rows[0] | {
        "cue": "$\\frac{x$ 傘\n<script>",
        "answer": "$",
        "cue_linked": "x" * 99,
    }
    figure = effects("tiny", [row])
    assert (
        figure.axes[0].get_yticklabels()[0].get_text() == "$\\frac{x$ 傘 <script>: $ → xxxxxxxxxx…"
    )
    assert draw(draft.manifest, replace(draft.figures, rows=(row,)))
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_the_funnel_counts_what_is_left_after_each_stage(draft: Draft) -> None:
    left = replace(
        draft.figures, stages=(("publish", 4), ("screen", 3), ("verify", 2), ("describe", 1))
    ).left
    assert left == (
        ("propose", 10),
        ("screen", 7),
        ("describe", 6),
        ("annotate", 6),
        ("generate", 6),
        ("gate", 6),
        ("verify", 4),
        ("check", 4),
    )
