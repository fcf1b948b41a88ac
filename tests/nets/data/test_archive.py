"""CIFAR-10 as browsers save it; other versions are named, and never executed."""

import bz2
import gzip
import io
import lzma
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nets.data import DataError, archive, cifar, cifar10, load

FOLDER = "cifar-10-batches-bin"
BATCHES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
Contents = dict[str, bytes]


@pytest.fixture
def contents() -> Contents:
    """Batches of four pictures; the second number of a batch says which it is."""
    return {
        f"{FOLDER}/{name}": b"".join(
            bytes([label, number]) + bytes(3071) for label in (5, 3, 8, 2)
        )
        for number, name in enumerate(BATCHES)
    }


def as_tar(contents: Contents) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as packed:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def as_zip(contents: Contents, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as packed:
        for name, content in contents.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def as_gzip(contents: Contents) -> bytes:
    return gzip.compress(as_tar(contents), mtime=0)


PACKINGS: dict[str, Callable[[Contents], bytes]] = {
    "cifar-10-binary.tar.gz": as_gzip,
    "cifar-10-binary.tar.gz.1": as_gzip,
    "cifar-10-binary.tar (1).gz": as_gzip,
    "cifar-10-binary.tgz": as_gzip,
    "cifar-10-binary.tar": as_tar,
    "unpacked once.tar.gz": as_tar,
    "packed twice.tar.gz": lambda c: gzip.compress(as_gzip(c), mtime=0),
    "cifar-10-binary.zip": as_zip,
    "stored.zip": lambda c: as_zip(c, zipfile.ZIP_STORED),
    "a zip by name.tar.gz": as_zip,
    "cifar-10-binary.tar.bz2": lambda c: bz2.compress(as_tar(c)),
    "cifar-10-binary.tar.xz": lambda c: lzma.compress(as_tar(c)),
    "without an ending": as_gzip,
}


@pytest.mark.parametrize("name", PACKINGS)
def test_packings_are_told_by_content(
    tmp_path: Path, contents: Contents, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(PACKINGS[name](contents))
    train, test = load(str(path))
    assert train.labels.tolist() == [0, 1, 2, 3] * 5
    assert train.images[:, 0, 0, 0].tolist() == [n for n in range(5) for _ in range(4)]
    assert test.images[:, 0, 0, 0].tolist() == [5] * 4
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("pack", [as_gzip, as_zip])
def test_what_macos_adds_is_passed_over(
    tmp_path: Path, contents: Contents, pack: Callable[[Contents], bytes]
) -> None:
    for name in list(contents):
        contents[f"__MACOSX/{FOLDER}/._{Path(name).name}"] = b"x"
        contents[f"__MACOSX/{name}"] = b"x"
        contents[f"{FOLDER}/._{Path(name).name}"] = b"x"
    (tmp_path / "c").write_bytes(pack(contents))
    assert len(cifar10(tmp_path / "c")[0]) == 20


@pytest.mark.parametrize("pack", [as_gzip, as_zip])
@pytest.mark.parametrize("start", ["./", "a/b/", ""])
def test_the_folder_in_the_archive_may_be_any(
    tmp_path: Path,
    contents: Contents,
    pack: Callable[[Contents], bytes],
    start: str,
) -> None:
    files = {f"{start}{Path(name).name}": body for name, body in contents.items()}
    (tmp_path / "c").write_bytes(pack(files))
    assert len(cifar10(tmp_path / "c")[0]) == 20


def test_backslashes_in_a_zip(tmp_path: Path, contents: Contents) -> None:
    packed = as_zip(contents).replace(f"{FOLDER}/".encode(), f"{FOLDER}\\".encode())
    (tmp_path / "c.zip").write_bytes(packed)
    assert len(cifar10(tmp_path / "c.zip")[0]) == 20


@pytest.mark.parametrize("around", ["", "x", "cifar-10-binary", "x/y/z"])
def test_an_unpacked_folder_wherever_it_is(
    tmp_path: Path, contents: Contents, around: str
) -> None:
    for name, content in contents.items():
        path = tmp_path / around / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "Thumbs.db").touch()
    assert len(load(str(tmp_path))[0]) == 20


class Ran:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("__import__('pytest').exit('a pickle was opened')",)


PYTHON = {
    f"cifar-10-batches-py/{name}": pickle.dumps(Ran())
    for name in (
        *(f"data_batch_{n}" for n in range(1, 6)),
        "test_batch",
        "batches.meta",
    )
}
OTHERS: dict[str, tuple[Contents, str]] = {
    "python": (PYTHON, "is the Python version of CIFAR-10, .*any code.*: download"),
    "matlab": (
        {f"cifar-10-batches-mat/data_batch_{n}.mat": b"MATLAB" for n in range(1, 6)},
        "is the MATLAB version of CIFAR-10: download cifar-10-binary.tar.gz",
    ),
    "hundred": (
        {f"cifar-100-binary/{n}": b"x" for n in ("train.bin", "fine_label_names.txt")},
        "is CIFAR-100, not CIFAR-10: download",
    ),
    "hundred in python": (
        {f"cifar-100-python/{n}": pickle.dumps(Ran()) for n in ("train", "test")},
        "is CIFAR-100, not CIFAR-10: download",
    ),
    "packed again": (
        {"cifar-10-binary.tar.gz": b"x"},
        "holds another archive, cifar-10-binary.tar.gz: unpack it",
    ),
    "pictures": (
        {"photos/cat/1.jpg": b"x", "photos/dog/1.jpg": b"x"},
        "has no data_batch_1.bin, so it is not CIFAR-10: .* unpack them",
    ),
    "arrays": (
        {"data/x.npy": b"x", "data/y.npy": b"x"},
        r"holds arrays of NumPy: put them into one \.npz|is not an array|not readable",
    ),
    "nothing": ({}, "has no data_batch_1.bin, so it is not CIFAR-10"),
}


@pytest.mark.parametrize("pack", [as_gzip, as_tar, as_zip])
@pytest.mark.parametrize("other", OTHERS)
def test_others_are_named(
    tmp_path: Path, pack: Callable[[Contents], bytes], other: str
) -> None:
    files, words = OTHERS[other]
    (tmp_path / "c.tar.gz").write_bytes(pack(files))
    with pytest.raises(DataError, match=words):
        load(str(tmp_path / "c.tar.gz"))


@pytest.mark.parametrize("other", ["python", "matlab", "hundred", "hundred in python"])
@pytest.mark.parametrize("inner", [True, False])
def test_others_are_named_when_unpacked(
    tmp_path: Path, other: str, inner: bool
) -> None:
    files, words = OTHERS[other]
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    folder = next(tmp_path.iterdir()) if inner else tmp_path
    with pytest.raises(DataError, match=words):
        load(str(folder))


def test_a_batch_of_the_python_version(tmp_path: Path) -> None:
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(Ran()))
    with pytest.raises(
        DataError, match=r"is a pickle, .*: download the binary version"
    ):
        load(str(tmp_path / "data_batch_1"))


