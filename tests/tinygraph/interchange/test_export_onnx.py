"""A graph that was exported gives in onnxruntime what it gives here."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from case import DOMAINS
from cases import CASES, for_each
from onnx_files import executed, free_axis, onnx

import tinygraph as tg
from tinygraph.interchange.to_onnx import TRANSLATIONS

# Operations that have no counterpart in ONNX.
REFUSED = {
    *("cholesky", "cumprod", "eigh", "inv", "irfft", "logabsdet"),
    *("pinv", "put", "qr", "rfft", "solve", "svd"),
}


# onnxruntime 1.19 cannot multiply by a matrix without columns.
EXPORTED = [c for c in CASES if c.name != "linear" or 0 not in c.inputs[1][0]]


def recorded(case, arrays):
    """The first result of a case, and the leaves that it was computed from."""
    leaves = [
        tg.Tensor(array, requires_grad=True, name=f"x{place}")
        for place, array in enumerate(arrays)
    ]
    result = case.call(*leaves)
    return (result[0] if isinstance(result, list | tuple) else result), leaves


def feed(arrays, chosen):
    return {f"x{place}": arrays[place] for place in chosen}


def refused_by_name(error):
    """Whether an error names only operations without a counterpart."""
    named = str(error).partition("ONNX: ")[2].partition(". There")[0]
    return set(named.split(", ")) <= REFUSED


@for_each(EXPORTED)
def test_every_operation_equals_onnxruntime_or_is_refused_by_name(case):
    arrays = case.arrays(np.float32)
    output, leaves = recorded(case, arrays)
    if getattr(output, "graph", None) is None:
        return
    used = [place for place, x in enumerate(leaves) if output.graph._versions_of(x)]
    if not used or not all(array.shape[:1] != (0,) for array in arrays):
        return
    given = [leaves[place] for place in used]
    with TemporaryDirectory() as folder:
        path = Path(folder, "case.onnx")
        try:
            tg.export_onnx(output, path, inputs=given, batch_axis=None)
        except tg.UnknownOperatorError as error:
            assert refused_by_name(error), error
            return
        result = executed(path, feed(arrays, used))
    assert result.shape == output.shape
    np.testing.assert_allclose(result, output.data, rtol=1e-4, atol=1e-5)


def in_other_order(array, axis, times, order, inner):
    """Examples in another order, each with `times` elements along the axis."""
    before, after = array.shape[:axis], array.shape[axis + 1 :]
    count = array.shape[axis] // times
    sizes = (count, times) if inner else (times, count)
    apart = array.reshape(*before, *sizes, *after)
    return apart.take(order, axis + (not inner)).reshape(
        *before, len(order) * times, *after
    )


@for_each(EXPORTED)
def test_each_example_gets_the_same_in_batches_of_other_sizes(case):
    """If the operation works on each example by itself; otherwise it is refused."""
    arrays = case.arrays(np.float32)
    for chosen in {(place,) for place in range(len(arrays))} | {(0, 1), (0, 1, 2)}:
        if chosen[-1] >= len(arrays):
            continue
        sizes = {arrays[place].shape[:1] for place in chosen}
        if len(sizes) > 1 or not min(sizes, default=()) or (0,) in sizes:
            continue
        exported_free(case, arrays, chosen)


def exported_free(case, arrays, chosen):
    output, leaves = recorded(case, arrays)
    if getattr(output, "graph", None) is None:
        return
    with TemporaryDirectory() as folder:
        path = Path(folder, "case.onnx")
        try:
            tg.export_onnx(output, path, inputs=[leaves[place] for place in chosen])
        except (tg.ArgumentError, tg.UnknownOperatorError):
            return
        axis, name = free_axis(path)
        times, count = (
            int(name.partition("*")[0]) if "*" in name else 1,
            len(arrays[chosen[0]]),
        )
        for order in ([0], [count - 1, *range(count), 0]):
            taken = {place: arrays[place][order] for place in chosen}
            result = executed(path, feed(taken, chosen))
            expected = [
                in_other_order(output.data, axis, times, order, inner)
                for inner in (True, False)
            ]
            assert any(
                each.shape == result.shape
                and np.allclose(each, result, rtol=1e-4, atol=1e-5)
                for each in expected
            ), (chosen, order)


@for_each([case for case in EXPORTED if case.inputs and case.inputs[0][0]])
def test_with_a_free_batch_nothing_depends_on_the_recorded_numbers(case):
    """Masks and orders are computed outside of the graph: none may be left in it."""
    arrays = case.arrays(np.float32)
    output, leaves = recorded(case, arrays)
    shape, domain = case.inputs[0]
    other = np.asarray(DOMAINS[domain](np.random.default_rng(5), shape), np.float32)
    with TemporaryDirectory() as folder:
        path = Path(folder, "case.onnx")
        try:
            tg.export_onnx(output, path, inputs=leaves[0])
        except tg.TinygraphError:
            return
        result = executed(path, {"x0": other})
    expected, _ = recorded(case, [other, *arrays[1:]])
    np.testing.assert_allclose(result, expected.data, rtol=1e-3, atol=1e-4)


def exported(tmp_path, output, **options):
    path = tmp_path / "graph.onnx"
    tg.export_onnx(output, path, **options)
    return onnx.load(path)


def small_network(images):
    w = tg.Tensor(np.ones((2, 1, 3, 3), "f"), requires_grad=True, name="conv.w")
    v = tg.Tensor(np.ones((4, 8), "f"), requires_grad=True, name="fc.w")
    with tg.scope("features"):
        y = tg.gelu(tg.conv2d(images, w, padding=1))
    with tg.scope("classifier"):
        return tg.linear(tg.reshape(y, (len(images), -1)), v) * 2


def test_names_scopes_and_shapes_are_those_of_the_graph(tmp_path):
    images = tg.Tensor(np.ones((3, 1, 2, 2), "f"), name="images")
    output = small_network(images)
    output.name = "scores"
    model = exported(tmp_path, output)
    assert [each.name for each in model.graph.initializer] == ["conv.w", "fc.w"]
    assert [each.name for each in model.graph.input] == ["images"]
    nodes = {node.name: node for node in model.graph.node}
    assert nodes["features/conv2d"].input[1] == "conv.w"
    assert "slide over images" in nodes["features/conv2d"].doc_string
    assert nodes["features/gelu/Erf"].op_type == "Erf"
    assert nodes["classifier/linear"].op_type == "Gemm"
    assert model.graph.output[0].name == "scores" in nodes
    sizes = [
        d.dim_param or d.dim_value
        for d in model.graph.output[0].type.tensor_type.shape.dim
    ]
    assert sizes == ["batch", 4]
    known = {each.name for each in model.graph.value_info}
    assert {"features/conv2d", "features/gelu", "classifier/reshape"} <= known


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_baked_size_of_the_batch_becomes_free(tmp_path, count):
    images = np.random.default_rng(0).normal(size=(count, 1, 2, 2)).astype("f")
    tg.export_onnx(small_network(images), tmp_path / "a.onnx", inputs={"x": images})
    for size in (1, 3, 4):
        other = np.random.default_rng(size).normal(size=(size, 1, 2, 2)).astype("f")
        result = executed(tmp_path / "a.onnx", {"x": other})
        expected = small_network(other).data
        np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)


def parameter(*shape, name=None):
    numbers = np.random.default_rng(len(shape)).normal(size=shape)
    return tg.Tensor(numbers, requires_grad=True, name=name)


X = tg.Tensor(np.random.default_rng(0).normal(size=(2, 3)), name="x")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (lambda w: (X * w).mean(), "`mean`"),
        (lambda w: tg.batch_norm(X * w), "network.eval()"),
        (lambda w: X * w + np.arange(6.0).reshape(2, 3), "`add`"),
        (lambda w: tg.where(X.data > 0, X * w, 0.0), "condition of shape (2, 3)"),
        (lambda w: tg.where(np.ones((2, 1), bool), X * w, 0.0), "`where`"),
        (lambda w: (X * w)[0], "takes some examples"),
        (lambda w: (X * w)[[1, 0]], "takes some examples"),
        (lambda w: tg.reshape(X * w, (3, 2)), "puts elements of several examples"),
        (lambda w: tg.concatenate([X * w, X]), "`concatenate`"),
        (lambda w: tg.mse(X * w, np.zeros((2, 3))), "`mse`"),
        (lambda w: np.transpose(X * w) @ X, "`matmul`"),
        (lambda w: tg.pad(X * w, 1), "adds examples"),
        (lambda w: tg.sort(X * w, axis=1), "`getitem`"),
    ],
)
def test_what_mixes_examples_needs_a_fixed_batch(tmp_path, record, words):
    output = record(parameter(3, name="w"))
    with pytest.raises(tg.ArgumentError) as refusal:
        tg.export_onnx(output, tmp_path / "a.onnx")
    assert words in str(refusal.value) and "batch_axis=None" in str(refusal.value)
    assert not list(tmp_path.iterdir())
    tg.export_onnx(output, tmp_path / "a.onnx", batch_axis=None)
    result = executed(tmp_path / "a.onnx", {"x": X.data})
    np.testing.assert_allclose(result, output.data, rtol=1e-5, atol=1e-6)


def test_a_constant_as_large_as_the_batch_becomes_free_if_it_is_the_same(tmp_path):
    w = parameter(3, 4)
    state = np.zeros((2, 4))
    output = tg.concatenate([tg.tanh(X @ w + state @ w.T @ w), state], axis=1)
    tg.export_onnx(output, tmp_path / "a.onnx")
    result = executed(tmp_path / "a.onnx", {"x": X.data[[0, 1, 1]]})
    np.testing.assert_allclose(result, output.data[[0, 1, 1]], rtol=1e-5, atol=1e-6)


def test_the_examples_may_lie_along_another_axis(tmp_path):
    w = parameter(4, 5)
    steps = parameter(3, 2, 4, name="steps")
    y = tg.reshape(tg.linear(tg.reshape(steps, (6, 4)), w.T), (3, 2, 5))
    tg.export_onnx(y, tmp_path / "a.onnx", inputs=steps, batch_axis=1)
    result = executed(tmp_path / "a.onnx", {"steps": steps.data[:, [0, 1, 0]]})
    np.testing.assert_allclose(result, y.data[:, [0, 1, 0]], rtol=1e-5, atol=1e-6)


def test_several_inputs_and_outputs_have_their_names(tmp_path):
    a, b = (tg.Tensor(np.full((2, 3), n), name=None) for n in (1.0, 2.0))
    w = parameter(3)
    outputs = {"sum": a + b * w, "product": a * w * b}
    model = exported(tmp_path, outputs, inputs={"a": a, "b": b})
    assert [each.name for each in model.graph.input] == ["a", "b"]
    assert [each.name for each in model.graph.output] == ["sum", "product"]
    given = {"a": np.ones((4, 3)), "b": np.full((4, 3), 2.0)}
    total, product = executed(tmp_path / "graph.onnx", given, every=True)
    np.testing.assert_allclose(total, np.tile(1 + 2 * w.data, (4, 1)), rtol=1e-5)
    np.testing.assert_allclose(product, np.tile(2 * w.data, (4, 1)), rtol=1e-5)


def test_float64_is_kept_on_request(tmp_path):
    output = X * parameter(3, name="w")
    types = [
        exported(tmp_path, output, dtype=dtype).graph.initializer[0].data_type
        for dtype in (np.float32, None, "float16")
    ]
    kinds = onnx.TensorProto
    assert types == [kinds.FLOAT, kinds.DOUBLE, kinds.FLOAT16]


def test_the_same_graph_gives_the_same_bytes(tmp_path):
    files = [tmp_path / "a.onnx", tmp_path / "b.onnx"]
    for path in files:
        images = tg.Tensor(np.ones((1, 1, 2, 2), "f"), name="images")
        tg.export_onnx(small_network(images), path)
    assert files[0].read_bytes() == files[1].read_bytes()


@tg.primitive
def relu(x):
    return np.maximum(x, 1.0)


relu.vjp(lambda g, y, x: g, "")


@pytest.mark.parametrize(
    ("error", "call", "words"),
    [
        (tg.UnknownOperatorError, lambda p: tg.export_onnx(relu(W), p), "ONNX: relu. "),
        (tg.UnknownOperatorError, lambda p: tg.export_onnx(np.cumprod(W), p), "abs, "),
        (tg.GraphError, lambda p: tg.export_onnx(X, p), "was not recorded"),
        (tg.ArgumentError, lambda p: tg.export_onnx(W * 2, p), "inputs are none"),
        (
            tg.ArgumentError,
            lambda p: tg.export_onnx(X * W, p, inputs=np.ones((2, 3))),
            "no value of the graph",
        ),
        (
            tg.ArgumentError,
            lambda p: tg.export_onnx(np.ones(3) * W + np.ones(3), p, inputs=np.ones(3)),
            "several values",
        ),
        (
            tg.ArgumentError,
            lambda p: tg.export_onnx(X * W, p, batch_axis=2),
            "x of shape (2, 3) has no examples along `batch_axis` 2",
        ),
        (
            tg.ArgumentError,
            lambda p: tg.export_onnx([X * V, V], p),
            "does not depend on the examples",
        ),
        (tg.DTypeError, lambda p: tg.export_onnx(X * W, p, dtype=int), "int64"),
        (tg.FileError, lambda p: tg.export_onnx(X * W, p / "b"), "does not exist"),
    ],
)
def test_errors_say_what_to_do(tmp_path, error, call, words):
    with pytest.raises(error) as refusal:
        call(tmp_path / "a.onnx")
    assert words in str(refusal.value)


W = parameter(3, name="w")
V = W * 1


def test_without_onnx_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(tg.ArgumentError, match="tinygraph\\[onnx\\]"):
        tg.export_onnx(X * W, tmp_path / "a.onnx")


def test_every_translation_is_of_an_operation_and_used_by_a_case():
    used = set()
    for case in CASES:
        output, _ = recorded(case, case.arrays())
        graph = getattr(output, "graph", None)
        if graph is not None:
            used |= {graph.at(node).primitive for node in graph}
    assert {operation.name for operation in TRANSLATIONS.keys() - used} == set()
