"""Archives that students hand in: read by what is in them, and never trusted."""

import gzip
import io
import os
import zipfile

import pytest
from hand_ins import EXERCISES, FIRST, MSE, tarred, zipped
from handed_in import put

from tinygraph.exercises.submissions.folders import find_submissions
from tinygraph.exercises.submissions.submission import Source, Submission


def class_in(path) -> dict[str, Submission]:
    return {own.student: own for own in find_submissions(path, EXERCISES)}


def only(own: Submission) -> Source:
    return own.source(EXERCISES[0])


def nested(times: int) -> bytes:
    text = zipped({FIRST: MSE})
    for _ in range(times):
        text = zipped({"again.zip": text})
    return text


def encrypted(data: bytes) -> bytes:
    found = bytearray(data)
    for magic, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        found[found.index(magic) + flags] |= 1
    return bytes(found)


def packed_with(method: int) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        archive.writestr(FIRST, MSE)
    return memory.getvalue()


BOMB = tarred({"a.txt": bytes(99 * 2**20)})  # three of them are too much
ANSWER = zipped({FIRST: MSE})
HOSTILE = {
    "a bomb in a tar": (lambda: tarred({FIRST: bytes(101 * 2**20)}), ".tgz"),
    "a long file in a tar": (lambda: tarred({FIRST: bytes(2**21)}), ".tar.gz"),
    "a tar that leads out": (lambda: tarred({f"../../{FIRST}": MSE}), ".tar"),
    "an absolute tar": (lambda: tarred({f"/tmp/{FIRST}": MSE}), ".tar"),
    "half a tar": (lambda: tarred({FIRST: os.urandom(9999)})[:2000], ".tar.gz"),
    "an empty tar": (lambda: b"", ".tar"),
    "zips without end": (lambda: nested(3), ".zip"),
    "a broken zip in a zip": (lambda: zipped({"all.zip": b"PK"}), ".zip"),
    "a deep path in a zip": (lambda: zipped({"a/" * 30_000 + FIRST: MSE}), ".zip"),
    "a deep path in a tar": (lambda: tarred({"a/" * 10**6 + FIRST: MSE}), ".tar.gz"),
    "many bombs": (
        lambda: zipped({f"{n}.tgz": BOMB for n in range(40)} | {"z.zip": ANSWER}),
        ".zip",
    ),
    "an empty archive": (lambda: zipped({}), ".zip"),
    "what a system makes": (lambda: zipped({"__MACOSX/._a": b"", ".b": b""}), ".zip"),
    "a 7z file": (lambda: b"7z\xbc\xaf\x27\x1c", ".7z"),
    "a rar file": (lambda: b"Rar!\x1a\x07\x00", ".rar"),
    "another packing": (lambda: b"BZh91AY&SY", ".tar.bz2"),
    "a rar file in a zip": (lambda: zipped({"a.RAR": b"Rar!"}), ".zip"),
    "a 7z file called zip": (lambda: b"7z\xbc\xaf\x27\x1c", ".zip"),
    "an encrypted file": (lambda: encrypted(ANSWER), ".zip"),
    "an unusual packing": (lambda: packed_with(zipfile.ZIP_LZMA), ".zip"),
    "an old notebook": (lambda: b'{"nbformat": 3, "worksheets": []}', ".ipynb"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_archive_is_the_row_of_one_student(what, tmp_path):
    make, ending = HOSTILE[what]
    put(tmp_path / f"ben{ending}", make())
    put(tmp_path / "anna" / FIRST, MSE)
    before = sorted(tmp_path.rglob("*"))
    found = class_in(tmp_path)
    assert list(found) == ["anna", "ben"] and only(found["anna"]).text == MSE
    reason = only(found["ben"]).reason
    assert reason and "was handed in" not in reason and not only(found["ben"]).text
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_is_read_by_what_is_in_it_not_by_its_name(tmp_path):
    put(tmp_path / "anna.zip", tarred({FIRST: MSE}))
    put(tmp_path / "ben.tar.gz", zipped({FIRST: MSE}))
    put(tmp_path / "carl.tar", tarred({FIRST: MSE}))
    put(tmp_path / "dora.tgz", gzip.decompress(tarred({FIRST: MSE})))
    assert [only(own).text for own in class_in(tmp_path).values()] == 4 * [MSE]


def test_zips_in_zips_are_read_as_deep_as_the_documentation_says(tmp_path):
    put(tmp_path / "anna.zip", nested(2))
    assert only(class_in(tmp_path)["anna"]).text == MSE


def test_of_two_files_of_one_name_in_a_zip_the_last_counts_as_when_unpacked(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "anna.zip", "w") as archive,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        archive.writestr(FIRST, b"x = 1")
        archive.writestr(FIRST, MSE)
    assert only(class_in(tmp_path)["anna"]).text == MSE
