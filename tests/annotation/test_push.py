"""Who judges what: evenly, always alike, and no subject moved by another."""

from collections import Counter

from annotation.push import judges, pair_overlap
from pipeline.recipe import Annotate, Recipe
from pipeline.records import key_of
from tests.annotation.things import recipe_for


def test_work_is_even_over_annotators(recipe: Recipe) -> None:
    first = Counter(judges(key_of(number), recipe)[0] for number in range(600))
    assert set(first) == set(recipe.annotate.annotators)
    assert max(first.values()) < 1.25 * min(first.values())


def test_each_subject_has_every_annotator_once_in_a_fixed_order(recipe: Recipe) -> None:
    order = judges("subject", recipe)
    assert sorted(order) == sorted(recipe.annotate.annotators)
    turned = recipe_for(Annotate(annotators=tuple(reversed(recipe.annotate.annotators))))
    assert judges("subject", turned) == order


def test_the_stated_share_of_pairs_is_judged_twice(recipe: Recipe) -> None:
    overlaps = Counter(pair_overlap(key_of(number), recipe) for number in range(2000))
    assert set(overlaps) == {1, 2}
    assert 0.2 < overlaps[2] / 2000 < 0.3


def test_all_or_no_pairs_can_be_judged_twice() -> None:
    for share, overlap in ((1.0, 2), (0.0, 1)):
        recipe = recipe_for(Annotate(pairs_doubled=share))
        assert {pair_overlap(key_of(number), recipe) for number in range(50)} == {overlap}
