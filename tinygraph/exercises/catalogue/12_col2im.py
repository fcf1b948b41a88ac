"""col2im: im2col, backwards

im2col wrote the patches of images x into the rows of a matrix: x of shape `x_shape` =
(N, C, H, W) was padded with `pad` zeros on all four sides, a window of size kh x kw
moved over it by `stride`, and each patch (C, kh, kw) became a row. Now cols =
dL/d im2col(x) is the gradient from above, of shape (N Ho Wo, C kh kw), with

    Ho = (H + 2 pad - kh) // stride + 1,   Wo = (W + 2 pad - kw) // stride + 1

and rows sorted by image, then by the row of the window, then by its column.
Return dL/dx, of shape x_shape.

An element of x that is in several patches has an influence on all of them.
"""

import numpy as np

POINTS = 4
AFTER = ["11_im2col"]
CORNERS = 6
IMPORTS = ["numpy"]
HINTS = [
    "im2col copies: an element that was copied three times gets three contributions. "
    "What happens to several contributions?",
    "Begin with zeros in the shape of the padded images. Reshape cols to the six axes "
    "(N, Ho, Wo, C, kh, kw), and move each patch back to where it came from.",
    "Add each patch to its window. At the end cut off the padding: keep H rows from "
    "row pad on, and W columns from column pad on.",
]


def col2im(cols, x_shape, kh, kw, stride, pad):
    """cols: (N Ho Wo, C kh kw); x_shape: (N, C, H, W). Return dL/dx, of that shape."""
    n, c, h, w = x_shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    patches = cols.reshape(n, ho, wo, c, kh, kw)
    padded = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    for i in range(ho):
        for j in range(wo):
            top, left = i * stride, j * stride
            padded[:, :, top : top + kh, left : left + kw] += patches[:, i, j]
    return padded[:, :, pad : pad + h, pad : pad + w]


def cases(rng, k):
    if k == 0:  # patches overlap by one column; each is full of its own number
        cols = np.repeat([[1.0], [10.0], [100.0]], 4, axis=1)
        return cols, (1, 1, 2, 4), 2, 2, 1, 0
    shapes = {  # (N, C, H, W), kh, kw, stride, pad
        1: ((2, 3, 5, 6), 3, 2, 2, 1),  # stride and padding, kh != kw, H != W
        2: ((2, 2, 4, 6), 2, 2, 2, 0),  # windows beside each other
        3: ((2, 2, 4, 3), 2, 3, 1, 1),  # stride 1 with padding
        4: ((2, 2, 7, 8), 2, 3, 3, 0),  # the last two rows and columns are not used
        5: ((2, 3, 4, 5), 3, 2, 2, 2),  # nor the last row and column of the padding
        6: ((3, 2, 6, 5), 3, 2, 1, 1),
        7: ((2, 3, 5, 7), 2, 3, 2, 3),
        8: ((1, 2, 7, 6), 3, 3, 2, 1),
        9: ((3, 1, 4, 5), 2, 3, 1, 2),
        10: ((2, 2, 7, 3), 2, 3, 3, 1),  # one window in a row
        11: ((2, 3, 3, 6), 3, 2, 3, 1),  # one window in a column
    }
    x_shape, kh, kw, stride, pad = shapes[k]
    n, c, h, w = x_shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    return rng.normal(size=(n * ho * wo, c * kh * kw)), x_shape, kh, kw, stride, pad


def _padded(cols, x_shape, kh, kw, stride, pad, order=(0, 1, 2, 3, 4, 5), put="add"):
    """The padded images, with the axes of cols in another order or without adding."""
    n, c, h, w = x_shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    shape = np.array((n, ho, wo, c, kh, kw))
    patches = cols.reshape(shape[list(order)]).transpose(np.argsort(order))
    padded = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    for i in range(ho):
        for j in range(wo):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + kh, left : left + kw]
            window[:] = patches[:, i, j] + (window if put == "add" else 0)
    return padded


def _cropped(padded, x_shape, pad):
    """The images without their padding."""
    return padded[:, :, pad : pad + x_shape[2], pad : pad + x_shape[3]]


def wrong_overwrites(cols, x_shape, kh, kw, stride, pad):
    """Where patches overlap, only one contribution is kept. An element in several
    patches gets the sum of all of them: = overwrites, and += with arrays of indices
    adds only once to each element. With such arrays, use np.add.at; with slices, add
    up with +=."""
    padded = _padded(cols, x_shape, kh, kw, stride, pad, put="set")
    return _cropped(padded, x_shape, pad)


def wrong_average(cols, x_shape, kh, kw, stride, pad):
    """You average where patches overlap. That would undo im2col, but the gradient is
    its adjoint, which adds up."""
    total = _padded(cols, x_shape, kh, kw, stride, pad)
    count = _padded(np.ones_like(cols), x_shape, kh, kw, stride, pad)
    return _cropped(total / np.maximum(count, 1), x_shape, pad)


def wrong_not_cropped(cols, x_shape, kh, kw, stride, pad):
    """The padding is not cut off: your result has shape {shape}, expected
    {expected}."""
    return _padded(cols, x_shape, kh, kw, stride, pad)


