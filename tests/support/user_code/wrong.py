"""Mistakes of users: type checkers find each line that is marked, and no other.

To mypy, a function of one array may get a second one: only pyright finds that.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinygraph as tg

x = np.ones((2, 3))
t = tg.Tensor(x, requires_grad=True)
image = tg.Tensor(np.ones((1, 2, 8, 8)))
filters = np.ones((3, 2, 3, 3))

tg.conv2d(1, 2, 3, strid=4)  # wrong
tg.conv2d(image, filters, strid=2)  # wrong
tg.conv2d(image, filters, stride="2")  # wrong
tg.conv2d(image)  # wrong
tg.max_pool2d(image)  # wrong
tg.max_pool2d(image, kernel="two")  # wrong
tg.relu(t, t)  # wrong to pyright
tg.relu("text")  # wrong
tg.relu(None)  # wrong
tg.add(t)  # wrong
tg.sum(t, axis="rows")  # wrong
tg.softmax(t, axes=1)  # wrong
tg.leaky_relu(t, slope=0.1)  # wrong
tg.mse(t, x, reduce="mean")  # wrong
tg.cross_entropy(t, x, lable_smoothing=0.1)  # wrong
tg.gelu(t, approximate=3)  # wrong
tg.relu(x).backward()  # wrong
t.relux()  # wrong
t.sum(axis="rows")  # wrong
t.reshape("2, 3")  # wrong
t @ "text"  # wrong
t.requires_grad = "yes"  # wrong
tg.Tensor(x, requires_gradient=True)  # wrong
tg.reluu(t)  # wrong
tg.grad(3)  # wrong
tg.optimize.SGD([t], rate=0.1)  # wrong


@tg.primitive
def scaled(a: NDArray[Any], *, factor: float = 2.0) -> NDArray[Any]:
    return a * factor


scaled(t, factor="3")  # wrong
scaled(t, faktor=3.0)  # wrong
