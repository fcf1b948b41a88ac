"""The table of all cases: one case, and every property that the tests know of."""

from operator import attrgetter

import pytest
import table_arrays
import table_compositions
import table_elementwise
import table_linalg
import table_losses
import table_normalization
import table_numbers
import table_products
import table_statistics
import table_torch
from together import check_each

import tinygraph as tg

CASES = [
    *table_elementwise.table(),
    *table_arrays.table(),
    *table_products.table(),
    *table_torch.table(),
    *table_losses.table(),
    *table_normalization.table(),
    *table_compositions.table(),
    *table_numbers.table(),
    *table_statistics.table(),
    *table_linalg.table(),
]


def for_each(cases):
    """Make the test of a case one test for each family of operations.

    A test for each case would cost more than what it tests.
    """
    families = {}
    for case in cases:
        families.setdefault(family(case.name), []).append(case)

    def decorated(test):
        @pytest.mark.parametrize("operations", families.values(), ids=families)
        def test_of_cases(operations):
            check_each(test, operations)

        test_of_cases.__name__, test_of_cases.__doc__ = test.__name__, test.__doc__
        return test_of_cases

    return decorated


def family(operation):
    """Where an operation is written: `activation` for tinygraph/ops/activation.py."""
    return attrgetter(operation)(tg).__module__.split(".", 2)[2]