def wrong_cropped_by_one(cols, x_shape, kh, kw, stride, pad):
    """You cut off one row and column on each side, whatever the padding is: cut off
    `pad` of them."""
    padded = _padded(cols, x_shape, kh, kw, stride, pad)
    return padded[:, :, 1:-1, 1:-1] if pad else padded


def wrong_cropped_to_nothing(cols, x_shape, kh, kw, stride, pad):
    """Your result has shape {shape}, expected {expected}: without padding, pad : -pad
    is 0 : 0, which is empty. Slice from pad to pad + H instead."""
    padded = _padded(cols, x_shape, kh, kw, stride, pad)
    return padded[:, :, pad:-pad, pad:-pad]


def wrong_unreached_left_out(cols, x_shape, kh, kw, stride, pad):
    """Your result ends where the last window ends: it has shape {shape}, expected
    {expected}. Rows and columns of x that no window reaches have gradient 0."""
    h, w = x_shape[2:]
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    reached = np.s_[:, :, : (ho - 1) * stride + kh, : (wo - 1) * stride + kw]
    padded = _padded(cols, x_shape, kh, kw, stride, pad)
    return _cropped(padded[reached], x_shape, pad)


def wrong_cropped_below(cols, x_shape, kh, kw, stride, pad):
    """Everything is `pad` rows too far down and `pad` columns too far to the right: row
    pad and column pad of the padded image are row 0 and column 0 of x. Begin the slice
    at pad, or subtract pad from your indices."""
    h, w = x_shape[2:]
    return _padded(cols, x_shape, kh, kw, stride, pad)[:, :, :h, :w]


def wrong_cropped_above(cols, x_shape, kh, kw, stride, pad):
    """Everything is `pad` rows too far up and `pad` columns too far to the left: row
    pad and column pad of the padded image are row 0 and column 0 of x. Is the padding
    cut off twice, or all of it at the top and on the left?"""
    h, w = x_shape[2:]
    return _padded(cols, x_shape, kh, kw, stride, pad)[:, :, -h:, -w:]


def wrong_channel_last(cols, x_shape, kh, kw, stride, pad):
    """You read a row as (kh, kw, C). It is a patch (C, kh, kw), with the channel
    first."""
    order = (0, 1, 2, 4, 5, 3)
    padded = _padded(cols, x_shape, kh, kw, stride, pad, order)
    return _cropped(padded, x_shape, pad)


def wrong_columns_first(cols, x_shape, kh, kw, stride, pad):
    """You read the windows by column and then by row: Ho and Wo are swapped. The rows
    of cols go right first, and then down."""
    order = (0, 2, 1, 3, 4, 5)
    padded = _padded(cols, x_shape, kh, kw, stride, pad, order)
    return _cropped(padded, x_shape, pad)


def wrong_patch_turned(cols, x_shape, kh, kw, stride, pad):
    """Within a patch, you read kw before kh: each channel was written row by row."""
    order = (0, 1, 2, 3, 5, 4)
    padded = _padded(cols, x_shape, kh, kw, stride, pad, order)
    return _cropped(padded, x_shape, pad)


def wrong_flipped(cols, x_shape, kh, kw, stride, pad):
    """The patches are flipped. im2col copied them as they are, so they go back as they
    are."""
    flipped = cols.reshape(len(cols), x_shape[1], kh, kw)[..., ::-1, ::-1]
    flipped = flipped.reshape(cols.shape)
    return _cropped(_padded(flipped, x_shape, kh, kw, stride, pad), x_shape, pad)


def wrong_stride_ignored(cols, x_shape, kh, kw, stride, pad):
    """The stride is ignored: neighbouring windows are `stride` apart, but yours are 1
    apart."""
    n, c, h, w = x_shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    patches = cols.reshape(n, ho, wo, c, kh, kw)
    padded = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    for i in range(ho):
        for j in range(wo):
            padded[:, :, i : i + kh, j : j + kw] += patches[:, i, j]
    return _cropped(padded, x_shape, pad)


def wrong_stride_is_size(cols, x_shape, kh, kw, stride, pad):
    """You put the patches side by side, as if the stride were their size. They begin at
    (i stride, j stride), and may overlap."""
    n, c, h, w = x_shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    patches = cols.reshape(n, ho, wo, c, kh, kw)
    padded = np.zeros((n, c, max(h + 2 * pad, ho * kh), max(w + 2 * pad, wo * kw)))
    for i in range(ho):
        for j in range(wo):
            top, left = i * kh, j * kw
            padded[:, :, top : top + kh, left : left + kw] += patches[:, i, j]
    return _cropped(padded, x_shape, pad)


def wrong_stride_down_only(cols, x_shape, kh, kw, stride, pad):
    """Your patches move right by 1 instead of by `stride`: the stride is the same in
    both directions."""
    n, c, h, w = x_shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    patches = cols.reshape(n, ho, wo, c, kh, kw)
    padded = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    for i in range(ho):
        for j in range(wo):
            padded[:, :, i * stride : i * stride + kh, j : j + kw] += patches[:, i, j]
    return _cropped(padded, x_shape, pad)


