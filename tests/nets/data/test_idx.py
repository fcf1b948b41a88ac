"""IDX files: MNIST and its like, plain or compressed; what is wrong is one sentence."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from nets import data
from nets.__main__ import main
from nets.data import download, idx

NAMES = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("t10k", "images"): "t10k-images-idx3-ubyte",
    ("t10k", "labels"): "t10k-labels-idx1-ubyte",
}
FILES = [*NAMES.values()]
DEBIAN = Path("/usr/share/datasets/fashion-mnist")


def packed(array, kind=8):
    """An IDX file, by the description of its format."""
    head = struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape)
    return head + array.tobytes()


def arrays(size=20, count=(40, 12)):
    """Pictures in which a bright row tells the class."""
    rng = np.random.default_rng(0)
    for part, n in zip(("train", "t10k"), count, strict=True):
        labels = np.arange(n, dtype=np.uint8) % 3
        images = rng.integers(0, 60, (n, size, size), np.uint8)
        images[np.arange(n), 2 + 3 * labels] = 250
        yield (part, "images"), images
        yield (part, "labels"), labels


@pytest.fixture(params=["", ".gz"])
def folder(request, tmp_path):
    for key, array in arrays():
        written = packed(array)
        if request.param:
            written = gzip.compress(written)
        (tmp_path / f"{NAMES[key]}{request.param}").write_bytes(written)
    return tmp_path


def test_pictures_and_labels_are_those_of_the_files(folder):
    train, test = data.load(str(folder))
    given = dict(arrays())
    for dataset, part in ((train, "train"), (test, "t10k")):
        assert dataset.classes == ("0", "1", "2")
        assert dataset.labels.tolist() == given[part, "labels"].tolist()
        for plane in range(3):
            found = dataset.images[:, plane]
            np.testing.assert_array_equal(found, given[part, "images"])


def test_a_folder_around_them_and_other_names(folder):
    outer = folder / "inner"
    outer.mkdir()
    for file in [*folder.iterdir()]:
        if file.is_file():
            file.rename(outer / file.name.replace("-idx", ".idx"))
    assert len(data.load(str(folder))[0]) == 40


def test_a_network_learns_them(folder, tmp_path, capsys):
    words = ["train", "--data", str(folder), "--out", str(tmp_path / "run")]
    more = ["--network", "lenet5", "--epochs", "8", "--batch-size", "8", "--lr", "0.1"]
    assert main([*words, *more]) == 0
    assert "recognised 100.0%" in capsys.readouterr().out
    assert main(["evaluate", "--checkpoint", str(tmp_path / "run")]) == 0


def test_a_data_set_by_name(folder, tmp_path, monkeypatch):
    """From the user's cache; the classes of Fashion-MNIST have names."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(idx, "places_of", lambda name, of=idx.places_of: of(name)[:1])
    nowhere = download.Source(("http://127.0.0.1:9/",), {f"{n}.gz": "" for n in FILES})
    monkeypatch.setitem(download.SOURCES, "fashion-mnist", nowhere)
    with pytest.raises(data.DataError, match=r"put train-.* into ") as caught:
        data.load("fashion-mnist")
    place = tmp_path / "cache" / "tinygraph" / "fashion-mnist"
    assert str(place) in str(caught.value)
    for file in folder.iterdir():
        if file.is_file():
            (place / file.name).write_bytes(file.read_bytes())
    assert data.load("fashion-mnist")[0].classes == idx.CLOTHES
    assert data.load(str(place))[0].classes == idx.CLOTHES


def test_the_real_one():
    if not (DEBIAN.is_dir() and idx.holds_idx(DEBIAN)):
        pytest.skip("the package dataset-fashion-mnist is not installed")
    train, test = data.load("fashion-mnist")
    assert train.images.shape == (60000, 3, 28, 28) and len(test) == 10000
    assert np.bincount(train.labels).tolist() == [6000] * 10
    assert train.classes[train.labels[0]] == "ankle boot"


FAULTS = {
    "not an IDX file": lambda file: b"\x89PNG" + file[4:],
    "is not an IDX file": lambda file: file[:9],
    "type 13 on 3 axes": lambda file: file[:2] + b"\x0d" + file[3:],
    "on 1 axes": lambda file: file[:3] + b"\x01" + file[4:],
    "has only": lambda file: file[:-7],
    "has more": lambda file: file + b"x",
    "numbers: 1 to": lambda file: file[:4] + b"\xff" * 12 + file[16:],
    "announces 0 numbers": lambda file: file[:4] + bytes(4) + file[8:],
    "is damaged": lambda file: gzip.compress(file)[:-30],
    "damaged": lambda file: gzip.compress(file)[:40] + b"????" * 9,
}


@pytest.mark.parametrize("words", FAULTS)
def test_what_is_wrong_is_one_sentence(words, tmp_path):
    for key, array in arrays():
        (tmp_path / NAMES[key]).write_bytes(packed(array))
    path = tmp_path / NAMES["train", "images"]
    path.write_bytes(FAULTS[words](path.read_bytes()))
    with pytest.raises(data.DataError) as caught:
        data.load(str(tmp_path))
    assert words in str(caught.value) and str(path) in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_small_file_cannot_fill_the_memory(tmp_path):
    """A compressed file is read as far as its head announces."""
    array = np.zeros((4, 20, 20), np.uint8)
    path = tmp_path / NAMES["train", "images"]
    path.write_bytes(gzip.compress(packed(array) + bytes(10**8)))
    with pytest.raises(data.DataError, match="and has more"):
        idx.read_idx(path, 3)


def test_files_that_do_not_belong_together(tmp_path):
    given = dict(arrays())
    given["train", "labels"] = given["train", "labels"][:-1]
    for key, array in given.items():
        (tmp_path / NAMES[key]).write_bytes(packed(array))
    with pytest.raises(data.DataError, match=r"40 pictures, and .* has 39 labels"):
        data.load(str(tmp_path))
    (tmp_path / NAMES["t10k", "labels"]).unlink()
    with pytest.raises(data.DataError, match="no file t10k-labels-idx1-ubyte"):
        data.load(str(tmp_path))
    with pytest.raises(data.DataError, match="only one file"):
        data.load(str(tmp_path / NAMES["train", "images"]))
    given = dict(arrays())
    given["t10k", "images"] = given["t10k", "images"][:, :, 1:]
    for key, array in given.items():
        (tmp_path / NAMES[key]).write_bytes(packed(array))
    with pytest.raises(data.DataError, match="20 by 19 pixels: they must be square"):
        data.load(str(tmp_path))
