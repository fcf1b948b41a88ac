"""Where files go: `~`, links, modes, long names, and what is refused."""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

import tinygraph as tg
from tinygraph.exercises.exercise import load as load_exercise
from tinygraph.exercises.grading.journal import open_journal
from tinygraph.exercises.running.process import run_file
from tinygraph.exercises.student.notebook_file import read_book
from tinygraph.exercises.student.workspace import Workspace
from tinygraph.files import escaped, expanded, require_regular, write_atomically
from tinygraph.tracing.script import tensor_of_script


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def loss() -> tg.Tensor:
    x = tg.Tensor(3.0, requires_grad=True, name="x")
    return x * x


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of its own; the working folder is another, which stays empty."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "home"


def test_the_home_folder(home: Path) -> None:
    assert expanded("~/a") == home / "a" and expanded("~") == home
    assert expanded("a~") == Path("a~") and expanded("a/~") == Path("a/~")
    assert expanded("~nobody-here/a") == Path("~nobody-here/a")


SAVERS: dict[str, Callable[[str], object]] = {
    "graph.graphml": lambda path: loss().graph.save(path),
    "graph.json": lambda path: loss().graph.save(path),
    "picture.dot": lambda path: tg.draw(loss()).save(path),
    "picture.svg": lambda path: tg.draw(loss()).save(path),
    "trace.json": lambda path: tg.trace(loss()).save(path),
    "trace.html": lambda path: tg.trace(loss()).save(path),
    "frames": lambda path: tg.trace(loss()).save(path),
    "plain.bin": lambda path: write_atomically(path, b"1"),
}


@pytest.mark.parametrize("name", SAVERS)
def test_saving_at_home(home: Path, name: str) -> None:
    SAVERS[name](f"~/{name}")
    assert [path.name for path in home.iterdir()] == [name]
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", SAVERS)
def test_the_longest_name_that_a_disk_takes(home: Path, name: str) -> None:
    ending = Path(name).suffix
    room = 255 - len(ending)
    for long in ("n" * room + ending, "本" * (room // 3) + ending):
        for _ in range(2):  # a new file, and one that is replaced
            SAVERS[name](f"{home}/{long}")
    assert len(list(home.iterdir())) == 2


@pytest.mark.parametrize("old", [0o600, 0o640, 0o644, 0o755, 0o444])
def test_a_file_that_is_replaced_keeps_its_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: int
) -> None:
    path, during, sizes = tmp_path / "a", [], []
    path.write_bytes(b"old")
    path.chmod(old)
    sync = os.fsync

    def looked_at(number: int) -> None:
        during.append(stat.S_IMODE(os.fstat(number).st_mode))
        sizes.append(os.fstat(number).st_size)
        sync(number)

    monkeypatch.setattr(os, "fsync", looked_at)
    strict = os.umask(0o077)
    try:
        write_atomically(path, b"new")
    finally:
        os.umask(strict)
    assert (path.read_bytes(), mode(path)) == (b"new", old)
    assert during and all(now & ~old == 0 for now in during)  # never open to more
    assert sizes == [3]  # all of it, before it is moved into place


def test_a_new_file_has_the_mode_that_open_gives(tmp_path: Path) -> None:
    write_atomically(tmp_path / "ours", b"")
    (tmp_path / "theirs").open("x").close()
    assert mode(tmp_path / "ours") == mode(tmp_path / "theirs")


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far/real").write_bytes(b"old")
    for name, leads_to in (("link", "far/real"), ("again", "link"), ("new", "far/b")):
        (tmp_path / name).symlink_to(leads_to)
    for name in ("link", "again", "new"):
        write_atomically(tmp_path / name, name.encode())
        assert (tmp_path / name).is_symlink()
    assert (tmp_path / "far/real").read_bytes() == b"again"
    assert (tmp_path / "far/b").read_bytes() == b"new"
    assert len(list((tmp_path / "far").iterdir())) == 2


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null").symlink_to(os.devnull)
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.iterdir())
    for name, said in {
        "pipe": "is a pipe, not a file",
        "null": "is a device, not a file",
        "folder": "is a folder, not a file",
        "loop": "link",
        "none/a": "the folder .*none does not exist",
        "n" * 256: "name too long",
        "a\0b": "null",
    }.items():
        with pytest.raises(tg.FileError, match=f"(?i)^cannot write .*{said}"):
            write_atomically(tmp_path / name, b"new")
    assert sorted(tmp_path.iterdir()) == before


def test_only_regular_files_are_regular(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link", "none", "file/below"):
        require_regular(tmp_path / name)
    os.mkfifo(tmp_path / "pipe")
    for name, kind in (("pipe", "a pipe"), (".", "a folder"), (os.devnull, "a device")):
        with pytest.raises(tg.FileError, match=f"is {kind}, not a file"):
            require_regular(tmp_path / name)


def read_journal(path: Path) -> None:
    with open_journal(path.parent):
        raise AssertionError("a device was opened")


READERS: dict[str, Callable[[Path], object]] = {
    "script.py": lambda path: tensor_of_script(str(path)),
    "exercise.py": load_exercise,
    "notebook.ipynb": read_book,
    "answer.py": lambda path: run_file(path, None).__enter__(),
    "journal.jsonl": read_journal,
    ".tinygraph/progress.json": lambda path: Workspace(path.parents[1]).records(),
}


@pytest.mark.parametrize("name", READERS)
def test_no_device_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(os.devnull)  # a pipe with no writer would never end
    with pytest.raises(tg.FileError, match="is a device, not a file"):
        READERS[name](path)


def test_names_that_can_be_shown() -> None:
    assert escaped("日本 ü.png") == "日本 ü.png"
    said = escaped(os.fsdecode(b"a\n\x1b[2J\xff\xe2\x80\xae.png"))
    assert said == r"a\n\x1b[2J\udcff\u202e.png"


@pytest.mark.parametrize("ending", ["html", "svg", "dot"])
def test_names_that_are_no_letters(home: Path, ending: str) -> None:
    name = os.fsdecode(b"\xff") + f".{ending}"
    tg.draw(loss()).save(name)
    if ending == "html":
        assert re.search(r"<title>\\udcff</title>", Path(name).read_text("utf-8"))
        tg.trace(loss()).save(name)
        assert re.search(r"<title>\\udcff", Path(name).read_text("utf-8"))
