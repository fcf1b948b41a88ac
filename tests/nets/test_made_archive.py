"""Forged checkpoints: archives and arrays that are not what they claim.

None runs code, and none takes much more memory than its file; each is one sentence.
"""

import copy
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made import MEGABYTE, Arrays, head, npy, refused, shaped, signed, with_text, zipped
from together import together

from nets import CheckpointError, archive, checkpoint
from nets.__main__ import main

ARRAYS: dict[str, tuple[str, np.ndarray]] = {
    "an example of 3000 x 3000": ("example", np.zeros((1, 3, 3000, 3000), np.uint8)),
    "an example of 20 x 20": ("example", np.zeros((1, 3, 20, 20), np.uint8)),
    "a small example": ("example", np.zeros((1, 3, 8, 8), np.uint8)),
    "no example": ("example", np.zeros((0, 3, 16, 16), np.uint8)),
    "two examples": ("example", np.zeros((2, 3, 16, 16), np.uint8)),
    "an oblong example": ("example", np.zeros((1, 3, 16, 17), np.uint8)),
    "a grey example": ("example", np.zeros((1, 1, 16, 16), np.uint8)),
    "a flat example": ("example", np.zeros((3, 16, 16), np.uint8)),
    "an example of floats": ("example", np.zeros((1, 3, 16, 16), np.float32)),
    "a document of floats": ("document", np.zeros(5)),
    "a document of nothing": ("document", np.zeros(0, np.uint8)),
    "a mean of one": ("standardisation/mean", np.zeros(1)),
    "an infinite mean": ("standardisation/mean", np.full(3, np.inf)),
    "a negative mean": ("standardisation/mean", np.full(3, -1.0)),
    "a deviation of 0": ("standardisation/deviation", np.zeros(3)),
    "a large deviation": ("standardisation/deviation", np.full(3, 1e300)),
    "an lr of NaN": ("optimizer/lr", np.array(np.nan)),
    "a negative lr": ("optimizer/lr", np.array(-1.0)),
    "two lrs": ("optimizer/lr", np.array([0.1, 0.1])),
    "a whole lr": ("optimizer/lr", np.array(1)),
    "negative steps": ("optimizer/steps", np.array(-1)),
    "half a step": ("optimizer/steps", np.array(0.5)),
    "another optimizer": ("optimizer/mean.0", np.zeros((6, 3, 5, 5), np.float32)),
    "one velocity too many": ("optimizer/velocity.10", np.zeros(4, np.float32)),
    "weights turned over": ("parameter/conv1.w", np.zeros((5, 5, 3, 6), np.float32)),
    "large weights": ("parameter/fc1.w", np.zeros((120, 4000), np.float32)),
    "weights of NaN": ("parameter/output.b", np.full(4, np.nan, np.float32)),
    "five classes": ("parameter/output.b", np.zeros(5, np.float32)),
    "one layer more": ("parameter/fc3.w", np.zeros(4, np.float32)),
    "a stranger": ("something", np.zeros(4)),
    "a name that leads outside": ("../../parameter/conv1.w", np.zeros(4)),
}


@together("name", ARRAYS)
def test_no_array_is_trusted(good: Arrays, tmp_path: Path, name: str) -> None:
    place, array = ARRAYS[name]
    refused(archive.encode({**good, place: array}), tmp_path)


