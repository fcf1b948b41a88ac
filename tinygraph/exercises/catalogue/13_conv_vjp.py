"""Convolution, backwards

A layer of filters computed y = conv(x, w) + b: every filter slides over every image,
and

    y[n, o, i, j] = b[o] + the sum over c, p, q of
                    w[o, c, p, q] * x[n, c, i stride + p - pad, j stride + q - pad]

where x is 0 outside of the image.  g = dL/dy is the gradient from above. Return dL/dx,
dL/dw and dL/db.

    x (N, C, H, W)    w (O, C, kh, kw)    b (O,)    g (N, O, Ho, Wo)

    Ho = (H + 2 pad - kh) // stride + 1,   Wo = (W + 2 pad - kw) // stride + 1

With im2col this is a product of matrices: you may copy your im2col and col2im into this
file.
"""

import numpy as np

POINTS = 4
AFTER = ["11_im2col", "12_col2im"]
CORNERS = 6
IMPORTS = ["numpy"]
HINTS = [
    "With im2col the layer is rows = patches @ filters.T + b, where the filters are a "
    "matrix (O, C kh kw). You know the VJP of each step.",
    "The rows are sorted by (N, Ho, Wo), but g has shape (N, O, Ho, Wo): move the axis "
    "O to the end before you reshape; a reshape alone does not move it.",
    "dw is the product of g, as a transposed matrix, and the patches. dx is col2im of "
    "the product of g and the filters. b was added to each row, so db is the sum over "
    "all rows.",
]


def conv_vjp(g, x, w, stride, pad):
    """g (N, O, Ho, Wo), x (N, C, H, W), w (O, C, kh, kw). Return (dx, dw, db)."""
    h, width = x.shape[2:]
    kh, kw = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx, dw = np.zeros_like(padded), np.zeros_like(w)
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            rows = slice(i * stride, i * stride + kh)
            columns = slice(j * stride, j * stride + kw)
            here = g[:, :, i, j]
            dx[:, :, rows, columns] += np.einsum("no,ocpq->ncpq", here, w)
            dw += np.einsum("no,ncpq->ocpq", here, padded[:, :, rows, columns])
    return dx[:, :, pad : pad + h, pad : pad + width], dw, g.sum(axis=(0, 2, 3))


def forward(x, w, b, stride, pad):
    patches = _patches(x, *w.shape[2:], stride, pad)
    return np.einsum("nijcpq,ocpq->noij", patches, w) + b[:, None, None]


def cases(rng, k):
    shapes = {  # N, C, H, W, O, kh, kw, stride, pad
        0: (1, 1, 3, 4, 1, 2, 2, 1, 0),  # one channel and one filter
        1: (2, 3, 5, 6, 4, 3, 2, 2, 1),  # all sizes are different
        2: (3, 2, 4, 6, 2, 2, 2, 2, 0),  # patches beside each other
        3: (2, 2, 4, 3, 3, 2, 3, 1, 1),  # stride 1 with padding
        4: (2, 2, 7, 8, 3, 2, 3, 3, 0),  # the last two rows and columns are not used
        5: (2, 3, 4, 5, 2, 3, 2, 2, 2),  # nor the last row and column of the padding
        6: (3, 2, 6, 5, 4, 3, 2, 1, 1),
        7: (2, 3, 5, 6, 2, 2, 3, 2, 3),
        8: (1, 2, 6, 6, 3, 3, 3, 2, 1),
        9: (3, 1, 4, 5, 2, 1, 3, 1, 2),
        10: (2, 2, 7, 3, 3, 2, 3, 3, 1),  # one patch in a row
        11: (2, 3, 3, 6, 4, 3, 2, 3, 1),  # one patch in a column
    }
    n, c, h, w, o, kh, kw, stride, pad = shapes[k]
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    x, filters = rng.normal(size=(n, c, h, w)), rng.normal(size=(o, c, kh, kw))
    g = rng.normal(size=(n, o, ho, wo))
    g *= -np.sign(g[:, 0].sum())  # so that db is negative for the first filter
    return g, x, filters, stride, pad


def _patches(x, kh, kw, stride, pad):
    """The patches as an array (N, Ho, Wo, C, kh, kw)."""
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), (2, 3))
    return windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)


