"""One image file: the pixels are Pillow's, depth and white are the file's, and what is
wrong with a bad one is said in one of three sentences.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from nets.data import DataError, image, read_image


def random_pixels(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def save(path: Path, pixels: NDArray[np.generic]) -> Path:
    Image.fromarray(pixels).save(path)
    return path


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


FORMATS = (
    *("jpg", "png", "bmp", "gif", "webp", "ppm", "tif", "ico", "jp2", "tga", "pcx"),
    *("sgi", "dds", "icns"),
)


@pytest.mark.parametrize("suffix", FORMATS)
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


@pytest.mark.parametrize("suffix", ["png", "tif", "jp2"])
@pytest.mark.parametrize(("lowest", "highest"), [(0, 4095), (65535, 65535), (0, 65535)])
def test_sixteen_bits_are_scaled_by_their_depth(
    tmp_path: Path, suffix: str, lowest: int, highest: int
) -> None:
    deep = np.linspace(lowest, highest, 64).astype(np.uint16).reshape(8, 8)
    planes = read_image(save(tmp_path / f"a.{suffix}", deep), size=8)
    assert np.abs(planes - deep / 257).max() <= 0.5
    assert np.array_equal(planes[0], planes[2])


def test_a_bright_pixel_does_not_change_its_neighbours(tmp_path: Path) -> None:
    deep = np.full((8, 8), 700, dtype=np.uint16)
    plain = read_image(save(tmp_path / "a.png", deep), size=8)
    deep[7, 7] = 65535
    bright = read_image(save(tmp_path / "b.png", deep), size=8)
    assert np.array_equal(plain[:, :7], bright[:, :7])
    assert plain.max() == 3 and bright[0, 7, 7] == 255


def test_floating_point_numbers_are_black_at_0_and_white_at_1(tmp_path: Path) -> None:
    values = np.full((8, 8), 0.2, dtype=np.float32)
    values[0], values[1], values[2], values[3] = np.nan, 0.4, np.inf, 1
    planes = read_image(save(tmp_path / "a.tif", values), size=8)
    assert planes[0, :, 0].tolist() == [0, 102, 0, 255, 51, 51, 51, 51]


@pytest.mark.parametrize("value", [-0.1, 1.5, 255, 3e38])
def test_other_floating_point_numbers_do_not_say_what_is_white(
    tmp_path: Path, value: float
) -> None:
    values = np.full((8, 8), value, dtype=np.float32)
    with pytest.raises(DataError, match=r"not supported .*black is 0 and white is 1"):
        read_image(save(tmp_path / "a.tif", values), size=8)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_no_finite_value(tmp_path: Path, value: float) -> None:
    path = save(tmp_path / "a.tif", np.full((8, 8), value, dtype=np.float32))
    with pytest.raises(
        DataError, match=r"a.tif is damaged .*no pixel with a finite value"
    ):
        read_image(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a.png does not exist"):
        read_image(tmp_path / "a.png")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a file"):
        read_image(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(DataError, match="not a file"):
        read_image(tmp_path / "a.png")


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(DataError, match=r"a.png is empty"):
        read_image(tmp_path / "a.png")


NOT_IMAGES = {
    "text": b"hello, world",
    "BMW": b"BMW makes cars, and this is a text about them.",
    "page": b"<!DOCTYPE html><html><body>404 <img src='x.svg'></body></html>",
    "zip": b"PK\3\4" + bytes(99),
    "video": b"\0\0\0\x20ftypisom" + bytes(99),
    "zeros": bytes(999),
    "sound": b"RIFF\x24\0\0\0WAVEfmt " + bytes(99),
    "gzip": b"\x1f\x8b\x08" + bytes(99),
}
NOT_SUPPORTED = {
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99),
    "HEIF": b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(99),
    "SVG": b"<?xml version='1.0'?>\n<!-- drawn -->\n<svg width='9'></svg>",
    "plain SVG": b"\n <svg xmlns='http://www.w3.org/2000/svg'/>",
    "PDF": b"%PDF-1.7",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "JPEG XL": b"\xff\x0a" + bytes(99),
    "XCF": b"gimp xcf v011" + bytes(99),
    "OpenEXR": b"\x76\x2f\x31\x01" + bytes(99),
    "raw": b"II*\0\x10\0\0\0CR\2\0" + bytes(99),
    "Apple": b"\x89PNG\r\n\x1a\n\0\0\0\4CgBI" + bytes(99),
}


@pytest.mark.parametrize("name", NOT_IMAGES)
def test_a_file_that_is_no_image(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.jpg").write_bytes(NOT_IMAGES[name])
    with pytest.raises(DataError, match=r"a\.jpg is not an image: replace it"):
        read_image(tmp_path / "a.jpg")


@pytest.mark.parametrize("name", NOT_SUPPORTED)
def test_an_image_that_is_not_supported(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.jpg").write_bytes(NOT_SUPPORTED[name])
    word = {"HEIF": "HEIC", "plain SVG": "SVG"}.get(name, name)
    with pytest.raises(DataError, match=rf"a\.jpg is .* not supported \(.*{word}"):
        read_image(tmp_path / "a.jpg")


def test_a_raw_file_that_looks_like_tiff(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.tif")
    (tmp_path / "a.tif").rename(tmp_path / "a.NEF")
    with pytest.raises(
        DataError, match=r"not supported .nets does not read a camera's raw file"
    ):
        read_image(tmp_path / "a.NEF")


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_truncated_file(tmp_path: Path, suffix: str, share: float) -> None:
    path = save(tmp_path / f"a.{suffix}", random_pixels(64, 64))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DataError, match=r"a\.\w+ is damaged .*: copy it again"):
        read_image(path)


@pytest.mark.parametrize("suffix", ["TIF", "jfif", "JPG", "Png", "txt", ""])
def test_the_name_says_nothing(tmp_path: Path, suffix: str) -> None:
    pixels = random_pixels(8, 8)
    save(tmp_path / "a.png", pixels).rename(tmp_path / f"b.{suffix}")
    planes = read_image(tmp_path / f"b.{suffix}", size=8)
    assert np.array_equal(planes, pixels.transpose(2, 0, 1))


def test_a_file_that_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "LARGEST_IMAGE", 99)
    with pytest.raises(DataError, match="scale the image down"):
        read_image(save(tmp_path / "a.png", random_pixels(8, 8)))


@pytest.mark.parametrize("limit", [1500, 3000])
def test_a_decompression_bomb(
    tmp_path: Path, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "a.png", np.zeros((64, 64), dtype=np.uint8))
    # Pillow warns above its limit and refuses above twice that; we refuse both.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(DataError, match="too many pixels: scale it down"):
        read_image(path)


def test_of_an_icon_the_largest_picture_counts(tmp_path: Path) -> None:
    image = Image.new("RGB", (256, 256), "red")
    small = Image.new("RGB", (64, 64), "blue")
    image.save(tmp_path / "a.ico", sizes=[(256, 256), (64, 64)], append_images=[small])
    assert read_image(tmp_path / "a.ico", size=4)[:, 0, 0].tolist() == [255, 0, 0]


def test_a_size_of_zero(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="size is 0"):
        read_image(save(tmp_path / "a.png", random_pixels(8, 8)), size=0)


def test_without_pillow_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(DataError, match=r'pip install "tinygraph\[nets\]"'):
        read_image(tmp_path / "a.png")
