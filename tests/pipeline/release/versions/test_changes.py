"""What changed decides the step to the next version."""

from dataclasses import replace

import pytest

from spuriforge.pipeline.release.versions.changes import Columns, Diff
from spuriforge.pipeline.release.versions.row_changes import RowChanges

NOTHING = Diff(old="1.0.0", new=None, types=(), rows={}, columns={}, texts=())


@pytest.mark.parametrize(
    ("change", "bump"),
    [
        ({"texts": ("tools",)}, "patch"),
        ({"rows": {"anchors": RowChanges(changed={"t": ("effect",)})}}, "patch"),
        ({"rows": {"annotations": RowChanges(added=("a",))}}, "patch"),
        ({"rows": {"pairs": RowChanges(added=("p",))}}, "minor"),
        ({"rows": {"controls": RowChanges(added=("c",))}}, "minor"),
        ({"rows": {"pairs": RowChanges(added=("p",), removed=("q",))}}, "major"),
        ({"rows": {"responses": RowChanges(removed=("r",))}}, "major"),
        ({"rows": {"anchors": RowChanges(changed={"t": ("answer", "effect")})}}, "major"),
        ({"rows": {"pairs": RowChanges(changed={"p": ("image_with_sha256",)})}}, "major"),
        ({"rows": {"controls": RowChanges(changed={"c": ("split",)})}}, "major"),
        ({"columns": {"pairs": Columns(added=("cluster",))}}, "major"),
    ],
)
def test_the_difference_decides_the_version(change: dict[str, object], bump: str) -> None:
    assert replace(NOTHING, **change).bump == bump
