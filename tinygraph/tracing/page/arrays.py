"""Arrays for a page: all numbers of a short one, a summary and a picture of a long one.

A picture is a grid of tiles, each of which shows the last two axes of the array. A
pixel that represents several elements shows the one of largest magnitude, since a mean
would cancel gradients. Its bytes are 128 for 0, 1 and 255 for the largest magnitude of
either sign, and 0 for elements that are not finite.
"""

from __future__ import annotations

import base64
import math
import zlib
from typing import Any

import numpy as np

from ...export import numbers
from ...value import Array, fetched

SHORT = 12  # the numbers of arrays up to this size are written out
PIXELS = 4096  # of a picture, at most
TILES = 64


def array_summary(value: Any, image: bool = False) -> dict[str, Any]:
    """What a page shows of an array; an `image` keeps its colours."""
    array = np.asarray(fetched(value))
    result: dict[str, Any] = {"shape": list(array.shape), "dtype": str(array.dtype)}
    if array.size <= SHORT:
        return {**result, "numbers": numbers(array.ravel())}
    floats = array.astype(float)
    finite = floats[np.isfinite(floats)]
    if finite.size:
        with np.errstate(over="ignore"):
            found = (finite.min(), finite.max(), finite.mean(), np.linalg.norm(finite))
        names = ("min", "max", "mean", "norm")
        result |= zip(names, map(numbers, found), strict=True)
    result["zeros"] = float(np.mean(floats == 0))
    if finite.size < floats.size:
        result["nan"] = int(np.isnan(floats).sum())
        result["inf"] = int(np.isinf(floats).sum())
    if image and array.ndim == 4 and array.shape[1] in (1, 3):
        return {**result, "picture": photograph(floats[0])}
    return {**result, "picture": heat_map(floats)}


def photograph(image: Array) -> dict[str, Any]:
    """The first image of a batch (C, H, W) in its colours, darkest to brightest."""
    block = smallest_block(image.shape[1], image.shape[2], 1)
    image = image[:, ::block, ::block]
    finite = image[np.isfinite(image)]
    low, high = float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))
    image = np.nan_to_num(image, nan=low, posinf=high, neginf=low)
    scaled = (image - low) / ((high - low) or 1.0) * 255.0
    pixels = np.broadcast_to(scaled, (3, *image.shape[1:])).transpose(1, 2, 0)
    return {**packed_pixels(pixels), "kind": "image", "block": block}


def heat_map(array: Array) -> dict[str, Any]:
    """The picture of an array, positive and negative in two colours."""
    tiles = tiles_of(array)
    shown = tiles[:TILES]
    block = smallest_block(shown.shape[1], shown.shape[2], len(shown))
    shown = np.stack([extreme(tile, block) for tile in shown])
    finite = np.isfinite(shown)
    whole = np.isfinite(array)  # tiles that are not shown count for the scale, too
    scale = float(np.max(np.abs(array), initial=0.0, where=whole)) or 1.0
    codes = np.full(shown.shape, 0.0)
    codes[finite] = np.round(128.0 + 127.0 * (shown[finite] / scale))
    picture = {**packed_pixels(side_by_side(codes)), "kind": "signed", "block": block}
    return {**picture, "tile": shown.shape[1:], "tiles": len(shown), "of": len(tiles)}


def tiles_of(array: Array) -> Array:
    """The array as (tiles, rows, columns); a vector is broken into rows of one tile."""
    if max(array.shape) < array.size:
        return array.reshape(-1, *array.shape[-2:])
    columns = math.ceil(math.sqrt(array.size)) if array.size > TILES else array.size
    rows = math.ceil(array.size / columns)
    padded = np.zeros(rows * columns)
    padded[: array.size] = array.ravel()
    return padded.reshape(1, rows, columns)


def smallest_block(rows: int, columns: int, tiles: int) -> int:
    """The side of the smallest block per pixel with which all tiles fit."""
    block = 1
    while tiles * math.ceil(rows / block) * math.ceil(columns / block) > PIXELS:
        block += 1
    return block


def extreme(tile: Array, block: int) -> Array:
    """The element of largest magnitude in each block, or one that is not finite."""
    rows, columns = (math.ceil(size / block) for size in tile.shape)
    padded = np.zeros((rows * block, columns * block))
    padded[: tile.shape[0], : tile.shape[1]] = tile
    blocks = padded.reshape(rows, block, columns, block).swapaxes(1, 2)
    flat = blocks.reshape(rows, columns, block * block)
    place = np.abs(np.nan_to_num(flat, nan=np.inf)).argmax(axis=2)
    return np.take_along_axis(flat, place[..., None], axis=2)[..., 0]


def side_by_side(tiles: Array) -> Array:
    """Tiles in a grid, wider than high, with gaps of one pixel of 128 between them."""
    count, rows, columns = tiles.shape
    across = min(count, max(1, round(math.sqrt(1.6 * count * rows / columns))))
    down = math.ceil(count / across)
    grid = np.full((down * (rows + 1) - 1, across * (columns + 1) - 1), 128.0)
    for place, tile in enumerate(tiles):
        top, left = place // across * (rows + 1), place % across * (columns + 1)
        grid[top : top + rows, left : left + columns] = tile
    return grid


def packed_pixels(pixels: Array) -> dict[str, Any]:
    """Height, width, and the pixels row by row, deflated and in base64."""
    data = zlib.compress(pixels.astype(np.uint8).tobytes(), 9)
    height, width = pixels.shape[:2]
    return {"h": height, "w": width, "z": base64.b64encode(data).decode()}
