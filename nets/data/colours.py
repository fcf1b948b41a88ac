"""Converting pixels of any kind to 8-bit sRGB on white, as a viewer shows them."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .depth import eight_bits
from .metadata import SRGB_PRIMARIES, Key, Light, Stripped

if TYPE_CHECKING:
    from PIL import Image, ImageCms

Matrix = NDArray[np.float64]
# The colour space of a profile, and Pillow's mode for such pixels.
MODES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
# Bradford's cone responses, for adapting one white to another.
CONES = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def on_white(image: Image.Image, found: Stripped, tags: dict[int, Any]) -> Image.Image:
    """The image in sRGB, with white behind its transparent parts.

    `tags` are the result of `nets.data.depth.number_tags`.
    """
    from PIL import Image

    clear = None if found.key is None else matches_key(image, found.key)
    if image.mode.startswith(("F", "I")):
        image = Image.fromarray(eight_bits(image, tags))
    if clear is not None:
        image = image.convert("RGBA")
        image.putalpha(Image.fromarray(np.where(clear, 0, 255).astype(np.uint8)))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha, white = image.getchannel("A"), Image.new("RGB", image.size, "white")
        return Image.composite(to_srgb(image.convert("RGB"), found), white, alpha)
    return to_srgb(image, found)


def matches_key(image: Image.Image, key: Key) -> NDArray[np.bool_]:
    """Where a PNG has its transparent colour.

    Of colours with 16 bits per channel, Pillow keeps 8.
    """
    pixels = np.asarray(image.convert("L") if image.mode == "1" else image)
    values = np.array(key.values)
    if key.depth < 8:
        values = values * (255 // (2**key.depth - 1))
    if pixels.ndim == 2:
        return np.equal(pixels, values[0])
    equal: NDArray[np.bool_] = (pixels == values >> (key.depth - 8)).all(axis=2)
    return equal


def to_srgb(image: Image.Image, found: Stripped) -> Image.Image:
    """The image in sRGB, by its colour profile if that is valid and fits."""
    profile = found.profile or image.info.get("icc_profile", b"")
    mode = "LAB" if image.mode == "LAB" else MODES.get(profile[16:20])
    if mode == "RGB" and image.mode != "CMYK":
        image = image.convert("RGB")
    if mode == image.mode:
        from PIL import ImageCms

        try:
            return srgb_transform(profile, mode).apply(image)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError, ImportError):
            pass  # ignore the profile
    image = image.convert("RGB")
    return image if found.light is None else apply_light(image, found.light)


@lru_cache(maxsize=8)
def srgb_transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    """The transform from a profile, or from Lab, to sRGB."""
    from PIL import ImageCms

    source = (
        ImageCms.createProfile("LAB")
        if mode == "LAB"
        else ImageCms.ImageCmsProfile(io.BytesIO(profile))
    )
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")


def apply_light(image: Image.Image, light: Light) -> Image.Image:
    """Convert an image with the gamma and primaries of `light` to sRGB."""
    from PIL import Image

    linear = (np.arange(256) / 255) ** (1 / light.gamma)
    pixels = linear[np.asarray(image)]
    if light.primaries != SRGB_PRIMARIES:
        matrix = np.linalg.solve(
            xyz_matrix(SRGB_PRIMARIES), xyz_matrix(light.primaries)
        )
        pixels = np.clip(pixels @ matrix.T, 0, 1)
    low, high = 12.92 * pixels, 1.055 * pixels ** (1 / 2.4) - 0.055
    levels = np.where(pixels <= 0.0031308, low, high)
    return Image.fromarray(np.rint(255 * levels).astype(np.uint8))


def xyz_matrix(primaries: tuple[float, ...]) -> Matrix:
    """The matrix from linear red, green and blue to XYZ with a white of 6500 K."""
    x, y = np.array(primaries).reshape(4, 2).T
    (white, *columns) = np.stack([x / y, np.ones(4), (1 - x - y) / y], axis=1)
    matrix = np.stack(columns, axis=1)
    matrix = matrix * np.linalg.solve(matrix, white)
    usual = np.array([0.3127 / 0.329, 1, 0.3583 / 0.329])
    gains = (CONES @ usual) / (CONES @ white)
    return np.linalg.solve(CONES, gains[:, None] * (CONES @ matrix))
