"""Addresses of places for a release."""

import pytest

from spuriforge.pipeline.release.destinations import destination


@pytest.mark.parametrize(
    "address",
    ["", "gs://bucket/x", "s3://bucket", "s3:///x", "hf://datasets/one", "hf://datasets/a/b/c"],
)
def test_an_address_that_is_no_place_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"no place for a release|no data set of the Hub"):
        destination(address)
