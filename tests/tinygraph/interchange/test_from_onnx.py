"""A network from an ONNX file gives its values and its gradients."""

import os
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from together import together

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from cases import CASES, for_each
from onnx_files import executed, onnx

import tinygraph as tg

helper, numpy_helper = onnx.helper, onnx.numpy_helper
FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64


def weighted(result, seed=0):
    return (result * np.random.default_rng(seed).normal(size=result.shape)).sum()


@for_each([case for case in CASES if all(0 not in shape for shape, _ in case.inputs)])
def test_what_was_exported_comes_back_with_its_gradients(case):
    arrays = case.arrays(np.float32)
    leaves = [
        tg.Tensor(array, requires_grad=True, name=f"x{place}")
        for place, array in enumerate(arrays)
    ]
    output = case.call(*leaves)
    output = output[0] if isinstance(output, list | tuple) else output
    if getattr(output, "graph", None) is None:
        return
    used = [x for x in leaves if output.graph._versions_of(x)]
    again = [tg.Tensor(x.data, requires_grad=True) for x in used]
    with TemporaryDirectory() as folder:
        path = Path(folder, "case.onnx")
        try:
            tg.export_onnx(output, path, inputs=used, batch_axis=None)
        except tg.UnknownOperatorError:
            return
        back = tg.from_onnx(path, *again)
    assert back.shape == output.shape and back.dtype == np.float32
    np.testing.assert_allclose(back.data, output.data, rtol=1e-4, atol=1e-5)
    if back.graph is None:  # the file only hands its input on
        return
    weighted(output).backward()
    weighted(back).backward()
    for own, other in zip(used, again, strict=True):
        gradient = np.zeros(own.shape) if other.grad is None else other.grad
        np.testing.assert_allclose(gradient, own.grad, rtol=1e-3, atol=1e-4)


def saved(path, nodes, inputs=(), weights=(), outputs=("y",), opset=18, **more):
    """A file with some nodes, inputs (name, type, shape) and named arrays."""
    tensors = [numpy_helper.from_array(array, name) for name, array in weights]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
        tensors,
    )
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, ir_version=8, opset_imports=opsets, **more)
    path.write_bytes(model.SerializeToString())
    return path


X = np.random.default_rng(0).normal(size=(2, 4, 6, 5)).astype(np.float32)
LINE, POINT = X[:, :, :, 0], X[0, 0]
VECTOR = np.linspace(-2, 2, 4, dtype=np.float32)


def node(op_type, *inputs, outputs=("y",), **options):
    return helper.make_node(op_type, ["x", *inputs], list(outputs), **options)


def ints(*numbers):
    return np.array(numbers, np.int64)


