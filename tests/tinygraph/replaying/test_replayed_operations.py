"""Every operation, replayed with new inputs, gives the bits that it gives without."""

import warnings

import numpy as np
import pytest
from cases import CASES, for_each
from hypothesis import given
from hypothesis import strategies as st
from together import together

import tinygraph as tg

# Their numbers become Python numbers, or decide how many there are.
NOT_REPLAYED = {
    "dropout",  # the case makes its own generator
    "interp",
    "linalg.lstsq",
    "linalg.slogdet",
    "piecewise",
    "trim_zeros",
}
FIRST = {case.name: case for case in reversed(CASES)}.values()
LINALG = [case for case in FIRST if case.name.startswith("linalg.")]
OTHERS = [case for case in FIRST if case not in LINALG]


def both(make, inputs):
    """A function, plain and replayed, at new data of its leaves; with their gradients.

    `inputs` has the arrays of all leaves, for one call after the other.
    """
    found, steps = [], []
    for wrapped in (lambda step: step, tg.replay):
        leaves = [tg.Tensor(array, requires_grad=True) for array in inputs[0]]
        step = wrapped(make(leaves))
        results = []
        for scale, arrays in enumerate(inputs):
            for leaf, array in zip(leaves, arrays, strict=True):
                leaf.data = array
            y = step(tg.Tensor(scale + 1.0))
            grads = [leaf.grad for leaf in leaves]
            results.append([y.data, *grads])
        found.append(results)
        steps.append(step)
    return (*found, steps[1])


def differentiated(f):
    """A step that gives f of the leaves, and their gradients."""

    def make(leaves):
        def step(scale):
            for leaf in leaves:
                leaf.zero_grad()
            y = f(*leaves)
            (y * scale).sum().backward()
            return y

        return step

    return make


def assert_same_bits(found, expected):
    for one, other in zip(found, expected, strict=True):
        for a, b in zip(one, other, strict=True):
            assert (a is None) == (b is None)
            assert a is None or (a.dtype, a.shape) == (b.dtype, b.shape)
            assert a is None or a.tobytes() == b.tobytes()


def turned(arrays):
    """Other numbers of the same domain."""
    return [np.roll(a, 1).reshape(a.shape) if a.ndim else a * 1.01 for a in arrays]


@for_each(OTHERS)
def test_operation(case):
    arrays = case.arrays()
    inputs = [arrays, turned(arrays), arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if case.name in NOT_REPLAYED else "error")
        expected, found, step = both(differentiated(case.call), inputs)
    assert_same_bits(found, expected)
    assert bool(step.plans) == (case.name not in NOT_REPLAYED)


