"""Weights in files, and back; PyTorch reads and writes the same files."""

import os
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("safetensors")
from safetensors import numpy as files

import nets
import tinygraph as tg
from nets import networks

FORMATS = ["npz", "safetensors"]


def network(seed=0):
    rng = np.random.default_rng(seed)
    layer = networks.resnet20(rng, 4, 3)
    layer(rng.normal(size=(4, 3, 8, 8)).astype("f"))  # running statistics
    return layer


def state_of(layer):
    return {n: (a.dtype, a.tolist()) for n, a in layer.state_dict().items()}


@pytest.mark.parametrize("ending", FORMATS)
def test_every_number_comes_back_and_the_bytes_are_the_same(tmp_path, ending):
    layer, other, path = network(0), network(1), tmp_path / f"a.{ending}"
    nets.save_weights(layer, path)
    assert nets.load_weights(other, path) == ([], [])
    assert state_of(other) == state_of(layer)
    again = tmp_path / f"b.{ending.upper()}"
    nets.save_weights(other, again)
    assert again.read_bytes() == path.read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "a." + ending,
        again.name,
    ]


def test_numpy_and_safetensors_read_the_files(tmp_path):
    layer = network()
    for ending in FORMATS:
        nets.save_weights(layer, tmp_path / f"a.{ending}")
    with np.load(tmp_path / "a.npz") as archive:
        assert {*archive.files} == {*layer.state_dict()}
    state = files.load_file(tmp_path / "a.safetensors")
    expected = layer.state_dict()
    assert {name: array.tolist() for name, array in state.items()} == {
        name: array.tolist() for name, array in expected.items()
    }


def test_what_numpy_and_safetensors_wrote_is_read(tmp_path):
    layer = nets.Linear.random(np.random.default_rng(0), 3, 2)
    weight = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    state = {"weight": weight, "bias": np.ones(2)}
    np.savez(tmp_path / "a.npz", **state)
    files.save_file(
        {n: a.copy("C") for n, a in state.items()}, tmp_path / "b.safetensors"
    )
    for name in ("a.npz", "b.safetensors"):
        nets.load_weights(layer, tmp_path / name)
        assert layer.w.data.tolist() == weight.tolist()
        assert layer.w.dtype == np.float32
        layer.w.data = weight * 0


def test_columns_first_in_memory_are_no_different(tmp_path):
    w = tg.Tensor(np.asfortranarray(np.arange(6.0).reshape(2, 3)), requires_grad=True)
    for ending in FORMATS:
        nets.save_weights(nets.Linear(w), tmp_path / f"a.{ending}")
        other = nets.Linear(tg.Tensor(np.zeros((2, 3)), requires_grad=True))
        nets.load_weights(other, tmp_path / f"a.{ending}")
        assert other.w.tolist() == w.tolist()


@pytest.mark.parametrize("ending", FORMATS)
def test_weights_that_do_not_fit_change_nothing(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    nets.save_weights(nets.Linear.random(np.random.default_rng(0), 3, 2), path)
    layer = network()
    before = state_of(layer)
    with pytest.raises(nets.StateError, match="are missing"):
        nets.load_weights(layer, path)
    assert state_of(layer) == before
    assert "weight" in nets.load_weights(layer, path, strict=False).unexpected


def test_a_file_that_cannot_be_written_stays(tmp_path):
    path = tmp_path / "a.safetensors"
    nets.save_weights(network(), path)
    before = path.read_bytes()
    with pytest.raises(tg.FileError, match="does not exist"):
        nets.save_weights(network(), tmp_path / "none" / "a.npz")
    with pytest.raises(nets.WeightsError, match=r"'.pt': weights are saved as .npz or"):
        nets.save_weights(network(), tmp_path / "a.pt")
    assert path.read_bytes() == before and [*tmp_path.iterdir()] == [path]


@given(st.data(), st.sampled_from(FORMATS))
@settings(max_examples=40, deadline=None)
def test_damaged_files_end_in_an_error_of_ours(tmp_path_factory, data, ending):
    path = tmp_path_factory.mktemp("weights") / f"a.{ending}"
    layer = nets.Linear.random(np.random.default_rng(0), 3, 2)
    nets.save_weights(layer, path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        nets.load_weights(layer, path)
    except tg.TinygraphError as error:
        assert "\n" not in str(error)


def made(folder, kind):
    """A file, or none, that has no weights to read."""
    if kind == "objects.npz":
        np.savez(folder / kind, weight=np.array([{}], object))
    elif kind == "packed.npz":
        np.savez_compressed(folder / kind, weight=np.zeros(10**5))
    elif kind == "pipe.npz":
        os.mkfifo(folder / kind)
    elif kind == "half.safetensors":
        header = b'{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
        (folder / kind).write_bytes(len(header).to_bytes(8, "little") + header + b"00")
    elif kind != "none.npz":
        (folder / kind).write_bytes(b"text")
    return folder / kind


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("objects.npz", "not numbers"),
        ("packed.npz", "is compressed"),
        ("pipe.npz", "is a pipe"),
        ("none.npz", "No such file"),
        ("text.npz", "is not an archive of weights"),
        ("text.safetensors", "is not a safetensors file"),
        ("half.safetensors", "numbers of type BF16"),
        ("text.bin", "'.bin'"),
    ],
)
def test_files_without_readable_weights(tmp_path, kind, words):
    path = made(tmp_path, kind)
    with pytest.raises(tg.TinygraphError, match=words) as refusal:
        nets.load_weights(network(), path)
    assert path.name in str(refusal.value)


def test_without_safetensors_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    nets.save_weights(network(), tmp_path / "a.npz")
    with pytest.raises(tg.ArgumentError, match=r"tinygraph\[safetensors\]"):
        nets.save_weights(network(), tmp_path / "a.safetensors")
