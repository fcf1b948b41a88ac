"""What a word, a letter or a bar in the formula of a VJP means, in one call.

`put` or `im2col`, for instance, are written down here with NumPy or in plain loops.
"""

import functools
import math

import loops
import numpy as np
from latex import Meaning, calculated

from tinygraph.tracing.formula import LETTER_OF


class NotCalculatedError(Exception):
    """A call that this file gives no meaning to; others of the same rule have one."""


def numbers(parameters, result, arguments):
    """What letters mean that are not arguments."""
    found = {
        LETTER_OF.get(name, name[0]): value
        for name, value in parameters.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    largest = max(arguments, key=np.size)
    last = np.shape(largest)[-1] if np.ndim(largest) else 1
    found["n"] = np.size(largest) // max(1, np.size(result))
    found["N"] = np.size(largest) // max(1, last)
    return found


def elementwise(call):
    """Numbers with numbers."""
    return Meaning(call.values | call.numbers, {call.letters[0]: call.gradient})


def reduced(call):
    """Results with the axes that were reduced put back at size 1."""
    axis = call.parameters.get("axis")
    x = call.arguments[0]
    axes = tuple(range(np.ndim(x))) if axis is None else tuple(np.atleast_1d(axis))
    result, gradient = call.result, call.gradient
    if np.ndim(result) < np.ndim(x):
        axes = tuple(a % np.ndim(x) for a in axes)
        result, gradient = (np.expand_dims(v, axes) for v in (result, gradient))
    at = elementwise(call)
    values = at.values | {call.letters[0]: result}
    return Meaning(values, {call.letters[0]: gradient}, axes=axes)


def along(call):
    """Sums along an axis: softmax and its like."""
    at, bars = elementwise(call), {}
    for letter, gradient in at.bars.items():
        if call.name == "cross_entropy" and np.ndim(gradient):  # one for each row
            gradient = np.expand_dims(gradient, -1)
        bars[letter] = gradient
    values = dict(at.values)
    if call.name == "cross_entropy_adjoint":
        values["g"] = np.expand_dims(values["g"], -1)
    return Meaning(values, bars, axes=call.parameters.get("axis", -1))


def standardized(call):
    """Means and deviations over all axes but those with statistics of their own."""
    x, (first, end) = call.values["x"], call.parameters["own"]
    axes = (*range(first), *range(end, x.ndim))
    w = call.values.get("w", 1.0) if call.name != "standardize_scale" else 1.0
    w = np.reshape(w, places(call, np.shape(w)))
    deviation = np.sqrt(x.var(axis=axes, keepdims=True) + call.parameters["epsilon"])
    standard = (x - x.mean(axis=axes, keepdims=True)) / deviation

    def mean(values):
        return np.mean(values, axis=axes, keepdims=True)

    def adjoint(g):
        g = np.broadcast_to(g, x.shape)
        return (g - mean(g) - standard * mean(g * standard)) / deviation

    functions = {
        "scaled": lambda g: g * w,
        "standard": lambda _: standard,
        "std": lambda _: deviation,
        "mean": mean,
        "adjoint": adjoint,
    }
    gradient = np.reshape(call.gradient, places(call, np.shape(call.gradient)))
    return Meaning(call.values, {call.letters[0]: gradient}, functions, axes=())


def places(call, shape):
    """A shape with which a scale or shift of that shape broadcasts to x."""
    x, (first, end) = call.values["x"], call.parameters["own"]
    if len(shape) != 1 or (not first and shape == x.shape[end:]):
        return shape
    channels = x.shape[1 : end if first else end + 1]
    return *channels, *[1] * (x.ndim - 1 - len(channels))


def flattened(x, axes):
    """The reduced axes made the last one."""
    x = np.asarray(x)
    axes = tuple(a % x.ndim for a in axes) if x.ndim else ()
    kept = [a for a in range(x.ndim) if a not in axes]
    moved = np.transpose(x, (*kept, *axes))
    return moved.reshape(*moved.shape[: len(kept)], -1)


def indexed(call):
    """Products and sums over an index, which runs along the last axis."""
    axis, x = call.parameters.get("axis"), np.asarray(call.arguments[0])
    axes = tuple(range(x.ndim)) if axis is None else tuple(np.atleast_1d(axis))
    row = flattened(x, axes)
    same = np.size(call.result) == x.size and call.name != "prod"
    parts = (call.result, call.gradient)
    if same:
        parts = [flattened(np.reshape(v, x.shape), axes) for v in parts]
    else:
        parts = [np.reshape(v, (*row.shape[:-1], 1)) for v in parts]
    y, g = parts
    values = {call.letters[0]: y, call.letters[1]: row, "size": row.shape[-1]}

    def back(found):
        kept = [a for a in range(x.ndim) if a not in {b % x.ndim for b in axes}]
        order = (*kept, *(a % x.ndim for a in axes)) if x.ndim else ()
        moved = np.reshape(found, tuple(x.shape[a] for a in order))
        return np.transpose(moved, np.argsort(order).astype(int))

    return Meaning(values, {call.letters[0]: g}), back


def matrices(call):
    """Products of matrices; of 1-d arguments the left is a row, the right a column."""
    values, gradient, result = dict(call.values), call.gradient, call.result
    if call.name == "matmul":
        x, y = call.arguments
        if np.ndim(x) == 0 or np.ndim(y) == 0:
            raise NotCalculatedError
        shape = list(np.shape(result))
        if np.ndim(y) == 1:
            values[call.letters[2]] = y[:, None]
            shape = [*shape, 1]
        if np.ndim(x) == 1:
            values[call.letters[1]] = x[None, :]
            shape = [*shape[:-1], 1, shape[-1]]
        gradient = np.reshape(gradient, shape)
    if call.name == "linear":
        x = call.arguments[0]
        values[call.letters[1]] = np.reshape(x, (-1, np.shape(x)[-1]))
        gradient = np.reshape(gradient, (-1, np.shape(gradient)[-1]))
    if call.name in ("det", "slogdet", "logabsdet"):
        values[call.letters[0]] = np.asarray(result)[..., None, None]
        gradient = np.asarray(gradient)[..., None, None]
    functions = {
        "Phi": lambda x: np.tril(x, -1) + 0.5 * np.eye(x.shape[-1]) * x,
        "sym": lambda x: (x + np.swapaxes(x, -1, -2)) / 2,
        "copyltu": lambda x: np.tril(x) + np.swapaxes(np.tril(x, -1), -1, -2),
    }
    values |= {k: v for k, v in call.numbers.items() if k not in values}
    bars = {call.letters[0]: gradient}
    for name, (part, bar) in PARTS.get(call.name, lambda call: {})(call).items():
        values[name], bars[name] = part, bar
    return Meaning(values, bars, functions, matrices=True)


def diagonal(x):
    return np.asarray(x)[..., None] * np.eye(np.shape(x)[-1])


def gaps(w):
    """1 / (wⱼ − wᵢ), and 0 on the diagonal."""
    apart = w[..., None, :] - w[..., :, None]
    return np.where(apart == 0, 0.0, 1.0 / np.where(apart == 0, 1.0, apart))


def of_eigh(call):
    """The eigenvalues stand in the first row, and the eigenvectors below."""
    y, g = call.result, call.gradient
    parts = {
        "w": (diagonal(y[..., 0, :]), diagonal(g[..., 0, :])),
        "V": (y[..., 1:, :], g[..., 1:, :]),
    }
    return parts | {"F": (gaps(y[..., 0, :]), None)}


def of_svd(call):
    """U, the singular values in one row, and V, below one another."""
    y, g, rows = call.result, call.gradient, np.shape(call.arguments[0])[-2]
    if np.shape(call.arguments[0])[-1] != rows:
        raise NotCalculatedError
    s = y[..., rows, :]
    return {
        "U": (y[..., :rows, :], g[..., :rows, :]),
        "S": (diagonal(s), diagonal(g[..., rows, :])),
        "V": (y[..., rows + 1 :, :], g[..., rows + 1 :, :]),
        "F": (gaps(s * s), None),
    }


def of_qr(call):
    """Q, and the transpose of R below it."""
    y, g, rows = call.result, call.gradient, np.shape(call.arguments[0])[-2]
    if np.shape(call.arguments[0])[-1] > rows:
        raise NotCalculatedError
    turned = [np.swapaxes(v[..., rows:, :], -1, -2) for v in (y, g)]
    return {"Q": (y[..., :rows, :], g[..., :rows, :]), "R": tuple(turned)}


PARTS = {"eigh": of_eigh, "svd": of_svd, "qr": of_qr}


def moved(call):
    """Words for moving elements, as NumPy does it."""
    x, parameters = call.arguments[0], call.parameters

    def put(g):
        there = np.zeros(np.shape(x), np.asarray(g).dtype)
        np.add.at(there, parameters["index"], g)
        if parameters.get("padding_idx") is not None:
            there[parameters["padding_idx"]] = 0.0
        return there

    def crop(g):
        widths = np.broadcast_to(np.asarray(parameters["pad_width"]), (np.ndim(x), 2))
        return g[
            tuple(slice(b, n - a) for (b, a), n in zip(widths, g.shape, strict=True))
        ]

    axes = parameters.get("axes")
    back = None if axes is None else tuple(np.argsort([a % np.ndim(x) for a in axes]))
    functions = {
        "put": put,
        "crop": crop,
        "index": lambda g: g[parameters["index"]],
        "reshape": lambda g: np.reshape(g, np.shape(x)),
        "broadcast": lambda g: np.broadcast_to(g, np.shape(x)),
        "flip": lambda g: np.flip(g, parameters["axis"]),
        "top": lambda g: np.transpose(g, back),
    }
    return Meaning(call.values, {call.letters[0]: call.gradient}, functions)


def plain_sliding(parameters):
    names = ("stride", "padding", "dilation")
    if parameters.get("groups", 1) != 1 or any(
        isinstance(parameters.get(n), str) for n in names
    ):
        raise NotCalculatedError
    return {name: parameters[name] for name in names if name in parameters}


def unfolded(call):
    """im2col and col2im in plain loops; filters as rows, images as columns."""
    sliding = plain_sliding(call.parameters)
    if any(np.ndim(array) not in (1, 3, 4) for array in call.arguments):
        raise NotCalculatedError
    values, gradient = dict(call.values), call.gradient
    kernel = call.parameters.get("kernel")
    if "w" in call.letters:
        kernel = np.shape(call.values["w"])[2:]
    if np.ndim(kernel) == 0:
        kernel = (kernel, kernel)
    size = np.shape(call.arguments[0])[2:] or call.parameters.get("size")
    size = call.parameters.get("size", size)

    def rows(filters):
        return np.reshape(filters, (np.shape(filters)[0], -1))

    def columns(images):
        return np.reshape(images, (*np.shape(images)[:2], -1))

    functions = {
        "im2col": lambda x: loops.im2col(x, kernel, **sliding),
        "col2im": lambda c: loops.col2im(c, size, kernel, **sliding),
    }
    name = call.name
    if name == "conv2d":
        functions["im2col"] = lambda x: loops.im2col(x, kernel, **sliding)
        values["w"], gradient = rows(values["w"]), columns(gradient)
        if call.position == 2:
            gradient = call.gradient
    if name == "conv2d_image" and call.position == 1:
        values["g"] = columns(values["g"])
    if name == "conv2d_filters" and call.position == 0:
        size = np.shape(call.arguments[0])[2:]
        values["g"], gradient = columns(values["g"]), rows(gradient)
    return Meaning(
        values,
        {call.letters[0]: gradient},
        functions,
        matrices=name.startswith("conv2d"),
        axes=(0, 2, 3),
        star=functools.partial(starred, sliding),
    )


def starred(sliding, first, second):
    """A convolution, of which the filters come first or last: those are the smaller."""
    image, filters = sorted((first, second), key=lambda a: -np.shape(a)[2])
    return loops.conv2d(image, filters, **sliding)


def pooled(call):
    """For each window what the formula says of each of its elements, added up."""
    p = call.parameters
    usual = {"ceil_mode": False, "divisor_override": None, "count_include_pad": True}
    usual["dilation"] = 1
    x = call.arguments[0]
    if np.ndim(x) != 4 or any(p.get(name, v) != v for name, v in usual.items()):
        raise NotCalculatedError
    kernel, padding = loops.pair(p["kernel"]), loops.pair(p["padding"])
    stride = kernel if p["stride"] is None else loops.pair(p["stride"])
    fill = -np.inf if call.name == "max_pool2d" else 0.0
    image = loops.bordered(x, padding, fill)
    back = np.zeros(image.shape)
    for n, c, i, j in np.ndindex(call.result.shape):
        place = (n, c, *(slice(s * k, s * k + m) for s, k, m in zip(
            stride, (i, j), kernel, strict=True)))  # fmt: skip
        window = image[place]
        values = {"x": window, "max": window.max(), "k": math.prod(kernel)}
        at = Meaning(values, {"y": call.gradient[n, c, i, j]})
        back[place] += calculated(call.formula, at)
    (top, left), (height, width) = padding, np.shape(x)[2:]
    return back[:, :, top : top + height, left : left + width]


def windowed(call):
    """What goes from an image to its windows and back, in plain loops."""
    p = call.parameters
    windows = p["plan"].windows if "plan" in p else p["windows"]
    if windows.dilation != (1, 1) or windows.more != (0, 0):
        raise NotCalculatedError
    x = call.arguments[0] if call.name in ("gather", "window_sums") else call.result
    if np.ndim(x) != 4:
        raise NotCalculatedError
    counts = np.shape(call.result if x is not call.result else call.arguments[0])
    (top, left), (height, width) = windows.padding, np.shape(x)[2:]

    def blank(image, fill):
        return loops.bordered(image, windows.padding, fill)

    def places():
        """Each window: where it is in the result, and in the image with its border."""
        for n, c, i, j in np.ndindex(counts):
            rows, columns = (
                slice(step * k, step * k + size)
                for step, k, size in zip(
                    windows.stride, (i, j), windows.kernel, strict=True
                )
            )
            yield (n, c, i, j), (n, c, rows, columns)

    def largest(place):
        window = blank(p["image"], -np.inf)[place]
        return np.unravel_index(np.argmax(window), window.shape)

    def onto(g, found):
        image = blank(np.zeros(np.shape(x)), 0.0)
        for place, window in places():
            image[window][found(window)] += g[place]
        return image[:, :, top : top + height, left : left + width]

    def from_windows(image, value):
        image, result = blank(image, 0.0), np.zeros(counts)
        for place, window in places():
            result[place] = value(image[window], window)
        return result

    functions = {
        "gather": lambda h: from_windows(h, lambda part, at: part[largest(at)]),
        "scatter": lambda h: onto(h, largest),
        "sums": lambda h: from_windows(h, lambda part, at: part.sum()),
        "spread": lambda h: onto(h, lambda at: ...),
    }
    return Meaning(call.values, {call.letters[0]: call.gradient}, functions)


def of_channels(call):
    """One number for each channel of a batch of images."""
    gradient = np.reshape(call.gradient, (-1, 1, 1))
    return Meaning(call.values, {call.letters[0]: gradient})


def transformed(call):
    """Fourier transforms; k counts the frequencies that one stands for."""
    p, name = call.parameters, call.name
    if p["norm"] != "backward" or len(p["axes"]) != 1:
        raise NotCalculatedError
    [axis] = p["axes"]
    size = p["size"] if name == "irfft" else np.shape(call.arguments[0])[axis]
    here = np.arange(size // 2 + 1)
    times = np.where((here == 0) | (2 * here == size), 1.0, 2.0)
    pairs = np.ndim(call.gradient if name == "rfft" else call.arguments[0])
    shape = [1] * pairs
    shape[axis if axis >= 0 else axis - 1] = len(here)

    def rfft(x):
        y = np.fft.rfft(x, axis=axis)
        return np.stack([y.real, y.imag], axis=-1)

    functions = {
        "rfft": rfft,
        "irfft": lambda y: np.fft.irfft(y[..., 0] + 1j * y[..., 1], size, axis),
    }
    values = call.values | {"n": size, "k": times.reshape(shape)}
    return Meaning(values, {call.letters[0]: call.gradient}, functions)


REDUCTIONS = {"sum", "mean", "max", "min", "var", "std", "logsumexp", "norm"}
ALONG = {
    *("softmax", "log_softmax", "softmax_input", "log_softmax_input"),
    *("cross_entropy", "cross_entropy_adjoint"),
}
STANDARDIZED = {"standardize", "standardize_input", "standardize_scale"}
INDEXED = {"prod", "cumsum", "cumprod"}
MATRICES = {"matmul", "linear", "inv", "det", "logabsdet", "solve", "pinv", "cholesky"}
MATRICES |= {"eigh", "svd", "qr"}
MOVED = {"put", "getitem", "pad", "reshape", "ravel", "expand_dims", "squeeze", "flip"}
MOVED |= {"transpose", "broadcast_to", "sum_to", "embedding"}
UNFOLDED = {"im2col", "col2im", "conv2d", "conv2d_image", "conv2d_filters"}
POOLED = {"max_pool2d", "avg_pool2d"}
TRANSFORMED = {"rfft", "irfft"}
WINDOWED = {"gather", "scatter", "window_sums", "spread"}
MEANINGS = {
    "channel_sums": of_channels,
    **dict.fromkeys(WINDOWED, windowed),
    **dict.fromkeys(REDUCTIONS, reduced),
    **dict.fromkeys(ALONG, along),
    **dict.fromkeys(STANDARDIZED, standardized),
    **dict.fromkeys(MATRICES, matrices),
    **dict.fromkeys(MOVED, moved),
    **dict.fromkeys(UNFOLDED, unfolded),
    **dict.fromkeys(TRANSFORMED, transformed),
}
# Of an operation that is not named above, by the file of its family.
OF_FAMILIES = {
    "reduction": reduced,
    "shape": moved,
    "linalg": matrices,
    "image": unfolded,
    "fft": transformed,
}


def meaning(call):
    """What the formula of a call is calculated with; elementwise unless listed."""
    family = call.primitive.__module__.rpartition(".")[2]
    return MEANINGS.get(call.name, OF_FAMILIES.get(family, elementwise))(call)
