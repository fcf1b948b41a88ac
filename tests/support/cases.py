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


def named(cases):
    """The cases with their names, as pytest.mark.parametrize wants them."""
    cases = list(cases)
    return {"argvalues": cases, "ids": list(map(str, cases))}


def check_each(test, cases, name=str):
    """Run the test of a case with each of these, and name those that fail."""
    failures = {}
    for case in cases:
        try:
            test(case)
        except (Exception, pytest.fail.Exception) as failure:
            failure.add_note(f"in the case {name(case)}")
            failures[name(case)] = failure
    if failures:
        raise BaseExceptionGroup(", ".join(failures), [*failures.values()])


def for_each(cases):
    """Make the test of a case one test for each family of operations.

    A test for each case would cost more than what it tests.
    """
    families = {}
    for case in cases:
        families.setdefault(family(case.name), Family()).append(case)

    def decorated(test):
        @pytest.mark.parametrize("cases", families.values(), ids=families)
        def test_of_cases(cases):
            check_each(test, cases)

        test_of_cases.__name__, test_of_cases.__doc__ = test.__name__, test.__doc__
        return test_of_cases

    return decorated


class Family(list):
    """The cases of some operations, which `pytest -k softplus` finds by their names."""

    @property
    def keywords(self):
        return {case.name for case in self}


def family(operation):
    """Where an operation is written: `activation` for tinygraph/ops/activation.py."""
    return attrgetter(operation)(tg).__module__.split(".", 2)[2]
