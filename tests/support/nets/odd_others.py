"""GIF, WebP, AVIF, BMP, icons and cursors."""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from odd import (
    BGR,
    BROKEN,
    COLOURS,
    FRAMES,
    GREY,
    LINEAR,
    OPACITY,
    RGBA,
    SIDE,
    WIDE,
    bits,
    indexed,
    notes,
    palette,
    ramp,
    saved,
    show,
    turned,
)
from PIL import Image, features

ANIMATED = {"save_all": True, "append_images": FRAMES[1:]}
CLEAR = Image.fromarray(RGBA)


def small_frame(**options: Any) -> bytes:
    """A frame of 8 by 8 on a screen of 16 by 16, whose background is colour 2."""
    whole = saved("GIF", indexed(3).crop((0, 0, 8, 8)), **options)
    return whole[:6] + struct.pack("<HHBB", SIDE, SIDE, whole[10], 2) + whole[12:]


def commented() -> bytes:
    """A comment and a block of an application right after the colours."""
    whole = saved("GIF", indexed(3))
    more = b"\x21\xfe\x04junk\0" + b"\x21\xff\x0bXMP DataXMP\x02<x\0"
    return whole[: 13 + 24] + more + whole[13 + 24 :]


show("gif", saved, "GIF", indexed())
show("gif_clear", saved, "GIF", indexed(), transparency=3)
show("gif_two_colours", saved, "GIF", indexed(1))
show("gif_not_interlaced", saved, "GIF", indexed(), interlace=0)
show("gif_87", lambda: b"GIF87a" + saved("GIF", indexed(4))[6:])
show("gif_animated", saved, "GIF", FRAMES[0], **ANIMATED)
show("gif_grey", saved, "GIF", Image.fromarray(GREY))
show("gif_small_frame", small_frame)
show("gif_small_frame_clear", small_frame, transparency=1)
show("gif_comment", commented)
show("gif_no_end", lambda: saved("GIF", indexed())[:-1])

if "webp" in features.get_supported():

    def webp(image: Image.Image | None = None, **options: Any) -> bytes:
        return saved("WEBP", image, **{"lossless": True, "exact": True, **options})

    def webp_with_unknown_chunk() -> bytes:
        whole = webp(exif=turned(6)) + b"junk\3\0\0\0abc\0"
        return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]

    show("webp_lossless", webp)
    show("webp_lossy", webp, lossless=False, quality=90)
    show("webp_clear", webp, CLEAR)
    show("webp_clear_lossy", webp, CLEAR, lossless=False, quality=95)
    show("webp_animated", webp, FRAMES[0], **ANIMATED)
    show("webp_turned", webp, exif=turned(6))  # which browsers do not look for
    show("webp_turned_like_jpeg", webp, exif=b"Exif\0\0" + turned(3))
    for name, body in BROKEN.items():
        show(f"webp_exif_{name}", webp, exif=body)
    show("webp_profile_junk", webp, icc_profile=b"junk" * 40)
    show("webp_xmp_junk", webp, xmp=b"junk")
    show("webp_wide", webp, icc_profile=WIDE)
    show("webp_linear", webp, icc_profile=LINEAR)
    show("webp_unknown_chunk", webp_with_unknown_chunk)

if "avif" in features.get_supported():

    def avif(image: Image.Image | None = None, **options: Any) -> bytes:
        return saved("AVIF", image, quality=95, subsampling="4:4:4", **options)

    def avif_with_broken_exif() -> bytes:
        whole = avif(exif=notes((0x0112, 3, 1, 1), (0x010E, 3, 1, 1)))
        place = whole.rindex(b"II*\0")
        return whole[:place] + b"junkjunk" + whole[place + 8 :]

    show("avif", avif)
    show("avif_grey", avif, Image.fromarray(GREY))
    for value in range(2, 9):
        show(f"avif_turned_{value}", avif, exif=turned(value))
    show("avif_wide", avif, icc_profile=WIDE)
    show("avif_exif_junk", avif_with_broken_exif)
    show("avif_of_brand_mif1", lambda: avif().replace(b"ftypavif", b"ftypmif1", 1))


def bmp(
    depth: int,
    samples: NDArray[Any] | bytes,
    *,
    colours: bytes = b"",
    compression: int = 0,
    masks: tuple[int, ...] = (),
    height: int = SIDE,
    head: int = 40,
    inner: bool = False,
) -> bytes:
    """A BMP with a head of 12 to 124 bytes; `inner` is without the file's own head."""
    rows = samples if isinstance(samples, bytes) else bottom_up(samples, depth)
    if head == 12:
        info = struct.pack("<IHHHH", 12, SIDE, height, 1, depth)
    else:
        sizes = (len(rows), 2835, 2835, len(colours) // 4, 0)
        info = struct.pack(
            "<IiiHHIIiiII", head, SIDE, height, 1, depth, compression, *sizes
        )
    info = (info + struct.pack(f"<{len(masks)}I", *masks)).ljust(head, b"\0")
    start = 14 + len(info) + len(colours)
    file = b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start)
    return (b"" if inner else file) + info + colours + rows


