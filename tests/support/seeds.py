"""How many seeds a test tries: few in every run, more with HYPOTHESIS_PROFILE=many.

A test that tries more has the mark `many_seeds`, by which .ci/run finds it.
"""

import os

import pytest

MANY = os.environ.get("HYPOTHESIS_PROFILE") == "many"
many_seeds = pytest.mark.many_seeds


def seeds(few: int, many: int) -> range:
    return range(many if MANY else few)
