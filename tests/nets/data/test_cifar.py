"""CIFAR-10: what the bytes mean, and every archive that must be refused."""

import gzip
import io
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nets.data import DataError, cifar, cifar10

FOLDER = "cifar-10-batches-bin"
NAMES = [
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
]
REAL = Path(__file__).parents[4] / "shared" / "data" / "cifar-10-binary.tar.gz"

Contents = dict[str, bytes]


def record(label: int, image: NDArray[np.uint8]) -> bytes:
    return bytes([label]) + image.tobytes()


def random_images(count: int, seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)


def batch(labels: list[int], seed: int) -> bytes:
    images = random_images(len(labels), seed)
    return b"".join(record(*pair) for pair in zip(labels, images, strict=True))


@pytest.fixture
def contents() -> Contents:
    """Six small batches: the labels 5, 3, 8, 2, 0, 9 in each, and the names."""
    files = {
        f"data_batch_{number}.bin": batch([5, 3, 8, 2, 0, 9], seed=number)
        for number in range(1, 6)
    }
    files["test_batch.bin"] = batch([2, 8, 3, 5, 1], seed=6)
    files["batches.meta.txt"] = ("\n".join(NAMES) + "\n\n").encode()
    return files


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def pack(
    path: Path,
    contents: Contents,
    extra: Callable[[tarfile.TarFile], None] = lambda archive: None,
) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in contents.items():
            add(archive, f"{FOLDER}/{name}", content)
        extra(archive)
    return path


def unpack(folder: Path, contents: Contents) -> Path:
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def test_slide_classes_are_renumbered(tmp_path: Path, contents: Contents) -> None:
    train, test = cifar10(pack(tmp_path / "c.tar.gz", contents))
    assert train.classes == test.classes == ("dog", "cat", "boat", "bird")
    assert train.labels.tolist() == [0, 1, 2, 3] * 5
    assert test.labels.tolist() == [3, 2, 1, 0]
    expected = np.concatenate([random_images(6, seed)[:4] for seed in range(1, 6)])
    assert np.array_equal(train.images, expected)
    assert np.array_equal(test.images, random_images(5, 6)[:4])


def test_all_classes_keep_labels_and_names(tmp_path: Path, contents: Contents) -> None:
    contents["batches.meta.txt"] = b"\n".join(name.upper().encode() for name in NAMES)
    train, test = cifar10(pack(tmp_path / "c.tgz", contents), classes="all")
    assert train.classes == tuple(name.upper() for name in NAMES)
    assert train.labels.tolist() == [5, 3, 8, 2, 0, 9] * 5
    assert test.labels.tolist() == [2, 8, 3, 5, 1]


def test_without_the_names_file_the_usual_names(
    tmp_path: Path, contents: Contents
) -> None:
    del contents["batches.meta.txt"]
    train, _ = cifar10(pack(tmp_path / "c.tar.gz", contents), classes="all")
    assert train.classes == tuple(NAMES)


def test_planes_are_red_green_blue_row_by_row(
    tmp_path: Path, contents: Contents
) -> None:
    pixels = bytearray(3072)
    pixels[5] = 11  # red, top row, column 5
    pixels[1024 + 32] = 22  # green, second row, column 0
    pixels[2048 + 1023] = 33  # blue, the last pixel
    contents["test_batch.bin"] = b"\x05" + bytes(pixels)
    _, test = cifar10(pack(tmp_path / "c.tar.gz", contents))
    assert test.images[0, 0, 0, 5] == 11
    assert test.images[0, 1, 1, 0] == 22
    assert test.images[0, 2, 31, 31] == 33
    assert test.images.sum() == 66


@pytest.mark.parametrize("given", ["itself", "parent"])
def test_an_unpacked_folder(tmp_path: Path, contents: Contents, given: str) -> None:
    archive = pack(tmp_path / "c.tar.gz", contents)
    folder = unpack(tmp_path / FOLDER, contents)
    parts = cifar10(folder if given == "itself" else tmp_path)
    for part, expected in zip(parts, cifar10(archive), strict=True):
        assert np.array_equal(part.images, expected.images)
        assert np.array_equal(part.labels, expected.labels)


def test_reading_an_archive_writes_nothing(tmp_path: Path, contents: Contents) -> None:
    cifar10(pack(tmp_path / "c.tar.gz", contents))
    assert [path.name for path in tmp_path.iterdir()] == ["c.tar.gz"]


def test_other_files_in_the_archive_are_ignored(
    tmp_path: Path, contents: Contents
) -> None:
    path = pack(
        tmp_path / "c.tar.gz",
        contents,
        lambda archive: add(archive, "elsewhere/readme.html", b"hello"),
    )
    assert len(cifar10(path)[0]) == 20


