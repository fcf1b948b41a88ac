"""PNG, byte by byte: every depth and colour type, metadata intact and damaged."""

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from odd import (
    BROKEN,
    COLOURS,
    FRAMES,
    GREY,
    GREY_LINEAR,
    LINEAR,
    OPACITY,
    RGBA,
    SIDE,
    WIDE,
    bits,
    palette,
    ramp,
    saved,
    scene,
    show,
    turned,
)

PASSES = (
    *((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4)),
    *((2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)),
)


def chunk(name: bytes, body: bytes, crc: int | None = None) -> bytes:
    check = zlib.crc32(name + body) if crc is None else crc
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)


END = chunk(b"IEND", b"")


def _rows(samples: NDArray[Any], depth: int) -> bytes:
    """Rows of samples (H, W) or (H, W, C), each after the filter 0."""
    samples = samples.astype(">u2" if depth == 16 else np.uint8)
    return b"".join(b"\0" + bits(row.ravel(), depth) for row in samples)


def png(
    samples: NDArray[Any],
    depth: int = 8,
    kind: int = 2,
    *,
    before: bytes = b"",
    after: bytes = b"",
    interlaced: bool = False,
    end: bytes = END,
) -> bytes:
    """A PNG with other chunks before and after the pixels."""
    head = struct.pack(">IIBBBBB", SIDE, SIDE, depth, kind, 0, 0, interlaced)
    raw = b"".join(
        _rows(samples[top::down, left::right], depth)
        for top, left, down, right in (PASSES if interlaced else ((0, 0, 1, 1),))
    )
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return start + before + chunk(b"IDAT", zlib.compress(raw)) + after + end


def shorts(*values: Any) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


