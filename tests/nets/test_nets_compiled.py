"""`train --compiled`: kept in the run, repeatable, or one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest
from test_main import bits, history, refused, train_words

from nets import checkpoint
from nets.__main__ import main

pytest.importorskip("numba")


def test_the_same_bits_and_remembered(image_folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert main(train_words(image_folder, tmp_path / name, "--compiled")) == 0
    saved = tmp_path / "one/checkpoint.npz"
    assert bits(saved) == bits(tmp_path / "two/checkpoint.npz")
    assert history(tmp_path / "one") == history(tmp_path / "two")
    assert checkpoint.load(saved).settings.compiled
    assert main(["train", "--resume", "--out", str(tmp_path / "one")]) == 0


def test_a_run_stays_what_it_was(
    image_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(train_words(image_folder, tmp_path)) == 0
    assert not checkpoint.load(tmp_path / "checkpoint.npz").settings.compiled
    capsys.readouterr()
    words = ["train", "--resume", "--out", str(tmp_path), "--compiled"]
    refused(words, capsys, "leave --compiled out")


def test_without_numba(image_folder: Path, tmp_path: Path) -> None:
    """In a process of its own: here, modules that use numba are imported already."""
    folder = tmp_path / "run"
    words = train_words(image_folder, folder, "--compiled")
    code = "import sys; sys.modules['numba'] = None\n"
    code += f"from nets.__main__ import main; sys.exit(main({words}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("nets: error: compiled: ")
    assert done.stderr.endswith("python -m pip install numba.\n")
    assert done.stderr.count("\n") == 1 and not folder.exists()
