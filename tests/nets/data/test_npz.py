"""Arrays in .npz files: pictures or a table; nothing that is read runs code."""

import io
import pickle
import re
import zipfile

import numpy as np
import pytest

from nets.data import DataError, Dataset, Table, digits, load

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (12, 9, 9), np.uint8)
LABELS = np.arange(12) % 3


def saved(tmp_path, compressed=False, **arrays):
    path = tmp_path / "data.npz"
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    return str(path)


def whole(parts):
    """All pictures of both parts by their bytes, with their labels."""
    return {
        i.tobytes(): label
        for d in parts
        for i, label in zip(d.images, d.labels, strict=True)
    }


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("array", "colours"),
    [
        (GREY, np.repeat(GREY[:, None], 3, 1)),
        (GREY[..., None], np.repeat(GREY[:, None], 3, 1)),
        (GREY / 255, np.repeat(GREY[:, None], 3, 1)),
        (GREY.astype(np.int32), np.repeat(GREY[:, None], 3, 1)),
        (np.stack([GREY, 255 - GREY, GREY // 2], -1),) * 2,
        (np.stack([GREY, 255 - GREY, GREY // 2], 1),) * 2,
    ],
    ids=["grey", "one channel", "decimals", "integers", "last", "first"],
)
def test_pictures_of_every_layout(tmp_path, array, colours, compressed) -> None:
    parts = load(saved(tmp_path, compressed, images=array, labels=LABELS))
    if colours.shape[-1] == 3:
        colours = np.moveaxis(colours, -1, 1)
    assert isinstance(parts[0], Dataset) and parts[0].classes == ("0", "1", "2")
    expected = {i.tobytes(): n for i, n in zip(colours, LABELS, strict=True)}
    assert whole(parts) == expected


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
    ],
)
def test_parts_are_used_as_they_are(tmp_path, names) -> None:
    arrays = (GREY[:8], LABELS[:8, None], GREY[8:], LABELS[8:, None])
    train, test = load(saved(tmp_path, **dict(zip(names, arrays, strict=True))))
    assert np.array_equal(train.images[:, 1], GREY[:8])
    assert np.array_equal(test.images[:, 2], GREY[8:])
    assert test.labels.tolist() == LABELS[8:].tolist()


def test_a_table_with_names(tmp_path) -> None:
    rows = RNG.normal(size=(12, 2)).astype(np.float32)
    names = dict(classes=np.array(["a", "b", "c"]), columns=np.array(["w", "h"]))
    train, test = load(saved(tmp_path, x=rows, y=LABELS, **names))
    assert isinstance(train, Table)
    assert (train.columns, train.classes) == (("w", "h"), ("a", "b", "c"))
    found = sorted([*train.rows.tolist(), *test.rows.tolist()])
    assert found == sorted(rows.astype(float).tolist())
    texts = np.array(["a", "b", "c"])[LABELS]
    again, _ = load(saved(tmp_path, x=rows, y=texts))
    assert again.classes == ("a", "b", "c")
    assert again.labels.tolist() == train.labels.tolist()
    numbers, _ = load(saved(tmp_path, x=rows, y=LABELS / 2))
    assert numbers.classes == () and numbers.columns == ("column 1", "column 2")


FAULTS = {
    "has the arrays a [12, 9, 9]: give arrays x, ": dict(a=GREY),
    "has the arrays x [12, 9, 9]": dict(x=GREY),
    "inputs of shape (12, 9, 9) for 11 targets": dict(x=GREY, y=LABELS[1:]),
    "inputs of shape (12, 9, 8, 1)": dict(x=GREY[..., 1:], y=LABELS),
    "inputs of shape (12,)": dict(x=LABELS, y=LABELS),
    "decimals outside 0 to 1": dict(x=GREY / 2.0, y=LABELS),
    "numbers outside 0 to 255": dict(x=GREY.astype(int) * 2, y=LABELS),
    "class numbers from -1 to 1": dict(x=GREY, y=LABELS - 1),
    "class numbers from 0 to 2": dict(x=GREY, y=LABELS, classes=np.array(["a", "b"])),
    "class numbers from 0 to 3000000": dict(x=GREY, y=LABELS * 1500000),
    "targets of shape (12, 2)": dict(x=GREY, y=np.ones((12, 2))),
    "pictures with numbers": dict(x=GREY, y=LABELS / 2),
    "is nan": dict(x=np.full((12, 2), np.nan), y=LABELS),
}


@pytest.mark.parametrize("words", FAULTS)
def test_what_does_not_fit_is_one_sentence(tmp_path, words) -> None:
    path = saved(tmp_path, **FAULTS[words])
    with pytest.raises(DataError, match=re.escape(words)) as caught:
        load(path)
    assert str(caught.value).endswith(".")


class Ran:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return eval, ("__import__('pytest').exit('a pickle was opened')",)


def test_arrays_of_objects_are_refused(tmp_path) -> None:
    path = saved(tmp_path, x=np.array([Ran()] * 12), y=LABELS)
    with pytest.raises(DataError, match="not numbers"):
        load(path)
    content = io.BytesIO()
    np.lib.format.write_array(content, LABELS)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", pickle.dumps(Ran()))
        archive.writestr("y.npy", content.getvalue())
    with pytest.raises(DataError, match="is not readable"):
        load(path)


def test_a_damaged_file(tmp_path) -> None:
    path = saved(tmp_path, True, x=GREY, y=LABELS)
    content = bytearray((tmp_path / "data.npz").read_bytes())
    content[200] ^= 255
    (tmp_path / "data.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"data\.npz cannot be used: "):
        load(path)


def test_a_small_file_cannot_fill_the_memory(tmp_path) -> None:
    """Its members announce more bytes than are allowed, or fewer than they have."""
    for size in (1 << 40, 10):
        path = tmp_path / "data.npz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.npy", bytes(10**7))
        content = path.read_bytes()
        true = (10**7).to_bytes(4, "little")
        assert content.count(true) == 2
        forged = min(size, 2**32 - 2).to_bytes(4, "little")
        path.write_bytes(content.replace(true, forged))
        with pytest.raises(DataError, match=r"and 2147483648 are|cannot be used"):
            load(str(path))


def test_handwritten_digits() -> None:
    from sklearn.datasets import load_digits

    train, test = digits(size=16)
    assert (len(train) + len(test), train.classes) == (1797, tuple("0123456789"))
    small = {
        (i[0, ::2, ::2].tobytes(), n)
        for d in (train, test)
        for i, n in zip(d.images, d.labels, strict=True)
    }
    found = load_digits()
    theirs = np.rint(found.images * 255 / 16).astype(np.uint8)
    assert small == {
        (i.tobytes(), n) for i, n in zip(theirs, found.target, strict=True)
    }
    assert load("digits")[0].images.shape[2:] == (32, 32)
    with pytest.raises(DataError, match="give a multiple of 8"):
        digits(size=20)


def test_digits_without_scikit_learn(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn.datasets", None)
    with pytest.raises(DataError, match=r"pip install 'tinygraph\[sklearn\]'\.$"):
        digits()
