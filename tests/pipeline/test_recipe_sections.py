"""What follows from the settings of a section."""

from collections import Counter

from spuriforge.pipeline.recipe_sections import Annotate
from spuriforge.pipeline.records import key_of


def test_the_stated_share_of_pairs_is_judged_twice() -> None:
    annotate = Annotate(pairs_doubled=0.25, overlap=2)
    overlaps = Counter(annotate.pair_overlap(key_of(number)) for number in range(2000))
    assert set(overlaps) == {1, 2}
    assert 0.2 < overlaps[2] / 2000 < 0.3


def test_all_or_no_pairs_can_be_judged_twice() -> None:
    for share, overlap in ((1.0, 2), (0.0, 1)):
        annotate = Annotate(pairs_doubled=share)
        assert {annotate.pair_overlap(key_of(number)) for number in range(50)} == {overlap}
