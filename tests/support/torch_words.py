"""PyTorch's words for arguments, as ours: one function for each way of calling.

What a translation cannot say, it refuses.
"""

import inspect

import numpy as np

import tinygraph as tg


class UntranslatedError(Exception):
    """Arguments that ours has no words for."""


def refuse():
    """Say that there is no translation, inside an expression."""
    raise UntranslatedError


def only(holds):
    """Refuse a call for which this does not hold."""
    if not holds:
        raise UntranslatedError


def named(names):
    """Functions that are called alike: by position, and by nothing else."""

    def call(ours):
        return lambda *arguments: getattr(tg, ours)(*arguments)

    return {torch: call(ours) for torch, ours in names.items()}


def number(value):
    """A pair as a tuple, and one number alone."""
    if isinstance(value, list | tuple):
        return value[0] if len(value) == 1 else tuple(value)
    return value


def axis(dim):
    return tuple(dim) if isinstance(dim, list | tuple) else dim


def of_axes(function):
    """A function of arrays that have an axis."""

    def call(x, *others):
        only(x.ndim)
        return function(x, *others)

    return call


# Reductions ---------------------------------------------------------------------------


def reduction(function):
    def call(x, dim=None, keepdim=False):
        only(dim is None or np.size(dim))  # of no axes PyTorch makes all
        return function(x, axis=axis(dim), keepdims=keepdim)

    return call


def whole(function):
    """The largest element of all: along an axis, PyTorch says where it stands, too."""

    def call(x, *others, **more):
        only(not others and not more)
        return function(x)

    return call


def spread(function):
    def call(x, dim=None, unbiased=None, *, correction=None, keepdim=False):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        only(dim is None or np.size(dim))
        if correction is None:
            correction = 0 if unbiased is False else 1
        axes = range(x.ndim) if dim is None else np.atleast_1d(dim)
        only(np.prod([x.shape[a] for a in axes]) > correction)
        return function(x, axis=axis(dim), ddof=correction, keepdims=keepdim)

    return call


def along(function):
    def call(x, dim=-1, dtype=None):
        only(dtype is None and x.ndim)
        return function(x, axis=dim)

    return call


def quantiles(function):
    def call(x, q, dim=None, keepdim=False, interpolation="linear"):
        q = q.data if isinstance(q, tg.Tensor) else q
        return function(x, q, axis=dim, keepdims=keepdim, method=interpolation)

    return call


def covariance(x, correction=1, fweights=None, aweights=None):
    only(x.ndim)
    return tg.cov(x, ddof=correction, fweights=fweights, aweights=aweights)


def different(x, n=1, dim=-1, prepend=None, append=None):
    ends = {"prepend": prepend, "append": append}
    return tg.diff(x, n, dim, **{k: v for k, v in ends.items() if v is not None})


# Elements -----------------------------------------------------------------------------


def divided(x, y, *, rounding_mode=None):
    z = tg.divide(x, y)
    return z if rounding_mode is None else getattr(tg, rounding_mode)(z)


def scaled_by_twos(x, n):
    only(not isinstance(n, tg.Tensor) and np.asarray(n).dtype.kind != "f")
    return tg.ldexp(x, n)


def logit(x, eps=None):
    only(eps is None)
    return tg.log(x / (1.0 - x))


def softened(x, beta=1, threshold=20):
    only(beta == 1 and threshold == 20)  # above which PyTorch takes x itself
    return tg.softplus(x)


def not_in_place(function):
    def call(*arguments, inplace=False, **more):
        return function(*arguments, **more)

    return call


def added_product(a, x, y, beta=1, alpha=1):
    return beta * a + alpha * (x @ y)


# Losses -------------------------------------------------------------------------------


def loss(name):
    """A loss, with options of the same names."""

    def call(x, y, **given):
        operation = getattr(tg, name)
        options = dict(given)
        if name in ("cross_entropy", "nll_loss") and np.ndim(x) > 2:
            options["axis"] = 1
        only(options.keys() <= inspect.signature(operation).parameters.keys())
        return operation(x, y, **options)

    return call


def similarity(x, y, dim=1, eps=1e-8):
    only(eps == 1e-8)
    return tg.cosine_similarity(x, y, axis=dim)


def mean_squared(x, y, reduction="mean"):
    only(reduction in ("mean", "sum") and np.shape(x) == np.shape(y))
    return tg.mse(x, y, reduction=reduction)


# Images -------------------------------------------------------------------------------


def convolution(name):
    def call(x, w, b=None, **options):
        options = {key: number(value) for key, value in options.items()}
        return getattr(tg, name)(x, w, b, **options)

    return call


def pooling(name):
    def call(x, kernel_size, stride=None, padding=0, *others, **options):
        positional = ("ceil_mode", "count_include_pad", "divisor_override")
        options |= dict(zip(positional, others, strict=False))
        only(not options.pop("return_indices", False))
        options |= {
            "padding": padding,
            "stride": None if np.size(stride) == 0 else stride,
        }
        options = {key: number(value) for key, value in options.items()}
        return getattr(tg, name)(x, number(kernel_size), **options)

    return call


