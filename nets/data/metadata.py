"""Removing an image's metadata: text, resolution, camera data and the like.

Metadata may be damaged in a valid picture, and decoders that read it then fail. What
affects how a picture looks is returned beside the image: the orientation, the colour
profile, and a PNG's transparent colour.
"""

from __future__ import annotations

import itertools
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

Chunk = tuple[bytes, bytes]
# A segment of a JPEG before the scan: a marker and the length of the segment.
SEGMENT = re.compile(rb"\xff+([^\0\xff\xda])(..)", re.DOTALL)
SRGB_PRIMARIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)


class Key(NamedTuple):
    """The transparent colour of a PNG: one value for each channel, of `depth` bits."""

    depth: int
    values: tuple[int, ...]


class Light(NamedTuple):
    """What the levels of a PNG without a profile mean.

    Levels are light to the power of `gamma`; `primaries` are x and y (CIE 1931) of
    white, red, green and blue, by default those of sRGB.
    """

    gamma: float
    primaries: tuple[float, ...] = SRGB_PRIMARIES


@dataclass(frozen=True)
class Stripped:
    """The bytes that a decoder needs, and the metadata that matters."""

    content: bytes
    exif: bytes = b""
    profile: bytes = b""
    key: Key | None = None
    light: Light | None = None


def strip_metadata(content: bytes, kind: str) -> Stripped:
    """Remove the metadata that may be damaged in a valid picture."""
    return STRIPPERS.get(kind, Stripped)(content)


def orientation(exif: bytes) -> int:
    """The orientation of the camera, 1 to 8; 1, upright, if no readable entry says so.

    Only this entry of the first directory is read; the others may be damaged.

    >>> directory = bytes([1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0])
    >>> orientation(b"II*\\0" + bytes([8, 0, 0, 0]) + directory)
    6
    """
    data = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    try:
        if order is not None:
            start = struct.unpack_from(f"{order}I", data, 4)[0]
            for number in range(struct.unpack_from(f"{order}H", data, start)[0]):
                entry = struct.unpack_from(
                    f"{order}HHIH", data, start + 2 + 12 * number
                )
                if entry[:3] == (0x0112, 3, 1) and 1 <= entry[3] <= 8:
                    return int(entry[3])
    except struct.error:  # the directory ends too early
        pass
    return 1


def strip_jpeg(content: bytes) -> Stripped:
    """Keep the segments of a JPEG that decoding needs."""
    kept, exif, profile, place = [content[:2]], b"", [], 2
    while (match := SEGMENT.match(content, place)) is not None:
        end = match.start(2) + int.from_bytes(match[2])
        body = content[match.end() : end]
        if match[1] == b"\xe1" and body.startswith(b"Exif\0"):
            exif = exif or body
        elif match[1] == b"\xe2" and body.startswith(b"ICC_PROFILE\0"):
            profile.append(body[12:])
        elif is_needed(match[1], body):
            kept.append(content[place:end])
        place = end
    icc = b"".join(part[2:] for part in sorted(profile))
    return Stripped(b"".join(kept) + content[place:], exif, icc)


def is_needed(marker: bytes, body: bytes) -> bool:
    """Whether decoding needs a segment of a JPEG: it is not metadata."""
    if marker == b"\xe0":
        return body.startswith(b"JFIF\0") and len(body) >= 14
    if marker == b"\xee":
        return body.startswith(b"Adobe") and len(body) >= 12
    return not (b"\xe0" <= marker <= b"\xef" or marker == b"\xfe")


def strip_png(content: bytes) -> Stripped:
    """Keep the chunks of a PNG that decoding needs."""
    chunks = with_first_frame(list(png_chunks(content)))
    names = [name for name, _ in chunks]
    start = names.index(b"IDAT") if b"IDAT" in names else len(names)
    intact = [
        (name, whole[8:-4])
        for name, whole in chunks[:start]
        if has_right_checksum(whole)
    ]
    notes = dict(reversed(intact))  # the first of each name counts
    header, clear = notes.get(b"IHDR", b""), notes.get(b"tRNS", b"")
    kept = [whole for name, whole in chunks[:start] if name in (b"IHDR", b"PLTE")]
    if header[9:10] == b"\3" and clear:
        kept.append(png_chunk(b"tRNS", clear))
    kept += [whole for name, whole in chunks[start:] if name == b"IDAT"]
    return Stripped(
        content[:8] + b"".join(kept) + png_chunk(b"IEND", b""),
        exif=notes.get(b"eXIf", b""),
        profile=unpack_profile(notes.get(b"iCCP", b"")),
        key=key_of(header, clear),
        light=light_of(notes),
    )


def png_chunks(content: bytes) -> Iterator[Chunk]:
    """Yield each chunk before the end, as its name and all its bytes."""
    place = 8
    while place + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        if name == b"IEND":
            return
        yield name, content[place : place + length + 12]
        place += length + 12


