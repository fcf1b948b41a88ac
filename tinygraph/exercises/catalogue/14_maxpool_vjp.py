"""Max pooling, backwards

A window of size kh x kw moved over images x of shape (N, C, H, W) by `stride`, and only
the largest element of each window was kept:

    y[n, c, i, j] = the maximum of x[n, c, i stride : i stride + kh,
                                           j stride : j stride + kw]

    Ho = (H - kh) // stride + 1,   Wo = (W - kw) // stride + 1

g = dL/dy, of shape (N, C, Ho, Wo), is the gradient from above. Return dL/dx, of the
shape of x.

Windows overlap if the stride is smaller than their size. If several elements of a
window are equally the largest, there is no derivative, and any subgradient is right: g
goes to one of them, or is shared among them.
"""

import operator

import numpy as np

POINTS = 3
AFTER = ["12_col2im"]
CORNERS = 5
IMPORTS = ["numpy"]
HINTS = [
    "Only the largest element of a window had an influence on y. What is the "
    "derivative of y with respect to it, and what with respect to the others?",
    "Find the position of the maximum in each window: np.argmax of the flattened "
    "window, then np.unravel_index or divmod for the row and the column.",
    "An element can be the maximum of several overlapping windows: begin with zeros "
    "and add up. Four loops, over n, c, i and j, are fine.",
]


def maxpool_vjp(g, x, kh, kw, stride):
    """g (N, C, Ho, Wo), x (N, C, H, W). Return dL/dx, of the shape of x."""
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(g.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + kh, left : left + kw]
        row, column = divmod(int(window.argmax()), kw)
        dx[n, c, top + row, left + column] += g[n, c, i, j]
    return dx


def forward(x, kh, kw, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), (2, 3))
    return windows[:, :, ::stride, ::stride].max(axis=(4, 5))


