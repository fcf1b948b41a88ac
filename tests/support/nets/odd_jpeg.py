"""JPEG: kinds of colour, every orientation, and damaged segments."""

import struct
from typing import Any

from odd import (
    BROKEN,
    COLOURS,
    GREY,
    GREY_LINEAR,
    LINEAR,
    WIDE,
    saved,
    show,
    turned,
)
from PIL import Image


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    return saved("JPEG", image, **{"quality": 95, "subsampling": 0, **options})


def with_segment(marker: int, body: bytes, **options: Any) -> bytes:
    whole = jpeg(**options)
    segment = struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
    return whole[:2] + segment + whole[2:]


ONE_GREY = Image.fromarray(GREY)
HALF_GREY = Image.fromarray(GREY // 2)
CMYK = Image.merge("CMYK", [*Image.fromarray(COLOURS).split(), HALF_GREY])


def ycck() -> bytes:
    """Four planes, of which Adobe's segment says that three are YCbCr."""
    planes = Image.fromarray(COLOURS).convert("YCbCr").split()
    whole = jpeg(Image.merge("CMYK", [*planes, HALF_GREY]))
    place = whole.index(b"Adobe") + 11
    return whole[:place] + b"\2" + whole[place + 1 :]


def cmyk_without_adobe() -> bytes:
    whole = jpeg(CMYK)
    place = whole.index(b"\xff\xee")
    return whole[:place] + whole[place + 16 :]


show("jpeg", jpeg)
show("jpeg_grey", jpeg, ONE_GREY)
show("jpeg_progressive", jpeg, progressive=True)
show("jpeg_subsampled", jpeg, subsampling=2)
show("jpeg_subsampled_422", jpeg, subsampling=1)
show("jpeg_rgb", jpeg, keep_rgb=True)
show("jpeg_restarts", jpeg, restart_marker_blocks=1)
show("jpeg_low", jpeg, quality=5)
show("jpeg_cmyk", jpeg, CMYK)
show("jpeg_ycck", ycck)
show("jpeg_cmyk_without_adobe", cmyk_without_adobe)

START = b"Exif\0\0"
for value in range(10):
    show(f"jpeg_turned_{value}", jpeg, exif=START + turned(value))
show("jpeg_turned_big_endian", jpeg, exif=START + turned(6, ">"))
for name, body in BROKEN.items():
    show(f"jpeg_exif_{name}", with_segment, 0xE1, START + body)
XMP = b"http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation='6' tiff:Orientation=\"6\"/>"
show("jpeg_turned_in_xmp", with_segment, 0xE1, XMP)
show("jpeg_turned_twice", with_segment, 0xE1, START + turned(6), exif=START + turned(3))
show("jpeg_exif_short_start", with_segment, 0xE1, b"Exif\0" + turned(6))
show("jpeg_photoshop_junk", with_segment, 0xED, b"Photoshop 3.0\0" + b"8BIM\4\4junk")
show("jpeg_more_pictures_junk", with_segment, 0xE2, b"MPF\0II*\0\xff\xff\0\0")
show("jpeg_jfif_short", with_segment, 0xE0, b"JFIF\0")
show("jpeg_adobe_short", with_segment, 0xEE, b"Adobe")
show("jpeg_comment", with_segment, 0xFE, b"\xff\xd8\xff\xe0" * 20)
show("jpeg_more_after", lambda: jpeg() + b"\xff\xd8\xff more" * 9)
show("jpeg_fill_bytes", lambda: jpeg()[:2] + b"\xff\xff\xff" + jpeg()[2:])

show("jpeg_wide", jpeg, icc_profile=WIDE)
show("jpeg_linear", jpeg, icc_profile=LINEAR)
show("jpeg_grey_linear", jpeg, ONE_GREY, icc_profile=GREY_LINEAR)
show("jpeg_grey_wide", jpeg, ONE_GREY, icc_profile=WIDE)
show("jpeg_profile_of_grey", jpeg, icc_profile=GREY_LINEAR)
show("jpeg_cmyk_profile_of_rgb", jpeg, CMYK, icc_profile=WIDE)
show("jpeg_profile_junk", jpeg, icc_profile=b"junk" * 40)
show("jpeg_profile_cut", jpeg, icc_profile=WIDE[:200])
show("jpeg_profile_large", jpeg, icc_profile=WIDE + bytes(100_000))
