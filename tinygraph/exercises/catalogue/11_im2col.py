"""im2col: the patches of an image as the rows of a matrix

A filter of size kh x kw slides over images x of shape (N, C, H, W). Write every patch
that it sees into one row, so that convolution becomes a product of matrices.

Each image is padded with `pad` zeros on all four sides. Then the window starts at the
top left and moves right and down by `stride`, as long as it fits:

    Ho = (H + 2 pad - kh) // stride + 1,   Wo = (W + 2 pad - kw) // stride + 1

The result has shape (N Ho Wo, C kh kw). Its rows are sorted by image, then by the row
of the window, then by its column. A row is the patch (C, kh, kw), flattened: the first
channel row by row, then the next channel.
"""

import numpy as np

POINTS = 3
AFTER = ["08_matmul_vjp"]
CORNERS = 6
IMPORTS = ["numpy"]
HINTS = [
    "Draw a 3 x 4 image with a 2 x 2 window and stride 1, and write down the rows by "
    "hand. Which element is in which column?",
    "Pad the last two axes with zeros, using np.pad. The window in row i and column j "
    "begins at the element (i stride, j stride).",
    "Collect the patches in an array (N, Ho, Wo, C, kh, kw), in loops over i and j, "
    "and turn it into a matrix with one reshape at the end.",
]


def im2col(x, kh, kw, stride, pad):
    """x: images (N, C, H, W). Return the patches, of shape (N Ho Wo, C kh kw)."""
    n, c, h, w = x.shape
    ho, wo = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    patches = np.empty((n, ho, wo, c, kh, kw))
    for i in range(ho):
        for j in range(wo):
            top, left = i * stride, j * stride
            patches[:, i, j] = padded[:, :, top : top + kh, left : left + kw]
    return patches.reshape(n * ho * wo, c * kh * kw)


def cases(rng, k):
    if k == 0:  # numbers that can be followed by eye
        return np.arange(1.0, 25.0).reshape(1, 2, 3, 4), 2, 2, 1, 0
    if k == 1:  # stride and padding, kh != kw, H != W
        return rng.normal(size=(2, 3, 5, 6)), 3, 2, 2, 1
    if k == 2:  # windows beside each other
        return rng.normal(size=(2, 2, 4, 6)), 2, 2, 2, 0
    if k == 3:  # stride 1 with padding
        return rng.normal(size=(2, 1, 4, 3)), 2, 3, 1, 1
    if k == 4:  # stride 3: the last two rows and columns are not used
        return rng.normal(size=(2, 2, 7, 8)), 2, 3, 3, 0
    if k == 5:  # padding 2, of which the last row and column are not used
        return rng.normal(size=(2, 1, 4, 5)), 3, 2, 2, 2
    *shape, kh, kw, stride, pad = [
        (3, 2, 6, 5, 3, 2, 1, 1),
        (2, 3, 5, 7, 2, 3, 2, 3),
        (1, 2, 7, 6, 3, 3, 2, 1),
        (3, 1, 4, 5, 1, 3, 1, 2),
        (2, 2, 7, 2, 3, 2, 3, 1),  # one window in a row
        (2, 3, 2, 6, 2, 3, 3, 1),  # one window in a column
    ][k - 6]
    return rng.normal(size=shape), kh, kw, stride, pad


def _patches(x, kh, kw, stride, pad, mode="constant"):
    """The patches as an array (N, Ho, Wo, C, kh, kw)."""
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), (2, 3))
    return windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)


def _matrix(patches):
    """Six axes as two."""
    return patches.reshape(int(np.prod(patches.shape[:3])), -1)


def wrong_stride_ignored(x, kh, kw, stride, pad):
    """The stride is ignored: the window must move by `stride`, but yours moves by 1."""
    return _matrix(_patches(x, kh, kw, 1, pad))


def wrong_padding_ignored(x, kh, kw, stride, pad):
    """The padding is ignored: pad each image with `pad` zeros on all four sides
    first."""
    return _matrix(_patches(x, kh, kw, stride, 0))


def wrong_padding_one(x, kh, kw, stride, pad):
    """You pad with at most one row and column of zeros on each side: use `pad` of
    them."""
    return _matrix(_patches(x, kh, kw, stride, min(pad, 1)))


def wrong_edge(x, kh, kw, stride, pad):
    """You pad the image by repeating its border: pad with zeros."""
    return _matrix(_patches(x, kh, kw, stride, pad, "edge"))