def _image_gradient(g, x, w, stride, pad, put="add"):
    """dL/dx with its padding, with or without adding where patches overlap."""
    kh, kw = w.shape[2:]
    n, c, h, width = x.shape
    dx = np.zeros((n, c, h + 2 * pad, width + 2 * pad))
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            top, left = i * stride, j * stride
            window = dx[:, :, top : top + kh, left : left + kw]
            part = np.einsum("no,ocpq->ncpq", g[:, :, i, j], w)
            window[:] = part + (window if put == "add" else 0)
    return dx


def _cropped(padded, x, pad):
    """Images without their padding."""
    return padded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]


def wrong_channels_not_moved(g, x, w, stride, pad):
    """g is reshaped to a matrix without moving its channel axis: g is (N, O, Ho, Wo),
    but the rows are sorted by (N, Ho, Wo). First transpose(0, 2, 3, 1), then
    reshape."""
    n, o, ho, wo = g.shape
    mixed = g.reshape(n, ho, wo, o).transpose(0, 3, 1, 2)
    return conv_vjp(mixed, x, w, stride, pad)


def wrong_dw_flipped(g, x, w, stride, pad):
    """dw is flipped in its last two axes: no filter is flipped here."""
    dx, dw, db = conv_vjp(g, x, w, stride, pad)
    return dx, dw[:, :, ::-1, ::-1], db


def wrong_dx_flipped(g, x, w, stride, pad):
    """dx uses flipped filters: the element w[p, q] that saw a pixel sends the gradient
    back to that pixel. Add g times the filter as it is to each window. If you write dx
    as a convolution of the padded g instead, flip the filters of that convolution."""
    _, dw, db = conv_vjp(g, x, w, stride, pad)
    return conv_vjp(g, x, w[:, :, ::-1, ::-1], stride, pad)[0], dw, db


def wrong_db_of_each_image(g, x, w, stride, pad):
    """db is not summed over the images: it has shape {shape}, expected {expected}. The
    same b was added to every image of the batch."""
    dx, dw, _ = conv_vjp(g, x, w, stride, pad)
    return dx, dw, g.sum(axis=(2, 3))


def wrong_db_of_each_place(g, x, w, stride, pad):
    """db is not summed over the positions: it has shape {shape}, expected {expected}.
    The same b was added at every position of the image."""
    dx, dw, _ = conv_vjp(g, x, w, stride, pad)
    return dx, dw, g.sum(axis=0)


def wrong_db_column(g, x, w, stride, pad):
    """db has shape {shape}, expected {expected}: one number for each filter."""
    dx, dw, db = conv_vjp(g, x, w, stride, pad)
    return dx, dw, db[:, None]


def wrong_db_mean(g, x, w, stride, pad):
    """db is the mean over all positions. b was added at each of them, so db is the
    sum."""
    dx, dw, _ = conv_vjp(g, x, w, stride, pad)
    return dx, dw, g.mean(axis=(0, 2, 3))


def wrong_db_last_place(g, x, w, stride, pad):
    """db takes only the last position of each image: b was added at each of them, so
    add up all elements of g."""
    dx, dw, _ = conv_vjp(g, x, w, stride, pad)
    return dx, dw, g[:, :, -1, -1].sum(axis=0)


def wrong_divided(g, x, w, stride, pad):
    """dw and db are divided by the number of images. Only a mean in the *loss* divides
    by it, and then g is divided already."""
    dx, dw, db = conv_vjp(g, x, w, stride, pad)
    return dx, dw / len(x), db / len(x)


def wrong_all_divided(g, x, w, stride, pad):
    """Everything is divided by the number of images. Only a mean in the *loss* divides
    by it, and then g is divided already."""
    return tuple(part / len(x) for part in conv_vjp(g, x, w, stride, pad))


def wrong_overwrites(g, x, w, stride, pad):
    """Where patches overlap, dx keeps only one contribution. A pixel in several patches
    gets the sum of all of them: = overwrites, and += with arrays of indices adds only
    once to each element. With such arrays, use np.add.at; with slices, add up with
    +=."""
    _, dw, db = conv_vjp(g, x, w, stride, pad)
    return _cropped(_image_gradient(g, x, w, stride, pad, "set"), x, pad), dw, db


def wrong_dw_overwritten(g, x, w, stride, pad):
    """dw keeps only the last position. A filter is used at every position of every
    image, so add up all of them."""
    dx, _, db = conv_vjp(g, x, w, stride, pad)
    patches = _patches(x, *w.shape[2:], stride, pad)
    last = np.einsum("no,ncpq->ocpq", g[:, :, -1, -1], patches[:, -1, -1])
    return dx, last, db


