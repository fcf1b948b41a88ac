"""TIFF, PNM and others that browsers do not show, with what their numbers mean."""

import struct
from typing import Any

import numpy as np
import PIL
from numpy.typing import NDArray
from odd import COLOURS, GREY, OPACITY, RGBA, SIDE, bits, number, palette, ramp, scene
from odd import saved as saved_as
from PIL import Image

SHAPES = {1: "B", 3: "H", 4: "I", 5: "I"}
DEEP = scene(deep=True)
IN_8 = np.rint(DEEP / 257)
ON_WHITE = np.rint(
    COLOURS * (OPACITY[:, :, None] / 255) + 255 - OPACITY[:, :, None].astype(float)
)


def grey(levels: NDArray[Any], white: float = 255) -> NDArray[Any]:
    """round(255 v / white), three times."""
    return np.rint(np.repeat(levels[:, :, None] * (255 / white), 3, axis=2))


def tiff(
    pixels: bytes, depths: tuple[int, ...], kind: int, order: str = "<", **more: Any
) -> bytes:
    """A TIFF of one strip; `more` are tags such as t339=(type, values)."""
    tags: dict[int, tuple[int, tuple[int, ...]]] = {
        256: (3, (SIDE,)),
        257: (3, (SIDE,)),
        258: (3, depths),
        259: (3, (1,)),
        262: (3, (kind,)),
        273: (4, (8,)),
        277: (3, (len(depths),)),
        278: (3, (SIDE,)),
        279: (4, (len(pixels),)),
    }
    tags |= {int(name[1:]): value for name, value in more.items()}
    pixels += bytes(len(pixels) % 2)
    body, after = b"", b""
    start = 8 + len(pixels)
    for tag, (form, values) in sorted(tags.items()):
        data = struct.pack(f"{order}{len(values)}{SHAPES[form]}", *values)
        values = values[:: 2 if form == 5 else 1]  # a fraction is two numbers
        if len(data) > 4:
            place = start + 2 + 12 * len(tags) + 4 + len(after)
            after += data + bytes(len(data) % 2)
            data = struct.pack(f"{order}I", place)
        body += struct.pack(f"{order}HHI", tag, form, len(values)) + data.ljust(
            4, b"\0"
        )
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = mark + struct.pack(f"{order}I", start) + pixels
    return head + struct.pack(f"{order}H", len(tags)) + body + bytes(4) + after


def packed(levels: NDArray[Any], depth: int) -> bytes:
    return b"".join(bits(row.ravel(), depth) for row in levels)


def twelve(levels: NDArray[Any]) -> bytes:
    """Two numbers of 12 bits in three bytes."""
    pairs = levels.reshape(-1, 2).astype(np.uint32)
    whole = pairs[:, 0] << 12 | pairs[:, 1]
    return whole.astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()


BLACK_IS_ZERO, WHITE_IS_ZERO, RGB, PALETTE, CMYK = 1, 0, 2, 3, 5
for depth in (1, 2, 4, 8):
    white = 2**depth - 1
    content = (
        packed(ramp(depth), depth) if depth < 8 else ramp(8).astype("u1").tobytes()
    )
    levels = grey(ramp(depth), white)
    number(f"tiff_{depth}", levels, tiff, content, (depth,), BLACK_IS_ZERO)
    number(
        f"tiff_{depth}_inverted", 255 - levels, tiff, content, (depth,), WHITE_IS_ZERO
    )
