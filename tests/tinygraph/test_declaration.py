"""Declaring VJPs, by name or in order, and what is said about wrong ones."""

import inspect
import re

import numpy as np
import pytest
from primitives import primitives
from together import together

import tinygraph as tg
from tinygraph.declaration import surely_fits


def product():
    """An operation of two arguments without VJPs."""

    @tg.primitive
    def product(x, y, *, scale=1.0):
        return x * y * scale

    return product


def cube():
    @tg.primitive
    def cube(x):
        return x**3

    return cube


def slope(f, at=2.0):
    x = tg.Tensor(at, requires_grad=True)
    f(x).backward()
    return x.grad


def test_declaring_again_replaces():
    f = cube()
    f.vjp(lambda g, y, x: g * 2 * x**2, r"2 \bar{y} x^2")
    assert slope(f) == 8
    f.vjp(lambda g, y, x: g * 3 * x**2)
    assert slope(f) == 12
    assert f.formulas == [""] and len(f.vjps) == 1


def by_keyword(f):
    f.vjp(x=(lambda g, z, x, y, scale: g * y * scale, r"\bar{z}\, y\, s"))
    f.vjp(y=lambda g, z, x, y, scale: g * x * scale)


def by_decorator(f):
    @f.vjp("x", r"\bar{z}\, y\, s")
    def rule_x(g, z, x, y, scale):
        return g * y * scale

    @f.vjp("y")
    def rule_y(g, z, x, y, **parameters):
        return g * x * parameters["scale"]

    assert rule_y(1.0, 0.0, 5.0, 0.0, scale=2.0) == 10.0


def in_order(f):
    f.vjp(
        lambda g, z, x, y, scale: g * y * scale,
        r"\bar{z}\, y\, s",
        lambda g, z, x, y, scale: g * x * scale,
    )


@pytest.mark.parametrize("declare", [by_keyword, by_decorator, in_order])
def test_forms_of_declaring(declare):
    f = product()
    declare(f)
    declare(f)  # a cell of a notebook, run again
    x, y = tg.Tensor(2.0, requires_grad=True), tg.Tensor(5.0, requires_grad=True)
    f(x, y, scale=3.0).backward(7.0)
    assert (x.grad, y.grad) == (105.0, 42.0)
    assert f.formulas == [r"\bar{z}\, y\, s", ""]


def test_none_is_no_gradient():
    f = product()
    f.vjp(x=None, y=lambda g, z, x, y, scale: g * x * scale)
    x, y = tg.Tensor(2.0, requires_grad=True), tg.Tensor(5.0, requires_grad=True)
    f(x, y).backward()
    assert x.grad is None and y.grad == 2


def test_a_declared_name():
    @tg.primitive(name="twice")
    def _anything(x):
        return 2 * x

    assert _anything.name == "twice"
    with pytest.raises(tg.GraphError, match=r"twice has no VJP for its argument 'x'"):
        slope(_anything)


def rule(g, z, x, y, scale):
    return g


class Rules:
    def short(self, g, z, x, **more):
        return g


WRONG_DECLARATIONS = {
    "too many": (lambda f: f.vjp(rule, rule, rule), tg.ArgumentError, "got 3 VJPs"),
    "too few": (lambda f: f.vjp(rule), tg.ArgumentError, r'@product.vjp\("y"\)'),
    "no such name": (lambda f: f.vjp(w=rule), tg.ArgumentError, "no argument 'w'"),
    "no such name above": (lambda f: f.vjp("w"), tg.ArgumentError, "are: x, y"),
    "too much by name": (
        lambda f: tg.primitive(lambda x: -x).vjp(lambda g, y, x, *, size: -g),
        tg.DTypeError,
        "size",
    ),
    "no function": (lambda f: f.vjp(x=3.0), tg.DTypeError, "3.0 is not a function"),
    "an argument short": (
        lambda f: f.vjp(x=lambda g, z, x, scale: g),
        tg.DTypeError,
        r"VJP of 'x' must be a function of \(g, y, x, y, scale\)",
    ),
    "no parameter": (
        lambda f: f.vjp(y=lambda g, z, x, y: g),
        tg.DTypeError,
        "unexpected keyword argument 'scale'",
    ),
    "another parameter": (
        lambda f: f.vjp(y=lambda g, z, x, y, *, scale, size: g),
        tg.DTypeError,
        "missing a required keyword-only argument: 'size'|missing a required argument",
    ),
    "a parameter in an argument's place": (
        lambda f: f.vjp(x=lambda g, scale, *arguments, **more: g),
        tg.DTypeError,
        "multiple values for argument 'scale'",
    ),
    "a method without room for an argument": (
        lambda f: f.vjp(x=Rules().short),
        tg.DTypeError,
        "too many positional arguments",
    ),
    "for each, without position": (
        lambda f: f.vjp_for_each(lambda g, z, x, y, scale: g),
        tg.DTypeError,
        "position",
    ),
}


