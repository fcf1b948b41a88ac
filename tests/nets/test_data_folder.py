"""Image files: the pixels are Pillow's, and a bad file is named."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from nets.data import DataError, image_folder, read_image

PHOTOS = Path(__file__).parents[3] / "shared" / "data" / "photos"


def random_pixels(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def save(path: Path, pixels: NDArray[np.generic]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def make_classes(folder: Path, names: list[str], count: int = 5) -> Path:
    """Pictures of one colour: the class number in red, the file number in green."""
    for label, name in enumerate(names):
        for number in range(count):
            pixels = np.zeros((8, 8, 3), dtype=np.uint8)
            pixels[:] = (label, number, 0)
            save(folder / name / f"{number}.png", pixels)
    return folder


def test_a_square_of_the_right_size_is_untouched(tmp_path: Path) -> None:
    pixels = random_pixels(32, 32)
    planes = read_image(save(tmp_path / "a.png", pixels))
    assert planes.dtype == np.uint8
    assert np.array_equal(planes, pixels.transpose(2, 0, 1))


@pytest.mark.parametrize(("height", "width"), [(40, 61), (61, 40), (7, 5), (1, 90)])
def test_the_centre_square_is_scaled(tmp_path: Path, height: int, width: int) -> None:
    pixels = random_pixels(height, width)
    planes = read_image(save(tmp_path / "a.png", pixels), size=20)
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(pixels[top : top + side, left : left + side])
    expected = square.resize((20, 20), Image.Resampling.BILINEAR)
    assert np.array_equal(planes, np.asarray(expected).transpose(2, 0, 1))


@pytest.mark.parametrize("suffix", ["jpg", "jpeg", "png", "bmp", "gif", "webp", "ppm"])
def test_every_format(tmp_path: Path, suffix: str) -> None:
    pixels = np.full((16, 16, 3), (200, 100, 50), dtype=np.uint8)
    planes = read_image(save(tmp_path / f"a.{suffix}", pixels), size=4)
    assert planes.shape == (3, 4, 4)
    assert np.abs(planes.mean(axis=(1, 2)) - (200, 100, 50)).max() < 6


def test_grey_becomes_three_equal_planes(tmp_path: Path) -> None:
    grey = random_pixels(8, 8)[:, :, 0]
    planes = read_image(save(tmp_path / "a.png", grey), size=8)
    assert all(np.array_equal(plane, grey) for plane in planes)


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 4), dtype=np.uint8)
    pixels[:4, :, 3] = 255
    planes = read_image(save(tmp_path / "a.png", pixels), size=8)
    assert planes[:, :4].max() == 0
    assert planes[:, 4:].min() == 255


def test_a_turned_camera_is_turned_back(tmp_path: Path) -> None:
    pixels = random_pixels(8, 8)
    exif = Image.Exif()
    exif[0x0112] = 3  # the tag Orientation: upside down
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    planes = read_image(tmp_path / "a.png", size=8)
    assert np.array_equal(planes, pixels[::-1, ::-1].transpose(2, 0, 1))


def test_sixteen_bits_are_stretched(tmp_path: Path) -> None:
    deep = np.linspace(1000, 61000, 64).astype(np.uint16).reshape(8, 8)
    planes = read_image(save(tmp_path / "a.png", deep), size=8)
    assert (planes.min(), planes.max()) == (0, 255)
    assert np.all(np.diff(planes[0].ravel().astype(int)) > 0)


def test_some_values_that_are_not_finite_are_dark(tmp_path: Path) -> None:
    values = np.full((8, 8), 0.5, dtype=np.float32)
    values[0], values[1], values[2] = np.nan, 0.25, np.inf
    planes = read_image(save(tmp_path / "a.tif", values), size=8)
    assert planes[0, :, 0].tolist() == [0, 0, 0, 255, 255, 255, 255, 255]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_no_finite_value(tmp_path: Path, value: float) -> None:
    path = save(tmp_path / "a.tif", np.full((8, 8), value, dtype=np.float32))
    with pytest.raises(DataError, match=r"a.tif has no finite value"):
        read_image(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a.png does not exist"):
        read_image(tmp_path / "a.png")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a file"):
        read_image(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(DataError, match="is not a file"):
        read_image(tmp_path / "a.png")


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(DataError, match=r"a.png is empty"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize(
    "content", [b"hello, world", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"]
)
def test_a_foreign_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(DataError, match=r"a.jpg is not an image or is damaged"):
        read_image(tmp_path / "a.jpg")


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "gif", "webp", "ppm", "tif"])
def test_a_truncated_file(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"a.{suffix}", random_pixels(64, 64))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="is not an image or is damaged"):
        read_image(path)


@pytest.mark.parametrize("limit", [1500, 3000])
def test_a_decompression_bomb(
    tmp_path: Path, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "a.png", np.zeros((64, 64), dtype=np.uint8))
    # Pillow warns above its limit and refuses above twice that; we refuse both.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(DataError, match="too many pixels: scale it down"):
        read_image(path)


def test_a_size_of_zero(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="size is 0"):
        read_image(save(tmp_path / "a.png", random_pixels(8, 8)), size=0)


def test_without_pillow_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(DataError, match=r'pip install "tinygraph\[nets\]"'):
        read_image(tmp_path / "a.png")


def test_classes_are_sorted_and_each_is_divided(tmp_path: Path) -> None:
    make_classes(tmp_path, ["apple", "pear", "zebra"])
    train, test = image_folder(tmp_path, size=8, test_fraction=0.4)
    assert train.classes == test.classes == ("apple", "pear", "zebra")
    assert np.bincount(train.labels).tolist() == [3, 3, 3]
    assert np.bincount(test.labels).tolist() == [2, 2, 2]
    for part in (train, test):
        assert np.array_equal(part.images[:, 0, 0, 0], part.labels)
    both = np.concatenate([train.images, test.images])[:, :2, 0, 0]
    assert len({tuple(pair) for pair in both.tolist()}) == 15


def test_the_slide_classes_come_in_slide_order(tmp_path: Path) -> None:
    make_classes(tmp_path, ["dog", "cat", "boat", "bird"])
    train, _ = image_folder(tmp_path, size=8)
    assert train.classes == ("dog", "cat", "boat", "bird")
    assert np.array_equal(train.images[:, 0, 0, 0], train.labels)


def test_the_seed_decides_the_division(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"], count=20)
    first, again, other = (image_folder(tmp_path, 8, seed=seed) for seed in (1, 1, 2))
    assert first[1].images.tobytes() == again[1].images.tobytes()
    assert first[1].images.tobytes() != other[1].images.tobytes()


def test_train_and_test_folders(tmp_path: Path) -> None:
    make_classes(tmp_path / "train", ["a", "b"], count=4)
    make_classes(tmp_path / "test", ["a", "b"], count=1)
    train, test = image_folder(tmp_path, size=8)
    assert train.labels.tolist() == [0] * 4 + [1] * 4
    assert test.labels.tolist() == [0, 1]


def test_train_and_test_must_agree(tmp_path: Path) -> None:
    make_classes(tmp_path / "train", ["a", "b"])
    make_classes(tmp_path / "test", ["a", "c"])
    with pytest.raises(DataError, match="same subfolders"):
        image_folder(tmp_path)


def test_hidden_files_are_ignored(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    (tmp_path / ".cache").mkdir()
    (tmp_path / "a" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "readme.txt").write_text("beside the class folders, files may lie")
    train, test = image_folder(tmp_path, size=8)
    assert len(train) + len(test) == 10


def test_an_empty_class(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    (tmp_path / "c").mkdir()
    with pytest.raises(DataError, match=r"c has no pictures"):
        image_folder(tmp_path)


@pytest.mark.parametrize("names", [[], ["a"]])
def test_fewer_than_two_classes(tmp_path: Path, names: list[str]) -> None:
    make_classes(tmp_path, names)
    with pytest.raises(DataError, match=f"has {len(names)} class folders"):
        image_folder(tmp_path)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        image_folder(tmp_path / "none")


@pytest.mark.parametrize("name", ["notes.txt", "bad.jpg"])
def test_a_file_that_is_not_an_image(tmp_path: Path, name: str) -> None:
    make_classes(tmp_path, ["a", "b"])
    (tmp_path / "b" / name).write_text("hello")
    with pytest.raises(DataError, match=rf"{name} is not an image"):
        image_folder(tmp_path)


def test_a_folder_within_a_class(tmp_path: Path) -> None:
    make_classes(tmp_path, ["a", "b"])
    (tmp_path / "b" / "more.png").mkdir()
    with pytest.raises(DataError, match=r"more.png is not an image"):
        image_folder(tmp_path)


@pytest.mark.skipif(not PHOTOS.exists(), reason="the photographs are not here")
def test_real_photographs() -> None:
    train, test = image_folder(PHOTOS)
    assert train.classes == ("dog", "cat", "boat", "bird")
    assert np.bincount(train.labels).tolist() == [80] * 4
    assert np.bincount(test.labels).tolist() == [20] * 4
    first = min((PHOTOS / "dog").iterdir())
    with Image.open(first) as image:
        expected = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
    assert np.array_equal(read_image(first), expected)