little, big = ramp(16).astype("<u2").tobytes(), ramp(16).astype(">u2").tobytes()
levels = grey(ramp(16), 65535)
number("tiff_16", levels, tiff, little, (16,), BLACK_IS_ZERO)
number("tiff_16_big_endian", levels, tiff, big, (16,), BLACK_IS_ZERO, ">")
number("tiff_16_inverted", 255 - levels, tiff, little, (16,), WHITE_IS_ZERO)
number(
    "tiff_16_dark",
    grey(ramp(16) // 16, 65535),
    tiff,
    (ramp(16) // 16).astype("<u2").tobytes(),
    (16,),
    BLACK_IS_ZERO,
)
number(
    "tiff_12",
    grey(ramp(16) // 16, 4095),
    tiff,
    twelve(ramp(16) // 16),
    (12,),
    BLACK_IS_ZERO,
)
whole = (ramp(16).astype(np.uint32) * 65537).astype("<u4")
number("tiff_32", levels, tiff, whole.tobytes(), (32,), BLACK_IS_ZERO)
floats = (ramp(16) / 65535).astype("<f4").tobytes()


def float_tiff(kind: int) -> bytes:
    return tiff(floats, (32,), kind, t339=(3, (3,)))


number("tiff_float", levels, float_tiff, BLACK_IS_ZERO)
number("tiff_float_inverted", 255 - levels, float_tiff, WHITE_IS_ZERO)
number("tiff_rgb", COLOURS, tiff, COLOURS.tobytes(), (8, 8, 8), RGB)
deep = DEEP.astype("<u2").tobytes()
number("tiff_rgb_16", IN_8, tiff, deep, (16, 16, 16), RGB)


def turned_tiff(value: int) -> bytes:
    return tiff(COLOURS.tobytes(), (8, 8, 8), RGB, t274=(3, (value,)))


for value, upright in {
    0: COLOURS,
    1: COLOURS,
    2: COLOURS[:, ::-1],
    3: COLOURS[::-1, ::-1],
    4: COLOURS[::-1],
    5: COLOURS.transpose(1, 0, 2),
    6: np.rot90(COLOURS, -1),
    7: np.rot90(COLOURS, 2).transpose(1, 0, 2),
    8: np.rot90(COLOURS),
}.items():
    number(f"tiff_turned_{value}", upright, turned_tiff, value)


def tiff_with(**tags: Any) -> bytes:
    return tiff(COLOURS.tobytes(), (8, 8, 8), RGB, **tags)


def tiff_with_clear() -> bytes:
    return tiff(RGBA.tobytes(), (8, 8, 8, 8), RGB, t338=(3, (2,)))


for name, tag in {"exif": 34665, "gps": 34853}.items():
    for place in (0xFFFFFF00, 8, 3):
        tags = {f"t{tag}": (4, (place,))}
        number(f"tiff_{name}_{place}", COLOURS, lambda tags=tags: tiff_with(**tags))
for name, tags in {
    "xmp": {"t700": (1, tuple(b"junk"))},
    "resolution": {"t282": (5, (1, 0)), "t283": (5, (0, 0)), "t296": (3, (9,))},
    "profile": {"t34675": (1, tuple(b"junk" * 40))},
    "unknown": {"t65000": (1, (1, 2))},
}.items():
    number(f"tiff_{name}_junk", COLOURS, lambda tags=tags: tiff_with(**tags))
number("tiff_clear", ON_WHITE, tiff_with_clear)
for kind in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
    number(
        f"tiff_{kind}", COLOURS, lambda kind=kind: saved_as("TIFF", compression=kind)
    )
    number(
        f"tiff_{kind}_16",
        levels,
        lambda kind=kind: saved_as("TIFF", Image.fromarray(ramp(16)), compression=kind),
    )
number(
    "tiff_group4",
    grey(ramp(1), 1),
    lambda: saved_as(
        "TIFF",
        Image.fromarray(grey(ramp(1), 1)[:, :, 0].astype("u1")).convert("1"),
        compression="group4",
    ),
)
number(
    "tiff_pages",
    COLOURS,
    lambda: saved_as("TIFF", save_all=True, append_images=[Image.fromarray(GREY)]),
)
number(
    "tiff_cmyk",
    (255 - COLOURS) * ((255 - GREY[:, :, None]) / 255.0),
    lambda: tiff(np.dstack([COLOURS, GREY]).tobytes(), (8, 8, 8, 8), CMYK),
)


PREMULTIPLIED = np.dstack([COLOURS * (OPACITY[:, :, None] / 255.0), OPACITY])
BOTH = np.dstack([GREY, OPACITY])
TABLE = np.frombuffer(palette(256), np.uint8).reshape(-1, 3)
WIDE_TABLE = tuple(int(level) * 257 for level in TABLE.T.ravel())
REVERSED = bytes(int(f"{level:08b}"[::-1], 2) for level in range(256))
STRIPS = {"t273": (4, (8, 264, 520)), "t279": (4, (256, 256, 256))}
number(
    "tiff_premultiplied",
    ON_WHITE,
    lambda: tiff(PREMULTIPLIED.astype("u1").tobytes(), (8,) * 4, RGB, t338=(3, (1,))),
)
number("tiff_alpha_not_said", ON_WHITE, tiff, RGBA.tobytes(), (8,) * 4, RGB)
number(
    "tiff_fourth_is_no_alpha",
    COLOURS,
    lambda: tiff(RGBA.tobytes(), (8,) * 4, RGB, t338=(3, (0,))),
)
number(
    "tiff_grey_clear",
    grey(GREY * (OPACITY / 255) + 255 - OPACITY),
    lambda: tiff(BOTH.tobytes(), (8, 8), BLACK_IS_ZERO, t338=(3, (2,))),
)
number(
    "tiff_palette",
    TABLE[ramp(8)],
    lambda: tiff(bytes(range(256)), (8,), PALETTE, t320=(3, WIDE_TABLE)),
)
number(
    "tiff_planes",
    COLOURS,
    lambda: tiff(
        COLOURS.transpose(2, 0, 1).tobytes(), (8,) * 3, RGB, t284=(3, (2,)), **STRIPS
    ),
)
number(
    "tiff_bits_reversed",
    grey(ramp(8)),
    lambda: tiff(REVERSED, (8,), BLACK_IS_ZERO, t266=(3, (2,))),
)

# TIFF with numbers that nets does not support: refused, not misread.
REFUSED = {
    "signed_8": tiff(bytes(range(256)), (8,), BLACK_IS_ZERO, t339=(3, (2,))),
    "signed_16": tiff(little, (16,), BLACK_IS_ZERO, t339=(3, (2,))),
    "planes_16": tiff(deep, (16,) * 3, RGB, t284=(3, (2,)), **STRIPS),
    "float_16": tiff(little, (16,), BLACK_IS_ZERO, t339=(3, (3,))),
    "float_64": tiff(bytes(2048), (64,), BLACK_IS_ZERO, t339=(3, (3,))),
    "compression": tiff(COLOURS.tobytes(), (8,) * 3, RGB, t259=(3, (9999,))),
}


# PNM: the file says which number is white.


def pnm(kind: int, white: int | None, body: bytes, comment: bytes = b"") -> bytes:
    last = b"" if white is None else b"%d\n" % white
    return b"P%d\n%s%d %d\n" % (kind, comment, SIDE, SIDE) + last + body


for white in (1, 3, 7, 100, 254, 255, 256, 1000, 4095, 65534, 65535):
    values = (ramp(16).astype(np.int64) * white // 65535).astype(
        ">u2" if white > 255 else "u1"
    )
    text = b" ".join(b"%d" % v for v in values.ravel())
    number(f"pgm_{white}", grey(values, white), pnm, 5, white, values.tobytes())
    number(f"pgm_{white}_text", grey(values, white), pnm, 2, white, text)
    values = (DEEP.astype(np.int64) * white // 65535).astype(
        ">u2" if white > 255 else "u1"
    )
    number(
        f"ppm_{white}", np.rint(values * (255 / white)), pnm, 6, white, values.tobytes()
    )
number(
    "pgm_comment", grey(ramp(8)), pnm, 5, 255, ramp(8).astype("u1").tobytes(), b"# 9\n"
)
ink = ramp(1)
number("pbm", grey(1 - ink, 1), pnm, 4, None, packed(ink, 1))
number(
    "pbm_text",
    grey(1 - ink, 1),
    pnm,
    1,
    None,
    b" ".join(b"%d" % v for v in ink.ravel()),
)
if tuple(map(int, PIL.__version__.split(".")[:2])) >= (10, 3):
    number(
        "pfm",
        levels,
        lambda: b"Pf\n16 16\n-1.0\n" + (ramp(16)[::-1] / 65535).astype("<f4").tobytes(),
    )

for kind in ("TGA", "PCX", "SGI", "DDS", "JPEG2000"):
    number(kind.lower(), COLOURS, saved_as, kind)
number("tga_clear", ON_WHITE, saved_as, "TGA", Image.fromarray(RGBA))
number("jpeg2000_16", levels, saved_as, "JPEG2000", Image.fromarray(ramp(16)))
number(
    "qoi",
    COLOURS,
    lambda: (
        b"qoif"
        + struct.pack(">IIBB", SIDE, SIDE, 3, 0)
        + b"".join(b"\xfe" + p.tobytes() for p in COLOURS.reshape(-1, 3))
        + bytes(7)
        + b"\1"
    ),
)
