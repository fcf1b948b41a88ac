"""Lowering: kernels for arrays whose shapes are known.

An operation looks at shapes, chooses a kernel and plans its sizes at each call. In a
plan, all this follows from what was recorded, and is done once. A step of the slides'
network with one image takes 0.9 of its time that way. The kernels are the same, and
every plan is tried out, so no bit can differ unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..kernels import elementwise
from ..kernels.compilation import chosen
from ..kernels.descent import descend
from ..kernels.masking import keep_positive, positive, worth_sharing
from ..kernels.products import LARGE, column_times_row
from ..kernels.sums import column_sums
from ..kernels.workers import team
from ..ops import activation
from ..ops.activation import kept, relu
from ..ops.arithmetic import (
    add,
    erf,
    exp,
    multiply,
    negative,
    subtract,
    tanh,
    tanh_adjoint,
)
from ..ops.image import conv2d, conv2d_filters, conv2d_image, plan, sizes_of
from ..ops.linear import linear, matmul
from ..ops.pooling import max_pool2d, pooling, scatter
from ..ops.shape import reshape, sum_to, transpose
from ..optimize import SGD
from ..value import Array
from .chains import Fused
from .notes import Update
from .templates import WithArrays, forward_of

Kernel = Callable[..., Any]
Parameters = Mapping[str, Any]
Lowered = tuple[Kernel, Parameters]  # the parameters that a kernel still takes
NONE: Parameters = {}
FEW = 1 << 15  # bytes of zeros that a plan keeps


def lowered(operation: Any, arrays: Sequence[Any], parameters: Parameters) -> Lowered:
    """The kernel of an operation for such arrays, and the parameters that it takes."""
    if isinstance(operation, Fused):
        return operation.chain.kernel(arrays, operation.dtype), NONE
    inner = operation.operation if isinstance(operation, WithArrays) else operation
    lower = LOWERED.get(inner)
    if lower is not None and all(type(array) is np.ndarray for array in arrays):
        kernel = lower(arrays, parameters)
        if kernel is not None:
            return kernel, NONE
    return forward_of(operation), parameters


def kernel_of_row(update: Update) -> Kernel:
    """What gives the row of a parameter in an optimizer's step."""
    clock, place, ordinal, _ = update
    optimizer: Any = clock.optimizer

    def row(*arrays: Any) -> Any:
        return optimizer.update(clock.count(place) + ordinal, *arrays)

    def row_of_sgd(data: Array, grad: Array, velocity: Array | None) -> Any:
        if velocity is None or optimizer.nesterov or optimizer.weight_decay:
            return row(data, grad, velocity)
        lr: float = optimizer.lr
        return descend(data, velocity, grad, float(lr), optimizer.momentum)

    return row_of_sgd if type(optimizer).update is SGD.update else row


