"""Optimizers, step by step, beside PyTorch's and beside a few lines of NumPy."""

import copy
import itertools
import math

import numpy as np
import pytest
from together import together

import tinygraph as tg
from tinygraph import optimize
from tinygraph.kernels import descent
from tinygraph.optimize import SGD, Adam, Optimizer

STEPS = 20
SHAPES = [(3, 2), (), (4,), (2, 1, 3), (0, 2)]


def combinations(**options):
    """Every choice of one value for each option, as keywords."""
    for values in itertools.product(*options.values()):
        yield dict(zip(options, values, strict=True))


OPTIONS = [
    *(
        (SGD, options)
        for options in combinations(
            lr=[0.1, 0.03],
            momentum=[0.0, 0.9, 1.0],
            nesterov=[False, True],
            weight_decay=[0.0, 0.2],
        )
        if options["momentum"] or not options["nesterov"]
    ),
    *(
        (Adam, options)
        for options in combinations(
            lr=[0.1, 0.001],
            betas=[(0.9, 0.999), (0.5, 0.7), (0.0, 0.9), (0.8, 0.0), (0.0, 0.0)],
            epsilon=[1e-8, 0.1],
            weight_decay=[0.0, 0.2],
        )
    ),
]


def written(kind, options):
    values = "-".join(f"{name}={value}" for name, value in options.items())
    return f"{kind.__name__}-{values}".replace(" ", "")


every_option = together(
    ("kind", "options"), OPTIONS, ids=[written(*pair) for pair in OPTIONS]
)


def arrays(rng):
    return [rng.normal(size=shape) for shape in SHAPES]


def gradients(number):
    """Random gradients of one step."""
    return arrays(np.random.default_rng(100 + number))


def start():
    return arrays(np.random.default_rng(7))


def parameters(dtype=float):
    return [tg.Tensor(a, requires_grad=True, dtype=dtype) for a in start()]


def give(tensors, number):
    """The gradients of a step, by a backward pass: Σ g w has the gradient g."""
    for tensor, gradient in zip(tensors, gradients(number), strict=True):
        tensor.zero_grad()
        (tensor * gradient.astype(tensor.dtype)).sum().backward()


def assert_data(tensors, expected):
    for tensor, array in zip(tensors, expected, strict=True):
        assert tensor.shape == array.shape
        np.testing.assert_allclose(tensor.data, array, rtol=1e-12, atol=1e-13)


# Ten lines of NumPy -------------------------------------------------------------------


def sgd_by_hand(w, gs, lr, momentum, nesterov, weight_decay):
    """The data after each step, as the textbooks have it."""
    velocity = np.zeros_like(w)
    for g in gs:
        g = g + weight_decay * w
        velocity = momentum * velocity + g
        w = w - lr * (g + momentum * velocity if nesterov else velocity)
        yield w


def adam_by_hand(w, gs, lr, betas, epsilon, weight_decay):
    """Algorithm 1 of Kingma and Ba, 2014."""
    (beta1, beta2), m, v = betas, np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gs, 1):
        g = g + weight_decay * w
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        w = w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        yield w


BY_HAND = {SGD: sgd_by_hand, Adam: adam_by_hand}


@every_option
def test_twenty_steps_by_hand(kind, options):
    ours = parameters()
    optimizer = kind(ours, **options)
    seen = zip(*map(gradients, range(STEPS)), strict=True)
    by_hand = zip(
        *(BY_HAND[kind](w, gs, **options) for w, gs in zip(start(), seen, strict=True)),
        strict=True,
    )
    for number, expected in enumerate(by_hand):
        give(ours, number)
        optimizer.step()
        assert_data(ours, expected)
    assert optimizer.steps == number + 1 == STEPS


# PyTorch ------------------------------------------------------------------------------