def cases(rng, k):
    shapes = {  # N, C, H, W, kh, kw, stride
        0: (1, 1, 4, 6, 2, 3, 3),  # windows beside each other
        1: (2, 3, 6, 5, 3, 2, 1),  # windows that overlap
        2: (1, 2, 7, 8, 2, 3, 2),  # they overlap in one direction
        3: (2, 2, 7, 5, 2, 2, 3),  # some elements are in no window
        5: (2, 3, 6, 7, 2, 3, 2),
        6: (3, 2, 3, 6, 3, 2, 1),  # one window in a column
        7: (2, 2, 7, 6, 2, 3, 3),
        8: (3, 1, 6, 5, 3, 2, 2),
        9: (1, 3, 7, 5, 3, 3, 2),
        10: (2, 2, 6, 6, 2, 2, 2),
        11: (3, 2, 4, 7, 2, 3, 1),
    }
    if k == 4:  # full of ties
        x = np.array([[0.0, 1, 1, 2, 2, 2, 9], [1, 1, 0, 0, 2, 0, 9], [9] * 7])
        return rng.uniform(1, 2, (2, 1, 1, 2)), np.stack([x, x * 0])[:, None], 2, 3, 3
    n, c, h, w, kh, kw, stride = shapes[k]
    x = rng.normal(size=(n, c, h, w))
    if k % 3 == 2:
        x = np.abs(x) + 0.1
    else:  # a channel without a positive element
        x[0, 0] = -np.abs(x[0, 0]) - 0.1
    if k in (7, 10):  # a tie, where it can be seen who gets what
        x[0, 0, 0, :2] = -0.05
    g = rng.normal(size=(n, c, (h - kh) // stride + 1, (w - kw) // stride + 1))
    return g, x, kh, kw, stride


def accept(name, yours, g, x, kh, kw, stride):
    """Any subgradient: each window shares its gradient among its largest elements."""
    if stride < max(kh, kw) or np.shape(yours) != x.shape:
        return None
    rest = np.array(yours)
    for n, c, i, j in np.ndindex(g.shape):
        place = np.s_[n, c, i * stride : i * stride + kh, j * stride : j * stride + kw]
        largest = x[place] == x[place].max()
        shares = yours[place] / g[n, c, i, j]
        fair = np.isclose(shares.sum(), 1) and (shares >= -1e-9).all()
        if not fair or (shares[~largest] != 0).any():
            return None
        rest[place] = 0
    if rest.any():
        return None
    return "at a tie any subgradient is right; tinygraph takes the first of the largest"


def wrong_all_ties(g, x, kh, kw, stride):
    """You send the whole gradient to every element that is the largest. If there are
    several, share it among them: your dx sums to {sum_yours:.3g}, but must sum to
    {sum_right:.3g}, as g does."""
    return _routed(g, x, kh, kw, stride, lambda window, g: (window == window.max()) * g)


def wrong_overwrites(g, x, kh, kw, stride):
    """Where windows overlap, only one gradient is kept. An element that is the largest
    in several windows gets the sum of their gradients: = overwrites, and += with arrays
    of indices adds only once to each element. With such arrays, use np.add.at; with
    slices, add up with +=."""

    def place(row, column, i, j):
        return i * stride + row, j * stride + column

    return _sent(g, x, kh, kw, stride, place, lambda old, new: new)


def wrong_average(g, x, kh, kw, stride):
    """You share the gradient among all elements of a window: that is average pooling.
    Only the largest element had an influence."""
    return _routed(g, x, kh, kw, stride, lambda window, g: g / window.size)


def wrong_everywhere(g, x, kh, kw, stride):
    """You send the gradient to all elements of a window: only the largest had an
    influence."""
    return _routed(g, x, kh, kw, stride, lambda window, g: g)


def wrong_g_ignored(g, x, kh, kw, stride):
    """g is ignored: you return 1 at the largest elements. Multiply by the gradient from
    above."""
    return _routed(g, x, kh, kw, stride, lambda window, g: _first(window))


def wrong_values(g, x, kh, kw, stride):
    """You multiply by the largest element: the derivative of a maximum with respect to
    its largest element is 1."""
    return _routed(
        g, x, kh, kw, stride, lambda window, g: _first(window) * window.max() * g
    )


def wrong_smallest(g, x, kh, kw, stride):
    """You send the gradient to the smallest element of each window."""
    return _routed(g, x, kh, kw, stride, lambda window, g: _first(-window) * g)


def wrong_absolute(g, x, kh, kw, stride):
    """You look for the largest absolute value. Among negative numbers, the largest is
    the one nearest to 0."""
    return _routed(g, x, kh, kw, stride, lambda window, g: _first(np.abs(window)) * g)


def wrong_window_turned(g, x, kh, kw, stride):
    """kh and kw are swapped: the window is kh high and kw wide."""
    return _routed(g, x, kw, kh, stride, lambda window, g: _first(window) * g)


def wrong_stride_is_size(g, x, kh, kw, stride):
    """Your windows lie side by side, as if the stride were their size: they begin at (i
    stride, j stride)."""
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(g.shape):
        place = np.s_[n, c, i * kh : i * kh + kh, j * kw : j * kw + kw]
        if x[place].size:
            dx[place] += _first(x[place]) * g[n, c, i, j]
    return dx


def wrong_stride_ignored(g, x, kh, kw, stride):
    """The stride is ignored: windows begin at (i stride, j stride), but yours at (i,
    j)."""
    return _routed(g, x, kh, kw, 1, lambda window, g: _first(window) * g)


def wrong_image_maximum(g, x, kh, kw, stride):
    """You look for the largest element of the whole image. Each window has a largest
    element of its own."""
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(g.shape):
        row, column = np.unravel_index(x[n, c].argmax(), x.shape[2:])
        dx[n, c, row, column] += g[n, c, i, j]
    return dx


def wrong_divided_by_height(g, x, kh, kw, stride):
    """You divide the position of the maximum by kh. A row of the window has kw
    elements: divmod(position, kw) gives the row and the column."""

    def place(row, column, i, j):
        row, column = divmod(row * kw + column, kh)
        return i * stride + row, j * stride + column

    return _sent(g, x, kh, kw, stride, place)


def wrong_row_and_column(g, x, kh, kw, stride):
    """Row and column are swapped: divmod(position, kw) gives the row first, then the
    column."""

    def place(row, column, i, j):
        return i * stride + column, j * stride + row

    return _sent(g, x, kh, kw, stride, place)


def wrong_place_in_window(g, x, kh, kw, stride):
    """You use the position inside the window as a position in the image: add the corner
    of the window, (i stride, j stride)."""
    return _sent(g, x, kh, kw, stride, lambda row, column, i, j: (row, column))


def wrong_written_without_stride(g, x, kh, kw, stride):
    """The window is read at (i stride, j stride), but its gradient is written as if it
    began at (i, j)."""

    def place(row, column, i, j):
        return i + row, j + column

    return _sent(g, x, kh, kw, stride, place)


def wrong_maximum_from_zero(g, x, kh, kw, stride):
    """Windows without a positive element lose their gradient: does your running maximum
    begin with 0? Begin with the first element of the window, or with -np.inf."""
    return _routed(
        g, x, kh, kw, stride, lambda window, g: _first(window) * g * (window.max() > 0)
    )


def wrong_last_of_window(g, x, kh, kw, stride):
    """You send the gradient to the last element of each window, whatever it is: only
    the largest had an influence. If you compare with the largest so far, do you keep
    it, with = and not with +=?"""

    def rule(window, g):
        return _first(np.arange(window.size).reshape(window.shape)) * g

    return _routed(g, x, kh, kw, stride, rule)


def wrong_corner(g, x, kh, kw, stride):
    """You send the gradient to the first element of each window, whatever it is: only
    the largest had an influence."""
    return _routed(g, x, kh, kw, stride, lambda window, g: _first(0 * window) * g)


def wrong_first_image(g, x, kh, kw, stride):
    """Only the first image gets a gradient: go through all images of the batch."""
    dx = maxpool_vjp(g, x, kh, kw, stride)
    dx[1:] = 0
    return dx


def wrong_first_channel(g, x, kh, kw, stride):
    """Only the first channel gets a gradient: go through all channels."""
    dx = maxpool_vjp(g, x, kh, kw, stride)
    dx[:, 1:] = 0
    return dx


def wrong_image_values(g, x, kh, kw, stride):
    """You keep the largest element of each window, as forward pooling does. Return the
    gradient g at its place."""
    return _routed(
        g, x, kh, kw, stride, lambda window, g: _first(window) * window.max()
    )


def wrong_each_row(g, x, kh, kw, stride):
    """You look for the largest element in each row of a window. There is one for the
    whole window: flatten it first."""

    def rule(window, g):
        return np.array([_first(row) for row in window]) * g

    return _routed(g, x, kh, kw, stride, rule)


def wrong_each_column(g, x, kh, kw, stride):
    """You look for the largest element in each column of a window. There is one for the
    whole window: flatten it first."""

    def rule(window, g):
        return np.array([_first(column) for column in window.T]).T * g

    return _routed(g, x, kh, kw, stride, rule)


def wrong_over_channels(g, x, kh, kw, stride):
    """You look for the largest element of all channels. Each channel is pooled
    alone."""
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(g.shape):
        top, left = i * stride, j * stride
        windows = x[n, :, top : top + kh, left : left + kw]
        channel, row, column = np.unravel_index(windows.argmax(), windows.shape)
        dx[n, channel, top + row, left + column] += g[n, c, i, j]
    return dx


def wrong_over_batch(g, x, kh, kw, stride):
    """You look for the largest element in the windows of all images and channels
    together. Each window has a largest element of its own: take the maximum over its
    last two axes only."""
    dx = np.zeros_like(x)
    for i, j in np.ndindex(*g.shape[2:]):
        place = np.s_[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
        largest = x[place] == x[place].max()
        dx[place] += largest * g[:, :, i, j, None, None]
    return dx


def wrong_over_image_channels(g, x, kh, kw, stride):
    """You look for one largest element in the windows of all channels of an image. Each
    channel has its own: take the maximum over the last two axes only."""
    return np.concatenate(
        [wrong_over_batch(*pair, kh, kw, stride) for pair in _each(g, x, 0)]
    )


def wrong_over_images(g, x, kh, kw, stride):
    """You look for one largest element in the windows of all images. Each image has its
    own: take the maximum over the last two axes only."""
    return np.concatenate(
        [wrong_over_batch(*pair, kh, kw, stride) for pair in _each(g, x, 1)], axis=1
    )


def wrong_last_column(g, x, kh, kw, stride):
    """The windows in the last column are left out: loop over all columns of g."""
    g = g.copy()
    g[:, :, :, -1] = 0
    return maxpool_vjp(g, x, kh, kw, stride)


def wrong_second_largest(g, x, kh, kw, stride):
    """You send the gradient to the second largest element of each window."""

    def rule(window, g):
        place = np.argsort(window.ravel())[-2:][0]
        return (np.arange(window.size) == place).reshape(window.shape) * g

    return _routed(g, x, kh, kw, stride, rule)


def wrong_sum_of_g(g, x, kh, kw, stride):
    """Every window sends the sum of g: each sends its own g[n, c, i, j]."""
    return maxpool_vjp(np.full_like(g, g.sum()), x, kh, kw, stride)


def _each(g, x, axis):
    """The parts of g and x along an axis."""
    return zip(
        *(np.split(array, array.shape[axis], axis) for array in (g, x)), strict=True
    )


def _sent(g, x, kh, kw, stride, place, put=operator.add):
    """dx if each window sends its gradient to a place made of that of its maximum."""
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(g.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + kh, left : left + kw]
        at = n, c, *place(*divmod(int(window.argmax()), kw), i, j)
        dx[at] = put(dx[at], g[n, c, i, j])
    return dx


def _routed(g, x, kh, kw, stride, rule):
    """The sum of what a rule makes of each window and its gradient."""
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(g.shape):
        top, left = i * stride, j * stride
        place = np.s_[n, c, top : top + kh, left : left + kw]
        if x[place].size:
            dx[place] += rule(x[place], g[n, c, i, j])
    return dx


def _first(window):
    """1 at the first of the largest elements, 0 elsewhere."""
    flat = np.zeros(window.size)
    flat[window.argmax()] = 1.0
    return flat.reshape(window.shape)