@pytest.mark.parametrize(
    "name", ["../data_batch_1.bin", "a/../../evil", "/etc/evil", "/data_batch_1.bin"]
)
def test_names_outside_the_folder(
    tmp_path: Path, contents: Contents, name: str
) -> None:
    path = pack(
        tmp_path / "c.tar.gz", contents, lambda archive: add(archive, name, b"x")
    )
    with pytest.raises(DataError, match="outside the archive's own folder"):
        cifar10(path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices(tmp_path: Path, contents: Contents, kind: bytes) -> None:
    def link(archive: tarfile.TarFile) -> None:
        member = tarfile.TarInfo(f"{FOLDER}/test_batch.bin")
        member.type, member.linkname = kind, f"{FOLDER}/data_batch_1.bin"
        archive.addfile(member)

    del contents["test_batch.bin"]
    with pytest.raises(DataError, match=r"test_batch.bin in .* is a link or a device"):
        cifar10(pack(tmp_path / "c.tar.gz", contents, link))


def test_batches_in_two_folders(tmp_path: Path, contents: Contents) -> None:
    path = pack(
        tmp_path / "c.tar.gz",
        contents,
        lambda archive: add(archive, "other/data_batch_1.bin", batch([5], 0)),
    )
    with pytest.raises(DataError, match="several folders"):
        cifar10(path)


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_is_too_large(
    tmp_path: Path,
    contents: Contents,
    packed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cifar, "LARGEST_FILE", 6 * 3073)
    contents["data_batch_3.bin"] = bytes(7 * 3073)
    path = (
        pack(tmp_path / "c.tar.gz", contents)
        if packed
        else unpack(tmp_path / FOLDER, contents)
    )
    with pytest.raises(DataError, match=r"data_batch_3.bin.* has 21511 bytes"):
        cifar10(path)


@pytest.mark.parametrize("name", ["padding", f"{FOLDER}/test_batch.bin"])
def test_an_archive_that_unpacks_without_end(
    tmp_path: Path, contents: Contents, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cifar, "LARGEST_ARCHIVE", 1_000_000)
    del contents["test_batch.bin"]
    path = pack(
        tmp_path / "c.tar.gz",
        contents,
        lambda archive: add(archive, name, bytes(2_000_000)),
    )
    with pytest.raises(DataError, match="unpacks to more than 1 MB"):
        cifar10(path)


@pytest.mark.parametrize("kept", [0, 1, 9, 100, 0.3, 0.7, -1, -8])
def test_a_truncated_archive(tmp_path: Path, contents: Contents, kept: float) -> None:
    path = pack(tmp_path / "c.tar.gz", contents)
    whole = path.read_bytes()
    end = int(kept * len(whole)) if 0 < kept < 1 else int(kept)
    path.write_bytes(whole[:end])
    with pytest.raises(DataError, match=r"c.tar.gz .*download"):
        cifar10(path)


def test_a_changed_byte_fails_the_check_sum(tmp_path: Path, contents: Contents) -> None:
    path = pack(tmp_path / "c.tar.gz", contents)
    damaged = bytearray(path.read_bytes())
    damaged[-6] ^= 255
    path.write_bytes(damaged)
    with pytest.raises(DataError, match="damaged"):
        cifar10(path)


NOT_ARCHIVES = {
    "text": (b"no gzip", "is not an archive"),
    "gzip": (gzip.compress(b"no tar" * 500, mtime=0), "is damaged"),
    "page": (b"\n<!DOCTYPE html><title>404</title>", "is a web page"),
    "pickle": (pickle.dumps({b"data": [1]}), "is a pickle, which can run any code"),
    "rar": (b"Rar!\x1a\x07\x01\0" + bytes(99), "is a RAR archive"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(99), "is a 7-Zip archive"),
    "zeros": (bytes(99), "is not an archive"),
    "zip": (b"PK\3\4" + bytes(99), "is damaged"),
}


@pytest.mark.parametrize("name", NOT_ARCHIVES)
def test_not_an_archive(tmp_path: Path, name: str) -> None:
    path = tmp_path / "c.tar.gz"
    content, words = NOT_ARCHIVES[name]
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"c.tar.gz {words}"):
        cifar10(path)


def test_a_missing_archive(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        cifar10(tmp_path / "c.tar.gz")


@pytest.mark.parametrize("missing", ["data_batch_4.bin", "test_batch.bin"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_missing_batch(
    tmp_path: Path, contents: Contents, missing: str, packed: bool
) -> None:
    del contents[missing]
    make = pack if packed else unpack
    with pytest.raises(DataError, match=f"has no {missing}"):
        cifar10(make(tmp_path / "c.tar.gz", contents))


@pytest.mark.parametrize("length", [0, 1, 3072, 3074])
def test_a_batch_of_the_wrong_length(
    tmp_path: Path, contents: Contents, length: int
) -> None:
    contents["data_batch_2.bin"] = bytes(length)
    with pytest.raises(DataError, match=f"data_batch_2.bin has {length} bytes"):
        cifar10(pack(tmp_path / "c.tar.gz", contents))


def test_a_label_above_nine(tmp_path: Path, contents: Contents) -> None:
    contents["test_batch.bin"] = batch([5, 10], seed=0)
    with pytest.raises(DataError, match=r"test_batch\.bin has the label 10"):
        cifar10(pack(tmp_path / "c.tar.gz", contents))


def test_none_of_the_slide_classes(tmp_path: Path, contents: Contents) -> None:
    contents["test_batch.bin"] = batch([0, 1], seed=0)
    with pytest.raises(DataError, match="no dogs, cats, ships or birds"):
        cifar10(pack(tmp_path / "c.tar.gz", contents))


def test_a_wrong_number_of_names(tmp_path: Path, contents: Contents) -> None:
    contents["batches.meta.txt"] = b"airplane\n"
    with pytest.raises(DataError, match="1 names, not 10"):
        cifar10(pack(tmp_path / "c.tar.gz", contents), classes="all")


def test_an_unknown_choice_of_classes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'slide' or 'all'"):
        cifar10(tmp_path, classes="animals")


@pytest.mark.skipif(not REAL.exists(), reason="the real archive is not here")
def test_the_real_archive() -> None:
    train, test = cifar10(REAL)
    assert np.bincount(train.labels).tolist() == [2000] * 4
    assert np.bincount(test.labels).tolist() == [500] * 4
    boats, birds = (train.images[train.labels == label] for label in (2, 3))
    # Ships are on blue water, birds are among green.
    blueness = [np.diff(part.mean(axis=(0, 2, 3)))[1] for part in (boats, birds)]
    assert blueness[0] > blueness[1]