# Operators that tinygraph itself does not write, or writes with other options.
OTHERS = [
    *((node(op), X, {}) for op in ["HardSwish", "Softsign", "Mish", "GlobalMaxPool"]),
    *((node(op), X, {}) for op in ["GlobalAveragePool", "Flatten", "Size"]),
    *((node(op), X, {}) for op in ["ReduceSumSquare", "ReduceL1", "ReduceL2"]),
    (node("HardSigmoid", alpha=0.3, beta=0.4), X, {}),
    *((node(op), X, {}) for op in ["Selu", "Celu", "ThresholdedRelu"]),
    (node("LeakyRelu", alpha=0.3), X, {}),
    (node("PRelu", "w"), X, {"w": np.full((4, 1, 1), 0.3, np.float32)}),
    (node("Reciprocal"), X, {}),
    (node("Clip", "", "w"), X, {"w": np.float32(0.5)}),
    (node("Sum", "w", "x"), X, {"w": VECTOR[:, None, None]}),
    (node("Mean", "w", "x"), X, {"w": X + 1}),
    (node("Mod", "w", fmod=1), X, {"w": np.float32(0.7)}),
    (
        node("Gemm", "w", "b", alpha=0.5, beta=2.0, transA=1),
        POINT,
        {"w": POINT, "b": POINT[0]},
    ),
    (node("Conv", "w", pads=[0, 1, 1, 2], strides=[2, 1]), X, {"w": X[:3, :, :3, :2]}),
    (node("Conv", "w", auto_pad="SAME_UPPER", strides=[2, 2]), X, {"w": X[:, :, :3]}),
    (node("Conv", "w", auto_pad="SAME_LOWER"), X, {"w": X[:, :, :3, :2]}),
    (node("Conv", "w", "b", group=2), LINE, {"w": X[:, :2, :3, 1], "b": VECTOR[:2]}),
    (
        node("ConvTranspose", "w", pads=[1, 0, 0, 2]),
        X,
        {"w": X[:1].transpose(1, 0, 2, 3)[:, :, :3, :3]},
    ),
    (
        node("ConvTranspose", "w", strides=[2], output_padding=[1]),
        LINE,
        {"w": LINE[:1].transpose(1, 0, 2)},
    ),
    (node("MaxPool", kernel_shape=[3, 2], pads=[1, 0, 2, 1], strides=[2, 2]), X, {}),
    (node("MaxPool", kernel_shape=[3], strides=[2], ceil_mode=1), LINE, {}),
    (node("AveragePool", kernel_shape=[3, 3], pads=[1, 0, 0, 1]), X, {}),
    (
        node(
            "AveragePool",
            kernel_shape=[2, 2],
            pads=[1, 1, 1, 1],
            strides=[2, 2],
            count_include_pad=1,
        ),
        X,
        {},
    ),
    (
        node("BatchNormalization", "w", "b", "m", "v"),
        X,
        {"w": VECTOR, "b": VECTOR, "m": VECTOR / 2, "v": VECTOR**2 + 1},
    ),
    (node("LayerNormalization", "w", axis=2), X, {"w": X[0, 0]}),
    (node("InstanceNormalization", "w", "b"), X, {"w": VECTOR, "b": VECTOR}),
    (node("Softmax", axis=1), X, {}),
    (node("LogSoftmax", axis=-2), X, {}),
    (node("CumSum", "w", exclusive=1, reverse=1), X, {"w": ints(2)[0]}),
    (node("Split", "w", outputs=("y", "z"), axis=1), X, {"w": ints(1, 3)}),
    (node("Split", outputs=("y", "z"), axis=2, num_outputs=2), X, {}),
    (
        node("Slice", "s", "e", "a", "t"),
        X,
        {"s": ints(-1, 1), "e": ints(-99, 99), "a": ints(2, -1), "t": ints(-2, 2)},
    ),
    (node("Pad", "p", mode="reflect"), X, {"p": ints(0, 0, 1, 2, 0, 0, 2, 1)}),
    (
        node("Pad", "p", "v"),
        X,
        {"p": ints(0, 0, -1, 2, 0, 0, 1, -1), "v": np.float32(3)},
    ),
    (node("Tile", "r"), X, {"r": ints(1, 2, 1, 2)}),
    (node("Expand", "r"), POINT, {"r": ints(3, 1, 1)}),
    (node("Reshape", "r"), X, {"r": ints(0, -1, 5)}),
    (node("Gather", "i", axis=2), X, {"i": ints(-1, 0)}),
    (node("GatherElements", "i", axis=1), POINT, {"i": np.array([[0, 4], [-1, 2]])}),
    (node("GatherND", "i", batch_dims=1), X, {"i": np.array([[[0, 1]], [[3, 2]]])}),
    (
        node("ScatterElements", "i", "u", axis=1),
        POINT,
        {"i": np.array([[0, 4], [-1, 2]]), "u": X[0, 1, :2, :2]},
    ),
    (
        node("ScatterND", "i", "u", reduction="add"),
        POINT,
        {"i": np.array([[1], [1]]), "u": X[0, 1, :2]},
    ),
    (node("TopK", "k", outputs=("y", "i"), axis=1), POINT, {"k": ints(2)}),
    (node("Trilu", "k", upper=0), POINT, {"k": ints(1)[0]}),
    (node("DepthToSpace", blocksize=2), X, {}),
    (node("DepthToSpace", blocksize=2, mode="CRD"), X, {}),
    (node("SpaceToDepth", blocksize=1), X, {}),
    (node("Cast", to=onnx.TensorProto.INT32), X * 3, {}),
    *(
        (node(op, "w"), X, {"w": X.T.copy().T + VECTOR[:, None, None]})
        for op in ["Less", "GreaterOrEqual", "Max", "Min"]
    ),
    *((node(op), X, {}) for op in ["IsNaN", "IsInf", "ArgMax", "ArgMin", "Shape"]),
    (node("ArgMax", axis=-1, keepdims=0, select_last_index=1), np.round(X), {}),
]


