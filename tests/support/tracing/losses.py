"""Computations whose backward passes are traced, shown and read."""

import numpy as np
from leaves import parameter

import nets
import tinygraph as tg
from nets.slide import slide_cnn

HOSTILE = [
    "<b>",
    "a&b",
    "\"'",
    "</script>",
    "größe 日本",
    r"\frac{",
    "x" * 300,
    "$_^#%~",
]
ODD = "<b>&\"'</script> größe 日本" + "x" * 300


def quartic(name: str = "x") -> tuple[tg.Tensor, tg.Tensor, tg.Tensor]:
    """x, h = x·x, and the sum of x + h·h: three uses of x and two of h."""
    x = parameter([3.0, -1.0], name)
    h = x * x
    return x, h, (x + h * h).sum()


def product(order: str = "topological") -> tg.Trace:
    """y = x·x, z = y·eʸ + y, in which y has three uses and x two."""
    x = parameter(0.5, "x")
    y = x * x
    y.name = "y"
    z = y + np.exp(y) * y
    z.name = "z"
    return tg.trace(z, order=order, lr=0.1 if order == "topological" else None)


def residual() -> tg.Tensor:
    """Again x has three uses and h two, and one of them goes round a ReLU."""
    x = parameter([3.0, -1.0], "x")
    h = x * x
    h.name = "h"
    y = tg.relu(h + x) + h
    return y.sum()


def softmax() -> tg.Tensor:
    """Written out, so that e has two uses: above the line, and in the sum below it."""
    z = parameter([1.0, 2.0, 0.5], "z")
    e = np.exp(z)
    p = e / e.sum()
    difference = p - tg.Tensor([0.0, 1.0, 0.0], name="t")
    return 0.5 * (difference**2).sum()


def small_network() -> tg.Trace:
    """A network with a softmax, weights at both sides, and a residual connection."""
    rng = np.random.default_rng(0)
    layer = nets.Linear.random(rng, 3, 3)
    layer.w.name, layer.b.name = "w", "b"
    x = tg.Tensor(np.ones((1, 3), np.float32), name="x")
    with tg.scope("layer"):
        hidden = layer(x) + x
    return tg.trace(tg.mse(tg.softmax(hidden), tg.Tensor([[1.0, 0.0, 0.0]])), lr=0.1)


def lenet(batch: int = 1) -> tg.Tensor:
    """A network in layers, with images for input."""
    rng = np.random.default_rng(0)
    images = tg.Tensor(rng.random((batch, 3, 32, 32), np.float32), name="images")
    targets = tg.Tensor(np.eye(4, dtype=np.float32)[np.arange(batch) % 4])
    return tg.mse(slide_cnn(rng)(images), targets)


def blocks(count: int = 42) -> tg.Tensor:
    """So many layers that a page begins with all of them closed."""
    x = parameter(np.ones(8), "x")
    for block in range(count):
        with tg.scope(f"block{block}"):
            w = parameter(np.full(8, 0.5), f"w{block}")
            x = x + tg.tanh(x * w)
    return x.sum()


@np.errstate(all="ignore")
def odd() -> tg.Tensor:
    """NaN and infinity, an array without elements, and a name that is half a page."""
    a = parameter([np.nan, 1.0, -np.inf], ODD)
    whole = tg.Tensor([1, 2, 3], name="integers")
    empty = parameter(np.zeros((0, 3)), "empty")
    zero = parameter(0.0, "zero")
    return (a * whole).sum() + empty.sum() + tg.log(zero)
