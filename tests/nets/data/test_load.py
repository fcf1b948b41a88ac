"""A word or a path selects the right source."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nets.data
from nets.data import DataError, load, pictures_split


def write_batches(folder: Path) -> None:
    """Six batches, each with a dog, a cat, a ship and a bird."""
    folder.mkdir()
    names = [f"data_batch_{number}" for number in range(1, 6)]
    for name in [*names, "test_batch"]:
        content = b"".join(bytes([label]) + bytes(3072) for label in (5, 3, 8, 2))
        (folder / f"{name}.bin").write_bytes(content)


def test_pictures() -> None:
    train, test = load("pictures", train=12, test=5, seed=3, size=20)
    expected = pictures_split(train=12, test=5, seed=3, size=20)
    assert np.array_equal(train.images, expected[0].images)
    assert np.array_equal(test.images, expected[1].images)


@pytest.mark.parametrize("inner", ["cifar-10-batches-bin", "renamed"])
def test_a_folder_of_batches(tmp_path: Path, inner: str) -> None:
    write_batches(tmp_path / inner)
    source = tmp_path if inner == "cifar-10-batches-bin" else tmp_path / inner
    train, test = load(str(source))
    assert (len(train), len(test)) == (20, 4)
    assert load(str(source), classes="all")[0].classes[8] == "ship"


def test_a_file_is_an_archive_or_is_told_apart(tmp_path: Path) -> None:
    for name in ("c.tar.gz", "c.TGZ", "c"):
        (tmp_path / name).write_bytes(b"\0nothing")
        with pytest.raises(DataError, match="is not an archive: give"):
            load(str(tmp_path / name))
    Image.new("RGB", (9, 9)).save(tmp_path / "cat.png")
    with pytest.raises(DataError, match="is a picture: give a folder"):
        load(str(tmp_path / "cat.png"))
    (tmp_path / "data_batch_1.bin").write_bytes(bytes(3073))
    with pytest.raises(DataError, match="is only one file of the data set: give"):
        load(str(tmp_path / "data_batch_1.bin"))


def test_a_folder_of_images(tmp_path: Path) -> None:
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    train, test = load(str(tmp_path), size=6)
    assert train.images.shape == test.images.shape == (2, 3, 6, 6)
    assert train.classes == ("a", "b")


@pytest.mark.parametrize("source", ["", "picture", "photo.png", "none/such"])
def test_anything_else(source: str) -> None:
    with pytest.raises(DataError, match="give 'pictures', 'digits', "):
        load(source)


def test_all_names_are_there() -> None:
    assert all(hasattr(nets.data, name) for name in nets.data.__all__)
