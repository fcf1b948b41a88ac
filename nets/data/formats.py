"""Recognising the kind of an image by its first bytes, whatever its name."""

from __future__ import annotations

import re

# Kinds that Pillow reads, under its own names. Decoders that start other programs (EPS,
# WMF) or only recognise a file (FITS, HDF5, GRIB) are left out.
DECODED = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "GIF": rb"GIF8[79]a",
    "WEBP": rb"RIFF....WEBP",
    "BMP": rb"BM.{12}[\x0c-\x7c]\0\0\0",
    "TIFF": rb"II[*+]\0|MM\0[*+]",
    "PPM": rb"P[1-6]\s+[\d#]|P[fF]\s+[\d#]",
    "ICO": rb"\0\0\x01\0[^\0]\0",
    "CUR": rb"\0\0\x02\0[^\0]\0",
    "AVIF": rb"....ftyp(avi[fs]|(mif1|msf1|miaf)....(....){0,5}?avi[fs])",
    "JPEG2000": rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n",
    "QOI": rb"qoif",
    "PCX": rb"\x0a[\x00\x02\x03\x05]\x01[\x01\x02\x04\x08]",
    "SGI": rb"\x01\xda[\x00\x01][\x01\x02]\x00[\x01-\x03]",
    "DDS": rb"DDS \x7c\0\0\0",
    "ICNS": rb"icns",
    "PSD": rb"8BPS",
    "SUN": rb"\x59\xa6\x6a\x95",
    "XBM": rb"\s*#define\s+\w+_width\s",
    "XPM": rb"/\* XPM \*/",
}
# Kinds that people have and that nets cannot decode.
UNDECODED = {
    "HEIC": rb"....ftyp(hei[cxms]|hev[cxms]|mif1|msf1)",
    "JPEG XL": rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n",
    "JPEG XR": rb"II\xbc",
    "SVG": rb"\s*(\xef\xbb\xbf)?\s*(<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<svg\b",
    "PDF": rb"%PDF",
    "PostScript": rb"%!PS|\xc5\xd0\xd3\xc6",
    "GIMP's XCF": rb"gimp xcf",
    "Windows metafile": rb"\xd7\xcd\xc6\x9a|\x01\0\0\0.{36} EMF",
    "OpenEXR": rb"\x76\x2f\x31\x01",
    "Radiance HDR": rb"#\?(RADIANCE|RGBE)",
    "FITS": rb"SIMPLE  =",
    "DjVu": rb"AT&TFORM",
    "MNG": rb"\x8aMNG|\x8bJNG",
    "BPG": rb"BPG\xfb",
    "PAM": rb"P7\s",
    "a camera's raw file": rb"II\*\0....CR|IIU\0|IIR[OS]|FUJIFILMCCD-RAW|....ftypcrx ",
    "Apple's own kind of PNG": rb"\x89PNG\r\n\x1a\n....CgBI",
}
FIRST_BYTES = 4096  # enough to recognise a file
RAW_SUFFIXES = (
    ".dng",
    ".nef",
    ".nrw",
    ".arw",
    ".sr2",
    ".pef",
    ".srw",
    ".cr2",
    ".3fr",
    ".erf",
)
TARGA_END = b"TRUEVISION-XFILE.\0"


def kind_of(content: bytes, suffix: str = "") -> str | None:
    """The name of the kind of image in `content`; None if it is not an image.

    The suffix matters only for Targa files, which have no mark at their start, and for
    cameras' raw files, which look like TIFF.

    >>> kind_of(b"GIF89a rest"), kind_of(b"hello"), kind_of(b"%PDF-1.4")
    ('GIF', None, 'PDF')
    """
    start = content[:FIRST_BYTES]
    for kind, pattern in (UNDECODED | DECODED).items():
        if re.match(pattern, start, re.DOTALL):
            raw = kind == "TIFF" and suffix.lower() in RAW_SUFFIXES
            avif = kind == "HEIC" and re.match(DECODED["AVIF"], start, re.DOTALL)
            return "AVIF" if avif else "a camera's raw file" if raw else kind
    if content.endswith(TARGA_END) or suffix.lower() == ".tga":
        return "TGA"
    return None
