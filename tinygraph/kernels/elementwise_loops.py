"""Loops over elements that Numba compiles: activations and their adjoints.

The last argument is the result. All arrays have one axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..value import Array
from . import compiled_functions as functions
from .elementwise import GELU_TANH
from .loop_cache import FUSED, compiled


@compiled(FUSED)
def sigmoid(x: Array, y: Array) -> None:
    """y = 1 / (1 + e^−x)"""
    for j in range(x.size):
        y[j] = functions.sigmoid(x[j])


@compiled(FUSED)
def sigmoid_adjoint(g: Array, y: Array, z: Array) -> None:
    """z = g y (1 − y)"""
    one = g.dtype.type(1)
    for j in range(g.size):
        z[j] = g[j] * (y[j] * (one - y[j]))


@compiled(FUSED)
def tanh_adjoint(g: Array, y: Array, z: Array) -> None:
    """z = g (1 − y²)"""
    one = g.dtype.type(1)
    for j in range(g.size):
        z[j] = g[j] * (one - y[j] * y[j])


@compiled(FUSED)
def silu(x: Array, y: Array) -> None:
    """y = x σ(x)"""
    for j in range(x.size):
        y[j] = x[j] * functions.sigmoid(x[j])


@compiled(FUSED)
def silu_adjoint(g: Array, x: Array, z: Array) -> None:
    """z = g σ (1 + x (1 − σ)) with σ = σ(x)"""
    one = g.dtype.type(1)
    for j in range(g.size):
        s = functions.sigmoid(x[j])
        z[j] = g[j] * (s * (one + x[j] * (one - s)))


@compiled(FUSED)
def softplus(x: Array, y: Array) -> None:
    """y = ln(1 + e^x)"""
    for j in range(x.size):
        y[j] = functions.softplus(x[j])


@compiled(FUSED)
def softplus_adjoint(g: Array, x: Array, z: Array) -> None:
    """z = g σ(x)"""
    for j in range(g.size):
        z[j] = g[j] * functions.sigmoid(x[j])


@compiled(FUSED)
def erf(x: Array, y: Array) -> None:
    """y = erf(x)"""
    for j in range(x.size):
        y[j] = functions.erf(x[j])


@compiled(FUSED)
def gelu(x: Array, y: Array) -> None:
    """y = x Φ(x)"""
    for j in range(x.size):
        y[j] = x[j] * functions.normal(x[j])[0]


@compiled(FUSED)
def gelu_adjoint(g: Array, x: Array, y: Array, z: Array) -> None:
    """z = g (Φ(x) + x φ(x)), where Φ(x) = y / x"""
    half, least = g.dtype.type(0.5), np.finfo(g.dtype).tiny
    density = g.dtype.type(0.3989422804014327)  # 1/√(2π)
    for j in range(g.size):
        u = x[j]
        below = half if np.abs(u) < least else y[j] / u
        z[j] = g[j] * (below + u * (density * functions.decay(-half * u * u)))


@compiled(FUSED)
def gelu_tanh(x: Array, y: Array) -> None:
    """y = x σ(x (a + b x²)), which is ½ x (1 + tanh(½ x (a + b x²)))"""
    a, b = x.dtype.type(GELU_TANH[0]), x.dtype.type(GELU_TANH[1])
    for j in range(x.size):
        u = x[j]
        y[j] = u * functions.sigmoid(u * (a + b * u * u))


@compiled(FUSED)
def gelu_tanh_adjoint(g: Array, x: Array, z: Array) -> None:
    """z = g σ (1 + (1 − σ) x (a + 3b x²))"""
    a, b = x.dtype.type(GELU_TANH[0]), x.dtype.type(GELU_TANH[1])
    one, three = x.dtype.type(1), x.dtype.type(3)
    for j in range(g.size):
        u = x[j]
        square = b * u * u
        s = functions.sigmoid(u * (a + square))
        z[j] = g[j] * (s + s * (one - s) * (u * (a + three * square)))


@compiled(FUSED)
def elu(x: Array, y: Array, alpha: Any) -> None:
    """y = x where x > 0, a (e^x − 1) elsewhere"""
    zero = x.dtype.type(0)
    for j in range(x.size):
        below = alpha * functions.expm1(zero if x[j] > zero else x[j])
        y[j] = x[j] if x[j] > zero else below


@compiled(FUSED)
def elu_adjoint(g: Array, x: Array, z: Array, alpha: Any) -> None:
    """z = g where x > 0, a e^x g elsewhere"""
    zero = x.dtype.type(0)
    for j in range(x.size):
        below = g[j] * alpha * functions.exp(zero if x[j] > zero else x[j])
        z[j] = g[j] if x[j] > zero else below


@compiled()
def leaky_relu(x: Array, y: Array, slope: Any) -> None:
    """y = x where x > 0, s x elsewhere"""
    zero = x.dtype.type(0)
    for j in range(x.size):
        below = x[j] * slope
        y[j] = x[j] if x[j] > zero else below


@compiled()
def keep_positive(g: Array, x: Array, y: Array) -> None:
    """y = g where x > 0, and 0 elsewhere"""
    zero = g.dtype.type(0)
    for j in range(x.size):
        y[j] = g[j] if x[j] > zero else zero


@compiled()
def leaky_relu_adjoint(g: Array, x: Array, z: Array, slope: Any) -> None:
    """z = g where x > 0, s g elsewhere"""
    zero = x.dtype.type(0)
    for j in range(x.size):
        below = g[j] * slope
        z[j] = g[j] if x[j] > zero else below


@compiled()
def positive(x: Array, y: Array) -> None:
    """y = max(x, 0); a NaN stays one"""
    zero = x.dtype.type(0)
    for j in range(x.size):
        y[j] = zero if x[j] <= zero else x[j]
