"""A check's result is short however many faults there are."""

from spuriforge.pipeline.release.checks.result import result


def test_a_result_names_three_faults_and_counts_the_others() -> None:
    assert result([], "all is well") == (True, "all is well")
    assert result(iter(["a", "b"]), "all is well") == (False, "a; b")
    assert result("abcde", "all is well") == (False, "a; b; c and 2 more")