def longs(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def packed_profile(profile: bytes) -> bytes:
    return chunk(b"iCCP", b"x\0\0" + zlib.compress(profile))


DEEP, DEEP_OPACITY = scene(deep=True), OPACITY.astype(np.uint16) * 257

for depth in (1, 2, 4, 8, 16):
    grey = ramp(depth)
    show(f"png_grey_{depth}", png, grey, depth, 0)
    show(f"png_grey_{depth}_interlaced", png, grey, depth, 0, interlaced=True)
    key = chunk(b"tRNS", shorts(grey[0, 1]))
    show(f"png_grey_{depth}_key", png, grey, depth, 0, before=key)
for depth in (1, 2, 4, 8):
    colours = chunk(b"PLTE", palette(2**depth))
    show(f"png_palette_{depth}", png, ramp(depth), depth, 3, before=colours)
    half = bytes(range(0, 256, 256 // 2**depth))[: 2 ** (depth - 1)]
    clear = colours + chunk(b"tRNS", half)
    show(f"png_palette_{depth}_clear", png, ramp(depth), depth, 3, before=clear)
show("png_white_16", png, np.full((SIDE, SIDE), 65535), 16, 0)
show("png_dark_16", png, ramp(16) // 16, 16, 0)
show("png_one_bright_16", png, np.where(ramp(16) == 0, 65535, 700), 16, 0)
show("png_significant_bits", png, ramp(16), 16, 0, before=chunk(b"sBIT", b"\x0c"))
show("png_grey_alpha_8", png, np.dstack([GREY, OPACITY]), 8, 4)
show("png_grey_alpha_16", png, np.dstack([ramp(16), DEEP_OPACITY]), 16, 4)
show("png_rgb_8_interlaced", png, COLOURS, interlaced=True)
show("png_rgb_16", png, DEEP, 16)
show("png_rgba_8", png, RGBA, 8, 6)
show("png_rgba_16", png, np.dstack([DEEP, DEEP_OPACITY]), 16, 6)
for depth, samples in ((8, COLOURS), (16, DEEP)):
    key = chunk(b"tRNS", shorts(*samples[0, 0]))
    show(f"png_rgb_{depth}_key", png, samples, depth, before=key)

for name, body in BROKEN.items():
    show(f"png_exif_{name}", png, COLOURS, before=chunk(b"eXIf", body))
for value in range(1, 9):
    show(f"png_turned_{value}", png, COLOURS, before=chunk(b"eXIf", turned(value)))
show("png_turned_too_late", png, COLOURS, after=chunk(b"eXIf", turned(8)))
huge = b"a\0\0" + zlib.compress(bytes(3_000_000))
for name, before in {
    "text_huge": chunk(b"zTXt", huge),
    "text_broken": chunk(b"zTXt", b"a\0\0junk") + chunk(b"iTXt", b"a"),
    "text_wrong_sum": chunk(b"tEXt", b"a\0b", crc=1),
    "key_wrong_sum": chunk(b"tRNS", shorts(255, 51, 25), crc=1),
    "resolution_short": chunk(b"pHYs", b"\0"),
    "time_short": chunk(b"tIME", b"\0"),
    "gamma_short": chunk(b"gAMA", b"\0"),
    "primaries_short": chunk(b"cHRM", b"\0"),
    "profile_junk": packed_profile(b"junk"),
    "profile_unpackable": chunk(b"iCCP", b"x\0\0junk"),
    "profile_no_name": chunk(b"iCCP", b"junk"),
    "profile_method": chunk(b"iCCP", b"x\0\7junk"),
    "unknown_chunk": chunk(b"prVt", b"junk"),
    "srgb": chunk(b"sRGB", b"\0"),
    "srgb_before_gamma": chunk(b"sRGB", b"\0") + chunk(b"gAMA", longs(100000)),
}.items():
    show(f"png_{name}", png, COLOURS, before=before)
twice = chunk(b"eXIf", turned(6)) + chunk(b"eXIf", turned(3))
show("png_turned_twice", png, COLOURS, before=twice)
twice = chunk(b"PLTE", palette(16))
twice += chunk(b"tRNS", bytes(3)) + chunk(b"tRNS", b"\xff\x80")
show("png_palette_clear_twice", png, ramp(4), 4, 3, before=twice)
show("png_no_end", png, COLOURS, end=b"")
show("png_more_after", png, COLOURS, end=END + b"more" * 99)

SRGB = longs(31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
P3 = longs(31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
ADOBE_UNDER_D50 = longs(34567, 35850, 64840, 33090, 23010, 70160, 15590, 6600)
for gamma in (20000, 30000, 40000, 44000, 45455, 47000, 50000, 100000, 200000):
    told = chunk(b"gAMA", longs(gamma))
    show(f"png_gamma_{gamma}", png, COLOURS, before=told)
for name, primaries in (("srgb", SRGB), ("p3", P3), ("d50", ADOBE_UNDER_D50)):
    told = chunk(b"gAMA", longs(45455)) + chunk(b"cHRM", primaries)
    show(f"png_primaries_{name}", png, COLOURS, before=told)
    show(f"png_only_primaries_{name}", png, COLOURS, before=told[16:])
show("png_grey_gamma", png, ramp(8), 8, 0, before=chunk(b"gAMA", longs(100000)))
for name, profile in (("wide", WIDE), ("linear", LINEAR)):
    told = packed_profile(profile)
    show(f"png_{name}", png, COLOURS, before=told)
    show(f"png_{name}_16", png, DEEP, 16, before=told)
    show(f"png_{name}_clear", png, RGBA, 8, 6, before=told)
    show(f"png_{name}_grey", png, GREY, 8, 0, before=told)
    told += chunk(b"PLTE", palette(16))
    show(f"png_{name}_palette", png, ramp(4), 4, 3, before=told)
show("png_grey_linear", png, GREY, 8, 0, before=packed_profile(GREY_LINEAR))

ANIMATED = {"save_all": True, "append_images": FRAMES[1:]}
show("png_animated", saved, "PNG", FRAMES[0], **ANIMATED)
show(
    "png_animated_after_another",
    saved,
    "PNG",
    FRAMES[0],
    default_image=True,
    **ANIMATED,
)