# Archives that must not be trusted; test_cifar.py has those made by tar.


def add_to_zip(path: Path, contents: Contents, name: str, mode: int = 0) -> Path:
    path.write_bytes(as_zip(contents))
    with zipfile.ZipFile(path, "a") as packed:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        packed.writestr(info, b"x")
    return path


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/evil", "..\\evil", "C:\\evil", "c:evil"]
)
def test_names_outside_a_zip(tmp_path: Path, contents: Contents, name: str) -> None:
    path = add_to_zip(tmp_path / "c.zip", contents, name)
    with pytest.raises(DataError, match="outside the archive's own folder"):
        cifar10(path)


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644])
def test_links_in_a_zip(tmp_path: Path, contents: Contents, mode: int) -> None:
    del contents[f"{FOLDER}/test_batch.bin"]
    name = f"{FOLDER}/test_batch.bin"
    path = add_to_zip(tmp_path / "c.zip", contents, name, mode)
    with pytest.raises(DataError, match=r"test_batch.bin in .* is a link or a device"):
        cifar10(path)


def test_one_name_twice(tmp_path: Path, contents: Contents) -> None:
    path = add_to_zip(tmp_path / "c.zip", contents, "other/data_batch_1.bin")
    with pytest.raises(
        DataError, match=r"data_batch_1.bin twice or in several folders"
    ):
        cifar10(path)