@together(
    ("operator", "x", "weights"), OTHERS, ids=[each[0].op_type for each in OTHERS]
)
def test_operators_of_others_give_what_onnxruntime_gives(
    tmp_path, operator, x, weights
):
    path = saved(
        tmp_path / "a.onnx", [operator], [("x", FLOAT, list(x.shape))], weights.items()
    )
    model = onnx.load(path)
    del model.graph.output[:]
    named = onnx.shape_inference.infer_shapes(model).graph.value_info
    inferred = {each.name: each.type.tensor_type.elem_type for each in named}
    kind = inferred.get("y", FLOAT)
    model.graph.output.append(helper.make_tensor_value_info("y", kind, None))
    path.write_bytes(model.SerializeToString())
    theirs, ours = executed(path, {"x": x}), tg.from_onnx(path, x)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours.data, theirs, rtol=1e-4, atol=1e-5)


def test_softmax_before_opset_13_is_over_all_axes_from_one(tmp_path):
    place = [("x", FLOAT, list(X.shape))]
    path = saved(tmp_path / "a.onnx", [node("Softmax")], place, opset=11)
    np.testing.assert_allclose(tg.from_onnx(path, X).data.sum(axis=(1, 2, 3)), 1, 1e-5)
    np.testing.assert_allclose(tg.from_onnx(path, X), executed(path, {"x": X}), 1e-4)


def test_weights_are_leaves_and_statistics_constants(tmp_path):
    weights = {"w": VECTOR, "b": VECTOR, "m": VECTOR, "v": VECTOR**2 + 1}
    operator = node("BatchNormalization", "w", "b", "m", "v", name="/block/bn/Norm")
    place = [("x", FLOAT, ["N", 4])]
    path = saved(tmp_path / "a.onnx", [operator], place, weights.items())
    output = tg.from_onnx(path, x=np.ones((3, 4)))
    rows = [output.graph.at(n) for n in output.graph]
    named = {at.name: at.op for at in rows if at.name}
    assert named == {"w": "parameter", "b": "parameter"}
    assert {at.scope for at in rows if at.primitive} == {"block/bn"}
    assert output.dtype == np.float32


def test_a_tensor_of_ours_gets_its_gradient_through_the_file(tmp_path):
    path = saved(tmp_path / "a.onnx", [node("Mul", "x")], [("x", FLOAT, [3])])
    x = tg.Tensor(np.arange(3.0, dtype="f"), requires_grad=True)
    tg.from_onnx(path, x * 2.0).sum().backward()
    np.testing.assert_allclose(x.grad, 8 * np.arange(3))


def external(path, location, **entries):
    """A file that keeps the weight `w` elsewhere."""
    place = [("x", FLOAT, [3])]
    weights = [("w", np.ones(3, np.float32))]
    saved(path, [node("Mul", "w")], place, weights)
    model = onnx.load(path)
    [tensor] = model.graph.initializer
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=str(value))
    path.write_bytes(model.SerializeToString())
    return path


def test_weights_in_another_file_of_the_folder(tmp_path):
    numbers = np.arange(5, dtype=np.float32)
    (tmp_path / "weights").write_bytes(numbers.tobytes())
    path = external(tmp_path / "a.onnx", "weights", offset=4, length=12)
    result = tg.from_onnx(path, np.ones(3))
    assert result.tolist() == [1.0, 2.0, 3.0]
    assert result.graph.at(result.graph.node_of("w")).requires_grad


@pytest.mark.parametrize("kind", ["above", "absolute", "link", "empty"])
def test_files_outside_of_the_folder_are_refused(tmp_path, kind):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(12))
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link").symlink_to(secret)
    places = {
        "above": "../secret",
        "absolute": str(secret),
        "link": "link",
        "empty": "",
    }
    path = external(inner / "a.onnx", places[kind])
    with pytest.raises(tg.FileError, match="outside of its folder"):
        tg.from_onnx(path, np.ones(3))


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"offset": 4, "length": 12}, "12 bytes"),
        ({"length": 8}, "damaged"),
        ({"offset": -1}, "12 bytes"),
        ({"offset": "many"}, "makes no sense"),
        ({"length": -5}, "has -5 bytes"),
    ],
)
def test_external_data_that_makes_no_sense(tmp_path, entries, words):
    (tmp_path / "weights").write_bytes(bytes(12))
    path = external(tmp_path / "a.onnx", "weights", **entries)
    with pytest.raises(tg.FileError, match=words):
        tg.from_onnx(path, np.ones(3))


def test_a_pipe_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "weights")
    with pytest.raises(tg.FileError, match="is a pipe"):
        tg.from_onnx(external(tmp_path / "a.onnx", "weights"), np.ones(3))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"", "it has no operators"),
        (b"not a model", "cannot be decoded"),
        (b"\x08\x08", "it has no operators"),
    ],
)
def test_what_is_not_an_onnx_file(tmp_path, content, words):
    path = tmp_path / "a.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(tg.FileError, match=words) as refusal:
        tg.from_onnx(path)
    assert "a.onnx" in str(refusal.value)
    with pytest.raises(tg.FileError, match="is a folder"):
        tg.from_onnx(tmp_path)