@every_option
def test_a_parameter_whose_gradient_comes_late_beside_torch(kind, options):
    """What it remembers, and how it counts, are its own."""
    torch = pytest.importorskip("torch")
    ours, theirs = parameters(), [torch.tensor(a, requires_grad=True) for a in start()]
    optimizer = kind(ours, **options)
    other = torch_optimizer(torch, kind, theirs, options)
    for number in range(6):
        give(ours, number)
        for place, gradient in enumerate(gradients(number)):
            theirs[place].grad = torch.tensor(gradient)
            if number < place or (place, number) == (0, 3):
                ours[place].grad = theirs[place].grad = None
        optimizer.step()
        other.step()
        assert_data(ours, [tensor.detach().numpy() for tensor in theirs])
        if number == 2:
            state = optimizer.state_dict()
            optimizer = kind(ours, **options)
            optimizer.load_state_dict(state)


def torch_optimizer(torch, kind, theirs, options):
    """PyTorch's optimizer of the same name, and the same options in its words."""
    words = {"epsilon": "eps"}
    given = {words.get(name, name): value for name, value in options.items()}
    return getattr(torch.optim, kind.__name__)(theirs, **given)


@every_option
def test_twenty_steps_beside_torch(kind, options):
    torch = pytest.importorskip("torch")
    ours = parameters()
    theirs = [torch.tensor(a, requires_grad=True) for a in start()]
    optimizer, other = (
        kind(ours, **options),
        torch_optimizer(torch, kind, theirs, options),
    )
    for number in range(STEPS):
        give(ours, number)
        for tensor, gradient in zip(theirs, gradients(number), strict=True):
            tensor.grad = torch.tensor(gradient)
        optimizer.step()
        other.step()
        assert_data(ours, [tensor.detach().numpy() for tensor in theirs])


@pytest.mark.parametrize(("kind", "lr"), [(SGD, None), (Adam, 0.001)])
def test_what_is_left_out_is_what_torch_takes(kind, lr):
    torch = pytest.importorskip("torch")
    given = {} if lr is not None else {"lr": 0.3}
    ours, theirs = parameters(), [torch.tensor(a, requires_grad=True) for a in start()]
    optimizer, other = kind(ours, **given), torch_optimizer(torch, kind, theirs, given)
    assert optimizer.lr == (lr or 0.3)
    for number in range(3):
        give(ours, number)
        for tensor, gradient in zip(theirs, gradients(number), strict=True):
            tensor.grad = torch.tensor(gradient)
        optimizer.step()
        other.step()
    assert_data(ours, [tensor.detach().numpy() for tensor in theirs])


# What all optimizers share ------------------------------------------------------------

