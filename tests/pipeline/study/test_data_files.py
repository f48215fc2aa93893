"""study.json keeps its keys, whatever the fields of the records behind it are called."""

from spuriforge.pipeline.study.data_files import _keyed
from spuriforge.pipeline.study.results import Gain, Row, Spread


def test_a_control_group_is_a_control_in_the_file() -> None:
    row = _keyed(Row("without", True, {}, {}, {}))
    assert list(row) == ["condition", "control", "before", "after", "change"]
    gain = _keyed(Gain("pairs", "without", Spread(0.1, None, None, 1), 0.5))
    assert (gain["control"], list(gain)) == ("without", ["condition", "control", "beyond", "p"])
