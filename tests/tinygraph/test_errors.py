"""Bad input: every mistake is answered with one of our errors, in words that help."""

import numpy as np
import pytest
from together import together

import tinygraph as tg
from tinygraph import ops


def tensor(*shape):
    return tg.Tensor(np.ones(shape), requires_grad=True)


x, image = tensor(2, 3), tensor(2, 4, 5, 5)


def assign_item():
    tensor(3)[0] = 1.0


def assign_new_shape():
    tensor(3).data = np.ones(4)


def assign_data_of_result():
    (x * 2.0).data = np.ones((2, 3))


def assign_grad():
    tensor(3).grad = np.ones(4)


def rng():
    return np.random.default_rng(0)


# what it is called: (the call, the built-in type, what the message says)
SHAPES = {
    "broadcast": (lambda: x + tensor(2), ValueError, r"add.*\(2, 3\).*\(2,\).*axis -1"),
    "matmul": (lambda: x @ tensor(2, 4), ValueError, r"matmul.*\(2, 3\).*\(2, 4\)"),
    "matmul-scalar": (lambda: x @ 2.0, ValueError, "matmul"),
    "dot": (lambda: tg.dot(x, x), ValueError, r"\(2, 3\) and \(2, 3\)"),
    "linear": (lambda: tg.linear(x, tensor(4, 2)), ValueError, r"linear.*\(4, 2\)"),
    "linear-bias": (
        lambda: tg.linear(x, tensor(4, 3), tensor(3)),
        ValueError,
        r"linear.*`b`.*\(3,\)",
    ),
    "reshape": (lambda: x.reshape(4, 2), ValueError, r"reshape.*\(2, 3\).*\(4, ?2\)"),
    "broadcast_to": (
        lambda: tg.broadcast_to(x, (2, 4)),
        ValueError,
        r"broadcast_to.*\(2, 3\).*\(2, 4\)",
    ),
    "sum_to": (lambda: tg.sum_to(x, (2,)), ValueError, r"sum_to.*\(2, 3\).*\(2,\)"),
    "squeeze": (lambda: x.squeeze(0), ValueError, "squeeze"),
    "concatenate": (
        lambda: tg.concatenate([x, tensor(2, 4)]),
        ValueError,
        r"concatenate.*\(2, 3\).*\(2, 4\)",
    ),
    "concatenate-nothing": (lambda: tg.concatenate([]), ValueError, "concatenate"),
    "split": (lambda: tg.split(x, 2, axis=1), ValueError, "split.*axis 1.*3.*2 equal"),
    "repeat": (lambda: tg.repeat(x, [1, 2], axis=1), ValueError, r"repeat.*\[1, 2\]"),
    "repeat-negative": (lambda: tg.repeat(x, -1), ValueError, "repeat.*-1.*negative"),
    "pad-negative": (lambda: tg.pad(x, -1), ValueError, "pad.*-1"),
    "moveaxis": (lambda: tg.moveaxis(x, (0, 1), 0), ValueError, "moveaxis"),
    "transpose": (lambda: x.transpose(0, 0), ValueError, r"transpose.*\(0, 0\)"),
    "max-of-nothing": (lambda: tensor(0).max(), ValueError, r"max.*\(0,\)"),
    "einsum-sizes": (
        lambda: tg.einsum("ij,jk->ik", x, x),
        ValueError,
        r"einsum.*\(2, 3\), \(2, 3\).*'ij,jk->ik'",
    ),
    "einsum-operands": (
        lambda: tg.einsum("ij,jk", x),
        ValueError,
        "einsum.*2 operands",
    ),
    "einsum-rank": (
        lambda: tg.einsum("ijk->i", x),
        ValueError,
        "einsum.*'ijk'.*2 axes",
    ),
    "einsum-output": (lambda: tg.einsum("ij->k", x), ValueError, "einsum.*'k'"),
    "einsum-diagonal": (lambda: tg.einsum("ii", x), ValueError, "einsum.*'i'.*2 and 3"),
    "einsum-dots": (lambda: tg.einsum("...i->i", x), ValueError, r"einsum.*\.\.\."),
    "tensordot": (lambda: tg.tensordot(x, x, 1), ValueError, r"tensordot.*\(2, 3\)"),
    "tensordot-one": (
        lambda: tg.tensordot(tensor(2, 1), tensor(3, 4), 1),
        ValueError,
        r"tensordot.*\(2, 1\).*\(3, 4\)",
    ),
    "mse": (lambda: tg.mse(x, np.ones(3)), ValueError, r"mse.*\(2, 3\).*\(3,\)"),
    "bce": (
        lambda: tg.binary_cross_entropy(x, np.ones(3)),
        ValueError,
        r"binary_cross_entropy.*\(2, 3\).*\(3,\)",
    ),
    "classes": (
        lambda: tg.cross_entropy(x, np.array([0, 3])),
        ValueError,
        "cross_entropy.*class 3 in `target`.*0 to 2",
    ),
    "classes-shape": (
        lambda: tg.cross_entropy(x, np.array([0, 1, 2])),
        ValueError,
        r"cross_entropy.*\(3,\).*\(2, 3\)",
    ),
    "seed": (lambda: x.backward(np.ones(3)), ValueError, r"\(2, 3\).*\(3,\)"),
    "no-seed": (lambda: (x * 2.0).backward(), ValueError, r"\(2, 3\).*seed"),
    "new-data": (assign_new_shape, ValueError, r"\(4,\).*\(3,\)"),
    "new-grad": (assign_grad, ValueError, r"\(4,\).*\(3,\)"),
}