@together("name", WRONG_DECLARATIONS)
def test_wrong_declarations_are_refused_at_once(name):
    declare, error, words = WRONG_DECLARATIONS[name]
    f = product()
    in_order(f)
    with pytest.raises(error, match=words):
        declare(f)
    with pytest.raises(error):  # and the second time as well
        declare(f)
    x = tg.Tensor(2.0, requires_grad=True)
    f(x, 5.0).backward()
    assert x.grad == 5  # what was declared before holds


def test_a_declaration_holds_as_a_whole_or_not_at_all():
    f = product()
    with pytest.raises(tg.DTypeError):
        f.vjp(x=rule, y=3.0)
    assert slope_fails(f)


def slope_fails(f):
    with pytest.raises(tg.GraphError, match=r"give it one with product.vjp\(x=...\)"):
        slope(lambda x: f(x, 5.0))
    return True


LOOKED_AT = {
    "all": (lambda g, y, x, w, scale: g, True),
    "keyword": (lambda g, y, x, w, *, scale: g, False),
    "any": (lambda g, y, *xs: g, False),
    "any parameters": (lambda g, y, x, w, **rest: g, True),
    "one too few": (lambda g, y, x, scale: g, False),
    "all missing": (lambda g, y: g, False),
    "all by position": (lambda g, y, x, w, /, scale: g, False),
    "one too many": (lambda g, y, x, w, z, scale: g, False),
    "no parameter": (lambda g, y, x, w: g, False),
    "another parameter": (lambda g, y, x, w, size: g, False),
    "a parameter in front": (lambda scale, g, y, x, w: g, False),
    "a class": (max, False),
}


@together("name", LOOKED_AT)
def test_a_quick_look_promises_only_what_the_signature_does(name):
    vjp, sure = LOOKED_AT[name]
    assert surely_fits(vjp, 2, {"scale": 1.0}) == sure
    if sure:
        inspect.signature(vjp).bind("g", "y", "x", "w", scale=1.0)


def test_a_quick_look_is_enough_for_every_vjp_of_our_own(monkeypatch):
    """`inspect.signature` would make the import slow."""
    asked = []
    real = inspect.signature
    monkeypatch.setattr(inspect, "signature", lambda f: asked.append(f) or real(f))
    for operation in primitives():
        for position, vjp in enumerate(operation.vjps or []):
            operation._check(vjp, str(position), {operation.arity})
    assert len(asked) < 5, asked


def test_a_vjp_written_in_c():
    @tg.primitive
    def copied(x):
        return np.positive(x)

    copied.vjp(lambda g, *_: g)
    assert slope(copied) == 1
    copied.vjp(x=max)  # whose signature nobody can ask for
    with pytest.raises(tg.TinygraphError):
        slope(copied, [1.0, 2.0, 3.0])


# Wrong rules, when they run ----------------------------------------------------------


def mean_of(rule):
    """The mean of a vector, with a VJP of somebody's own."""

    @tg.primitive
    def average(x):
        return x.mean()

    average.vjp(rule)
    return average


def doubled(rule):
    @tg.primitive
    def twice(x):
        return 2 * x

    twice.vjp(rule)
    return twice


WRONG_RULES = {
    "nothing": (lambda g, y, x: None, tg.DTypeError, "gave nothing: return an array"),
    "a number": (lambda g, y, x: 1.0, tg.DTypeError, "gave 1.0: give an array"),
    "a list": (lambda g, y, x: [1.0] * 3, tg.DTypeError, r"shape \(3,\)"),
    "text": (lambda g, y, x: "g", tg.DTypeError, "gave 'g'"),
    "complex": (lambda g, y, x: x * 1j, tg.DTypeError, "give an array"),
    "a stack": (lambda g, y, x: np.ones((2, 3)), tg.ShapeError, r"shape \(2, 3\) from"),
    "too long": (lambda g, y, x: np.ones(4), tg.ShapeError, r"shape \(4,\) from"),
    "a transpose": (lambda g, y, x: np.ones((3, 1)), tg.ShapeError, r"\(3, 1\)"),
    "shapes inside": (lambda g, y, x: x + np.ones(2), tg.ShapeError, "ValueError"),
    "a type inside": (lambda g, y, x: g + "a", tg.DTypeError, "failed: "),
    "an index inside": (lambda g, y, x: x[7], tg.ShapeError, "IndexError"),
    "an attribute": (
        lambda g, y, x: g.slope,
        tg.DTypeError,
        "has no attribute 'slope'",
    ),
    "an operation": (lambda g, y, x: tg.matmul(x, np.ones(2)), tg.ShapeError, "matmul"),
}


