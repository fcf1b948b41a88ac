"""One image file as pixels, whatever its kind, and three sentences for bad ones."""

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

from nets.data.colours import on_white
from nets.data.dataset import DataError, require_pillow
from nets.data.depth import number_tags
from nets.data.formats import UNDECODED, kind_of
from nets.data.metadata import Essence, essence, orientation
from tinygraph import FileError
from tinygraph.files import escaped, expanded, require_regular

if TYPE_CHECKING:
    from PIL import Image, ImageFile

LARGEST = 500_000_000  # bytes
# What Pillow's decoders are known to raise on damaged files.
_DECODING_ERRORS = (
    *(OSError, SyntaxError, ValueError, EOFError, TypeError, AttributeError),
    *(ArithmeticError, LookupError, struct.error, RuntimeError),
)
_UNSUPPORTED = re.compile(
    r"unsupported|not support|unknown (pixel|TGA|PCX)|cannot handle|not available",
    re.IGNORECASE,
)
_TIFF_TAGS = range(254, 340)  # a number that is missing, not one that is unknown
_OPTIONAL = {"AVIF": "avif", "WEBP": "webp", "JPEG2000": "jpg_2000"}


class ImageError(DataError):
    """One image file that cannot be used; `fault` names it without the remedy."""

    def __init__(self, path: Path, fault: str, remedy: str) -> None:
        self.fault = f"{escaped(path)} {fault}"
        super().__init__(f"{self.fault}: {remedy}.")


def read_image(path: str | Path, size: int = 32) -> NDArray[np.uint8]:
    """The centre square of an image file, scaled to (3, size, size) RGB planes.

    Any kind of image that Pillow decodes is read, whatever the name ends in. It is
    turned upright as the camera noted, its colours are brought to sRGB where it has a
    profile, transparent parts become white, and an animation shows its first picture.
    Of more than 8 bits, the depth of the file decides: 16 bits v become
    round(255 v / 65535). Other notes in the file are not read, and may be broken.

    Raises `DataError` for a file that is missing or empty, is not an image, is damaged,
    is not supported, or is too large to unpack.
    """
    require_pillow()
    if size < 1:
        raise DataError(f"the size is {size} pixels; give a whole number above 0.")
    path = expanded(path)
    content = _content(path)
    kind = _decodable_kind(path, content)
    with _told(path, kind):
        found = essence(content, kind)
        with _opened(found.content, kind) as image:
            return _square_planes(image, size, found)


def _content(path: Path) -> bytes:
    try:
        return _read(path)
    except OSError as error:
        fault = f"cannot be read ({error.strerror})"
        raise ImageError(path, fault, "make it readable") from error


def _read(path: Path) -> bytes:
    if not path.exists():
        raise ImageError(path, "does not exist", "give the path of an image file")
    try:
        require_regular(path)
    except FileError as error:
        fault = str(error).removeprefix(f"{escaped(path)} ")
        raise ImageError(path, fault, "give the path of an image file") from None
    length = path.stat().st_size
    if length == 0:
        raise ImageError(path, "is empty (0 bytes)", "replace it or take it away")
    if length > LARGEST:
        fault = f"has more than {LARGEST // 10**6} MB"
        raise ImageError(path, fault, "scale the image down first")
    return path.read_bytes()


def _decodable_kind(path: Path, content: bytes) -> str:
    """The kind of image, under Pillow's name; `ImageError` where nothing decodes it."""
    kind = kind_of(content, path.suffix)
    if kind is None:
        remedy = "replace it with one, such as JPEG or PNG, or take it away"
        raise ImageError(path, "is not an image", remedy)
    if kind in UNDECODED:
        raise _not_supported(path, f"{kind} is not read here")
    if kind in _OPTIONAL and not _has(_OPTIONAL[kind]):
        raise _not_supported(path, f"this Pillow reads no {kind}")
    return "ICO" if kind == "CUR" else kind


@lru_cache
def _has(feature: str) -> bool:
    from PIL import features

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an old Pillow does not know all features
        return bool(features.check(feature))


def _not_supported(path: Path, reason: object) -> ImageError:
    fault = f"is an image that is not supported ({reason})"
    return ImageError(path, fault, "save it as JPEG or PNG")


@contextmanager
def _told(path: Path, kind: str) -> Iterator[None]:
    """Say in one sentence what is wrong with an image."""
    from PIL import Image

    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        fault = "unpacks to too many pixels"
        raise ImageError(path, fault, "scale it down first") from error
    except _DECODING_ERRORS as error:
        inner = error.args[0] if error.args else None
        cause = inner if isinstance(inner, Exception) else error
        if _is_unsupported(cause):
            raise _not_supported(path, f"{kind}: {cause}") from error
        told = isinstance(cause, OSError | SyntaxError | ValueError | RuntimeError)
        reason = cause if told and str(cause) else "it ends early or contradicts itself"
        remedy = "copy it again, replace it with a sound image, or take it away"
        raise ImageError(path, f"is damaged ({kind}: {reason})", remedy) from error


def _is_unsupported(error: Exception) -> bool:
    """Whether a decoder gave up because it does not know something, such as a number
    that stands for a compression.
    """
    if isinstance(error, KeyError):
        return error.args[0] not in _TIFF_TAGS
    return isinstance(error, NotImplementedError) or bool(
        _UNSUPPORTED.search(str(error))
    )


@contextmanager
def _opened(content: bytes, kind: str) -> Iterator[ImageFile.ImageFile]:
    """The image, of which nothing is decoded yet."""
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        # A flaw that Pillow only warns of is no reason to refuse; a bomb is.
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(content), formats=(kind,))
        except UnidentifiedImageError:
            Image.OPEN[kind][0](io.BytesIO(content), "")  # which says why
            raise
        with image:
            yield image


def _square_planes(
    image: ImageFile.ImageFile, size: int, found: Essence
) -> NDArray[np.uint8]:
    from PIL import Image

    # A huge JPEG is decoded at a smaller scale, which is close to free.
    image.draft("RGB", (2 * size, 2 * size))
    tags = number_tags(image)
    upright = _upright(_loaded(image), found.exif or image.info.get("exif", b""))
    side = min(upright.size)
    left, top = (upright.width - side) // 2, (upright.height - side) // 2
    square = on_white(upright.crop((left, top, left + side, top + side)), found, tags)
    scaled = square.resize((size, size), Image.Resampling.BILINEAR)
    pixels: NDArray[np.uint8] = np.asarray(scaled)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _loaded(image: ImageFile.ImageFile) -> Image.Image:
    """The decoded picture; what neither frame nor icon covers is transparent."""
    from PIL import Image

    tile = image.tile[0][1] if image.format == "GIF" else None
    image.load()
    if tile is not None and tile != (0, 0, *image.size):
        whole = Image.new("RGBA", image.size, (0, 0, 0, 0))
        whole.paste(image.convert("RGBA").crop(tile), tile[:2])
        return whole
    icon = image.format == "ICO" and image.mode == "RGBA"
    if icon and image.getchannel("A").getbbox() is None:
        return image.convert("RGB")  # 32 bits of old icons have no alpha, but zeros
    return image


def _upright(image: Image.Image, exif: bytes) -> Image.Image:
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
