"""A record's key depends on its parts alone, and every record has a table of its own."""

from collections import Counter

from spuriforge.pipeline import records
from spuriforge.pipeline.records import Called, Record, key_of

KINDS = [
    kind
    for kind in vars(records).values()
    if isinstance(kind, type) and issubclass(kind, Record) and kind not in (Record, Called)
]


def test_equal_parts_make_equal_keys_and_order_of_a_mapping_does_not_matter() -> None:
    assert key_of("a", {"x": 1, "y": 2}) == key_of("a", {"y": 2, "x": 1})
    assert key_of("a", "b") != key_of("ab")
    assert len(key_of()) == 20


def test_no_two_records_share_a_table() -> None:
    assert len(KINDS) > 15
    assert max(Counter(kind.table for kind in KINDS).values()) == 1