def wrong_reshaped_only(cols, x_shape, kh, kw, stride, pad):
    """You reshape cols to (N, C, kh, kw, Ho, Wo), but its rows are windows: reshape to
    (N, Ho, Wo, C, kh, kw), and then move axes with transpose."""
    order = (0, 3, 4, 5, 1, 2)
    padded = _padded(cols, x_shape, kh, kw, stride, pad, order)
    return _cropped(padded, x_shape, pad)


def wrong_cols_transposed(cols, x_shape, kh, kw, stride, pad):
    """You read cols as if each patch were a column: each patch is a row, so do not
    transpose."""
    turned = np.ascontiguousarray(cols.T).reshape(cols.shape)
    return _cropped(_padded(turned, x_shape, kh, kw, stride, pad), x_shape, pad)


def wrong_images_last(cols, x_shape, kh, kw, stride, pad):
    """You read the rows as sorted by window and then by image. All windows of the first
    image come first."""
    order = (1, 2, 0, 3, 4, 5)
    padded = _padded(cols, x_shape, kh, kw, stride, pad, order)
    return _cropped(padded, x_shape, pad)


def wrong_first_image(cols, x_shape, kh, kw, stride, pad):
    """Only the first image gets a gradient: put the patches of all images back."""
    result = col2im(cols, x_shape, kh, kw, stride, pad)
    result[1:] = 0
    return result


def wrong_last_window(cols, x_shape, kh, kw, stride, pad):
    """Only the last window is there: are the zeros made inside the loop? Make them
    once, before it."""
    patches = cols.reshape(x_shape[0], -1, cols.shape[1]).copy()
    patches[:, :-1] = 0
    return col2im(patches.reshape(cols.shape), x_shape, kh, kw, stride, pad)


def wrong_cropped_short(cols, x_shape, kh, kw, stride, pad):
    """The image is cut off too early: {shape}, expected {expected}. It has H rows from
    row pad on, so the slice ends at pad + H, not at H."""
    padded = _padded(cols, x_shape, kh, kw, stride, pad)
    return padded[:, :, pad : x_shape[2], pad : x_shape[3]]


def wrong_largest(cols, x_shape, kh, kw, stride, pad):
    """You keep the largest contribution where patches overlap. Add up all of them."""
    n, c, h, w = x_shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    patches = cols.reshape(n, ho, wo, c, kh, kw)
    padded = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    for i, j in np.ndindex(ho, wo):
        top, left = i * stride, j * stride
        window = padded[:, :, top : top + kh, left : left + kw]
        window[:] = np.maximum(window, patches[:, i, j])
    return _cropped(padded, x_shape, pad)


def wrong_first_wins(cols, x_shape, kh, kw, stride, pad):
    """You keep the first contribution where patches overlap. Add up all of them."""
    n, c, h, w = x_shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    patches = cols.reshape(n, ho, wo, c, kh, kw)
    padded = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    for i, j in reversed(list(np.ndindex(ho, wo))):
        top, left = i * stride, j * stride
        padded[:, :, top : top + kh, left : left + kw] = patches[:, i, j]
    return _cropped(padded, x_shape, pad)


def wrong_row_and_column(cols, x_shape, kh, kw, stride, pad):
    """Rows and columns of windows are swapped: window (i, j) begins at row i stride and
    column j stride."""
    n, c, h, w = x_shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    patches = cols.reshape(n, ho, wo, c, kh, kw)
    size = max(h, w) + 2 * pad + max(kh, kw)
    padded = np.zeros((n, c, size, size))
    for i, j in np.ndindex(ho, wo):
        top, left = j * stride, i * stride
        padded[:, :, top : top + kh, left : left + kw] += patches[:, i, j]
    return _cropped(padded, x_shape, pad)


def wrong_first_channel(cols, x_shape, kh, kw, stride, pad):
    """All channels get the gradient of the first: a row holds a patch of each
    channel."""
    result = col2im(cols, x_shape, kh, kw, stride, pad)
    return np.repeat(result[:, :1], x_shape[1], axis=1)


def wrong_last_windows(cols, x_shape, kh, kw, stride, pad):
    """The windows in the last row and in the last column are left out: the loops go
    over range(Ho) and range(Wo)."""
    n, _, h, w = x_shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    patches = cols.reshape(n, ho, wo, -1).copy()
    patches[:, -1] = 0
    patches[:, :, -1] = 0
    return col2im(patches.reshape(cols.shape), x_shape, kh, kw, stride, pad)


def wrong_wrapped(cols, x_shape, kh, kw, stride, pad):
    """What belongs to the padding is added at the other end of the image: a negative
    index counts from the end. Leave it out."""
    padded = _padded(cols, x_shape, kh, kw, stride, pad).copy()
    for axis in (2, 3):
        size = x_shape[axis]
        padded = np.moveaxis(padded, axis, 0).copy()
        padded[size : size + pad] += padded[:pad]
        padded = np.moveaxis(padded[pad : pad + size], 0, axis)
    return padded
