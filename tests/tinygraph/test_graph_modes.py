"""What is recorded, under which scope, and what is not computed: nobody needs it."""

import contextlib

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
    assert last.graph.nodes[x.node]["scope"] == "net/conv1"  # where it was used first
    with tg.no_grad():
        with tg.no_grad():
            pass
        assert not (x * x).requires_grad
    assert (x * x).requires_grad


@pytest.mark.parametrize("name", [None, 3, b"layer", ["layer"]])
def test_a_scope_that_is_no_text(name):
    with pytest.raises(tg.DTypeError, match="scope: the name is"), tg.scope(name):
        pass


@pytest.mark.parametrize(
    ("names", "path"),
    [
        ((" ",), ""),
        (("", "\t", "/"), ""),
        (("a", " ", "b"), "a/b"),
        (("/a//b/",), "a/b"),
        (("a\nb\ud800", "\u202ec\\"), "a�b�/�c\\"),
    ],
)
def test_scopes_are_recorded_so_that_they_can_be_shown(names, path):
    x = tg.Tensor(2.0, requires_grad=True)
    with contextlib.ExitStack() as inside:
        for name in names:
            inside.enter_context(tg.scope(name))
        y = x * x
    assert y.graph.nodes[y.node]["scope"] == path
    assert (x * x).graph.nodes[x.node]["scope"] == ""
    y.graph.nodes[x.node]["scope"] = "/\x00a /"
    assert y.graph.nodes[x.node]["scope"] == "�a"