AXES = {
    "index": (lambda: x[5], IndexError, "getitem.*5"),
    "index-rank": (lambda: x[0, 0, 0], IndexError, "getitem.*3 were indexed"),
    "index-text": (lambda: x["a"], IndexError, "getitem"),
    "index-array": (lambda: x[[0, 7]], IndexError, "getitem.*7"),
    "swapaxes": (lambda: x.swapaxes(0, 5), IndexError, "swapaxes.*5"),
    "moveaxis": (lambda: tg.moveaxis(x, 0, 5), IndexError, "moveaxis.*5"),
    "repeat": (lambda: tg.repeat(x, 2, axis=5), IndexError, "repeat.*5"),
    "split": (lambda: tg.split(x, 2, axis=5), IndexError, "split.*5"),
    "trace": (lambda: ops.trace(tensor(3)), IndexError, "trace.*1"),
    "tensordot": (lambda: tg.tensordot(x, x, ((5,), (0,))), IndexError, "tensordot.*5"),
    "sum": (lambda: x.sum(axis=5), IndexError, "sum.*axis=5"),
    "softmax": (lambda: tg.softmax(x, axis=4), IndexError, "softmax.*axis=4"),
    "concatenate": (lambda: tg.concatenate([x], axis=3), IndexError, "concatenate.*3"),
    "expand_dims": (lambda: tg.expand_dims(x, axis=7), IndexError, "expand_dims.*7"),
    "flip": (lambda: tg.flip(x, 5), IndexError, "flip.*5"),
}


TYPES = {
    "integers": (
        lambda: tg.Tensor([1, 2], requires_grad=True),
        TypeError,
        "int64.*floating",
    ),
    "truth-values": (lambda: tg.Tensor(True, requires_grad=True), TypeError, "bool"),
    "text": (lambda: tg.Tensor("three"), TypeError, "'three'"),
    "none": (lambda: tg.Tensor(None), TypeError, "None"),
    "objects": (lambda: tg.Tensor([object()]), TypeError, "object"),
    "ragged": (lambda: tg.Tensor([[1.0], [1.0, 2.0]]), TypeError, "array"),
    "complex": (lambda: tg.Tensor(1j), TypeError, "1j"),
    "add-none": (lambda: x + None, TypeError, "add.*None"),
    "add-text": (lambda: "a" + x, TypeError, "add.*'a'"),
    "times-complex": (lambda: x * 1j, TypeError, "multiply.*1j"),
    "matmul-list-of-text": (lambda: x @ ["a", "b", "c"], TypeError, "matmul"),
    "tensor-as-axis": (lambda: x.sum(axis=tg.Tensor(0)), TypeError, "sum.*axis"),
    "tensor-as-slope": (
        lambda: tg.leaky_relu(x, negative_slope=tensor()),
        TypeError,
        "leaky_relu.*`negative_slope`",
    ),
    "float-classes": (
        lambda: tg.cross_entropy(x, np.array([0.0, 1.0])),
        TypeError,
        "cross_entropy.*float64",
    ),
    "no-kernel": (lambda: tg.im2col(image), TypeError, "kernel"),
    "to-integers": (lambda: x.astype(int), TypeError, "astype.*int64"),
}