def adaptive(name):
    def call(x, output_size):
        only(None not in np.atleast_1d(output_size))
        return getattr(tg, name)(x, number(output_size))

    return call


def padded(x, pad, mode="constant", value=None):
    widths = [(0, 0)] * (x.ndim - len(pad) // 2)
    widths += list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    only(min(pad, default=0) >= 0)
    ours = {"replicate": "edge", "circular": "wrap"}.get(mode, mode)
    fill = {"constant_values": value or 0.0} if mode == "constant" else {}
    return tg.pad(x, widths, mode=ours, **fill)


def unfolded(x, kernel_size, dilation=1, padding=0, stride=1):
    only(x.ndim == 4)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    options = {key: number(value) for key, value in options.items()}
    return tg.im2col(x, number(kernel_size), **options)


# Shapes -------------------------------------------------------------------------------


def flat(sizes):
    """Sizes, which may be given one by one or in a tuple."""
    return tuple(sizes[0]) if len(sizes) == 1 and np.ndim(sizes[0]) else sizes


def shaped(function):
    return lambda x, *sizes: function(x, flat(sizes))


def expanded(x, *sizes):
    sizes = flat(sizes)
    only(sizes)
    own = (1,) * (len(sizes) - x.ndim) + x.shape
    pairs = zip(own, sizes, strict=True)
    return tg.broadcast_to(x, tuple(n if size == -1 else size for n, size in pairs))


def tiled(x, *reps):
    reps = flat(reps)
    only(reps)
    return tg.tile(x, reps)


def flattened(x, start_dim=0, end_dim=-1):
    only(x.ndim and x.size)
    start, end = start_dim % x.ndim, end_dim % x.ndim
    return x.reshape(*x.shape[:start], -1, *x.shape[end + 1 :])


def joined(function):
    def call(*arrays):
        several = isinstance(arrays[0], list | tuple)
        return function(list(arrays[0] if several else arrays))

    return call


def one_array(function):
    def call(*arrays):
        only(len(arrays) == 1 and not isinstance(arrays[0], list | tuple))
        return function(*arrays)

    return call


def concatenated(arrays, dim=0):
    only(len({np.ndim(array) for array in arrays}) == 1)  # PyTorch omits shape (0,)
    return tg.concatenate(list(arrays), axis=dim)


def repeated(x, repeats, dim=None, output_size=None):
    return tg.repeat(x, repeats, axis=dim)


def rolled(x, shifts, dims=None):
    return tg.roll(x, shifts, axis=None if np.size(dims) == 0 else dims)


def narrowed(x, dim, start, length):
    only(isinstance(start, int))
    start %= max(1, x.shape[dim])
    part = (slice(None),) * (dim % x.ndim) + (slice(start, start + length),)
    return x[part]


def taken_along(x, dim, index, **more):
    only(not more and np.ndim(x) == np.ndim(index))
    return tg.take_along_axis(x, index, axis=dim)


def masked(x, mask):
    only(np.shape(x) == np.shape(mask))
    return tg.extract(mask, x)


def sorted_values(x, dim=-1, descending=False, stable=False):
    only(not descending and x.ndim)
    return tg.sort(x, axis=dim)


def unbound(x, dim=0):
    only(x.ndim and x.shape[dim])
    return tg.stack(list(tg.unstack(x, axis=dim)))


# Matrices -----------------------------------------------------------------------------


def einsum(operands, subscripts):
    _, arrow, output = subscripts.partition("->")
    only(not arrow or "..." not in subscripts or "..." in output)
    return tg.einsum(subscripts, *operands)


def tensordot(x, y, dims=2):
    if not isinstance(dims, int):  # PyTorch stretches axes of one element
        dims = tuple(map(tuple, dims))
        only([x.shape[a] for a in dims[0]] == [y.shape[a] for a in dims[1]])
    return tg.tensordot(x, y, dims)


def cholesky(x, upper=False):
    only(not upper)
    return np.linalg.cholesky(x)


def pinv(x, rtol=None, atol=None, hermitian=False):
    only(not hermitian and atol is None and not isinstance(rtol, tg.Tensor))
    return np.linalg.pinv(x, rtol=rtol)


def solved(a, b, left=True):
    only(left and np.ndim(b) >= 2 and np.ndim(a) == np.ndim(b))
    return np.linalg.solve(a, b)


def vector_norm(x, ord=2, dim=None, keepdim=False, dtype=None):
    only(dtype is None and not (dim is None and keepdim))
    if dim is None:
        return np.linalg.norm(x.reshape(-1), number(ord))
    only(np.size(dim) == 1)
    return np.linalg.norm(x, number(ord), axis=number(dim), keepdims=keepdim)


def matrix_norm(x, ord="fro", dim=(-2, -1), keepdim=False, dtype=None):
    only(dtype is None)
    return np.linalg.norm(x, ord, axis=tuple(dim), keepdims=keepdim)
