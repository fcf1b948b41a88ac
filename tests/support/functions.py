"""Functions written once, for tinygraph and for torch, and what compares the two."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import tinygraph as tg

A = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]])
POLYNOMIAL = np.array([0.5, 1.0, -1.5, 2.0])


@dataclass(frozen=True)
class Function:
    """A function written once, for tinygraph (`m` is `tg`) and for torch."""

    name: str
    of: Callable[..., Any]  # the library, then the arguments
    shapes: tuple[tuple[int, ...], ...]

    def arrays(self) -> list[np.ndarray]:
        """The arguments, away from every kink, and the same in every run."""
        rng = np.random.default_rng(len(self.name))
        return [rng.uniform(0.4, 1.6, shape) for shape in self.shapes]

    def here(self, *arguments: Any) -> Any:
        return self.of(tg, lambda array: array, *arguments)

    def there(self, torch: Any) -> Callable[..., Any]:
        def of(*arguments: Any) -> Any:
            return self.of(torch, torch.tensor, *arguments)

        return of

    def __str__(self) -> str:
        return self.name


# Numbers, of several arguments of several shapes.
SCALARS = [
    Function("square", lambda m, c, x: x * x, ((),)),
    Function("cubes", lambda m, c, x: (x**3 * c(A)).sum(), ((2, 3),)),
    Function("product", lambda m, c, x, y: x**2 * m.exp(y), ((), ())),
    Function(
        "form", lambda m, c, x, y: (x * (c(A) @ m.sin(y)) ** 2).sum(), ((2,), (3,))
    ),
    Function(
        "three",
        lambda m, c, x, y, z: (m.tanh(x @ y) * z).sum() / (x * x).sum(),
        ((2, 3), (3, 4), (4,)),
    ),
    Function(
        "only-first", lambda m, c, x, y: (x**2).sum() + 0 * y.sum(), ((3,), (2, 2))
    ),
    Function("asymmetric", lambda m, c, x: x[0] ** 2 * x[1] + x[1] * x[2], ((3,),)),
]
# Arrays, of other shapes than their arguments.
MAPS = [
    Function("linear", lambda m, c, x: c(A) @ x, ((3,),)),
    Function("wider", lambda m, c, x, y: (c(A) @ x) ** 2 * y.sum(), ((3,), (4,))),
    Function("matrix", lambda m, c, x: (c(A) * m.sin(x)) @ c(A.T), ((3,),)),
    Function("of-matrix", lambda m, c, x: (x * x).sum(0) * x[1, 2], ((2, 3),)),
    Function("number", lambda m, c, x, y: (x * m.log(y)).sum(), ((2, 1), (3,))),
    Function("to-matrix", lambda m, c, x, y: m.exp(x)[:, None] * y, ((2,), (4,))),
    Function("of-number", lambda m, c, x: x ** c(POLYNOMIAL), ((),)),
    Function("one-of-two", lambda m, c, x, y: c(A) @ y + 0 * x.sum(), ((2, 2), (3,))),
]


def assert_same(found, expected):
    """Arrays of one shape and, but for rounding, of the same numbers."""
    expected = np.asarray(expected)
    assert isinstance(found, np.ndarray)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def tensors(torch, arrays):
    return [torch.tensor(array) for array in arrays]


def random(shape, seed=5):
    return np.random.default_rng(seed).normal(size=shape)
