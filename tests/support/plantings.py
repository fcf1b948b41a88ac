"""Operations with a derivative of ours, to see what the checker says of them."""

import tinygraph as tg


def planted(forward, slope, name="planted"):
    """An operation of one argument, with this derivative."""
    operation = tg.primitive(forward)
    operation.name = name
    operation.vjp(lambda g, y, x: g * slope(x), r"\bar{y}")
    return operation


def square(slope):
    """x², with a derivative of ours."""
    return planted(lambda x: x * x, slope)


def verdicts(report):
    return {row.name: row.verdict for row in report.rows}


def only(report):
    [row] = report.rows
    return row