def wrong_channel_last(x, kh, kw, stride, pad):
    """The channel comes last in your rows. A row is a patch (C, kh, kw), with the
    channel first: move the axis before you reshape."""
    return _matrix(_patches(x, kh, kw, stride, pad).transpose(0, 1, 2, 4, 5, 3))


def wrong_flipped(x, kh, kw, stride, pad):
    """The patches are flipped, as in the mathematical definition of convolution. Here,
    copy each patch as it is."""
    return _matrix(_patches(x, kh, kw, stride, pad)[..., ::-1, ::-1])


def wrong_transposed(x, kh, kw, stride, pad):
    """Your matrix is transposed: each patch is a row, not a column."""
    return _matrix(_patches(x, kh, kw, stride, pad)).T


def wrong_columns_first(x, kh, kw, stride, pad):
    """The windows are sorted by column and then by row: Ho and Wo are swapped. Go right
    first, and then down."""
    return _matrix(_patches(x, kh, kw, stride, pad).transpose(0, 2, 1, 3, 4, 5))


def wrong_images_last(x, kh, kw, stride, pad):
    """The rows are sorted by window and then by image. All windows of the first image
    come first: move the axis of the images to the front before you reshape."""
    return _matrix(_patches(x, kh, kw, stride, pad).transpose(1, 2, 0, 3, 4, 5))


def wrong_window_turned(x, kh, kw, stride, pad):
    """kh and kw are swapped: the window is kh high and kw wide."""
    return _matrix(_patches(x, kw, kh, stride, pad))


def wrong_patch_turned(x, kh, kw, stride, pad):
    """Within a patch, your columns come before the rows: write each channel row by
    row."""
    return _matrix(_patches(x, kh, kw, stride, pad).swapaxes(4, 5))


def wrong_not_flat(x, kh, kw, stride, pad):
    """Your result has shape {shape}, expected {expected}: turn the six axes into a
    matrix with reshape."""
    return _patches(x, kh, kw, stride, pad)


def wrong_no_plus_one(x, kh, kw, stride, pad):
    """The last row and column of windows are missing: the number of windows is (H + 2
    pad - kh) // stride + 1, and yours lacks the + 1."""
    return _matrix(_patches(x, kh, kw, stride, pad)[:, :-1, :-1])


def wrong_windows_not_moved(x, kh, kw, stride, pad):
    """You have the right number of windows, but they begin at (i, j). They begin at (i
    stride, j stride)."""
    there = _patches(x, kh, kw, stride, pad)
    return _matrix(_patches(x, kh, kw, 1, pad)[:, : there.shape[1], : there.shape[2]])


def wrong_stride_is_size(x, kh, kw, stride, pad):
    """Your windows lie side by side, as if the stride were their size: they begin at (i
    stride, j stride)."""
    return _matrix(_patches(x, kh, kw, 1, pad)[:, ::kh, ::kw])


def wrong_stride_down_only(x, kh, kw, stride, pad):
    """The window moves right by 1 instead of by `stride`: the stride is the same in
    both directions."""
    return _matrix(_patches(x, kh, kw, 1, pad)[:, ::stride])


def wrong_padding_after(x, kh, kw, stride, pad):
    """All the padding is below and on the right: pad each image with `pad` zeros on all
    four sides."""
    shape = ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad))
    return _matrix(_patches(np.pad(x, shape), kh, kw, stride, 0))


def wrong_padding_before(x, kh, kw, stride, pad):
    """Your patches are those of an image padded only above and on the left: pad with
    `pad` zeros on all four sides, and count them twice in the size of the result."""
    shape = ((0, 0), (0, 0), (pad, 0), (pad, 0))
    return _matrix(_patches(np.pad(x, shape), kh, kw, stride, 0))


def wrong_padding_all_axes(x, kh, kw, stride, pad):
    """You pad the axes of the images and channels as well: np.pad(x, pad) pads every
    axis. Pad only the last two."""
    return _matrix(_patches(np.pad(x, pad), kh, kw, stride, 0))


def wrong_reshaped_only(x, kh, kw, stride, pad):
    """Your patches have their axes in the order (N, C, kh, kw, Ho, Wo), and reshape
    does not change it. Move Ho and Wo behind N with transpose before you reshape."""
    patches = _patches(x, kh, kw, stride, pad)
    rows, columns = int(np.prod(patches.shape[:3])), int(np.prod(patches.shape[3:]))
    return patches.transpose(0, 3, 4, 5, 1, 2).reshape(rows, columns)


