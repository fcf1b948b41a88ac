"""Random graphs: leaves, and operations that each take two earlier values."""

from hypothesis import strategies as st

import tinygraph as tg

# What each operation computes, and its slope in the first and in the second argument.
OPERATIONS = {
    "add": (tg.add, lambda a, b: (1.0, 1.0)),
    "subtract": (tg.subtract, lambda a, b: (1.0, -1.0)),
    "multiply": (tg.multiply, lambda a, b: (b, a)),
}


@st.composite
def recipes(draw):
    """Leaves, and operations that each take two earlier values."""
    leaves = draw(st.integers(1, 3))
    operations = []
    for made in range(draw(st.integers(1, 7))):
        earlier = st.integers(0, leaves + made - 1)
        name = draw(st.sampled_from(sorted(OPERATIONS)))
        operations.append((name, draw(earlier), draw(earlier)))
    return leaves, operations


def performed(recipe, numbers):
    """The values of a recipe, leaves first."""
    leaves, operations = recipe
    values = [tg.Tensor(number, requires_grad=True) for number in numbers[:leaves]]
    for name, first, second in operations:
        values.append(OPERATIONS[name][0](values[first], values[second]))
    return values
