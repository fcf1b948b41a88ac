"""A PyTorch module recorded here gives its values and its gradients."""

import numpy as np
import pytest

import tinygraph as tg

torch = pytest.importorskip("torch")
import torch_modules  # noqa: E402

from tinygraph.interchange.aten import KEPT, OPERATORS  # noqa: E402

nn = torch.nn
KINDS = ("networks", "modules", "functions")
torch.manual_seed(0)
EXAMPLES = {k: v for kind in KINDS for k, v in getattr(torch_modules, kind)().items()}


@pytest.fixture(scope="module", autouse=True)
def operators_listed_once():
    """PyTorch lists its operators 52 times for each module, a third of the time."""
    tg.from_torch(nn.Linear(2, 2), torch.ones(1, 2))  # lists them
    with pytest.MonkeyPatch.context() as patch:
        utils = "torch._export.utils._materialize_cpp_cia_ops"
        patch.setattr(utils, lambda: None, raising=False)
        yield


def flat(result):
    if isinstance(result, dict):
        return flat(list(result.values()))
    if isinstance(result, (list, tuple)):
        return [part for item in result for part in flat(item)]
    return [result]


def weighted(results, weights, total):
    products = [total(r, w) for r, w in zip(results, weights, strict=True)]
    return sum(products[1:], products[0])


def ours_and_theirs(module, inputs, seed):
    """A random weighted sum of all results that have gradients, from both sides."""
    ours, theirs = flat(tg.from_torch(module, *inputs)), flat(module(*inputs))
    rng, chosen, weights = np.random.default_rng(seed), [], []
    for mine, other in zip(ours, theirs, strict=True):
        if not torch.is_tensor(other):
            assert mine == other
            continue
        assert mine.shape == tuple(other.shape)
        assert mine.dtype == str(other.dtype).removeprefix("torch.")
        np.testing.assert_allclose(mine.data, other.detach(), rtol=1e-9, atol=1e-9)
        assert mine.requires_grad == other.requires_grad
        if other.requires_grad:
            chosen.append((mine, other))
            weights.append(rng.standard_normal(other.shape))
    return (
        weighted([a for a, _ in chosen], weights, lambda r, w: (r * w).sum()),
        weighted(
            [b for _, b in chosen], weights, lambda r, w: (r * torch.tensor(w)).sum()
        ),
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_values_and_gradients_are_those_of_pytorch(name):
    module, inputs = EXAMPLES[name]
    module = module.double()
    inputs = [
        x.double().requires_grad_()
        if torch.is_tensor(x) and x.is_floating_point()
        else x
        for x in inputs
    ]
    mine, other = ours_and_theirs(module, inputs, seed=len(name))
    mine.backward()
    other.backward()
    graph, compared = mine.graph, 0
    wanted = {n: p for n, p in module.named_parameters() if p.grad is not None}
    for parameter, theirs in wanted.items():
        gradient = graph.at(graph.node_of(parameter)).grad
        np.testing.assert_allclose(
            gradient, theirs.grad, rtol=1e-7, atol=1e-8, err_msg=parameter
        )
    leaves = [at for at in map(graph.at, graph) if at.op == "parameter"]
    theirs = [x.grad for x in inputs if torch.is_tensor(x) and x.grad is not None]
    for gradient in theirs:
        compared += any(
            at.grad.shape == tuple(gradient.shape)
            and np.allclose(at.grad, gradient, rtol=1e-7, atol=1e-8)
            for at in leaves
        )
    assert compared == len(theirs)
    assert len(leaves) == len(wanted) + len(theirs)


def test_names_and_scopes_are_those_of_the_module():
    blocks = nn.Sequential(nn.Linear(3, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 2)))
    graph = tg.from_torch(blocks, torch.ones(1, 3)).graph
    rows = [(at.op, at.name, at.scope) for at in map(graph.at, graph)]
    assert rows == [
        ("input", "input", "0"),
        ("parameter", "0.weight", "0"),
        ("parameter", "0.bias", "0"),
        ("linear", None, "0"),
        ("relu", None, "1/0"),
        ("parameter", "1.1.weight", "1/1"),
        ("parameter", "1.1.bias", "1/1"),
        ("linear", None, "1/1"),
    ]


def test_the_backward_pass_of_a_module_is_traced(tmp_path):
    net = torch_modules.lenet()
    output = tg.from_torch(net, torch.randn(1, 1, 28, 28))
    trace = tg.trace(tg.mse(output, np.eye(10, dtype=np.float32)[:1]))
    trace.save(tmp_path / "lenet.html")
    assert "0.weight" in (tmp_path / "lenet.html").read_text(encoding="utf-8")
    assert trace.steps[1].operation == "mse"


