"""Who judges what, and in which order: evenly, always alike, clearest first, and catch trials where
nobody expects them.
"""

import random
from collections import Counter
from itertools import pairwise

import pytest

from spuriforge.annotation.turns import BLOCK, assigned, in_order, judges, mixed
from spuriforge.pipeline.recipe import Annotate, Recipe
from spuriforge.pipeline.records import key_of
from tests.annotation.things import recipe_for

KEYS = [key_of(number) for number in range(600)]


def names_of(*names: str) -> Recipe:
    return recipe_for(Annotate(annotators=names, overlap=1))


def test_work_is_even_over_annotators(recipe: Recipe) -> None:
    first = Counter(judges(key, recipe)[0] for key in KEYS)
    assert set(first) == set(recipe.annotate.annotators)
    assert max(first.values()) < 1.25 * min(first.values())


def test_each_subject_has_every_annotator_once_in_a_fixed_order(recipe: Recipe) -> None:
    order = judges("subject", recipe)
    assert sorted(order) == sorted(recipe.annotate.annotators)
    turned = recipe_for(Annotate(annotators=tuple(reversed(recipe.annotate.annotators))))
    assert judges("subject", turned) == order


# --- who is asked ---------------------------------------------------------------------------------


def test_a_new_subject_goes_to_the_first_in_its_order(recipe: Recipe) -> None:
    for key in KEYS[:20]:
        assert assigned(key, 2, recipe, (), ()) == judges(key, recipe)[:2]


def test_who_joins_takes_nothing_from_anybody() -> None:
    joined = names_of("a", "b", "c")
    for key in KEYS[:50]:
        before = assigned(key, 2, names_of("a", "b"), (), ())
        assert set(assigned(key, 2, joined, having=before, judged=())) == set(before)
        assert set(assigned(key, 2, joined, having=(), judged=before)) == set(before)


def test_who_leaves_is_replaced_only_where_they_had_not_judged() -> None:
    left = names_of("a", "b")
    for key in KEYS[:50]:
        assert assigned(key, 2, left, having=["a"], judged=["c"]) == ["a"]
        assert assigned(key, 2, left, having=["a"], judged=[]) == ["a", "b"]
        assert assigned(key, 2, left, having=[], judged=["c", "d", "e"]) == []


# --- the order ------------------------------------------------------------------------------------


def test_the_clearest_come_first_and_nobody_has_anothers_order() -> None:
    subjects = KEYS[:95]
    mine, yours = (in_order(subjects, name) for name in ("a", "b"))
    assert mine == in_order(subjects, "a")
    assert mine != yours
    for start in range(0, 95, BLOCK):
        assert (
            set(mine[start : start + BLOCK])
            == set(yours[start : start + BLOCK])
            == set(subjects[start:][:BLOCK])
        )
    assert sum(mine[start:][:BLOCK] != yours[start:][:BLOCK] for start in range(0, 95, BLOCK)) >= 9


@pytest.mark.parametrize("lead", [True, False])
def test_catch_trials_are_never_first_and_never_in_a_row(lead: bool) -> None:
    drawn = random.Random(0)
    for _ in range(300):
        subjects, catch_trials = KEYS[: drawn.randrange(30)], KEYS[300 : 300 + drawn.randrange(12)]
        row = mixed(subjects, catch_trials, "a", lead=lead)
        assert [subject for subject in row if subject in subjects] == subjects
        assert (
            len(row)
            == len(set(row))
            == len(subjects) + min(len(catch_trials), len(subjects) + lead)
        )
        assert lead or not row or row[0] in subjects
        assert not any(
            subject in catch_trials and after in catch_trials for subject, after in pairwise(row)
        )


def test_catch_trials_lie_evenly_and_at_no_fixed_distance() -> None:
    subjects, catch_trials = KEYS[:200], KEYS[300:320]
    rows = {name: mixed(subjects, catch_trials, name, lead=False) for name in ("a", "b")}
    for row in rows.values():
        places = [place for place, subject in enumerate(row) if subject in catch_trials]
        assert all(0 < later - place < 22 for place, later in pairwise(places))
        assert len({later - place for place, later in pairwise(places)}) > 6
    assert [row for row in rows["a"] if row in catch_trials] != [
        row for row in rows["b"] if row in catch_trials
    ]
