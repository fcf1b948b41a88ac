"""The table of all cases: one case, and every property that the tests know of."""

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


EVERY_CASE = named(CASES)
