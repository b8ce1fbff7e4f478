"""lrlib.findings: stored measurements, and their spread in words."""

import pytest

from lrlib.findings import spread, stored
from tests.claims.measured import FINDINGS


def test_every_finding_has_as_many_measurements_as_its_script_makes():
    """Catches a measurement that was never made again after its script changed, and one that nothing makes."""
    for name, (_, runs) in FINDINGS.items():
        assert len(stored(name)) == runs


def test_an_unknown_finding_is_named_beside_the_known_ones():
    """Catches a bare KeyError."""
    with pytest.raises(ValueError, match=r"name must be one of .*held-out-curve.*; got 'curve'"):
        stored("curve")


def test_a_spread_is_the_median_and_the_range():
    """Catches a mean, or a range that leaves out an end."""
    assert spread([5, 30, 3, 4, 4], ".1f") == "4.0 (3.0 to 30.0)"
