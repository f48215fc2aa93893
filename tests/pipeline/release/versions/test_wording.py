"""A difference reads as sentences with counts, and a line for each type."""

from dataclasses import replace
from pathlib import Path

from spuriforge.pipeline.release import diff
from spuriforge.pipeline.release.versions.changes import Columns, Diff, TypeChange, TypeState
from spuriforge.pipeline.release.versions.row_changes import RowChanges
from spuriforge.pipeline.release.versions.wording import counted, details, effect, sentences

from .written import anchor, release

NOTHING = Diff(old="1.0.0", new=None, types=(), rows={}, columns={}, texts=())
STATE = TypeState("What is it?", ("car", "boat"), "car", "beach", "boat", 0.8, 0.6, 0.9, 1200)


def test_effects_and_answers_before_and_after(tmp_path: Path) -> None:
    old = release(tmp_path / "1.0.0", [anchor("t"), anchor("u")])
    measured = anchor("t", effect=0.5, effect_low=0.3, effect_high=0.6, effect_pairs=9)
    new = release(tmp_path / "2.0.0", [measured, anchor("u", answer="mug", answer_index=2)])
    change = diff(old, new)
    moved, answered = change.types_changed
    before, after = moved.both
    assert (before.effect, before.effect_pairs, after.effect, after.effect_pairs) == (
        0.8,
        2,
        0.5,
        9,
    )
    assert moved.columns == ("effect", "effect_high", "effect_low", "effect_pairs")
    assert (answered.answered_anew, answered.other_columns) == (True, ())
    assert sentences(change) == [
        "1 type with a new answer",
        "effects of 1 type measured again on 9 pairs: changed by -0.30 on average, "
        "-0.30 at the largest",
        "2 pairs changed (answer_index)",
    ]
    assert next(iter(details(change)))[1] == [
        "“beach” → “boat” instead of “car”, What is it? effect +0.80 [+0.60, +0.90] on 2 pairs "
        "before, "
        "+0.50 [+0.30, +0.60] on 9 pairs now",
        "“beach” → “boat” instead of “mug”, What is it? answer “car” before; 2 pairs changed "
        "(answer_index)",
    ]


def test_pairs_with_their_options_in_another_order_are_counted_though_their_type_has_one_too(
    tmp_path: Path,
) -> None:
    other = anchor("t", choices=["boat", "mug", "car"], answer_index=2)
    change = diff(release(tmp_path / "1.0.0", [anchor("t")]), release(tmp_path / "2.0.0", [other]))
    assert sentences(change) == [
        "1 type changed (answer_index, choices)",
        "2 pairs changed (answer_index, choices)",
    ]
    assert change.bump == "major"


def test_a_noun_is_in_the_plural_unless_there_is_one() -> None:
    assert [counted(0, "pair"), counted(1, "pair"), counted(1200, "pair")] == [
        "0 pairs",
        "1 pair",
        "1,200 pairs",
    ]
    assert effect(STATE) == "+0.80 [+0.60, +0.90] on 1,200 pairs"


def test_no_difference_has_no_words() -> None:
    assert sentences(NOTHING) == []
    assert list(details(NOTHING)) == []


def test_types_added_and_removed_have_a_line_each() -> None:
    types = (
        TypeChange("new", None, STATE),
        TypeChange("old", replace(STATE, cue="bell"), None, reason="stopped at gate: too few"),
    )
    change = replace(NOTHING, types=types)
    assert sentences(change) == ["1 type added", "1 type removed"]
    described = "→ “boat” instead of “car”, What is it?"
    assert list(details(change)) == [
        ("Types added", [f"“beach” {described} Effect {effect(STATE)}"]),
        ("Types removed", [f"“bell” {described} Stopped at gate: too few"]),
    ]


def test_the_largest_change_of_an_effect_keeps_its_sign() -> None:
    types = tuple(
        TypeChange(str(after), STATE, replace(STATE, effect=after), columns=("effect",))
        for after in (0.9, 0.5)
    )
    assert sentences(replace(NOTHING, types=types)) == [
        "effects of 2 types measured again on 2,400 pairs: changed by -0.10 on average, "
        "-0.30 at the largest"
    ]


def test_rows_columns_and_texts_are_named() -> None:
    change = replace(
        NOTHING,
        rows={"controls": RowChanges(added=("a",)), "notes": RowChanges(removed=("b", "c"))},
        columns={"pairs": Columns(), "old": Columns(config="gone")},
        texts=("license", "tools"),
    )
    assert sentences(change) == [
        "1 control added",
        "2 rows of notes removed",
        "columns of pairs: in another order",
        "config old is gone (0 rows)",
        "metadata changed: license, tools",
    ]
    assert sentences(replace(NOTHING, texts=("card",))) == ["the card's text changed"]
