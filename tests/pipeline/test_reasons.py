"""A rejection has the reason of the first rule that fails."""

from spuriforge.pipeline.reasons import first_reason


def test_the_first_failing_rule_names_the_reason() -> None:
    assert first_reason({"is empty": False, "is long": True, "is odd": True}) == "is long"


def test_no_reason_where_no_rule_fails() -> None:
    assert first_reason({"is empty": False}) is None
    assert first_reason({}) is None
