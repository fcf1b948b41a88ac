"""Wrong answers that no exercise lists.

Each is called after the exercise's number and function: `u08_matmul_vjp_...`.
"""

import numpy as np
from shipped import reference


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def u01_mse_double(target, output):
    return 2 * ((target - output) ** 2).sum()


def u01_mse_cubes(target, output):
    return 0.5 * np.abs((target - output) ** 3).sum()


def u01_mse_target_ignored(target, output):
    return 0.5 * (output**2).sum()


def u01_mse_whole(target, output):
    return int(0.5 * ((target - output) ** 2).sum())


def u01_mse_plus(target, output):
    return 0.5 * ((target + output) ** 2).sum()


def u01_mse_sample_variance(target, output):
    return 0.5 * ((target - output) ** 2).sum() / max(len(target) - 1, 1)


def u01_mse_first_left_out(target, output):
    return 0.5 * ((target - output)[1:] ** 2).sum()


def u01_mse_length_one(target, output):
    return np.array([0.5 * ((target - output) ** 2).sum()])


def u02_sigmoid_grad_half(x):
    return 0.5 * sigmoid(x) * (1 - sigmoid(x))


def u02_sigmoid_grad_plus(x):
    return sigmoid(x) * (1 + sigmoid(x))


def u02_sigmoid_grad_clipped(x):
    return sigmoid(x) * (1 - sigmoid(x)) * (np.abs(x) < 4)


def u02_sigmoid_grad_transposed(x):
    return (sigmoid(x) * (1 - sigmoid(x))).T


def u02_relu_grad_two_at_zero(x):
    return np.where(x > 0, 1.0, np.where(x < 0, 0.0, 2.0))


def u02_relu_grad_threshold(x):
    return np.where(x > 1, 1.0, 0.0)


def u02_relu_grad_minus(x):
    return np.where(x > 0, -1.0, 0.0)


