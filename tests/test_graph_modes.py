"""What is recorded, under which scope, and what is not computed: nobody needs it."""

import pytest
from leaves import parameter

import tinygraph as tg


def spied_product():
    """A product that notes which of its VJPs ran."""
    ran = []

    @tg.primitive
    def product(x, y):
        return x * y

    product.vjp(
        lambda g, z, x, y: ran.append("x") or g * y,
        lambda g, z, x, y: ran.append("y") or g * x,
    )
    return product, ran


def test_nobody_computes_what_nobody_needs():
    product, ran = spied_product()
    x, w = tg.Tensor(2.0), parameter(3.0)
    product(product(x, 4.0), w).backward()
    assert ran == ["y"]
    ran.clear()
    a, b = parameter(2.0), parameter(3.0)
    inner = product(a, 5.0)
    tg.gradients(product(inner, b), [b])
    assert ran == ["y"]


def test_no_grad_records_nothing():
    x = parameter(2.0)
    with tg.no_grad():
        y = x * x
    assert not y.requires_grad
    assert y.graph is None
    assert (x * y).requires_grad


def test_modes_are_restored():
    x = parameter(2.0)
    with tg.scope("net"):
        with pytest.raises(KeyError), tg.scope("layer"), tg.no_grad():
            raise KeyError
        with tg.scope("conv1"):
            y = x * x
        z = y * 2.0
    last = z + 1.0
    scopes = [last.graph.nodes[value.node]["scope"] for value in (y, z, last)]
    assert scopes == ["net/conv1", "net", ""]
    with tg.no_grad():
        with tg.no_grad():
            pass
        assert not (x * x).requires_grad
    assert (x * x).requires_grad
