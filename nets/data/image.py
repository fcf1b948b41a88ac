"""Reading one image file as pixels; a bad file is one of three kinds of error."""

from __future__ import annotations

import io
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tinygraph import FileError
from tinygraph.files import escaped, expanded, require_regular

from .colours import on_white
from .dataset import DataError, require_pillow
from .depth import number_tags
from .formats import UNDECODED, kind_of
from .metadata import Stripped, orientation, strip_metadata

if TYPE_CHECKING:
    from PIL import Image, ImageFile

LARGEST_IMAGE = 500_000_000  # bytes
# What Pillow's decoders raise for damaged files.
DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    AttributeError,
    ArithmeticError,
    LookupError,
    RuntimeError,
    struct.error,
)
UNSUPPORTED = re.compile(
    r"unsupported|not support|unknown (pixel|TGA|PCX)|cannot handle|not available",
    re.IGNORECASE,
)
TIFF_TAGS = range(254, 340)  # a KeyError with one of these means a missing tag
OPTIONAL = {"AVIF": "avif", "WEBP": "webp", "JPEG2000": "jpg_2000"}


class ImageError(DataError):
    """An image file that cannot be used; `fault` is the message without the remedy."""

    def __init__(self, path: Path, fault: str, remedy: str) -> None:
        self.fault = f"{escaped(path)} {fault}"
        super().__init__(f"{self.fault}: {remedy}.")


def read_image(path: str | Path, size: int = 32) -> NDArray[np.uint8]:
    """Read the centre square of an image file, scaled to (3, size, size) RGB planes.

    Reads any kind of image that Pillow decodes, whatever its name. The image is rotated
    upright by the orientation that the camera recorded, its colours are converted to
    sRGB if it has a profile, transparent parts become white, and an animation is
    represented by its first frame. Pixels of more than 8 bits are scaled by their
    depth: 16 bits v become round(255 v / 65535). Other metadata is not read and may be
    damaged.

    Raises `DataError` for a file that is missing or empty, is not an image, is damaged,
    is not supported, or is too large to unpack.
    """
    require_pillow()
    if size < 1:
        raise DataError(f"the size is {size} pixels; give a whole number above 0.")
    path = expanded(path)
    content = read_file(path)
    kind = decodable_kind(path, content)
    with faults_explained(path, kind):
        found = strip_metadata(content, kind)
        with open_image(found.content, kind) as image:
            return square_planes(image, size, found)


def read_file(path: Path) -> bytes:
    """Read the file; `ImageError` if that is not possible."""
    try:
        return read_checked(path)
    except OSError as error:
        fault = f"cannot be read ({error.strerror})"
        raise ImageError(path, fault, "make it readable") from error


def read_checked(path: Path) -> bytes:
    """Read the file if it is a regular one of a sensible size."""
    if not path.exists():
        raise ImageError(path, "does not exist", "give the path of an image file")
    try:
        require_regular(path)
    except FileError as error:
        fault = str(error).removeprefix(f"{escaped(path)} ")
        raise ImageError(path, fault, "give the path of an image file") from None
    length = path.stat().st_size
    if length == 0:
        raise ImageError(path, "is empty (0 bytes)", "replace it or remove it")
    if length > LARGEST_IMAGE:
        fault = f"has more than {LARGEST_IMAGE // 10**6} MB"
        raise ImageError(path, fault, "scale the image down first")
    return path.read_bytes()


def decodable_kind(path: Path, content: bytes) -> str:
    """The kind of image, by Pillow's name; `ImageError` if it cannot be decoded."""
    kind = kind_of(content, path.suffix)
    if kind is None:
        remedy = "replace it with one, such as JPEG or PNG, or remove it"
        raise ImageError(path, "is not an image", remedy)
    if kind in UNDECODED:
        raise not_supported(path, f"nets does not read {kind}")
    if kind in OPTIONAL and not has_decoder(OPTIONAL[kind]):
        raise not_supported(path, f"this Pillow does not read {kind}")
    return "ICO" if kind == "CUR" else kind


@lru_cache
def has_decoder(feature: str) -> bool:
    """Whether Pillow was built with a decoder."""
    from PIL import features

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an old Pillow does not know every feature
        return bool(features.check(feature))


def not_supported(path: Path, reason: object) -> ImageError:
    """The error for an image that nets cannot decode."""
    fault = f"is an image that is not supported ({reason})"
    return ImageError(path, fault, "save it as JPEG or PNG")


@contextmanager
def faults_explained(path: Path, kind: str) -> Iterator[None]:
    """Turn the errors of Pillow into an `ImageError`."""
    from PIL import Image

    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        fault = "unpacks to too many pixels"
        raise ImageError(path, fault, "scale it down first") from error
    except DECODING_ERRORS as error:
        inner = error.args[0] if error.args else None
        cause = inner if isinstance(inner, Exception) else error
        if is_unsupported(cause):
            raise not_supported(path, f"{kind}: {cause}") from error
        told = isinstance(cause, OSError | SyntaxError | ValueError | RuntimeError)
        reason = cause if told and str(cause) else "it ends early or contradicts itself"
        remedy = "copy it again, replace it with a valid image, or remove it"
        raise ImageError(path, f"is damaged ({kind}: {reason})", remedy) from error


def is_unsupported(error: Exception) -> bool:
    """Whether a decoder gave up on something unknown, such as a compression."""
    if isinstance(error, KeyError):
        return error.args[0] not in TIFF_TAGS
    return isinstance(error, NotImplementedError) or bool(
        UNSUPPORTED.search(str(error))
    )


@contextmanager
def open_image(content: bytes, kind: str) -> Iterator[ImageFile.ImageFile]:
    """Open an image without decoding it yet."""
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        # Ignore flaws that Pillow only warns about, except decompression bombs.
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(content), formats=(kind,))
        except UnidentifiedImageError:
            Image.OPEN[kind][0](
                io.BytesIO(content), ""
            )  # raises an error with the reason
            raise
        with image:
            yield image


def square_planes(
    image: ImageFile.ImageFile, size: int, found: Stripped
) -> NDArray[np.uint8]:
    """Decode the image and scale its centre square to (3, size, size)."""
    from PIL import Image

    # Decoding a huge JPEG at a smaller scale costs almost nothing.
    image.draft("RGB", (2 * size, 2 * size))
    tags = number_tags(image)
    upright = turn_upright(
        decode_image(image), found.exif or image.info.get("exif", b"")
    )
    side = min(upright.size)
    left, top = (upright.width - side) // 2, (upright.height - side) // 2
    square = on_white(upright.crop((left, top, left + side, top + side)), found, tags)
    scaled = square.resize((size, size), Image.Resampling.BILINEAR)
    pixels: NDArray[np.uint8] = np.asarray(scaled)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def decode_image(image: ImageFile.ImageFile) -> Image.Image:
    """Decode the picture; areas outside a frame or an icon are transparent."""
    from PIL import Image

    tile = image.tile[0][1] if image.format == "GIF" else None
    image.load()
    if tile is not None and tile != (0, 0, *image.size):
        whole = Image.new("RGBA", image.size, (0, 0, 0, 0))
        whole.paste(image.convert("RGBA").crop(tile), tile[:2])
        return whole
    icon = image.format == "ICO" and image.mode == "RGBA"
    if icon and image.getchannel("A").getbbox() is None:
        return image.convert("RGB")  # old icons of 32 bits have zeros for alpha
    return image


def turn_upright(image: Image.Image, exif: bytes) -> Image.Image:
    """Rotate or mirror the image by the orientation in its Exif data."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(orientation(exif))
    return image if turn is None else image.transpose(turn)