def u03_softmax_base_two(z):
    e = 2 ** (z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def u03_softmax_mean(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.mean(axis=-1, keepdims=True)


def u03_softmax_halved(z):
    e = np.exp((z - z.max(axis=-1, keepdims=True)) / 2)
    return e / e.sum(axis=-1, keepdims=True)


def u03_softmax_hard(z):
    return (z == z.max(axis=-1, keepdims=True)) * 1.0


def u03_softmax_smoothed(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / (e.sum(axis=-1, keepdims=True) + 1e-4)


def u03_softmax_sorted(z):
    e = np.exp(np.sort(z) - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def u03_softmax_clipped(z):
    e = np.exp(np.clip(z, -700, 700))
    return e / e.sum(axis=-1, keepdims=True)


def u04_descend_half_lr(grad, x0, lr, steps):
    return reference("04", "descend")(grad, x0, lr / 2, steps)


def u04_descend_transposed(grad, x0, lr, steps):
    return reference("04", "descend")(grad, x0, lr, steps).T


def u04_descend_backwards(grad, x0, lr, steps):
    return reference("04", "descend")(grad, x0, lr, steps)[::-1]


def u04_descend_from_zero(grad, x0, lr, steps):
    return reference("04", "descend")(grad, 0 * x0, lr, steps)


def u04_descend_lr_shrinks(grad, x0, lr, steps):
    path = [x0]
    for step in range(steps):
        path.append(path[-1] - lr / (step + 1) * grad(path[-1]))
    return np.array(path)


def u04_descend_momentum(grad, x0, lr, steps):
    path, speed = [x0], 0 * x0
    for _ in range(steps):
        speed = 0.9 * speed - lr * grad(path[-1])
        path.append(path[-1] + speed)
    return np.array(path)


def u04_descend_sign(grad, x0, lr, steps):
    path = [x0]
    for _ in range(steps):
        path.append(path[-1] - lr * np.sign(grad(path[-1])))
    return np.array(path)


def u05_delta_rule_cubed(a, W, y):
    out = sigmoid(a @ W)
    return -np.outer(a, (y - out) ** 3 * out * (1 - out))


def u05_delta_rule_tanh(a, W, y):
    out = sigmoid(a @ W)
    return -np.outer(a, (y - out) * (1 - out**2))


def u05_delta_rule_mean(a, W, y):
    return reference("05", "delta_rule")(a, W, y) / len(y)


def u05_delta_rule_first_only(a, W, y):
    right = reference("05", "delta_rule")(a, W, y)
    right[:, 1:] = 0
    return right


def u05_delta_rule_flipped(a, W, y):
    return reference("05", "delta_rule")(a, W, y)[:, ::-1]


def u05_delta_rule_softmax(a, W, y):
    e = np.exp(a @ W)
    out = e / e.sum()
    return -np.outer(a, (y - out) * out * (1 - out))


def u06_numeric_gradient_half_step(f, x, eps):
    return reference("06", "numeric_gradient")(f, x, eps / 2)


def u06_numeric_gradient_flat(f, x, eps):
    return reference("06", "numeric_gradient")(f, x, eps).ravel()


def u06_numeric_gradient_last_left_out(f, x, eps):
    result = reference("06", "numeric_gradient")(f, x, eps)
    result.flat[-1] = 0
    return result


def u06_numeric_gradient_by_eps_squared(f, x, eps):
    return reference("06", "numeric_gradient")(f, x, eps) * 2 * eps / eps**2


def u07_sum_to_negatives_lost(g, shape):
    right = reference("07", "sum_to")(g, shape)
    return np.where(right > 0, right, 0)


def u07_sum_to_minus(g, shape):
    return -reference("07", "sum_to")(g, shape)


def u07_sum_to_no_scalar(g, shape):
    right = reference("07", "sum_to")(g, shape)
    return right if shape else right.reshape(1)


def u07_sum_to_squares(g, shape):
    return reference("07", "sum_to")(g**2, shape)


def u07_sum_to_flipped(g, shape):
    return np.flip(reference("07", "sum_to")(g, shape))


def u07_sum_to_two_twice(g, shape):
    right = reference("07", "sum_to")(g, shape)
    return 2 * right if 1 in shape else right


def u08_matmul_vjp_db_only_minus(g, a, b):
    return g @ b.T, -a.T @ g


def u08_matmul_vjp_half(g, a, b):
    return g @ b.T / 2, a.T @ g / 2


def u08_matmul_vjp_da_zero(g, a, b):
    return 0 * a, a.T @ g


def u08_matmul_vjp_columns_flipped(g, a, b):
    return (g @ b.T)[:, ::-1], a.T @ g


def u08_matmul_vjp_one(g, a, b):
    return g @ b.T


def u08_matmul_vjp_square_only(g, a, b):
    return g @ (b if b.shape[0] == b.shape[1] else b.T), a.T @ g


def u08_matmul_vjp_g_squared(g, a, b):
    return (g * np.abs(g)) @ b.T, a.T @ (g * np.abs(g))


def u08_matmul_vjp_wrong_mean(g, a, b):
    return g @ b.T, a.T @ g / g.size


def u08_matmul_vjp_kept(g, a, b):
    return g @ b.T + a, a.T @ g + b


def u09_softmax_vjp_half(g, y):
    return 0.5 * y * (g - (g * y).sum(axis=-1, keepdims=True))


def u09_softmax_vjp_squared(g, y):
    return y**2 * (g - (g * y).sum(axis=-1, keepdims=True))


def u09_softmax_vjp_kept(g, y):
    return y * (g - (g * y).sum(axis=-1, keepdims=True)) + y


def u09_softmax_vjp_axis(g, y):
    return (y.T * (g.T - (g.T * y.T).sum(axis=-1, keepdims=True))).T


def u09_softmax_vjp_wrong_way(g, y):
    return g * (y - (g * y).sum(axis=-1, keepdims=True))


def u09_softmax_vjp_first_row(g, y):
    return y * (g - (g * y)[:1].sum(axis=-1, keepdims=True))


def u09_softmax_vjp_nan(g, y):
    right = reference("09", "softmax_vjp")(g, y)
    return right * np.abs(right).max() / np.abs(right).max()


def u11_im2col_double(x, kh, kw, stride, pad):
    return 2 * reference("11", "im2col")(x, kh, kw, stride, pad)


def u11_im2col_pad_twice(x, kh, kw, stride, pad):
    return reference("11", "im2col")(x, kh, kw, stride, 2 * pad)


def u11_im2col_stride_two_wrong(x, kh, kw, stride, pad):
    right = reference("11", "im2col")(x, kh, kw, stride, pad)
    return right[::-1] if stride == 2 else right


def u11_im2col_ones(x, kh, kw, stride, pad):
    shape = ((0, 0), (0, 0), (pad, pad), (pad, pad))
    padded = np.pad(x, shape, constant_values=1.0)
    return reference("11", "im2col")(padded, kh, kw, stride, 0)


def u11_im2col_high_and_wide(x, kh, kw, stride, pad):
    right = reference("11", "im2col")(x, kh, kw, stride, pad)
    return right if x.shape[2] == x.shape[3] else np.roll(right, 1, 0)


def u12_col2im_half(cols, x_shape, kh, kw, stride, pad):
    return reference("12", "col2im")(cols, x_shape, kh, kw, stride, pad) / 2


def u12_col2im_border(cols, x_shape, kh, kw, stride, pad):
    right = reference("12", "col2im")(cols, x_shape, kh, kw, stride, pad)
    right[:, :, :1] = 0
    return right


def u12_col2im_flipped_image(cols, x_shape, kh, kw, stride, pad):
    right = reference("12", "col2im")(cols, x_shape, kh, kw, stride, pad)
    return right[:, :, ::-1]


def u12_col2im_whole(cols, x_shape, kh, kw, stride, pad):
    right = reference("12", "col2im")(cols, x_shape, kh, kw, stride, pad)
    return right.astype(int)


def u13_conv_vjp_db_mean(g, x, w, stride, pad):
    dx, dw, _ = reference("13", "conv_vjp")(g, x, w, stride, pad)
    return dx, dw, g.mean(axis=(0, 2, 3))


def u13_conv_vjp_order(g, x, w, stride, pad):
    dx, dw, db = reference("13", "conv_vjp")(g, x, w, stride, pad)
    return dw, dx, db


def u13_conv_vjp_dw_minus(g, x, w, stride, pad):
    dx, dw, db = reference("13", "conv_vjp")(g, x, w, stride, pad)
    return dx, -dw, db


def u13_conv_vjp_dx_transposed(g, x, w, stride, pad):
    dx, dw, db = reference("13", "conv_vjp")(g, x, w, stride, pad)
    return dx.swapaxes(2, 3), dw, db


def u13_conv_vjp_padding_wrong(g, x, w, stride, pad):
    dx, dw, db = reference("13", "conv_vjp")(g, x, w, stride, pad)
    return dx, dw * (2 if pad else 1), db


def u14_maxpool_vjp_minus(g, x, kh, kw, stride):
    return -reference("14", "maxpool_vjp")(g, x, kh, kw, stride)


def u14_maxpool_vjp_minimum(g, x, kh, kw, stride):
    return reference("14", "maxpool_vjp")(g, -x, kh, kw, stride)


def u14_maxpool_vjp_absolute(g, x, kh, kw, stride):
    return reference("14", "maxpool_vjp")(g, np.abs(x), kh, kw, stride)


def u14_maxpool_vjp_ones(g, x, kh, kw, stride):
    return reference("14", "maxpool_vjp")(np.ones_like(g), x, kh, kw, stride)


def u14_maxpool_vjp_rows_flipped(g, x, kh, kw, stride):
    return reference("14", "maxpool_vjp")(g, x, kh, kw, stride)[:, :, ::-1]


def zeros_like_answers(function):
    def zeros(*inputs):
        right = function(*inputs)
        parts = right if isinstance(right, tuple) else (right,)
        found = tuple(np.zeros_like(part) for part in parts)
        return found if isinstance(right, tuple) else found[0]

    return zeros
