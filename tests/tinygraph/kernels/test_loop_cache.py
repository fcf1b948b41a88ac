"""What Numba kept on disk may be damaged in any way: a sentence, and the same sums."""

import os
import pickle
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygraph as tg

numba = pytest.importorskip("numba")
numba_loops = pytest.importorskip("tinygraph.kernels.numba_loops")
loop_cache = pytest.importorskip("tinygraph.kernels.loop_cache")


def double(x, y):
    for j in range(x.size):
        y[j] = 2 * x[j]


def doubled():
    """The result of a loop as a new process would have it, and whether it was kept."""
    loop = numba_loops.compiled()(double)
    y = np.empty(3)
    loop(np.array([1.0, 2.0, 3.0]), y)
    [hits] = loop.stats.cache_hits.values() or [0]
    return y.tolist(), hits


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A cache with one loop in it, which is compiled once."""
    cache = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba.config, "CACHE_DIR", str(cache))
        assert doubled() == ([2.0, 4.0, 6.0], 0)
    return cache


@pytest.fixture
def folder(kept, tmp_path, monkeypatch):
    """A copy of that cache, which a test may damage."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)
    assert doubled() == ([2.0, 4.0, 6.0], 1)
    return tmp_path


def files(folder, ending):
    found = [path for path in folder.rglob(f"*{ending}") if path.is_file()]
    assert len(found) == 1
    return found[0]


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zeros(path):
    path.write_bytes(bytes(path.stat().st_size))


def one_bit(path):
    content = bytearray(path.read_bytes())
    content[random.Random(0).randrange(len(content))] ^= 4
    path.write_bytes(content)


def pickled(path):
    path.write_bytes(pickle.dumps("another") + pickle.dumps((None, {})))


def folder_instead(path):
    path.unlink()
    path.mkdir()


DAMAGE = {
    "cut": cut,
    "empty": lambda path: path.write_bytes(b""),
    "zeros": zeros,
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "one bit": one_bit,
    "another pickle": pickled,
    "text": lambda path: path.write_text("<html>not found</html>"),
}


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_files(folder, ending, name):
    DAMAGE[name](files(folder, ending))
    with pytest.warns(tg.errors.TinygraphWarning, match="damaged: loops are compiled"):
        assert doubled() == ([2.0, 4.0, 6.0], 0)
    assert doubled() == ([2.0, 4.0, 6.0], 1)  # kept again


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_what_is_no_file(folder, ending):
    folder_instead(files(folder, ending))
    with pytest.warns(tg.errors.TinygraphWarning) as said:
        assert doubled() == ([2.0, 4.0, 6.0], 0)
    assert "cannot be read" in str(said[0].message)
    assert "cannot be kept" in str(said[-1].message)


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_files_that_are_gone_are_told_nothing(folder, ending):
    files(folder, ending).unlink()
    assert doubled() == ([2.0, 4.0, 6.0], 0)
    assert doubled() == ([2.0, 4.0, 6.0], 1)


def test_machine_code_of_another_source_is_not_run(folder):
    """A process may have ended between writing the index and writing the code."""
    code = files(folder, ".nbc")
    other = folder / "other.nbc"
    cache = loop_cache.CheckedFile(str(folder), "other", ("another", "source"))
    with cache._open_for_write(str(other)) as file:
        file.write(code.read_bytes()[: -loop_cache.DIGEST])
    shutil.copy(other, code)
    with pytest.warns(tg.errors.TinygraphWarning, match="damaged"):
        assert doubled() == ([2.0, 4.0, 6.0], 0)


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loop_cache.CheckedFile, "save", full)
    with pytest.warns(tg.errors.TinygraphWarning, match="No space left on device"):
        assert doubled() == ([2.0, 4.0, 6.0], 0)


CODE = """
import numpy as np, sys, tinygraph as tg
from tinygraph.command_line import run

def work():
    with tg.compiled():
        for dtype in ("f4", "f8"):
            x = np.arange(16, dtype=dtype).reshape(1, 1, 4, 4)
            print(tg.max_pool2d(x, 2).tolist())
    return 0

sys.exit(run("nets", work))
"""


def test_on_a_command_line_it_is_one_sentence(tmp_path):
    """Also where several files are damaged."""

    def ran():
        return subprocess.run(
            [sys.executable, "-c", CODE],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )

    first = ran()
    assert (first.stdout.count("[13.0, 15.0]"), first.stderr) == (2, "")
    assert (again := ran()).stdout == first.stdout and again.stderr == ""
    for path in tmp_path.rglob("*.nbc"):
        cut(path)
    damaged = ran()
    assert damaged.stdout == first.stdout
    folder = str(Path(next(tmp_path.rglob("*.nbc"))).parent)
    assert damaged.stderr.splitlines() == [
        f"nets: what Numba kept in {folder} is damaged: loops are compiled again."
    ]
    assert ran().stderr == ""