def small_file(path):
    w = tg.Tensor(np.ones((3, 2), "f"), requires_grad=True, name="w")
    x = tg.Tensor(np.ones((2, 3), "f"), name="x")
    tg.export_onnx(tg.softmax(tg.relu(x @ w)[:, None]), path)
    return path.read_bytes()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_files_end_in_an_error_of_ours(data):
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder, "a.onnx")
        content = bytearray(small_file(path))
        for _ in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.integers(0, len(content) - 1))
            content[place] = data.draw(st.integers(0, 255))
        path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
        try:
            tg.from_onnx(path, np.ones((2, 3)))
        except tg.TinygraphError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("error", "operator", "words"),
    [
        (tg.UnknownOperatorError, node("LSTM"), "not known here: LSTM. Known are Abs"),
        (
            tg.UnknownOperatorError,
            node("Run", domain="com.example"),
            "com.example.Run",
        ),
        (tg.ArgumentError, node("Pad", "p", mode="never"), "its mode is 'never'"),
        (tg.ArgumentError, node("Tile", "huge"), "more than 268435456 elements"),
        (tg.ArgumentError, node("Reshape", "p", name="r"), "Reshape r cannot be"),
        (tg.ArgumentError, node("MatMul", "p"), "MatMul"),
    ],
)
def test_operators_that_cannot_be_computed(tmp_path, error, operator, words):
    weights = {"p": ints(0, 7), "huge": ints(10**9)}
    opsets = [("", 18), ("com.example", 1)]
    path = saved(tmp_path / "a.onnx", [operator], [("x", FLOAT, [3])], weights.items())
    model = onnx.load(path)
    del model.opset_import[:]
    model.opset_import.extend(helper.make_opsetid(*each) for each in opsets)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(error) as refusal:
        tg.from_onnx(path, np.ones(3))
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ((), {}),
        ((np.ones((2, 3)), 1), {}),
        ((np.ones((2, 3)),), {"x": 1}),
        ((), {"y": np.ones((2, 3))}),
        ((np.ones((2, 4)),), {}),
        ((np.ones(3),), {}),
    ],
)
def test_inputs_that_do_not_fit(tmp_path, inputs, named):
    small_file(tmp_path / "a.onnx")
    with pytest.raises(tg.ArgumentError) as refusal:
        tg.from_onnx(tmp_path / "a.onnx", *inputs, **named)
    assert "x float32 (batch, 3)" in str(refusal.value)


def test_whole_numbers_are_whole(tmp_path):
    path = saved(tmp_path / "a.onnx", [node("Mul", "x")], [("x", INT64, [2])])
    assert tg.from_onnx(path, [2, 3]).tolist() == [4, 9]
    with pytest.raises(tg.ArgumentError, match="was given float64"):
        tg.from_onnx(path, [2.5, 3.0])


def test_functions_inside_of_a_file(tmp_path):
    function = helper.make_function(
        "own",
        "Twice",
        ["a"],
        ["b"],
        [helper.make_node("Add", ["a", "a"], ["b"])],
        [helper.make_opsetid("", 18)],
    )
    path = saved(
        tmp_path / "a.onnx",
        [node("Twice", domain="own")],
        [("x", FLOAT, [2])],
        functions=[function],
    )
    model = onnx.load(path)
    model.opset_import.append(helper.make_opsetid("own", 1))
    path.write_bytes(model.SerializeToString())
    assert tg.from_onnx(path, np.ones(2)).tolist() == [2.0, 2.0]


def test_several_outputs_are_a_tuple_and_a_trace_steps_through(tmp_path):
    nodes = [node("Relu", outputs=("y",)), node("Mul", "w", outputs=("z",))]
    place, weights = [("x", FLOAT, [3])], [("w", np.ones(3, np.float32))]
    path = saved(tmp_path / "a.onnx", nodes, place, weights, outputs=("y", "z"))
    first, second = tg.from_onnx(path, np.array([-1.0, 0.0, 1.0]))
    assert first.tolist() == [0.0, 0.0, 1.0] and second.tolist() == [-1.0, 0.0, 1.0]
    assert tg.trace(second.sum()).steps


def test_without_onnx_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(tg.ArgumentError, match="tinygraph\\[onnx\\]"):
        tg.from_onnx(tmp_path / "a.onnx")