def wrong_not_cropped(g, x, w, stride, pad):
    """The padding of dx is not cut off: it has shape {shape}, expected {expected}."""
    _, dw, db = conv_vjp(g, x, w, stride, pad)
    return _image_gradient(g, x, w, stride, pad), dw, db


def wrong_dx_unreached_left_out(g, x, w, stride, pad):
    """dx ends where the last window ends: it has shape {shape}, expected {expected}.
    Rows and columns of x that no window reaches have gradient 0."""
    _, dw, db = conv_vjp(g, x, w, stride, pad)
    kh, kw = w.shape[2:]
    high, wide = ((n - 1) * stride for n in g.shape[2:])
    padded = _image_gradient(g, x, w, stride, pad)[:, :, : high + kh, : wide + kw]
    return _cropped(padded, x, pad), dw, db


def wrong_dw_without_padding(g, x, w, stride, pad):
    """dw is computed from patches without padding, or with padding on two sides only:
    use the patches of the forward pass, with `pad` zeros on all four sides."""
    dx, _, db = conv_vjp(g, x, w, stride, pad)
    kh, kw = w.shape[2:]
    shape = ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad))
    patches = _patches(np.pad(x, shape), kh, kw, stride, 0)
    return dx, np.einsum("noij,nijcpq->ocpq", g, patches), db


def wrong_dx_stride_ignored(g, x, w, stride, pad):
    """The stride is ignored in dx: the window of g[n, o, i, j] begins at (i stride, j
    stride), but yours at (i, j)."""
    _, dw, db = conv_vjp(g, x, w, stride, pad)
    return _cropped(_image_gradient(g, x, w, 1, pad), x, pad), dw, db


def wrong_dw_stride_ignored(g, x, w, stride, pad):
    """The stride is ignored in dw: the patch of g[n, o, i, j] begins at (i stride, j
    stride), but yours at (i, j)."""
    dx, _, db = conv_vjp(g, x, w, stride, pad)
    patches = _patches(x, *w.shape[2:], 1, pad)[:, : g.shape[2], : g.shape[3]]
    return dx, np.einsum("noij,nijcpq->ocpq", g, patches), db


def wrong_dw_last_image(g, x, w, stride, pad):
    """dw keeps only the last image. In the loop over the images, add up with +=, and
    set dw to zeros only once, before that loop."""
    dx, _, db = conv_vjp(g, x, w, stride, pad)
    return dx, conv_vjp(g[-1:], x[-1:], w, stride, pad)[1], db


def wrong_dw_mean(g, x, w, stride, pad):
    """dw is the mean over all positions. A filter is used at each of them, so dw is the
    sum."""
    dx, dw, db = conv_vjp(g, x, w, stride, pad)
    return dx, dw * w.shape[0] / g.size, db


def wrong_dx_last_filter(g, x, w, stride, pad):
    """dx uses only the last filter: every filter saw the image, so add up what comes
    back from all of them."""
    _, dw, db = conv_vjp(g, x, w, stride, pad)
    return conv_vjp(g[:, -1:], x, w[-1:], stride, pad)[0], dw, db


def wrong_dx_cropped_below(g, x, w, stride, pad):
    """dx is `pad` rows too far down and `pad` columns too far to the right: row pad and
    column pad of the padded image are row 0 and column 0 of x. Begin the slice at pad,
    or subtract pad from your indices."""
    _, dw, db = conv_vjp(g, x, w, stride, pad)
    h, width = x.shape[2:]
    return _image_gradient(g, x, w, stride, pad)[:, :, :h, :width], dw, db


def wrong_dx_cropped_to_nothing(g, x, w, stride, pad):
    """dx has shape {shape}, expected {expected}: without padding, pad : -pad is 0 : 0,
    which is empty. Slice from pad to pad + H instead."""
    _, dw, db = conv_vjp(g, x, w, stride, pad)
    return _image_gradient(g, x, w, stride, pad)[:, :, pad:-pad, pad:-pad], dw, db


def wrong_g_ignored(g, x, w, stride, pad):
    """g is ignored: these are the gradients of the sum of y. Multiply by the gradient
    from above."""
    return conv_vjp(np.ones_like(g), x, w, stride, pad)


def wrong_filters_as_g(g, x, w, stride, pad):
    """dx sums over the positions of g before it uses the filters: each position sends
    its own gradient to its own patch."""
    _, dw, db = conv_vjp(g, x, w, stride, pad)
    mean = np.broadcast_to(g.mean(axis=(2, 3), keepdims=True), g.shape)
    return conv_vjp(mean, x, w, stride, pad)[0], dw, db
