"""Unusual pictures of 16 by 16 pixels, and the scenes that most of them show."""

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 16
# Pictures that a browser shows, and those that it does not, with the levels that the
# file's own numbers mean.
SHOWN: dict[str, Callable[[], bytes]] = {}
NUMBERS: dict[str, tuple[Callable[[], bytes], NDArray[Any]]] = {}


def show(name: str, make: Callable[..., bytes], *values: Any, **options: Any) -> None:
    """Register a picture that `make` makes."""
    assert name not in SHOWN
    SHOWN[name] = lambda: make(*values, **options)


def number(
    name: str, levels: NDArray[Any], make: Callable[..., bytes], *more: Any
) -> None:
    """Register a picture, and what must be read from it."""
    assert name not in NUMBERS
    NUMBERS[name] = (lambda: make(*more), levels)


def scene(deep: bool = False) -> NDArray[np.uint16]:
    """Smooth levels up to 255 or 65535, different in every corner and channel."""
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1)
    planes = np.stack([x, y, (1 - x) * (1 - y)], axis=2)
    planes[:5, :5] = (1, 0.2, 0.1)
    whole = np.rint(planes * 65535).astype(np.uint16)
    return whole if deep else whole >> 8


COLOURS: NDArray[np.uint8] = scene().astype(np.uint8)
BGR: NDArray[np.uint8] = np.ascontiguousarray(COLOURS[:, :, ::-1])
GREY: NDArray[np.uint8] = COLOURS[:, :, 0] // 2 + COLOURS[:, :, 1] // 2
OPACITY: NDArray[np.uint8] = np.tile(np.arange(0, 256, 17, dtype=np.uint8), (SIDE, 1))
RGBA: NDArray[np.uint8] = np.dstack([COLOURS, OPACITY])
FRAMES = [Image.fromarray(np.roll(COLOURS, 5 * turn, 1)) for turn in range(3)]


def ramp(depth: int) -> NDArray[np.uint16]:
    """Every level of 1 to 8 bits, and many of 16."""
    levels = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    return (levels % 2**depth if depth < 16 else levels * 257 % 65536).astype(np.uint16)


def palette(count: int) -> bytes:
    """Colours at random, three bytes each."""
    rng = np.random.default_rng(count)
    return rng.integers(0, 256, 3 * count, np.uint8).tobytes()


def indexed(depth: int = 8) -> Image.Image:
    """The ramp in the colours of the palette."""
    image = Image.frombytes("P", (SIDE, SIDE), ramp(depth).astype(np.uint8).tobytes())
    image.putpalette(palette(2**depth))
    return image


def bits(samples: NDArray[Any], depth: int) -> bytes:
    """A row of samples, tightly packed, the first one in the highest bits."""
    if depth >= 8:
        return samples.tobytes()
    each = np.unpackbits(samples.astype(np.uint8)[:, None], axis=1)[:, 8 - depth :]
    return np.packbits(each.ravel()).tobytes()


def saved(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    """The image, or the scene, as Pillow saves it."""
    buffer = io.BytesIO()
    (image or Image.fromarray(COLOURS)).save(buffer, kind, **options)
    return buffer.getvalue()


def notes(*entries: tuple[int, int, int, int], order: str = "<") -> bytes:
    """Exif data: a directory of (tag, type, count, value)."""
    body = struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack(order + "HHI", tag, kind, count)
        body += struct.pack(order + ("HH" if kind == 3 else "I"), *_places(kind, value))
    start = b"II*\0" if order == "<" else b"MM\0*"
    return start + struct.pack(order + "I", 8) + body + bytes(4)


def _places(kind: int, value: int) -> tuple[int, ...]:
    return (value, 0) if kind == 3 else (value,)


def turned(value: int, order: str = "<") -> bytes:
    """Exif data with the orientation of the camera."""
    return notes((0x0112, 3, 1, value), order=order)


BROKEN = {
    "junk": b"no such thing",
    "far": b"II*\0\xff\xff\xff\x7f",
    "cut": turned(6)[:15],
    "endless": notes(
        *((0x0112, 3, 1, 6), (0x8769, 4, 1, 0xFFFFFF00), (0x010F, 2, 0x7FFFFFFF, 8))
    ),
    "odd_type": notes((0x0112, 2, 1, 6), (0x011A, 5, 1, 99999)),
    "loop": notes((0x0112, 3, 1, 3), (0x8769, 4, 1, 8), (0x8825, 4, 1, 8)),
    "zero_division": notes((0x011A, 5, 1, 8), (0x0128, 3, 1, 2)),
}


def _fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def profile(columns: Any, gamma: float, space: bytes = b"RGB ") -> bytes:
    """A colour profile: the columns of a matrix to XYZ (D50), and one exponent."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = {b"wtpt": b"XYZ " + bytes(4) + _fixed(0.9642, 1, 0.8249)}
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    for letter, column in zip((b"r", b"g", b"b"), columns, strict=False):
        tags[letter + b"XYZ"] = b"XYZ " + bytes(4) + _fixed(*column)
        tags[letter + b"TRC"] = curve
    tags[b"desc"] = b"desc" + bytes(4) + struct.pack(">I", 4) + b"odd\0" + bytes(80)
    tags[b"cprt"] = b"text" + bytes(4) + b"none"
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content
    rest = struct.pack(">I", len(tags)) + table + body
    kinds = struct.pack(">4sI4s4s4s", b"lcms", 0x02400000, b"mntr", space, b"XYZ ")
    date = struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    head = struct.pack(">I", 128 + len(rest)) + kinds + date
    return (head + _fixed(0.9642, 1, 0.8249)).ljust(128, b"\0") + rest


# The primaries of Display P3 and of sRGB under D50.
WIDE = profile(
    (
        *((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189)),
        (0.1571, 0.06657, 0.78407),
    ),
    2.2,
)
LINEAR = profile(
    (
        *((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708)),
        (0.14307, 0.06061, 0.7141),
    ),
    1.0,
)
GREY_LINEAR = profile((), 1.0, b"GRAY")
