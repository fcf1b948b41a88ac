"""Chains: several elementwise operations as one compiled loop.

One operation after the other, each goes through memory. Here a loop is written for the
chain and compiled (`chain_loops.py`), and what is between stays in registers or in the
first cache. Passes of NumPy over tiles of 128 kB gain nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..value import Array
from .compilation import chosen, parts
from .workers import for_each

BLOCK = 2048  # elements at a time, in the first cache
SHORT = 128  # elements of a loop below which it takes long to start it
Shape = tuple[int, ...]
Kernel = Callable[..., Any]


class Step(NamedTuple):
    """An operation of a chain."""

    forward: Kernel
    formula: str  # for an element, of the inputs {0}, {1}; parameters by their name
    inputs: tuple[int, ...]  # those of the chain, and after them the earlier steps
    parameters: Mapping[str, Any]


class Chain:
    """Steps on `count` inputs, of which some are results."""

    def __init__(
        self, steps: Sequence[Step], count: int, results: Sequence[int]
    ) -> None:
        self.steps, self.count, self.results = steps, count, results

    def __call__(self, *arrays: Any) -> list[Any]:
        """The results, one step after the other."""
        known = [*arrays]
        for forward, _, inputs, parameters in self.steps:
            known.append(forward(*(known[place] for place in inputs), **parameters))
        return [known[self.count + step] for step in self.results]

    def kernel(self, arrays: Sequence[Any], dtype: np.dtype[Any]) -> Kernel:
        """A compiled loop for arrays of such shapes that gives such a type.

        It gives an array, or several as a tuple.
        """
        layout, loops = Layout.of(arrays), chosen.get()[dtype]
        loop = loops.chains.loop_of(self.source(layout.varying))
        return compiled(loop, layout, dtype, len(self.results))

    def source(self, varying: Sequence[Sequence[bool]]) -> str:
        """The loop, as Python: for each input, along which axes it varies.

        A loop for each result is one that the compiler can do several elements at once.

        >>> steps = [
        ...     Step(np.multiply, "{0} * {1}", (0, 1), {}),
        ...     Step(np.exp, "functions.exp({0})", (2,), {}),
        ...     Step(np.negative, "-{0}", (3,), {}),
        ... ]
        >>> print(Chain(steps, 2, [0, 2]).source([(True, True), (False, True)]))
        def loop(a0, a1, z0, z2):
            zero, one = z0.dtype.type(0), z0.dtype.type(1)
            for i0 in range(z0.shape[0]):
                for start in range(0, z0.shape[1], 2048):
                    v0 = a0[i0, start : start + 2048]
                    v1 = a1[start : start + 2048]
                    y0 = z0[i0, start : start + 2048]
                    y2 = z2[i0, start : start + 2048]
                    for i in range(y0.size):
                        y0[i] = v0[i] * v1[i]
                    for i in range(y2.size):
                        t1 = functions.exp(y0[i])
                        y2[i] = -t1
        """
        given = [f"a{n}" for n in range(self.count)]
        results = [f"z{n}" for n in self.results]
        first, outer = results[0], range(len(varying[0]) - 1)
        lines = [f"def loop({', '.join(given + results)}):"]
        lines.append(f"    zero, one = {first}.dtype.type(0), {first}.dtype.type(1)")
        for number, step in enumerate(self.steps):
            for name, value in step.parameters.items():
                kept = f"{name}{number} = {first}.dtype.type({float(value)!r})"
                lines.append(f"    {kept}")
        for axis in outer:
            indent = "    " * (axis + 1)
            lines.append(f"{indent}for i{axis} in range({first}.shape[{axis}]):")
        indent = "    " * (len(outer) + 1)
        length = f"{first}.shape[{len(outer)}]"
        lines.append(f"{indent}for start in range(0, {length}, {BLOCK}):")
        for number, along in enumerate(varying):
            part = part_of(f"a{number}", along)
            lines.append(f"{indent}    v{number} = {part}")
        for number in self.results:
            part = part_of(f"z{number}", [True] * (len(outer) + 1))
            lines.append(f"{indent}    y{number} = {part}")
        for number in self.results:
            lines += (f"{indent}    {line}" for line in self.loop_for(number, varying))
        return "\n".join(lines)

    def loop_for(self, result: int, varying: Sequence[Sequence[bool]]) -> Iterator[str]:
        """The innermost loop for one result, from inputs and earlier results."""
        yield f"for i in range(y{result}.size):"
        names = [
            f"v{n}[i]" if along[-1] else f"v{n}" for n, along in enumerate(varying)
        ]
        for number in range(len(self.steps)):
            stored = number in self.results  # already, or now
            names.append(f"y{number}[i]" if stored else f"t{number}")
        for number in self._needed(result, [r for r in self.results if r < result]):
            step = self.steps[number]
            inputs = [names[place] for place in step.inputs]
            options = {name: f"{name}{number}" for name in step.parameters}
            formula = step.formula.format(*inputs, **options)
            yield f"    {names[self.count + number]} = {formula}"

    def before(self, number: int) -> list[int]:
        """All steps that a result needs."""
        return self._needed(self.results[number], ())

    def _needed(self, step: int, known: Sequence[int]) -> list[int]:
        """The steps to one of them, from inputs and known steps."""
        found, left = {step}, [step]
        while left:
            places = self.steps[left.pop()].inputs
            new = {p - self.count for p in places if p >= self.count}
            left += new - found - {*known}
            found |= new - {*known}
        return sorted(found)


def part_of(name: str, along: Sequence[bool]) -> str:
    """A block of an array that varies along some axes.

    >>> part_of("a0", [True, False]), part_of("a1", [False, True])
    ('a0[i0]', 'a1[start : start + 2048]')
    """
    index = [f"i{axis}" for axis, varies in enumerate(along[:-1]) if varies]
    if along[-1]:
        index.append(f"start : start + {BLOCK}")
    return f"{name}[{', '.join(index)}]" if index else name


class Layout(NamedTuple):
    """The axes of a result: neighbours along which all inputs vary alike are one."""

    shape: Shape
    sizes: Shape
    varying: Sequence[tuple[bool, ...]]  # for each input, along which axes
    repeated: int = 1  # times that a row which is the same for all is in the last axis

    @staticmethod
    def of(arrays: Sequence[Any]) -> Layout:
        """The axes of what such arrays broadcast to.

        >>> x, bias = np.zeros((8, 3, 5, 5)), np.zeros((1, 3, 1, 1))
        >>> Layout.of([x, bias])[1:]
        ((8, 3, 25), [(True, True, True), (False, True, False)], 1)
        >>> Layout.of([x, 2.0])[1:]
        ((600,), [(True,), (False,)], 1)
        """
        shapes = [*map(np.shape, arrays)]
        shape = np.broadcast_shapes(*shapes)
        padded = [(1,) * (len(shape) - len(some)) + some for some in shapes]
        sizes: list[int] = []
        patterns: list[tuple[bool, ...]] = []
        for size, *own in zip(shape, *padded, strict=True):
            pattern = tuple(one == size for one in own)
            if size == 1:
                continue
            if patterns and patterns[-1] == pattern:
                sizes[-1] *= size
            else:
                sizes.append(size)
                patterns.append(pattern)
        if not sizes:
            sizes, patterns = (
                [1],
                [tuple(isinstance(array, np.ndarray) for array in arrays)],
            )
        return Layout(shape, tuple(sizes), [*zip(*patterns, strict=True)]).widened()

    def widened(self) -> Layout:
        """With a longer last axis, where it is short and whole rows can be repeated.

        >>> Layout.of([np.zeros((60, 100, 32)), np.zeros(32)])[1:]
        ((100, 1920), [(True, True), (False, True)], 60)
        """
        if len(self.sizes) < 2 or any(v[-2] and not v[-1] for v in self.varying):
            return self
        *outer, rows, size = self.sizes
        most = max(1, min(rows, BLOCK // max(size, 1)))
        times = max(n for n in range(1, most + 1) if rows % n == 0)
        sizes = (*outer, rows // times, times * size)
        return self._replace(sizes=sizes, repeated=times)

    def fitting(self, along: Sequence[bool], dtype: np.dtype[Any]) -> Kernel:
        """What gives an input that varies along some axes the shape of these."""
        if not any(along):
            return lambda x: dtype.type(x.item() if isinstance(x, np.ndarray) else x)
        pairs = zip(self.sizes, along, strict=True)
        shape = tuple(size for size, varies in pairs if varies)
        repeated = self.repeated if along[-1] and not along[-2:][0] else 1
        *outer, size = shape
        rows = (*outer, 1, size // repeated)
        many = (*outer, repeated, size // repeated)

        def fitted(x: Any) -> Array:
            x = np.ascontiguousarray(x)
            if repeated > 1:
                x = np.broadcast_to(x.reshape(rows), many)
            x = x.reshape(shape)
            x.setflags(write=False)
            return x

        return fitted

    def pays(self) -> bool:
        """Whether the innermost loops are long enough to be worth starting."""
        return self.sizes[-1] >= SHORT or len(self.sizes) == 1


def compiled(loop: Kernel, layout: Layout, dtype: np.dtype[Any], count: int) -> Kernel:
    """A chain by its loop, which gets numbers, and arrays that cannot be written to."""
    fitting = [layout.fitting(along, dtype) for along in layout.varying]
    first = [varies[0] for varies in layout.varying] + [True] * count
    shares = parts(layout.sizes[0], math.prod(layout.sizes) * dtype.itemsize)

    def kernel(*arrays: Any) -> Any:
        results = [np.empty(layout.sizes, dtype) for _ in range(count)]
        given = [fit(x) for fit, x in zip(fitting, arrays, strict=True)] + results

        def calculate(tile: slice) -> None:
            pairs = zip(given, first, strict=True)
            loop(*(array[tile] if some else array for array, some in pairs))

        if len(shares) < 2:
            loop(*given)
        else:
            for_each(shares, calculate)
        shaped = [array.reshape(layout.shape) for array in results]
        return shaped[0] if count == 1 else shaped

    return kernel
