"""Pictures of one's own: image files, one folder for each class."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nets.data.dataset import (
    SLIDE_CLASSES,
    DataError,
    Dataset,
    require_pillow,
    split,
)

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".ppm")
# Only these decoders run on foreign files; some of the others start other programs.
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "PPM", "TIFF")
# What Pillow's decoders are known to raise on damaged files.
_DECODING_ERRORS = (
    *(OSError, SyntaxError, ValueError, EOFError, TypeError),
    *(ArithmeticError, LookupError, struct.error),
)


def image_folder(
    path: str | Path, size: int = 32, test_fraction: float = 0.2, seed: int = 0
) -> tuple[Dataset, Dataset]:
    """The pictures of a folder with one subfolder for each class, as (train, test).

    The classes are the names of the subfolders, sorted; dog, cat, boat and bird come
    in this order of the slides. Each picture (jpg, jpeg, png, bmp, gif, webp or ppm, of
    any size) goes through `read_image`. If there are folders `train` and `test`, they
    hold the class folders of the two parts; otherwise `test_fraction` of each class,
    drawn with `seed`, is set aside for the test. Hidden files are ignored.

    Raises `DataError` for a missing folder, fewer than two classes, a class without
    pictures and a file that is not a picture.
    """
    path = Path(path)
    if not path.is_dir():
        raise DataError(
            f"{path} is not a folder: give one with a subfolder for each class."
        )
    if (path / "train").is_dir() and (path / "test").is_dir():
        train = _read_classes(path / "train", size)
        test = _read_classes(path / "test", size)
        _check_same_classes(path, train.classes, test.classes)
        return train, test
    return split(_read_classes(path, size), test_fraction, seed)


def read_image(path: str | Path, size: int = 32) -> NDArray[np.uint8]:
    """The centre square of an image file, scaled to (3, size, size) RGB planes.

    Turned upright as the camera noted, transparent parts on white, the first frame of
    an animation; pixels deeper than 8 bits are stretched from the darkest (0) to the
    brightest (255). Raises `DataError` for a file that is missing, empty, damaged, not
    an image, too large to unpack, or without any finite value.
    """
    require_pillow()
    if size < 1:
        raise DataError(f"the size is {size} pixels; give a whole number above 0.")
    path = Path(path)
    _check_file(path)
    from PIL import Image

    with warnings.catch_warnings():
        # A flaw that Pillow only warns of is no reason to refuse; a bomb is.
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=FORMATS) as image:
                return _square_planes(image, size, path)
        except DataError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise DataError(
                f"{path} unpacks to too many pixels: scale it down first."
            ) from error
        except _DECODING_ERRORS as error:
            raise DataError(
                f"{path} is not an image or is damaged ({error}): replace it with an "
                f"image such as JPEG or PNG, or take it away."
            ) from error


def _check_file(path: Path) -> None:
    if not path.exists():
        raise DataError(f"{path} does not exist: give the path of an image file.")
    if not path.is_file():
        raise DataError(f"{path} is not a file: give the path of an image file.")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty (0 bytes): replace it or take it away.")


def _square_planes(image: Image.Image, size: int, path: Path) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    # A huge JPEG is decoded at a smaller scale, which is close to free.
    image.draft("RGB", (2 * size, 2 * size))
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("F", "I")):
        image = Image.fromarray(_eight_bits(np.asarray(image), path))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.convert("RGB").crop((left, top, left + side, top + side))
    scaled = square.resize((size, size), Image.Resampling.BILINEAR)
    pixels: NDArray[np.uint8] = np.asarray(scaled)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _eight_bits(values: NDArray[np.generic], path: Path) -> NDArray[np.uint8]:
    deep = values.astype(np.float64)
    finite = np.isfinite(deep)
    if not finite.any():
        raise DataError(
            f"{path} has no finite value in any pixel: save it again from the program "
            f"that made it."
        )
    darkest, brightest = deep[finite].min(), deep[finite].max()
    deep = np.where(finite, deep, darkest) - darkest
    scaled: NDArray[np.float64] = deep * (255 / max(brightest - darkest, 1e-300))
    return scaled.astype(np.uint8)


def _read_classes(folder: Path, size: int) -> Dataset:
    classes = _class_names(folder)
    images, labels = [], []
    for label, name in enumerate(classes):
        files = _image_files(folder / name)
        images += [read_image(file, size) for file in files]
        labels += [label] * len(files)
    return Dataset(np.stack(images), np.array(labels, dtype=np.int64), classes)


def _class_names(folder: Path) -> tuple[str, ...]:
    names = [entry.name for entry in _visible(folder) if entry.is_dir()]
    if len(names) < 2:
        raise DataError(
            f"{folder} has {len(names)} class folders, {names}, but at least 2 are "
            f"needed: make one subfolder for each class, with its pictures in it."
        )
    return SLIDE_CLASSES if set(names) == set(SLIDE_CLASSES) else tuple(names)


def _image_files(folder: Path) -> list[Path]:
    files = _visible(folder)
    for file in files:
        if file.is_dir() or file.suffix.lower() not in SUFFIXES:
            raise DataError(
                f"{file} is not an image: class folders hold only files that end in "
                f"{', '.join(SUFFIXES)}."
            )
    if not files:
        raise DataError(f"{folder} has no pictures: add some or delete the folder.")
    return files


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if entry.name[0] != ".")


def _check_same_classes(
    path: Path, train: tuple[str, ...], test: tuple[str, ...]
) -> None:
    if train != test:
        raise DataError(
            f"{path / 'train'} has the classes {train}, but {path / 'test'} has "
            f"{test}: give both the same subfolders."
        )
