"""The leaderboard's page: it fetches nothing, escapes every text, and shows what harms most."""

import re
from pathlib import Path

from spuriforge.pipeline.evaluate import page
from spuriforge.pipeline.evaluate.figures import Figure
from spuriforge.pipeline.evaluate.leaderboard import Leaderboard
from spuriforge.pipeline.release.questions import Pictures
from tests.pipeline.evaluate.tiny import LVLMS, board_of, write_release


def test_the_page_escapes_what_a_benchmark_says_and_fetches_nothing(board: Leaderboard) -> None:
    html = page.render(board, Pictures(board.release.folder))
    assert "cue &lt;b&gt;0&lt;/b&gt;" in html
    assert "<b>0" not in html
    assert not re.search(r'(?:src|href)="(?!data:|#)', html)
    assert "default-src 'none'" in html
    assert html.count("<article>") == 3
    assert "selected on these types, 3 of 3" in html


def test_the_page_says_what_the_release_does_not_have(tmp_path: Path) -> None:
    board = board_of(write_release(tmp_path, types=1, controls=0), LVLMS[:1])
    assert "This release has no controls" in page.render(board, Pictures(board.release.folder))


def test_the_worst_pairs_are_of_different_types_and_say_what_was_answered(
    board: Leaderboard,
) -> None:
    worst = page.worst_pairs(board)
    assert {pair.type.key for pair in worst} == {"type0", "type1", "type2"}
    assert all(pair.answers["shortcut · direct"] == ("dog", "cat") for pair in worst)
    assert [round(pair.gap, 3) for pair in worst] == [
        0.667,
        0.667,
        0.333,
    ]  # one of three mumbles about picture 0


def test_the_heat_map_has_the_hardest_type_first(board: Leaderboard) -> None:
    rows = page.heat(board)
    assert [row["mean"] for row in rows] == sorted(row["mean"] for row in rows)
    assert rows[0]["cells"][0] == (1.0, 1.0)


def test_markdown_names_cannot_break_out_of_the_table(board: Leaderboard) -> None:
    said = page.markdown(board)
    assert said.count("\n| ") == 1 + 1 + len(board.entries)
    assert "sound · direct" in said
    assert "| found · direct † |" in said


def test_figures_are_shown_in_per_cent_and_differences_with_their_sign() -> None:
    figure = Figure(0.25, 0.1, 0.405, groups=3, n=6)
    assert (page.shown(figure, "with_cue"), page.ends(figure, "with_cue")) == ("25.0", "10 to 40")
    assert page.shown(figure, "gap").startswith("+")
    assert page.ends(figure, "gap").count("+") == 2
    unknown = Figure(0.25, None, None, groups=1, n=2)
    assert page.ends(unknown, "gap") == page.ends(None, "gap") == page.shown(None, "gap") == ""


def test_the_plot_of_gaps_needs_pairs(tmp_path: Path, board: Leaderboard) -> None:
    plot = page.gaps(board)
    assert plot is not None
    assert all(name in plot for name in ("sound", "shortcut", "found", "direct †"))
    assert page.gaps(board_of(write_release(tmp_path, types=1, pairs=0))) is None
