"""A small class, handed out in the layout of each learning platform."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from handed_in import put

from tinygraph.exercises.catalogue import find_exercise

EXERCISES = [find_exercise("01"), find_exercise("09")]
MSE = b"""
import numpy as np

def mse(target, output):
    return np.sum((target - output) ** 2) / 2
"""
SOFTMAX = b"""
def softmax_vjp(g, y):
    return y * (g - (g * y).sum(axis=-1, keepdims=True))
"""
WRONG = b"def softmax_vjp(g, y):\n    return y * (1 - y) * g"
FIRST, SECOND = "01_mse.py", "09_softmax_vjp.py"

Work = dict[str, bytes]
Class = dict[str, Work]
CLASS: Class = {
    "Anna Müller": {FIRST: MSE, SECOND: SOFTMAX},
    "Ben": {FIRST: MSE, SECOND: WRONG},
    "Carl": {SECOND: SOFTMAX},
    "Dora": {FIRST: b"def mse(:", SECOND: SOFTMAX},
    "Emil": {"essay.txt": b"on paper"},
    "Zoë": {FIRST: MSE, SECOND: b""},
}


def zipped(files: Work, path: Path | None = None, separator: str = "/") -> bytes:
    """A zip with these files; it is also written if there is a path."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, (2026, 11, 2, 10, 0, 0))
            entry.filename = name.replace("/", separator)
            archive.writestr(entry, text)
    if path is not None:
        put(path, memory.getvalue())
    return memory.getvalue()


def tarred(files: Work) -> bytes:
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
    return memory.getvalue()


def of_class(name_of: Callable[[int, str, str], str], work: Class) -> Work:
    """All files of a class, by paths that a function makes."""
    return {
        name_of(number, student, file): text
        for number, (student, own) in enumerate(work.items(), 101)
        for file, text in own.items()
    }


def moodle(number: int, student: str, file: str) -> str:
    return f"{student}_{number}_assignsubmission_file_/{file}"


def moodle_with_texts(number: int, student: str, file: str) -> str:
    """Every third file in the folder of what was handed in online."""
    kind = "file" if int(file[:2] if file[:2].isdigit() else 0) % 3 else "onlinetext"
    return f"{student}_{number}_assignsubmission_{kind}_/{file}"


def moodle_without_folders(number: int, student: str, file: str) -> str:
    return f"{student}_{number}_assignsubmission_file_{file}"


def canvas(number: int, student: str, file: str) -> str:
    late = "_LATE" * (number % 2)
    again = file.replace(".py", "-1.py")
    return f"{student}{late}_{number}_9{number}_{again}"


def blackboard(number: int, student: str, file: str) -> str:
    return f"Week 1_try_{student}_attempt_2026-11-02-10-15-30_{file}"


def gradescope(number: int, student: str, file: str) -> str:
    return f"assignment_7_export/submission_{number}/{file}"


def gradescope_list(work: Class) -> bytes:
    lines = ["---"]
    for number, student in enumerate(work, 101):
        lines += [f"submission_{number}:", "  :submitters:", f"  - :name: {student}"]
        lines += ["    :sid: '1'", "  :results:", "    :tests:", "    - :name: Test 1"]
    return "\n".join(lines).encode()


def unpacked(files: Work, path: Path) -> Path:
    for name, text in files.items():
        put(path / name, text)
    return path


def each_as(make: Callable[[Work], bytes], ending: str, work: Class) -> Work:
    return {f"{student}{ending}": make(own) for student, own in work.items()}


def zip_path(files: Work, path: Path, separator: str = "/") -> Path:
    target = path.with_suffix(".zip")
    zipped(files, target, separator)
    return target


def from_a_mac(files: Work, path: Path) -> Path:
    """A zip whose names are UTF-8, but not marked as such."""
    target = zip_path(files, path)
    data = bytearray(target.read_bytes())
    for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = data.find(magic)
        while at >= 0:
            data[at + offset + 1] &= ~0x08
            at = data.find(magic, at + 4)
    target.write_bytes(data)
    return target


def named_by_pattern(number: int, student: str, file: str) -> str:
    return f"week 1/k{number} {student}/{file}"


def plain(number: int, student: str, file: str) -> str:
    return f"{student}/{file}"


def loose(number: int, student: str, file: str) -> str:
    return f"{student}_{file}" if file.endswith(".py") else f"{student}.txt"


def gradescope_files(work: Class) -> Work:
    listed = {"assignment_7_export/submission_metadata.yml": gradescope_list(work)}
    return {**of_class(gradescope, work), **listed}


def nested(work: Work) -> bytes:
    return zipped({"all.zip": zipped(work)})


def from_windows(work: Work) -> bytes:
    return zipped({f"work/{n}": text for n, text in work.items()}, separator="\\")


# Each writes a class below a path, and returns what to give to the grader.
FORMATS: dict[str, Callable[[Path, Class], Path]] = {
    "folders": lambda p, c: unpacked(of_class(plain, c), p),
    "loose files": lambda p, c: unpacked(of_class(loose, c), p),
    "zips": lambda p, c: unpacked(each_as(zipped, ".zip", c), p),
    "ZIPs": lambda p, c: unpacked(each_as(zipped, ".ZIP", c), p),
    "tars": lambda p, c: unpacked(each_as(tarred, ".tar.gz", c), p),
    "zips in zips": lambda p, c: unpacked(each_as(nested, ".zip", c), p),
    "zips of Windows": lambda p, c: unpacked(each_as(from_windows, ".zip", c), p),
    "a zip of folders": lambda p, c: zip_path(of_class(plain, c), p),
    "a zip of a folder of folders": lambda p, c: zip_path(
        {f"class/{name}": text for name, text in of_class(plain, c).items()}, p
    ),
    "a zip of zips": lambda p, c: zip_path(each_as(zipped, ".zip", c), p),
    "a zip of a Mac": lambda p, c: from_a_mac(of_class(plain, c), p),
    "Moodle": lambda p, c: zip_path(of_class(moodle, c), p),
    "Moodle of Windows": lambda p, c: zip_path(of_class(moodle, c), p, "\\"),
    "Moodle, unpacked": lambda p, c: unpacked(of_class(moodle, c), p),
    "Moodle, with texts": lambda p, c: zip_path(of_class(moodle_with_texts, c), p),
    "Moodle, without folders": lambda p, c: zip_path(
        of_class(moodle_without_folders, c), p
    ),
    "Canvas": lambda p, c: zip_path(of_class(canvas, c), p),
    "Canvas, unpacked": lambda p, c: unpacked(of_class(canvas, c), p),
    "Blackboard": lambda p, c: zip_path(of_class(blackboard, c), p),
    "Gradescope": lambda p, c: zip_path(gradescope_files(c), p),
    "Gradescope, unpacked": lambda p, c: (
        unpacked(gradescope_files(c), p) / "assignment_7_export"
    ),
    "Gradescope, in a folder": lambda p, c: unpacked(gradescope_files(c), p),
}