def of_matmul(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """A product of matrices without a look at their shapes."""
    x, y = arrays
    if not x.ndim == y.ndim == 2:
        return None
    if x.shape[1] == 1:
        return column_times_row
    few = x.size * y.shape[1] < LARGE
    return np.matmul if few or team.get()[0] == 0 else None


def of_linear(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """x wᵀ + b, where b is added in place."""
    x, w = arrays[:2]
    product = of_matmul((x, w.T), parameters) if x.ndim == 2 else None
    if product is not np.matmul or {a.dtype for a in arrays} != {x.dtype}:
        return None

    def kernel(x: Array, w: Array, *biases: Array) -> Array:
        y = np.matmul(x, w.T)
        for b in biases:
            np.add(y, b, out=y)
        return y

    return kernel


def of_conv2d(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """A convolution of images whose sizes are planned."""
    x, w, *biases = arrays
    if x.ndim != 4:
        return None
    sizes = sizes_of(x, w, biases[0] if biases else None)
    correlate = plan(sizes, **parameters).correlate
    return correlate if biases else lambda x, w: correlate(x, w, None)


def of_conv2d_image(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """Its adjoint in the image."""
    g, w = arrays
    if g.ndim != 4:
        return None
    size, sliding = parameters["size"], {**parameters}
    del sliding["size"]
    x = (len(g), w.shape[1] * sliding["groups"], *size)
    return plan((x, w.shape, None), **sliding).image_gradient


def of_conv2d_filters(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """Its adjoint in the filters."""
    x, g = arrays
    if x.ndim != 4:
        return None
    kernel, sliding = parameters["kernel"], {**parameters}
    del sliding["kernel"]
    w = (g.shape[1], x.shape[1] // sliding["groups"], *kernel)
    return plan((x.shape, w, None), **sliding).filter_gradient


def of_max_pool2d(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """Pooling of images whose sizes are planned."""
    return pooling("max_pool2d", arrays[0], **parameters).largest


def of_scatter(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """Its adjoint, of g, the image and its maxima."""
    whole = len(arrays) == 3 and parameters.keys() == {"plan"}
    kernel: Kernel | None = parameters["plan"].scatter if whole else None
    return kernel


def of_kept(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """The adjoint of ReLU, of g and the gate."""
    return keep_positive if len(arrays) == 2 else None


def of_relu(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """The larger of an array and zeros, which are made once."""
    [x] = arrays
    zeros = np.zeros(x.shape[1:], x.dtype)
    few = zeros.nbytes <= FEW and not worth_sharing(x)
    if x.ndim < 2 or x.dtype.kind != "f" or x.dtype in chosen.get() or not few:
        return positive
    return lambda x: np.maximum(x, zeros)


def of_elementwise(
    function: elementwise.Elementwise,
) -> Callable[[Sequence[Array], Parameters], Kernel | None]:
    """The passes of a function of elements."""
    return lambda arrays, parameters: function.planned(arrays, [*parameters.values()])


def always(kernel: Kernel) -> Callable[[Sequence[Array], Parameters], Kernel]:
    """A kernel for all arrays."""
    return lambda arrays, parameters: kernel


def of_transpose(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """A view with axes permuted."""
    axes = parameters["axes"]
    return np.ndarray.transpose if axes is None else lambda x: x.transpose(axes)


def of_reshape(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """A view, or a copy, of another shape."""
    size = parameters["shape"]
    return lambda x: x.reshape(size)


def of_sum_to(arrays: Sequence[Array], parameters: Parameters) -> Kernel | None:
    """A view where nothing but axes of one element is summed, or a sum of rows."""
    [x], size = arrays, parameters["shape"]
    new = x.ndim - len(size)
    if x.shape[new:] != size:
        return None
    if new == x.shape[:new].count(1):
        return lambda x: x.reshape(size)
    return column_sums if x.ndim == 2 and new == 1 else None


LOWERED: dict[Any, Callable[[Sequence[Array], Parameters], Kernel | None]] = {
    kept: of_kept,
    relu: of_relu,
    multiply: always(np.multiply),
    add: always(np.add),
    subtract: always(np.subtract),
    negative: always(np.negative),
    exp: always(np.exp),
    tanh: always(np.tanh),
    tanh_adjoint: of_elementwise(elementwise.tanh_adjoint),
    erf: of_elementwise(elementwise.erf),
    activation.sigmoid: of_elementwise(elementwise.sigmoid),
    activation.sigmoid_adjoint: of_elementwise(elementwise.sigmoid_adjoint),
    activation.softplus: of_elementwise(elementwise.softplus),
    activation.softplus_adjoint: of_elementwise(elementwise.softplus_adjoint),
    activation.silu: of_elementwise(elementwise.silu),
    activation.silu_adjoint: of_elementwise(elementwise.silu_adjoint),
    activation.exact_gelu: of_elementwise(elementwise.gelu),
    activation.gelu_adjoint: of_elementwise(elementwise.gelu_adjoint),
    activation.leaky_relu: of_elementwise(elementwise.leaky_relu),
    activation.leaky_relu_adjoint: of_elementwise(elementwise.leaky_relu_adjoint),
    conv2d: of_conv2d,
    conv2d_image: of_conv2d_image,
    conv2d_filters: of_conv2d_filters,
    linear: of_linear,
    matmul: of_matmul,
    max_pool2d: of_max_pool2d,
    scatter: of_scatter,
    reshape: of_reshape,
    sum_to: of_sum_to,
    transpose: of_transpose,
}