KINDS = [
    (SGD, {"lr": 0.1}),
    (SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (Adam, {"lr": 0.1, "weight_decay": 0.1}),
]
every_kind = pytest.mark.parametrize(
    ("kind", "options"), KINDS, ids=[written(*pair) for pair in KINDS]
)


@every_kind
def test_what_has_no_gradient_stays_where_it_is(kind, options):
    """Its memory too: a gradient of zeros would go on with the old velocity."""
    ours = parameters()
    optimizer = kind(ours, **options)
    give(ours, 0)
    optimizer.step()
    before = [tensor.data.copy() for tensor in ours]
    give(ours, 1)
    ours[0].zero_grad()
    state = optimizer.state_dict()
    optimizer.step()
    np.testing.assert_array_equal(ours[0].data, before[0])
    assert not np.allclose(ours[2].data, before[2])
    for key, value in optimizer.state_dict().items():
        if key.endswith(".0") and not key.startswith("missed"):
            np.testing.assert_array_equal(value, state[key])


@every_kind
def test_single_precision_stays_single(kind, options):
    ours = parameters(np.float32)
    optimizer = kind(ours, **options)
    for number in range(3):
        give(ours, number)
        optimizer.step()
    assert {tensor.dtype for tensor in ours} == {np.dtype(np.float32)}
    numbers = [v for v in optimizer.state_dict().values() if isinstance(v, np.ndarray)]
    assert all(array.dtype == np.float32 for array in numbers)
    double = parameters()
    optimizer = kind(double, **options)
    for number in range(3):
        give(double, number)
        optimizer.step()
    for one, other in zip(ours, double, strict=True):
        np.testing.assert_allclose(one.data, other.data, rtol=1e-4, atol=1e-5)


@every_kind
def test_stopped_and_gone_on_is_never_stopped(kind, options):
    ours, others = parameters(), parameters()
    optimizer = kind(ours, **options)
    for number in range(6):
        give(ours, number)
        optimizer.step()
    first = kind(others, **options)
    for number in range(3):
        give(others, number)
        first.step()
    second = kind(others, lr=55.0, **{k: v for k, v in options.items() if k != "lr"})
    second.load_state_dict(first.state_dict())
    assert second.lr == options["lr"] and second.steps == 3
    for number in range(3, 6):
        give(others, number)
        second.step()
    for one, other in zip(ours, others, strict=True):
        assert one.data.tobytes() == other.data.tobytes()


@every_kind
def test_a_state_is_a_copy(kind, options):
    ours = parameters()
    optimizer = kind(ours, **options)
    give(ours, 0)
    optimizer.step()
    state = optimizer.state_dict()
    kept = copy.deepcopy(state)
    optimizer.load_state_dict(state)
    give(ours, 1)
    optimizer.step()
    for key, value in state.items():
        np.testing.assert_array_equal(value, kept[key])


def test_the_state_of_another_optimizer_is_refused_and_changes_nothing():
    ours = parameters()
    sgd, adam = SGD(ours, lr=0.1, momentum=0.9), Adam(ours)
    give(ours, 0)
    sgd.step()
    adam.step()
    before = sgd.state_dict()
    with pytest.raises(
        tg.ShapeError, match="SGD: this is the state of another optimizer"
    ):
        sgd.load_state_dict(adam.state_dict())
    with pytest.raises(tg.ShapeError, match="it holds nothing"):
        sgd.load_state_dict({})
    wrong = {**before, "velocity.2": np.ones(5)}
    with pytest.raises(tg.ShapeError, match=r"velocity\.2 has shape \(5,\)"):
        sgd.load_state_dict(wrong)
    assert before.keys() == sgd.state_dict().keys()
    for key, value in sgd.state_dict().items():
        np.testing.assert_array_equal(value, before[key])


@every_kind
def test_a_preview_is_the_step_and_moves_nothing(kind, options):
    ours = parameters()
    optimizer = kind(ours, **options)
    for number in range(3):
        give(ours, number)
        ours[2].zero_grad()
        before = [tensor.data.copy() for tensor in ours]
        for _ in range(2):
            shown = optimizer.preview([tensor.grad for tensor in ours])
        assert_data(ours, before)
        optimizer.step()
        assert_data(ours, shown)


def test_zero_grad_forgets_every_gradient():
    ours = parameters()
    optimizer = SGD(ours, lr=0.1)
    give(ours, 0)
    assert all(tensor.grad is not None for tensor in ours)
    optimizer.zero_grad()
    assert all(tensor.grad is None for tensor in ours)
    before = [tensor.data.copy() for tensor in ours]
    optimizer.step()
    assert_data(ours, before)


def test_your_own_optimizer():
    class Signs(Optimizer):
        """w ← w − lr sign(∂L/∂w)"""

        def update(self, steps, data, grad):
            return (data - self.lr * np.sign(grad),)

    w = tg.Tensor([1.0, 2.0], requires_grad=True)
    (w * np.array([3.0, -0.5])).sum().backward()
    Signs([w], lr=0.25).step()
    assert w.data.tolist() == [0.75, 2.25]
    with pytest.raises(NotImplementedError):
        Optimizer([w], lr=0.25).step()


def test_both_find_the_lowest_point_of_a_valley():
    """Rosenbrock's function, whose lowest point is (1, 1)."""
    for kind, options in ((SGD, {"lr": 1e-3, "momentum": 0.9}), (Adam, {"lr": 0.05})):
        w = tg.Tensor([-1.0, 1.5], requires_grad=True)
        optimizer = kind([w], **options)
        for _ in range(1500):
            optimizer.zero_grad()
            ((1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2).backward()
            optimizer.step()
        assert np.hypot(*(w.data - 1.0)) < 0.05, kind


WRONG = [
    (SGD, {"lr": -0.1}, "SGD: `lr` is -0.1: it must be a finite number, at least 0"),
    (SGD, {"lr": math.nan}, "`lr` is nan"),
    (SGD, {"lr": math.inf}, "`lr` is inf"),
    (SGD, {"lr": 0.1, "momentum": -1.0}, "SGD: `momentum` is -1.0"),
    (SGD, {"lr": 0.1, "weight_decay": -1e-9}, "SGD: `weight_decay` is -1e-09"),
    (SGD, {"lr": 0.1, "nesterov": True}, "`nesterov` needs a momentum, which is 0"),
    (Adam, {"lr": -1}, "Adam: `lr` is -1"),
    (Adam, {"betas": (1.0, 0.5)}, r"Adam: `betas` is \(1.0, 0.5\): both must lie in"),
    (Adam, {"betas": (0.5, -0.1)}, "both must lie in"),
    (Adam, {"epsilon": -1e-8}, "Adam: `epsilon` is -1e-08"),
    (Adam, {"weight_decay": math.nan}, "Adam: `weight_decay` is nan"),
]


@together(("kind", "options", "words"), WRONG, ids=[written(*row[:2]) for row in WRONG])
def test_options_that_make_no_sense(kind, options, words):
    w = tg.Tensor(1.0, requires_grad=True)
    with pytest.raises(tg.ArgumentError, match=words):
        kind([w], **options)


def test_a_learning_rate_of_zero_moves_nothing():
    for kind in (SGD, Adam):
        ours = parameters()
        optimizer = kind(ours, lr=0)
        give(ours, 0)
        optimizer.step()
        assert_data(ours, start())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("momentum", [None, 0.0, 0.9])
def test_large_parameters_move_as_their_parts_do(momentum, dtype, monkeypatch):
    """Those are calculated in tiles, small ones by the formula; no bit may differ."""
    monkeypatch.setattr(descent, "BLOCK", 1 << 12)
    monkeypatch.setattr(descent, "LONG", 1 << 13)
    monkeypatch.setattr(optimize, "LONG", 1 << 13)
    rng = np.random.default_rng(0)
    data, *gradients = rng.standard_normal((4, 9, 5000)).astype(dtype)
    whole = tg.Tensor(data, requires_grad=True)
    rows = [tg.Tensor(row, requires_grad=True) for row in data]
    together, apart = (
        Adam(w, 0.01) if momentum is None else SGD(w, 0.01, momentum)
        for w in ([whole], rows)
    )
    for gradient in gradients:
        whole.grad = gradient.copy()
        for row, part in zip(rows, gradient, strict=True):
            row.grad = part.copy()
        together.step(), apart.step()
        assert whole.data.tobytes() == np.stack([r.data for r in rows]).tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adam_moves_to_the_same_bits_in_a_compiled_loop(dtype):
    pytest.importorskip("numba")
    rng = np.random.default_rng(0)
    data, *gradients = rng.standard_normal((4, 7, 11)).astype(dtype)
    first, second = (tg.Tensor(data, requires_grad=True) for _ in range(2))
    plain, looped = (tg.optimize.Adam([w], 0.01) for w in (first, second))
    for gradient in gradients:
        first.grad, second.grad = gradient.copy(), gradient.copy()
        plain.step()
        with tg.compiled():
            looped.step()
        assert first.data.tobytes() == second.data.tobytes()


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_parameters_may_be_given_by_name(kind):
    a, b = (tg.Tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    optimizer = kind({"a": a, "b": b}, lr=0.5)
    assert optimizer.parameters == [a, b]
    (a * a).sum().backward()
    optimizer.step()
    assert not np.array_equal(a.data, [1, 2]) and np.array_equal(b.data, [1, 2])
