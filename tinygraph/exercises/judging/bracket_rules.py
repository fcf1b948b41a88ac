"""Rules for edits: the same steps in another order, as with other brackets."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .edit_names import MODULES, Names
from .edits import Slot

NOT_STEPS = ("range", "len", "zip", "enumerate", "slice", "print", "list", "tuple")
SAME_IN_ANY_ORDER = (ast.Add, ast.Mult, ast.MatMult)


class Step(NamedTuple):
    """What an expression does to a part of it."""

    part: ast.expr
    again: Callable[[ast.expr], ast.expr]  # the same, done to something else
    kind: type[ast.AST]


def steps_of(node: ast.expr) -> Iterator[Step]:
    """An operation on each of its operands, or a call of what it is called with."""
    if isinstance(node, ast.BinOp):
        kind = type(node.op)
        yield Step(node.left, lambda x: ast.BinOp(x, node.op, node.right), kind)
        yield Step(node.right, lambda x: ast.BinOp(node.left, node.op, x), kind)
    elif isinstance(node, ast.UnaryOp):
        yield Step(node.operand, lambda x: ast.UnaryOp(node.op, x), type(node.op))
    elif isinstance(node, ast.Call):
        yield from steps_of_call(node)


def steps_of_call(node: ast.Call) -> Iterator[Step]:
    """A function of its first argument, or a method of an expression."""
    func, args = node.func, node.args
    in_module = isinstance(func, ast.Attribute) and ast.unparse(func.value) in MODULES
    if isinstance(func, ast.Attribute) and not in_module:
        yield Step(
            func.value,
            lambda x: ast.Call(
                ast.Attribute(x, func.attr, ast.Load()), args, node.keywords
            ),
            ast.Call,
        )
    elif args and getattr(func, "id", "") not in NOT_STEPS:
        yield Step(
            args[0], lambda x: ast.Call(func, [x, *args[1:]], node.keywords), ast.Call
        )


def exchanged_steps(slot: Slot, names: Names) -> Iterator[str]:
    """Two steps in the other order: a + (b * c) for (a + b) * c, sum(x) ** 2, ..."""
    if not isinstance(slot.node, ast.expr):
        return
    for outer in steps_of(slot.node):
        for inner in steps_of(outer.part):
            same = outer.kind is inner.kind and outer.kind in SAME_IN_ANY_ORDER
            if not same:
                yield ast.unparse(inner.again(outer.again(inner.part)))
