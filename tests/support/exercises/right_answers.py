"""Right answers that no reference looks like.

Each is called after the exercise's number and function: `r08_matmul_vjp_...`.
"""

import numpy as np
from shipped import reference


def r01_mse_float(target, output):
    return float(sum((t - o) ** 2 / 2 for t, o in zip(target, output, strict=True)))


def r01_mse_array(target, output):
    return np.array(np.dot(target - output, target - output) / 2)


def r01_mse_float32(target, output):
    return np.float32(0.5) * ((target - output).astype(np.float32) ** 2).sum()


def r02_sigmoid_grad_float32(x):
    s = 1 / (1 + np.exp(-x.astype(np.float32)))
    return s * (1 - s)


def r02_sigmoid_grad_cosh(x):
    return 0.25 / np.cosh(x / 2) ** 2


def r02_sigmoid_grad_product(x):
    return 1 / (1 + np.exp(-x)) / (1 + np.exp(x))


def r02_relu_grad_bool(x):
    return x > 0


def r02_relu_grad_one_at_zero(x):
    return (x >= 0).astype(int)


def r02_relu_grad_half_at_zero(x):
    return np.heaviside(x, 0.5)


def r02_relu_grad_list(x):
    return (x > 0).tolist()


def r03_softmax_of_log(z):
    z = z - z.max(axis=1, keepdims=True)
    return np.exp(z - np.log(np.exp(z).sum(axis=1, keepdims=True)))


def r03_softmax_loop(z):
    return [np.exp(r - max(r)) / sum(np.exp(r - max(r))) for r in z]


def r04_descend_list(grad, x0, lr, steps):
    path, x = [x0.copy()], x0.copy()
    for _ in range(steps):
        x -= lr * grad(x)
        path.append(x.copy())
    return path


def r04_descend_tuple(grad, x0, lr, steps):
    return tuple(reference("04", "descend")(grad, x0, lr, steps))


def r05_delta_rule_einsum(a, W, y):
    out = 1 / (1 + np.exp(-W.T @ a))
    return np.einsum("j,i->ji", a, (out - y) * out * (1 - out)).tolist()


def r06_numeric_gradient_copies(f, x, eps):
    result = np.empty_like(x)
    for i in range(x.size):
        high, low = x.copy(), x.copy()
        high.flat[i] += eps
        low.flat[i] -= eps
        result.flat[i] = (f(high) - f(low)) / 2 / eps
    return result


def r06_numeric_gradient_put_back(f, x, eps):
    result = np.empty_like(x)
    for i in np.ndindex(x.shape):
        x[i] += eps
        high = f(x)
        x[i] -= 2 * eps
        result[i] = (high - f(x)) / (2 * eps)
        x[i] += eps
    return result


def r07_sum_to_loop(g, shape):
    while g.ndim > len(shape):
        g = g.sum(0)
    for axis, n in enumerate(shape):
        if n == 1 and g.shape[axis] > 1:
            g = g.sum(axis, keepdims=True)
    return g


def r07_sum_to_adjoint(g, shape):
    result = np.zeros(shape)
    view = np.lib.stride_tricks.as_strided(
        result, g.shape, np.broadcast_to(result, g.shape).strides
    )
    for index in np.ndindex(g.shape):
        view[index] += g[index]
    return result


def r08_matmul_vjp_list(g, a, b):
    return [g @ b.T, a.T @ g]


def r08_matmul_vjp_lists(g, a, b):
    return (b @ g.T).T.tolist(), (g.T @ a).T.tolist()


def r08_matmul_vjp_float32(g, a, b):
    g, a, b = (x.astype(np.float32) for x in (g, a, b))
    return g @ b.T, a.T @ g


def r09_softmax_vjp_jacobian(g, y):
    return np.array([(np.diag(p) - np.outer(p, p)) @ q for p, q in zip(y, g, strict=1)])


def r09_softmax_vjp_two_terms(g, y):
    return y * g - y * np.einsum("ij,ij->i", g, y)[:, None]


def r11_im2col_float32(x, kh, kw, stride, pad):
    right = reference("11", "im2col")(x, kh, kw, stride, pad)
    return right.astype(np.float32)


def r13_conv_vjp_list(g, x, w, stride, pad):
    return list(reference("13", "conv_vjp")(g, x, w, stride, pad))