def wrong_channels_as_images(x, kh, kw, stride, pad):
    """Each channel has rows of its own: one row holds the patch of all channels, and
    there are N Ho Wo rows."""
    patches = _patches(x, kh, kw, stride, pad).transpose(0, 3, 1, 2, 4, 5)
    return patches.reshape(int(np.prod(patches.shape[:4])), kh * kw)


def wrong_apart(x, kh, kw, stride, pad):
    """The elements of your windows are `stride` apart. They are beside each other: it
    is the windows that begin `stride` apart."""
    high, wide = (kh - 1) * stride, (kw - 1) * stride
    there = _patches(x, kh, kw, stride, pad)
    room = ((0, 0), (0, 0), (pad, pad + high), (pad, pad + wide))
    patches = _patches(np.pad(x, room), high + 1, wide + 1, 1, 0)
    patches = patches[:, : there.shape[1], : there.shape[2], :, ::stride, ::stride]
    return _matrix(patches)


def wrong_rows_of_images(x, kh, kw, stride, pad):
    """All images write into the rows of the first one: the row of window (i, j) of
    image n is n Ho Wo + i Wo + j."""
    right = _matrix(_patches(x, kh, kw, stride, pad))
    count = len(right) // len(x)
    return np.concatenate([right[-count:], np.zeros_like(right[count:])])


def wrong_first_channel(x, kh, kw, stride, pad):
    """You use only the first channel: a row holds the patch of all channels, (C, kh,
    kw)."""
    return _matrix(_patches(x[:, :1], kh, kw, stride, pad))


def wrong_first_image(x, kh, kw, stride, pad):
    """You use only the first image: the rows of all images come below each other."""
    return _matrix(_patches(x[:1], kh, kw, stride, pad))


def wrong_range_too_short(x, kh, kw, stride, pad):
    """The last windows are missing: they may begin at H + 2 pad - kh, and range stops
    before its end. Write range(0, H + 2 pad - kh + 1, stride)."""
    h, w = x.shape[2:]
    ends = -((kh - h - 2 * pad) // stride), -((kw - w - 2 * pad) // stride)
    patches = _patches(x, kh, kw, stride, pad)[:, : ends[0], : ends[1]]
    return _matrix(patches) if patches.size else np.zeros(0)  # as of an empty list


def wrong_padding_of_columns_only(x, kh, kw, stride, pad):
    """You pad only on the left and on the right: pad above and below as well."""
    shape = ((0, 0), (0, 0), (0, 0), (pad, pad))
    return _matrix(_patches(np.pad(x, shape), kh, kw, stride, 0))


def wrong_flattened_backwards(x, kh, kw, stride, pad):
    """You flatten each patch with its first axis changing fastest. The last one does:
    the first channel row by row, then the next."""
    return _matrix(_patches(x, kh, kw, stride, pad).transpose(0, 1, 2, 5, 4, 3))


def wrong_reshaped_to_columns(x, kh, kw, stride, pad):
    """You reshape to (C kh kw, N Ho Wo) and transpose, which mixes the patches. Reshape
    (N, Ho, Wo, C, kh, kw) to (N Ho Wo, C kh kw) directly."""
    right = _matrix(_patches(x, kh, kw, stride, pad))
    return right.reshape(right.shape[::-1]).T


def wrong_padding_of_ones(x, kh, kw, stride, pad):
    """You pad with ones: the padding is made of zeros."""
    shape = ((0, 0), (0, 0), (pad, pad), (pad, pad))
    return _matrix(_patches(np.pad(x, shape, constant_values=1.0), kh, kw, stride, 0))


def wrong_wrapped(x, kh, kw, stride, pad):
    """Outside of the image you take elements from its other end: a negative index
    counts from the end. There must be zeros on all four sides."""
    for axis in (2, 3):
        size = x.shape[axis]
        end = np.take(x, np.arange(size - pad, size), axis)
        x = np.concatenate([end, x, np.zeros_like(end)], axis)
    return im2col(x, kh, kw, stride, 0)


def wrong_first_image_again(x, kh, kw, stride, pad):
    """All rows are patches of the first image: each image needs its own rows."""
    return im2col(np.broadcast_to(x[:1], x.shape), kh, kw, stride, pad)
