"""Where files end: at the same rows whatever else there is, and within their limits."""

import pyarrow as pa

from spuriforge.pipeline.release.files.shards import Limits, Row, Shard, shards

LIGHT = pa.schema([("id", pa.string()), ("image", pa.string())])
#: Images weigh 100 bytes each, so a file has about four groups of two rows.
LIMITS = Limits(group_rows=3, group_bytes=10_000, least=500, usual=500, most=1_500)


def _rows(groups: list[int]) -> list[tuple[str, Row]]:
    return [
        (f"type-{group:03}", {"id": f"{group:03}-{index}", "image": f"image-{group}"})
        for group in groups
        for index in range(2)
    ]


def _cut(rows: list[tuple[str, Row]]) -> list[Shard]:
    return list(shards(rows, LIGHT, ["image"], lambda digest: 100, LIMITS))


def _ids(shard: Shard) -> list[str]:
    return [row["id"] for group in shard.groups for row in group.to_pylist()]


def test_shards_have_all_rows_in_order_in_groups_of_limited_size() -> None:
    rows = _rows(list(range(50)))
    cut = _cut(rows)
    assert [key for shard in cut for key in _ids(shard)] == [row["id"] for _, row in rows]
    assert sum(shard.rows for shard in cut) == len(rows)
    assert {len(group) for shard in cut for group in shard.groups} <= {1, 2, 3}
    assert all(shard.weight <= LIMITS.most for shard in cut)
    assert all(shard.weight >= LIMITS.least for shard in cut[:-1])


def test_a_group_stays_together_and_an_added_group_changes_few_shards() -> None:
    before = list(range(0, 200, 2))
    cut = _cut(_rows(before))
    assert all(_ids(shard)[-1].endswith("-1") for shard in cut)
    contents = {shard.content("now") for shard in cut}
    changed = []
    for added in range(1, 200, 20):
        grown = _cut(_rows(sorted([*before, added])))
        changed.append(sum(shard.content("now") not in contents for shard in grown))
    assert min(changed) >= 1
    assert sum(changed) / len(changed) < len(cut) / 4


def test_a_shard_s_content_follows_from_rows_and_how_they_are_written() -> None:
    (shard,) = _cut(_rows([1]))
    (again,) = _cut(_rows([1]))
    (other,) = _cut(_rows([2]))
    assert shard.content("pyarrow 1") == again.content("pyarrow 1")
    assert len({shard.content("pyarrow 1"), shard.content("2"), other.content("pyarrow 1")}) == 3


def test_no_rows_no_shard() -> None:
    assert _cut([]) == []