@for_each(LINALG)
def test_operation_of_lapack(case):
    """LAPACK's last bit hangs on where memory lies."""
    arrays = case.arrays()
    inputs = [arrays, [a + 0.01 for a in arrays], arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, found, _ = both(differentiated(case.call), inputs)
    for one, other in zip(found, expected, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


ROWS = np.arange(12.0).reshape(4, 3)
OF_ARGUMENTS = {  # of a leaf, and of whole numbers that differ in each call
    "index": lambda w, n: w[n],
    "index of two axes": lambda w, n: w[n, np.abs(n) % 3],
    "take": lambda w, n: tg.take(w, n, axis=0),
    "embedding": lambda w, n: tg.embedding(n, w),
    "embedding with padding": lambda w, n: tg.embedding(n, w, padding_idx=2),
    "cross entropy": lambda w, n: tg.cross_entropy(w, n % 3),
    "nll": lambda w, n: tg.nll_loss(tg.log_softmax(w), n % 3),
    "one hot": lambda w, n: tg.one_hot(n % 3, 3) * w,
    "where": lambda w, n: tg.where((n > 1)[:, None], w, 2.0 * w * w),
    "where of a mask": lambda w, n: np.where(w > n[:, None], w * w, -w),
    "power": lambda w, n: (w + 1.0) ** n[:, None],
    "product": lambda w, n: w * n[:, None] + np.sqrt(n.astype(float)).mean(),
    "of tensors": lambda w, n: w * tg.Tensor(n, dtype=np.float32)[:, None],
    "masked": lambda w, n: w * (w.data > n.mean()).astype(w.dtype),
    "detached": lambda w, n: w * (w * w).detach() + tg.Tensor(w).detach() * n[0],
    "largest": lambda w, n: w[np.arange(4), (w * n[:, None]).argmax(axis=1)],
    "bounds": lambda w, n: tg.clip(w, n.min(), n.max()),
    "sorted": lambda w, n: np.sort(w * n[:, None], axis=0) * w,
    "stacked": lambda w, n: tg.stack([w, w * n[:, None]]),
    "integers": lambda w, n: w * (np.cumsum(n) // 2 % 3)[:, None],
}


@together("name", OF_ARGUMENTS)
@pytest.mark.filterwarnings("error")
def test_of_whole_numbers(name):
    f = OF_ARGUMENTS[name]
    found, steps = [], []
    for wrapped in (lambda step: step, tg.replay):
        w = tg.Tensor(ROWS, requires_grad=True)

        def step(n, w=w):
            w.zero_grad()
            y = f(w, n)
            (y * y).sum().backward()
            return y

        step = wrapped(step)
        results = []
        for n in ([0, 1, 2, 3], [3, 3, 1, 0], [2, 2, 2, 2], [1, 0, 3, 2]):
            y = step(np.array(n))
            results.append([y.data, w.grad])
        found.append(results)
        steps.append(step)
    assert_same_bits(found[1], found[0])
    assert len(steps[1].plans) == 1


UNARY = [
    tg.tanh,
    tg.sigmoid,
    tg.relu,
    tg.gelu,
    tg.softmax,
    np.exp,
    lambda a: -a,
    lambda a: a.sum(axis=0, keepdims=True),
    lambda a: a.mean(axis=-1, keepdims=True),
    lambda a: a.max(axis=-1, keepdims=True),
    lambda a: a[::-1],
    lambda a: a.T.reshape(a.shape),
    lambda a: tg.where(a > 0.1, a, 0.5 * a),
    lambda a: a * (a.data > 0),
    lambda a: np.abs(a) ** 1.5,
    lambda a: a.detach() * a,
    lambda a: tg.clip(a, -0.5, 0.5),
]
BINARY = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - b,
    lambda a, b: a / (b * b + 1.0),
    np.maximum,
    lambda a, b: tg.where(a > b, a, b * 2.0),
    lambda a, b: tg.concatenate(tg.broadcast_arrays(a, b)).sum(axis=0, keepdims=True),
    lambda a, b: (a @ np.ones((a.shape[1], 1))) * b,
]
NUMBER = st.integers(0, 1000)


@given(st.lists(st.tuples(NUMBER, NUMBER, NUMBER), min_size=1, max_size=8), NUMBER)
def test_random_expressions(written, seed):
    """Chains of operations on two leaves and an argument, some used several times."""

    def f(v, w, x):
        values = [v, w, x]
        for number, one, other in written:
            a, b = values[one % len(values)], values[other % len(values)]
            if number % 2:
                made = UNARY[number // 2 % len(UNARY)](a)
            else:
                made = BINARY[number // 2 % len(BINARY)](a, b)
            values.append(made)
        return sum((value.sum() for value in values), start=v.sum())

    found = []
    for wrapped in (lambda step: step, tg.replay):
        rng = np.random.default_rng(seed)
        v, w = (
            tg.Tensor(rng.normal(size=shape), requires_grad=True)
            for shape in ((2, 3), (1, 3))
        )

        def step(x, v=v, w=w):
            v.zero_grad(), w.zero_grad()
            y = f(v, w, tg.Tensor(x))
            y.backward()
            return y

        step = wrapped(step)
        results = []
        for _ in range(3):
            with np.errstate(all="ignore"):  # products of products may overflow
                y = step(rng.normal(size=(2, 3)))
            results.append([y.data, v.grad, w.grad])
            v.data, w.data = v.data - 0.1 * v.grad, w.data + 0.3
        found.append(results)
    assert_same_bits(found[1], found[0])
    assert len(step.plans) == 1