def test_the_graph_runs_again_with_another_input():
    net = torch_modules.lenet().double()
    output = tg.from_torch(net, torch.randn(1, 1, 28, 28).double())
    other = torch.randn(1, 1, 28, 28).double()
    np.testing.assert_allclose(
        output.graph.run({"input": other.numpy()}), net(other).detach(), rtol=1e-9
    )


def test_examples_may_be_arrays_or_our_tensors_and_stay_in_their_graph():
    net = nn.Linear(2, 2).double()
    w = tg.Tensor([[1.0, 2.0]], requires_grad=True, name="w")
    (tg.from_torch(net, w * 3.0) * 2.0).sum().backward()
    expected = 6 * net.weight.detach().numpy().sum(0)
    np.testing.assert_allclose(w.grad, expected[None], rtol=1e-12)
    array = tg.from_torch(net, np.array([[1.0, 2.0]]))
    as_tensor = tg.from_torch(net, torch.tensor([[1.0, 2.0]]).double())
    assert array.tolist() == as_tensor.tolist()


def test_a_tuple_holds_all_arguments_and_others_have_names():
    class Both(nn.Module):
        def forward(self, x, y, *, factor=1.0, more=()):
            return x * factor + y, *more

    x, y = torch.ones(2), torch.arange(2.0)
    expected = [2.0, 3.0], [0.0, 1.0]
    for result in (
        tg.from_torch(Both(), (x, y), factor=2.0, more=(y,)),
        tg.from_torch(Both(), x, more=(y,), factor=2.0, y=y),
    ):
        assert tuple(part.tolist() for part in result) == expected


def test_training_one_side_leaves_the_other():
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    output = tg.from_torch(net, torch.randn(3, 2))
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert net.training
    weight = output.graph.at(output.graph.node_of("0.weight")).tensor
    weight.data = weight.data * 2
    assert torch.equal(net[0].weight, before["0.weight"])


class Branch(nn.Module):
    def forward(self, x):
        return x * 2 if x.sum() > 0 else x


def refused(error, module, *inputs):
    with pytest.raises(error) as refusal:
        tg.from_torch(module, *inputs)
    return str(refusal.value)


def test_operators_that_are_not_known_are_named():
    pool = nn.Sequential(nn.Conv1d(1, 1, 1), nn.AdaptiveMaxPool1d(2))
    text = refused(tg.UnknownOperatorError, pool, torch.ones(1, 1, 4))
    assert "adaptive_max_pool" in text and "conv1d" in text.partition("Known")[2]
    assert issubclass(tg.UnknownOperatorError, NotImplementedError)
    volume = nn.Conv3d(1, 1, 1)
    text = refused(tg.ArgumentError, volume, torch.ones(1, 1, 2, 2, 2))
    assert "filters (1, 1, 1, 1, 1)" in text


@pytest.mark.parametrize(
    ("error", "module", "inputs", "words"),
    [
        (tg.ArgumentError, nn.Dropout(0.5), (torch.ones(2),), "module.eval()"),
        (tg.ArgumentError, Branch(), (torch.ones(2),), "cannot follow Branch"),
        (tg.ArgumentError, nn.Linear(2, 2), (), "missing a required argument"),
        (tg.DTypeError, abs, (torch.ones(2),), "give a torch.nn.Module"),
        (
            tg.DTypeError,
            nn.Linear(2, 2).bfloat16(),
            (torch.ones(1, 2).bfloat16(),),
            "weight: Got unsupported ScalarType BFloat16: call module.float()",
        ),
    ],
)
def test_errors_say_what_to_do(error, module, inputs, words):
    assert words in refused(error, module, *inputs)


def test_without_pytorch_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(tg.ArgumentError, match="tinygraph\\[torch\\]"):
        tg.from_torch(None)


def test_every_operator_of_the_table_exists_and_can_appear():
    core = set()
    for name in dir(torch.ops.aten):
        packet = getattr(torch.ops.aten, name)
        if hasattr(packet, "overloads"):
            overloads = [getattr(packet, part) for part in packet.overloads()]
            if any(torch.Tag.core in overload.tags for overload in overloads):
                core.add(name)
    emitted = {
        "_native_batch_norm_legit_functional",
        "exp2",
        "hypot",
        "unfold",
        "var_mean",
    }
    assert OPERATORS.keys() - core - KEPT == emitted
    assert OPERATORS.keys() >= KEPT