LOST = {
    "unique": (lambda: np.unique(x), TypeError, r"np\.unique"),
    "at": (lambda: np.add.at(x, 0, 1.0), TypeError, r"np\.add\.at"),
    "out": (
        lambda: np.exp(x, out=np.ones((2, 3))),
        TypeError,
        r"np\.exp: `out=`.*write array = np\.exp",
    ),
    "eig": (lambda: np.linalg.eig(x), NotImplementedError, r"np\.linalg\.eig"),
    "assignment": (assign_item, TypeError, "where"),
    "pad-mode": (lambda: tg.pad(x, 1, mode="mean"), NotImplementedError, "pad.*'mean'"),
}

STATES = {
    "constant": (lambda: tg.Tensor(1.0).backward(), RuntimeError, "requires_grad"),
    "data-of-result": (assign_data_of_result, RuntimeError, "multiply.*detach"),
    "gradients": (
        lambda: tg.gradients(x.sum(), [tg.Tensor(1.0)]),
        RuntimeError,
        "requires_grad",
    ),
    "run-name": (lambda: x.sum().graph.run({"w": 1.0}), RuntimeError, "'w'"),
    "run-shape": (lambda: x.sum().graph.run({x: [1.0]}), RuntimeError, r"\(2, 3\)"),
}
PARTS = {
    "shape": SHAPES,
    "axis": AXES,
    "type": TYPES,
    "lost": LOST,
    "state": STATES,
}
MISTAKES = {
    f"{part}-{name}": mistake
    for part, mistakes in PARTS.items()
    for name, mistake in mistakes.items()
}


@together(("call", "builtin", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistake(call, builtin, words):
    with pytest.raises(tg.TinygraphError, match=f"(?s){words}") as caught:
        call()
    assert isinstance(caught.value, builtin)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tg.dropout(x, 1.0, rng=rng()), "dropout.*1.0"),
        (lambda: tg.dropout(x, -0.1, rng=rng()), "dropout.*-0.1"),
        (lambda: tg.gelu(x, "fast"), "gelu.*'fast'"),
        (lambda: tg.mse(x, x, reduction="avg"), "mse.*'avg'.*none"),
    ],
)
def test_parameter_that_does_not_exist(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_data_is_read_only():
    w = tensor(3)
    for array in (w.data, (w * 2.0).data, w.numpy()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5.0


def test_a_users_array_stays_writable():
    array, constant = np.ones(3), np.ones(3)
    w = tg.Tensor(array, requires_grad=True)
    loss = (w * constant).sum()
    array[0] = constant[0] = 7.0
    loss.backward()
    np.testing.assert_array_equal(w.grad, np.ones(3))
    assert w.data[0] == 1.0


def test_an_index_that_changes_later_does_no_harm():
    w, index = tensor(3), np.array([0, 1])
    y = w[index].sum()
    index[:] = 2
    y.backward()
    np.testing.assert_array_equal(w.grad, [1.0, 1.0, 0.0])


def test_a_missing_rule_is_named():
    @tg.primitive
    def halve(x):
        return x / 2

    with pytest.raises(tg.GraphError, match=r"halve has no VJP.*'x'"):
        halve(tensor()).backward()


@pytest.mark.parametrize("error", [ValueError, TypeError, tg.errors.ShapeError])
@pytest.mark.parametrize("given", [{}, {"scale": 2.0}])
def test_a_forward_function_that_fails_is_called_once(error, given):
    called = []

    @tg.primitive
    def failing(x, *, scale=1.0):
        called.append(scale)
        raise error("no")

    with pytest.raises(error, match="no") as caught:
        failing(np.ones(2), **given)
    assert isinstance(caught.value, tg.TinygraphError)
    assert len(called) == 1


PARAMETERS = {
    "axis": lambda t: tg.sum(np.ones(2), axis=t, keepdims=False),
    "negative_slope": lambda t: tg.leaky_relu(np.ones(2), negative_slope=t),
    "ddof": lambda t: tg.var(np.ones(3), ddof=t),
    "dtype": lambda t: tg.astype(np.ones(3), dtype=t),
    "stride": lambda t: tg.conv2d(
        np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), None, stride=t
    ),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_tensor_for_a_parameter_is_refused_among_arrays_too(name):
    with pytest.raises(TypeError, match=f"no gradient flows through .*`{name}`"):
        PARAMETERS[name](tensor())


@pytest.mark.parametrize("wrong", [3.0, tg.Tensor(1.0), tensor(2) * 2.0], ids=str)
def test_only_leaves_that_require_a_gradient_are_parameters(wrong):
    with pytest.raises(
        tg.GraphError, match=r"SGD: .* is not a parameter: give tensors"
    ):
        tg.optimize.SGD([tensor(2), wrong], lr=0.1)