@together("make", [mean_of, doubled])
@together("record", [False, True], ids=["arrays", "recorded"])
@together("name", WRONG_RULES)
def test_wrong_vjps_are_told(name, make, record):
    rule, error, words = WRONG_RULES[name]
    f = make(rule)
    x = tg.Tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = f(x)
    seed = np.random.default_rng(0).standard_normal(y.shape)
    with pytest.raises((error, tg.MissingNameError)) as caught:
        tg.gradients(y, [x], seed, record=record)
    assert record or re.search(words, str(caught.value))  # tensors have their own
    message = "".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert f"{f.name}: the VJP of its argument 'x', for arguments of shapes (3,)," in (
        message
    )


@pytest.mark.parametrize(
    "shapes", [((3,), (2, 3)), ((2, 1), (2, 3)), ((), (2, 3)), ((1, 1), (4, 2, 3))]
)
def test_gradients_that_broadcasting_explains(shapes):
    f = product()
    in_order(f)
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape) for shape in shapes]
    assert tg.check_gradients(f, *arrays, order=2)
    assert tg.check_gradients(lambda y, x: f(x, y), *arrays[::-1], order=2)


def test_an_array_as_parameter_explains_a_shape():
    @tg.primitive
    def weighted(x, *, weights):
        return (x * weights).sum()

    weighted.vjp(lambda g, y, x, weights: g * weights)
    weights = np.arange(6.0).reshape(2, 3)
    assert tg.check_gradients(lambda x: weighted(x, weights=weights), [1.0, 2.0, 4.0])


def test_stacks_of_matrices_explain_a_shape():
    @tg.primitive
    def product_of_stacks(x, y):
        return x @ y

    product_of_stacks.vjp(
        lambda g, z, x, y: g @ np.swapaxes(y, -1, -2),  # not summed over the stack
        lambda g, z, x, y: np.swapaxes(x, -1, -2) @ g,
    )
    rng = np.random.default_rng(0)
    for shapes in ((2, 3), (5, 3, 4)), ((5, 2, 3), (3, 4)), ((5, 1, 2, 3), (4, 3, 2)):
        arrays = [rng.standard_normal(shape) for shape in shapes]
        assert tg.check_gradients(product_of_stacks, *arrays)


# Calls -------------------------------------------------------------------------------

CALLS = {
    "in order": lambda f, x, y: f(x, y, scale=2.0),
    "second by name": lambda f, x, y: f(x, y=y, scale=2.0),
    "by name": lambda f, x, y: f(x=x, y=y, scale=2.0),
    "names in any order": lambda f, x, y: f(scale=2.0, y=y, x=x),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_arguments_may_be_named(call):
    f = product()
    in_order(f)
    x, y = (tg.Tensor(value, requires_grad=True) for value in (3.0, 5.0))
    z = call(f, x, y)
    assert z.graph.at(z.node).inputs == (x.node, y.node)
    assert z.graph.at(z.node).params == {"scale": 2.0}
    assert float(z) == 30.0 and tg.gradients(z, [x, y]) == [10.0, 6.0]
    assert call(f, np.array(3.0), 5.0) == 30.0


# Forward functions -------------------------------------------------------------------

NO_ARRAYS = {
    "nothing": None,
    "text": "a",
    "a dictionary": {},
    "objects": np.array([None]),
    "complex numbers": np.array([1j]),
    "ragged lists": [[1.0], [2.0, 3.0]],
}


@together("record", [True, False], ids=["recorded", "not recorded"])
@together("what", NO_ARRAYS)
def test_a_forward_function_gives_numbers(what, record):
    @tg.primitive
    def odd(x):
        return NO_ARRAYS[what]

    with pytest.raises(tg.DTypeError, match=r"odd: the forward function gave .*return"):
        odd(tg.Tensor([1.0, 2.0], requires_grad=record))


@pytest.mark.parametrize("result", [3, 2.5, True, [1.0, 2.0]])
def test_numbers_and_lists_of_them_are_arrays(result):
    @tg.primitive
    def fixed(x):
        return result

    fixed.vjp(lambda g, y, x: 0 * x)
    y = fixed(tg.Tensor([1.0, 2.0], requires_grad=True))
    assert y.tolist() == result


def test_a_notebook_shows_the_formulas_of_an_operation():
    @tg.primitive
    def pick(x, index, y):
        return x * y

    pick.vjp(lambda g, r, x, i, y: g * y, r"\bar{r}\, y", None, lambda g, *_: g, "g")
    assert pick._repr_latex_() == r"$\bar{r}\, y,\quad g$"


def test_the_vjp_at_a_position():
    assert tg.multiply.vjp_at(0)(2.0, None, 3.0, 5.0) == 10.0
    assert tg.multiply.vjp_at(1)(2.0, None, 3.0, 5.0) == 6.0

    @tg.primitive
    def total(*arrays):
        return sum(arrays)

    total.vjp_for_each(lambda g, y, *arrays, position: g * position)
    assert total.vjp_at(3)(2.0, None) == 6.0
