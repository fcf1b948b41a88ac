"""Nodes: the graph of a recording, and which node a value has in it.

A tensor is known by its own node, and an array by its identity. The recording does not
keep the arrays that it knows: one that nobody else has is never asked for again.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..callers import line_of_user
from ..graph import Graph
from ..kernels.compilation import NONE, chosen
from ..kernels.workers import team
from ..modes import current_mode
from ..optimize import Optimizer
from ..tape import Unkept
from ..tensor import Tensor
from ..value import ARRAY, Array, new_node
from .notes import Clock, Gradient, LeafBefore, Origin, Refusal
from .watched import Dice, WatchedArray

LARGE = 2**15  # bytes of an array that a recording does not keep


class Nodes:
    """What has a node in a recording, and what there was before it."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.origins: dict[int, Origin] = {}  # of inputs that are not constant
        self.lasting: set[int] = set()  # what is computed in any case
        self.before: dict[int, LeafBefore] = {}
        self.clocks: dict[int, Clock] = {}
        self.dice: dict[int, Dice] = {}
        self.without_grad: dict[int, Tensor] = {}  # leaves that must have none at first
        self.with_grad: dict[int, Tensor] = {}  # leaves that must have one at first
        self.replaced: dict[int, Tensor] = {}  # leaves whose gradient was replaced
        self.refusal: Refusal | None = None
        self.closed = False
        self._tape = self.graph._own_tape
        self._start = new_node()
        self._nodes: dict[int, int] = {}  # of tensors, by their own node
        self._known: dict[int, tuple[int, Any]] = {}  # of arrays, by their identity
        self._constant: set[int] = set()  # whose values are the same in every replay
        self._modes = modes()

    # What there is before the function is called --------------------------------------

    def expect_leaf(self, leaf: Tensor, origin: Origin) -> None:
        """A leaf that the function may use."""
        found = LeafBefore(leaf, origin, leaf.node, leaf._grad, leaf._requires_grad)
        self.before.setdefault(id(leaf), found)

    def expect_optimizer(self, optimizer: Optimizer) -> None:
        """An optimizer that the function may use."""
        self.clocks.setdefault(id(optimizer), Clock(optimizer))

    def expect_generator(self, generator: np.random.Generator) -> None:
        """A random generator that the function may draw from."""
        self.dice.setdefault(id(generator), Dice(generator))

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Note what is computed inside."""
        token = current_mode.set(current_mode.get()._replace(recorder=self))
        try:
            yield
        finally:
            current_mode.reset(token)
            self.closed = True

    def refuse(self, reason: str) -> None:
        """What is computed cannot be replayed. The first reason is kept."""
        if self.refusal is None and not self.closed:
            self.refusal = Refusal(reason, *line_of_user())

    # Writing down ---------------------------------------------------------------------

    def leaf(self, value: Any, origin: Origin | None = None) -> int:
        """Write down a value that no operation computes."""
        node = new_node()
        self._tape.value[node] = value
        if origin is None:
            self._constant.add(node)
        else:
            self.origins[node] = origin
            self._tape.more[node] = {"origin": type(origin).__name__.lower()}
        self._note_scope(node)
        return node

    def note(
        self,
        operation: Any,
        inputs: Sequence[int],
        parameters: Mapping[str, Any],
        value: Any,
    ) -> int:
        """Write down an operation and its result."""
        node, tape = new_node(), self._tape
        if self._constant.issuperset(inputs):
            self._constant.add(node)
        else:
            value = outlined(value)
        tape.value[node], tape.primitive[node] = value, operation
        tape.inputs[node] = tuple(inputs)
        if parameters:
            tape.params[node] = parameters
        self._note_scope(node)
        if modes() != self._modes:
            self.refuse("enters `threads` or `compiled`: enter them outside of it")
        return node

    def _note_scope(self, node: int) -> None:
        if scope := current_mode.get().scope:
            self._tape.scope[node] = scope

    # Finding again --------------------------------------------------------------------

    def know(self, array: Any, node: int) -> None:
        """From now on, this very array is known to be the value of a node."""
        reference = weakref.ref(array) if type(array) is ARRAY else lambda: array
        self._known[id(array)] = node, reference

    def keep(self, node: int, array: Any) -> int:
        """Keep the array of a node until a plan has been tried out; return the node."""
        self._tape.value[node] = array
        return node

    def forget_arrays(self) -> None:
        """Keep the shapes of large arrays alone: a picture needs no more."""
        for node, value in self._tape.value.items():
            self._tape.value[node] = outlined(value)

    def know_tensor(self, tensor: Tensor, node: int) -> None:
        """From now on, a tensor is known to be the value of a node."""
        self._nodes[tensor.node] = node
        self.know(tensor._data, node)

    def node_of_array(self, array: Any) -> int | None:
        """The node whose value this very array is known to be."""
        known = self._known.get(id(array))
        return None if known is None or known[1]() is not array else known[0]

    def kept_node_of(self, array: Any) -> int | None:
        """The same for an array that outlives the call, and is kept to be compared."""
        node = self.node_of_array(array)
        return None if node is None else self.keep(node, array)

    def node_of(self, value: Any) -> int:
        """The node of an argument of an operation."""
        if isinstance(value, Tensor):
            return self.node_of_tensor(value)
        if type(value) is WatchedArray:
            return value._node
        if type(value) is np.ndarray and (known := self.node_of_array(value)):
            return known
        return self.leaf(value)

    def node_of_tensor(self, tensor: Tensor) -> int:
        """The node of a tensor. A leaf that is used first is written down."""
        node = self._nodes.get(tensor.node)
        if node is None:
            before = self.before.get(id(tensor))
            if before is not None and before.node == tensor.node:
                node = self._leaf_as_before(before)
            else:
                node = self.node_of_array(tensor._data)
        if node is None:
            if tensor.node < self._start:
                self.refuse(
                    "uses a tensor that its variables do not lead to: make it an "
                    "argument"
                )
            node = self.leaf(tensor._data)
        self._nodes[tensor.node] = node
        return node

    def _leaf_as_before(self, before: LeafBefore) -> int:
        """Write down a leaf that was there before."""
        leaf = before.leaf
        node = self.leaf(leaf._data, before.origin)
        self._tape.tensor[node] = leaf
        self._tape.leaf_requires_grad[node] = leaf._requires_grad
        return node

    # Gradients ------------------------------------------------------------------------

    def node_of_gradient(self, leaf: Tensor) -> int | None:
        """The node of the gradient that a leaf has now; None if it has none."""
        grad, before = leaf._grad, self.before.get(id(leaf))
        if grad is None:
            if before is not None and id(leaf) not in self.replaced:
                self.without_grad[id(leaf)] = leaf
            return None
        node = self.node_of_array(grad)
        return self._gradient_as_before(leaf, grad, before) if node is None else node

    def _gradient_as_before(
        self, leaf: Tensor, grad: Array, before: LeafBefore | None
    ) -> int:
        """Write down a gradient that was there before."""
        if before is None or before.grad is not grad:
            self.refuse("gives a tensor a gradient of unknown origin: give it outside")
        node = self.leaf(grad, Gradient(leaf))
        self.with_grad[id(leaf)] = leaf
        self.know(grad, node)
        return node

    def cleared(self, leaves: Iterable[Tensor]) -> None:
        """The gradients of these leaves were replaced."""
        self.replaced.update((id(leaf), leaf) for leaf in leaves)


def outlined(value: Any) -> Any:
    """The shape and type of a large array; other values as they are."""
    if isinstance(value, np.ndarray) and value.nbytes >= LARGE:
        return Unkept(value.shape, value.dtype)
    return value


def example(value: Any) -> Any:
    """An array of zeros for one that was not kept: kernels are chosen by its shape."""
    if type(value) is not Unkept:
        return value
    return np.broadcast_to(np.zeros((), value.dtype), value.shape)


def modes() -> tuple[int, bool]:
    """What decides which kernels are used: threads and compiled loops."""
    return team.get()[0], chosen.get() is NONE