def with_first_frame(chunks: list[Chunk]) -> list[Chunk]:
    """Put the first frame of an animation in IDAT, if it is not there already.

    In such a PNG, IDAT is for programs that do not support animations. A frame that is
    smaller than the picture is left alone.
    """
    names = [name for name, _ in chunks]
    if not {b"acTL", b"fcTL", b"IDAT"} <= set(names):
        return chunks
    first = names.index(b"fcTL")
    if first < names.index(b"IDAT") or chunks[first][1][12:20] != chunks[0][1][8:16]:
        return chunks
    frame = itertools.takewhile(lambda pair: pair[0] == b"fdAT", chunks[first + 1 :])
    pixels = [(b"IDAT", png_chunk(b"IDAT", whole[12:-4])) for _, whole in frame]
    return [*chunks[: names.index(b"IDAT")], *pixels]


def has_right_checksum(chunk: bytes) -> bool:
    """Whether the checksum of a chunk is right."""
    return zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:])


def png_chunk(name: bytes, body: bytes) -> bytes:
    """A chunk with its length and checksum."""
    check = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)


def key_of(header: bytes, clear: bytes) -> Key | None:
    """The transparent colour of a grey PNG (type 0) or a coloured one (type 2)."""
    channels = {b"\0": 1, b"\2": 3}.get(header[9:10])
    if channels is None or len(clear) != 2 * channels:
        return None
    return Key(header[8], struct.unpack(f">{channels}H", clear))


def unpack_profile(chunk: bytes, most: int = 1 << 22) -> bytes:
    """Unpack the profile in an iCCP chunk, after its name, a zero and the method."""
    try:
        return zlib.decompressobj().decompress(chunk[chunk.index(b"\0") + 2 :], most)
    except (ValueError, zlib.error):
        return b""


def light_of(notes: dict[bytes, bytes]) -> Light | None:
    """The light in gAMA and cHRM; gAMA alone, within 5 % of 1/2.2, is ignored."""
    gamma, primaries = notes.get(b"gAMA", b""), notes.get(b"cHRM", b"")
    if b"sRGB" in notes or len(gamma) != 4:
        return None
    exponent = int.from_bytes(gamma) / 1e5
    if len(primaries) == 32:
        return Light(exponent, tuple(n / 1e5 for n in struct.unpack(">8I", primaries)))
    plain = exponent == 0 or abs(exponent * 2.2 - 1) < 0.05
    return None if plain else Light(exponent)


def strip_webp(content: bytes) -> Stripped:
    """Keep the chunks of a WebP that decoding needs."""
    kept, found, place = [b"WEBP"], dict[bytes, bytes](), 12
    while place + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, place)
        end = place + 8 + length + length % 2
        whole = content[place:end]
        found.setdefault(name, whole[8 : 8 + length])
        if name in (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"):
            kept.append(whole)
        place = end
    body = b"".join(kept)
    whole = b"RIFF" + struct.pack("<I", len(body)) + body
    return Stripped(whole, profile=found.get(b"ICCP", b""))


def strip_avif(content: bytes) -> Stripped:
    """Hide the camera data of an AVIF under a type that readers ignore.

    AVIF stores the orientation elsewhere.
    """
    return Stripped(
        re.sub(rb"(infe[\2\3].{7,9})Exif", rb"\1free", content, flags=re.DOTALL)
    )


def strip_icon(content: bytes) -> Stripped:
    """Keep one picture of an icon: the largest, and among these the deepest.

    A cursor is an icon with the point of the click instead of a depth.
    """
    kind, count = struct.unpack_from("<HH", content, 2)
    entries = [
        entry
        for place in range(6, 6 + 16 * count, 16)
        if len(entry := content[place : place + 16]) == 16
    ]
    if not entries:
        raise ValueError("it has no picture")
    best = max(entries, key=lambda entry: icon_rank(entry, kind))
    length, start = struct.unpack_from("<II", best, 8)
    depth = best[4:8] if kind == 1 else bytes(4)
    head = b"\0\0\1\0\1\0" + best[:4] + depth + struct.pack("<II", length, 22)
    return Stripped(head + content[start : start + length])


def icon_rank(entry: bytes, kind: int) -> tuple[int, int]:
    """The number of pixels and the depth of an entry; a side of 0 means 256."""
    width, height = entry[0] or 256, entry[1] or 256
    return width * height, int.from_bytes(entry[6:8], "little") if kind == 1 else 0


STRIPPERS: dict[str, Callable[[bytes], Stripped]] = {
    "JPEG": strip_jpeg,
    "PNG": strip_png,
    "WEBP": strip_webp,
    "AVIF": strip_avif,
    "ICO": strip_icon,
}