def test_black_and_white_pictures_are_pictures(good: Arrays, tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    for mean, deviation in ((0.0, 1.0), (255.0, 1e-3)):
        levels = {"mean": np.full(3, mean), "deviation": np.full(3, deviation)}
        arrays = {f"standardisation/{name}": array for name, array in levels.items()}
        path.write_bytes(archive.encode({**good, **arrays}))
        assert checkpoint.load(path).standardise.mean[0] == mean


HEADS = {
    "10^12 numbers": shaped("(1000000000000,)"),
    "2^63 numbers": shaped("(9223372036854775808,)"),
    "10^400 numbers": shaped(f"({10**400},)"),
    "nothing, often": shaped("(0, 1000000000000000000)"),
    "a negative side": shaped("(-6,)"),
    "two negative sides": shaped("(-2, -3)"),
    "seventy sides": shaped("(" + "1, " * 69 + "6)"),
    "half a side": shaped("(1.5,)"),
    "no shape": shaped("None"),
    "one number less": shaped("(5,)"),
    "texts": shaped("(6,)", "'<U1'"),
    "objects": shaped("(3,)", "'|O'"),
    "records": shaped("(6,)", "[('a', '<f4')]"),
    "nothing wide": shaped("(6,)", "'|V4'"),
    "wide texts": shaped("(1,)", "'|S1000000000'"),
    "subarrays": shaped("(1,)", "('<f4', (6,))"),
    "dates": shaped("(3,)", "'<M8[s]'"),
    "no type": shaped("(6,)", "'no type'"),
    "types without end": shaped("(6,)", "[" * 100 + "]" * 100),
    "no order": shaped("(6,)", order="'maybe'"),
    "numbers of Python 2": shaped("(6L,)"),
    "code": head("__import__('os').abort()"),
    "brackets": head("(" * 9000),
    "minuses": head("-" * 9000 + "1"),
    "no names": head("5"),
    "no text": b"\x93NUMPY\1\0\x04\0\xff\xfe\xfd\xfc",
    "cut off": b"\x93NUMPY\1\0\xff\xff{",
    "nothing": b"",
    "another version": head("{}", version=b"\2\0"),
    "no array": b"#!/bin/sh\nkill 0\n",
    "pickled objects": npy(np.array([print, exit], dtype=object)),
}


@together("name", HEADS)
def test_no_header_of_an_array_is_trusted(
    good: Arrays, tmp_path: Path, name: str
) -> None:
    members = {key: npy(array) for key, array in good.items()}
    said = refused(zipped({**members, "parameter/conv1.b": HEADS[name]}), tmp_path)
    assert "is not an archive of arrays" in said
    assert ("another version" in said) == (name == "another version")


def compressed(kind: int) -> Callable[[zipfile.ZipFile], None]:
    def add(file: zipfile.ZipFile) -> None:
        file.writestr("bomb.npy", bytes(20 * MEGABYTE), kind)

    return add


def twice(file: zipfile.ZipFile) -> None:
    """Many names for the same bytes."""
    for number in range(100):
        again = copy.copy(file.filelist[0])
        again.filename = f"again{number}.npy"
        file.filelist.append(again)


def entry(**changes: Any) -> Callable[[zipfile.ZipFile], None]:
    """The first entry makes a false claim about itself."""

    def change(file: zipfile.ZipFile) -> None:
        for name, value in changes.items():
            setattr(file.filelist[0], name, value)

    return change


CHANGES: dict[str, Callable[[zipfile.ZipFile], None]] = {
    "deflated": compressed(zipfile.ZIP_DEFLATED),
    "bzip2": compressed(zipfile.ZIP_BZIP2),
    "lzma": compressed(zipfile.ZIP_LZMA),
    "one twice": lambda file: file.filelist.append(file.filelist[0]),
    "the same bytes often": twice,
    "a script": lambda file: file.writestr(zipfile.ZipInfo("run.sh"), b"kill 0"),
    "thousands of names": lambda file: [  # type: ignore[dict-item,return-value]
        file.writestr(zipfile.ZipInfo(f"{n:04}.npy"), b"") for n in range(2000)
    ],
    "secret": entry(flag_bits=1),
    "a later version": entry(extract_version=99),
    "more bytes": entry(file_size=2**31),
    "more bytes, stored": entry(file_size=2**31, compress_size=2**31),
    "more than 4 GB": entry(file_size=2**40, compress_size=2**40),
    "fewer bytes": entry(file_size=5),
    "elsewhere": entry(header_offset=10**9),
    "another place": entry(header_offset=1),
    "another checksum": entry(CRC=1),
    "another name": entry(filename="parameter/conv9.w.npy"),
}


SAYS = {
    **dict.fromkeys(("deflated", "bzip2", "lzma"), "is compressed"),
    "a script": "'run.sh' in it is not an array",
    "one twice": "two arrays in it have the same name",
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", CHANGES)
def test_no_archive_is_trusted(good: Arrays, tmp_path: Path, name: str) -> None:
    members = {key: npy(array) for key, array in good.items()}
    said = refused(zipped(members, CHANGES[name]), tmp_path)
    assert "is not an archive of arrays" in said and SAYS.get(name, "") in said


def test_no_end_of_an_archive_is_trusted(good: Arrays, tmp_path: Path) -> None:
    body = archive.encode(good)[:-64]
    start = len(body) - 22
    assert body[start : start + 4] == b"PK\5\6"
    for changed in (
        b"",
        b"PK\5\6",
        body[:start],
        body + b"PK\5\6" + bytes(18),
        body[:start] + b"PK\6\7" + bytes(16) + body[start:],
        body[: start + 4] + b"PK\5\6" + body[start + 8 :],
        body[: start + 12] + b"\xff" * 4 + body[start + 16 :],
        body[: start + 16] + b"\xff" * 4 + body[start + 20 :],
        body[: start + 20] + b"\0\0",
    ):
        refused(signed(changed), tmp_path)


def test_a_second_end_inside_the_end(tmp_path: Path) -> None:
    """By which the whole file is a list of names, each an object of half a kilobyte."""
    body = (b"PK\1\2" + bytes(42)) * 40_000
    place = struct.pack("<L", len(body) + 4)
    end = b"PK\5\6" + b"PK\5\6" + bytes(8) + place + struct.pack("<H", 64)
    refused(signed(body + end), tmp_path)


def test_bytes_changed_at_random_load_or_are_refused(
    good: Arrays, tmp_path: Path
) -> None:
    body, path = archive.encode(good)[:-64], tmp_path / "c.npz"
    rng, loaded = np.random.default_rng(0), 0
    structure = [found.start() for found in re.finditer(b"PK", body)]
    for _ in range(150):
        changed = bytearray(body)
        for place in rng.choice(structure, 2) + rng.integers(0, 120, 2):
            changed[min(place, len(body) - 1)] = rng.integers(256)
        path.write_bytes(signed(bytes(changed)))
        try:
            checkpoint.load(path)
            loaded += 1
        except CheckpointError:
            pass
    assert 0 < loaded < 100


def test_the_command_line_says_so(
    good: Arrays, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = {key: npy(array) for key, array in good.items()}
    path = tmp_path / "checkpoint.npz"
    for content in (
        zipped({**members, "parameter/conv1.b": HEADS["10^12 numbers"]}),
        zipped({**members, "parameter/conv1.b": HEADS["code"]}),
        with_text(good, b"[" * 100_000 + b"]" * 100_000),
        archive.encode({**good, "example": ARRAYS["an example of 3000 x 3000"][1]}),
    ):
        path.write_bytes(content)
        for words in (["evaluate", "--checkpoint"], ["train", "--resume", "--out"]):
            assert main([*words, str(tmp_path)]) == 2
            error = capsys.readouterr().err
            assert error.startswith(f"nets: error: {path} ")
            assert error.count("\n") == 1 and "Traceback" not in error


def test_weights_that_are_too_large_for_an_output(
    good: Arrays,
    image_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, large = tmp_path / "checkpoint.npz", np.float32(3e38)
    weights = {name: good[name] * 0 + large for name in good if name[-2:] == ".w"}
    path.write_bytes(archive.encode({**good, **weights}))
    image = next(image_folder.glob("*/*.png"))
    for words in (["predict", str(image)], ["evaluate", "--data", str(image_folder)]):
        assert main([*words, "--checkpoint", str(path)]) == 1
        error = capsys.readouterr().err
        assert error.startswith("nets: error: the ") and error.count("\n") == 1
