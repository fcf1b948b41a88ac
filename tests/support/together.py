"""The rows of a table in one test, which names each row that fails.

A test for each row would cost more than what it tests.
"""

import inspect

import pytest


def check_each(test, rows, name=str):
    """Run a test with each of some rows, and name those that fail."""
    failures = []
    for row in rows:
        try:
            test(row)
        except (Exception, pytest.fail.Exception) as failure:
            failure.add_note(f"in the case {name(row)}")
            failures.append((name(row), failure))
    if failures:
        names, errors = zip(*failures, strict=True)
        raise BaseExceptionGroup(", ".join(names), errors)


def together(names, rows, ids=None):
    """Run a test with all rows, which are written as for pytest.mark.parametrize.

    `pytest -k` finds the test by the name of each row. Fixtures are made once for all
    rows, so a test that changes one is not for this.
    """
    names = names.replace(",", " ").split() if isinstance(names, str) else names
    table = dict(named(rows, names, ids))

    def decorated(test):
        def test_of_rows(**fixtures):
            def of_row(row):
                test(**fixtures, **dict(zip(names, table[row], strict=True)))

            check_each(of_row, table)

        test_of_rows.__dict__.update(test.__dict__)  # marks
        test_of_rows.__name__, test_of_rows.__doc__ = test.__name__, test.__doc__
        parameters = inspect.signature(test).parameters
        assert set(names) <= set(parameters)
        test_of_rows.__signature__ = inspect.Signature(
            [parameters[name] for name in parameters if name not in names]
        )
        test_of_rows.row_names = [*getattr(test, "row_names", ()), *table]
        return test_of_rows

    return decorated


def named(rows, names, ids):
    """Each row as a tuple of values, with a name that no other row has."""
    listed = None if ids is None or callable(ids) else list(ids)
    taken = set()
    for place, row in enumerate(rows):
        values = values_of(row, len(names))
        name = getattr(row, "id", None) or (listed and listed[place])
        name = name or "-".join(
            word(value, f"{argument}{place}", ids)
            for argument, value in zip(names, values, strict=True)
        )
        name = f"{name}-{place}" if name in taken else name
        taken.add(name)
        yield name, values


def values_of(row, count):
    """The values of a row, one for each name."""
    if hasattr(row, "marks"):  # pytest.param
        assert not row.marks, "a row of a test has no marks of its own"
        return row.values
    return (row,) if count == 1 else tuple(row)


def word(value, otherwise, ids):
    """What stands for a value in the name of a row."""
    if callable(ids):
        return str(ids(value))
    if value is None or isinstance(value, str | int | float | bytes):
        return str(value)
    name = getattr(value, "__name__", otherwise)
    return otherwise if name == "<lambda>" else name