def bottom_up(samples: NDArray[Any], depth: int) -> bytes:
    """Rows from the lowest, each filled up to a multiple of 4 bytes."""
    lines = [bits(row, depth) for row in samples[::-1]]
    return b"".join(line + bytes(-len(line) % 4) for line in lines)


def quads(count: int) -> bytes:
    triples = np.frombuffer(palette(count), np.uint8).reshape(-1, 3)
    return np.insert(triples, 3, 0, axis=1).tobytes()


def short(red: int, green: int, blue: int) -> NDArray[np.uint16]:
    """The scene in 16 bits per pixel, with the given bits for each colour."""
    wide = COLOURS.astype("<u2")
    r, g, b = (
        wide[:, :, n] >> (8 - count) for n, count in enumerate((red, green, blue))
    )
    return r << (green + blue) | g << blue | b


def runs(skip: int = 0) -> bytes:
    """RLE8: each row a run of 9 and seven numbers as they are."""
    rows = [bytes([9, n, 0, 7, *range(n, n + 7), 0, 0, 0]) for n in range(SIDE)]
    return b"".join(rows) + b"\0\1"


for depth in (1, 4, 8):
    levels = ramp(depth).astype(np.uint8)
    show(f"bmp_{depth}", bmp, depth, levels, colours=quads(2**depth))
    show(f"bmp_os2_{depth}", bmp, depth, levels, colours=palette(2**depth), head=12)
show("bmp_24", bmp, 24, BGR)
show("bmp_24_top_down", bmp, 24, BGR[::-1], height=-SIDE)
show("bmp_24_head_12", bmp, 24, BGR, head=12)
show("bmp_24_head_64", bmp, 24, BGR, head=64)
show("bmp_24_head_124", bmp, 24, BGR, head=124)
show("bmp_555", bmp, 16, short(5, 5, 5))
IN_555, IN_565 = (0x7C00, 0x3E0, 0x1F), (0xF800, 0x7E0, 0x1F)
show("bmp_555_masks", bmp, 16, short(5, 5, 5), compression=3, masks=IN_555)
show("bmp_565_masks", bmp, 16, short(5, 6, 5), compression=3, masks=IN_565)
BGRA = np.dstack([BGR, OPACITY])
FULL = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
show("bmp_32", bmp, 32, BGRA)
show("bmp_32_masks", bmp, 32, BGRA, compression=3, masks=FULL[:3])
show("bmp_32_clear_108", bmp, 32, BGRA, compression=3, masks=FULL, head=108)
show("bmp_32_clear_124", bmp, 32, BGRA, compression=3, masks=FULL, head=124)
show("bmp_rle8", bmp, 8, runs(), colours=quads(256), compression=1)
fours = b"".join(bytes([16, 17 * n, 0, 0]) for n in range(SIDE)) + b"\0\1"
show("bmp_rle4", bmp, 4, fours, colours=quads(16), compression=2)
show("bmp_short_palette", bmp, 8, (ramp(8) % 5).astype(np.uint8), colours=quads(5))


def icon(kind: int, *pictures: tuple[int, bytes]) -> bytes:
    """An icon (kind 1) or a cursor (2) of pictures with their depths."""
    start, table = 6 + 16 * len(pictures), b""
    for depth, content in pictures:
        table += struct.pack(
            "<BBBBHHII", SIDE, SIDE, 0, 0, 1, depth, len(content), start
        )
        start += len(content)
    bodies = b"".join(content for _, content in pictures)
    return struct.pack("<HHH", 0, kind, len(pictures)) + table + bodies


def in_icon(depth: int, samples: NDArray[Any], mask: bytes, **more: Any) -> bytes:
    """A picture as icons have it: of twice the height, with a mask of 1 bit."""
    return bmp(depth, samples, height=2 * SIDE, inner=True, **more) + mask


NO_MASK, CHECKS = bytes(4 * SIDE), b"\xaa\x55\0\0" * SIDE
MASKED = (24, in_icon(24, BGR, CHECKS))
for depth in (1, 4, 8):
    levels = ramp(depth).astype(np.uint8)
    body = in_icon(depth, levels, NO_MASK, colours=quads(2**depth))
    show(f"icon_{depth}", icon, 1, (depth, body))
FOUR = (4, in_icon(4, ramp(4).astype(np.uint8), NO_MASK, colours=quads(16)))
show("icon_24", icon, 1, MASKED)
show("icon_32", icon, 1, (32, in_icon(32, BGRA, CHECKS)))
OPAQUE = np.dstack([BGR, OPACITY * 0])
show("icon_32_without_alpha", icon, 1, (32, in_icon(32, OPAQUE, NO_MASK)))
show("icon_png", icon, 1, (32, saved("PNG", CLEAR)))
show("icon_two_depths", icon, 1, FOUR, MASKED)
show("icon_two_depths_reversed", icon, 1, MASKED, FOUR)
show("cursor", icon, 2, MASKED)