def test_a_zip_with_a_password(tmp_path: Path, contents: Contents) -> None:
    packed = bytearray(as_zip(contents, zipfile.ZIP_STORED))
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # where the flags are
        start = packed.find(mark)
        while start >= 0:
            packed[start + place] |= 1
            start = packed.find(mark, start + 1)
    (tmp_path / "c.zip").write_bytes(packed)
    with pytest.raises(DataError, match=r"c.zip is damaged .*encrypted"):
        cifar10(tmp_path / "c.zip")


def test_a_zip_that_unpacks_to_too_much(
    tmp_path: Path, contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cifar, "LARGEST_FILE", 4 * 3073)
    contents[f"{FOLDER}/test_batch.bin"] = bytes(1_000_000)
    (tmp_path / "c.zip").write_bytes(as_zip(contents))
    with pytest.raises(DataError, match=r"test_batch.bin in .* has 1000000 bytes"):
        cifar10(tmp_path / "c.zip")


@pytest.mark.parametrize("size", [1, 12291])
def test_a_zip_that_lies_about_a_size(
    tmp_path: Path, contents: Contents, size: int
) -> None:
    contents[f"{FOLDER}/test_batch.bin"] = bytes(1_000_000)
    packed = as_zip(contents)
    lies = packed.replace((1_000_000).to_bytes(4, "little"), size.to_bytes(4, "little"))
    assert lies != packed
    (tmp_path / "c.zip").write_bytes(lies)
    with pytest.raises(DataError, match=r"c.zip is damaged"):
        cifar10(tmp_path / "c.zip")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
@pytest.mark.parametrize("pack", [as_tar, as_zip], ids=["tar", "zip"])
def test_truncated(
    tmp_path: Path,
    contents: Contents,
    pack: Callable[[Contents], bytes],
    share: float,
) -> None:
    whole = pack(contents).rstrip(b"\0")
    (tmp_path / "c").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DataError, match=r"is damaged|has no test_batch.bin"):
        cifar10(tmp_path / "c")


def test_a_changed_byte_in_a_zip(tmp_path: Path, contents: Contents) -> None:
    packed = bytearray(as_zip(contents, zipfile.ZIP_STORED))
    packed[5000] ^= 255
    (tmp_path / "c.zip").write_bytes(packed)
    with pytest.raises(DataError, match=r"c.zip is damaged .*CRC"):
        cifar10(tmp_path / "c.zip")


@pytest.mark.parametrize("seed", range(20))
def test_random_changes_end_in_a_sentence(
    tmp_path: Path, contents: Contents, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    for pack in (as_gzip, as_tar, as_zip):
        packed = np.frombuffer(pack(contents), np.uint8).copy()
        places = rng.integers(0, len(packed), 20)
        packed[places] = rng.integers(0, 256, 20)
        (tmp_path / "c").write_bytes(packed.tobytes())
        try:
            train, test = cifar10(tmp_path / "c", classes="all")
        except DataError as error:
            assert str(error).endswith(".")
        else:  # only a plain .tar has no sums of its contents
            assert pack is as_tar and (len(train), len(test)) == (20, 4)


def test_a_file_of_another_kind_in_archive_limits(tmp_path: Path) -> None:
    limits = archive.Limits(file=10, archive=100_000)
    path = tmp_path / "a.zip"
    path.write_bytes(as_zip({"x/a.txt": b"123", "x/b.txt": b"4", "x/c": b"5"}))
    found = archive.read_archive(path, ("a.txt",), limits)
    assert found.contents == {"a.txt": b"123"}
    assert found.paths == ["x/a.txt", "x/b.txt", "x/c"]
