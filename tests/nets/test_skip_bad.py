"""--skip-bad: a run skips bad files, also after it is resumed."""

from pathlib import Path

import numpy as np
import pytest
from class_folders import make_classes
from PIL import Image

from nets import checkpoint
from nets.__main__ import main

WORDS = ["--epochs", "2", "--batch-size", "4"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two classes, and a file that is not a picture."""
    folder = make_classes(tmp_path / "source", ["a", "b"], count=6)
    (folder / "a" / "notes.txt").write_text("hello")
    return folder


def test_without_it_nothing_begins(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["train", "--data", str(source), "--out", str(out), *WORDS]) == 2
    error = capsys.readouterr().err
    assert "1 of 13 files" in error and "--skip-bad" in error
    assert not out.exists()


def test_a_run_with_bad_files(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    words = ["train", "--data", str(source), "--out", str(out), *WORDS]
    assert main([*words, "--skip-bad"]) == 0
    error = capsys.readouterr().err
    assert "nets: 1 of 13 files" in error and "notes.txt is not an image" in error
    assert error.count("\n") == 1
    assert checkpoint.load(out / "checkpoint.npz").settings.skip_bad
    assert main(["evaluate", "--checkpoint", str(out)]) == 0
    assert main(["train", "--resume", "--out", str(out)]) == 0
    assert main(["train", "--resume", "--out", str(out), "--skip-bad"]) == 0


def test_a_resumed_run_wants_the_same_pictures(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    words = ["train", "--data", str(source), "--out", str(out), *WORDS]
    main([*words, "--skip-bad"])
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(source / "a" / "new.png")
    assert main(["train", "--resume", "--out", str(out)]) == 2
    assert "have changed since" in capsys.readouterr().err


def test_a_run_without_it_is_not_resumed_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, sound = tmp_path / "run", make_classes(tmp_path / "sound", ["a", "b"])
    main(["train", "--data", str(sound), "--out", str(out), *WORDS])
    assert main(["train", "--resume", "--out", str(out), "--skip-bad"]) == 2
    assert "was trained without --skip-bad: leave --skip" in capsys.readouterr().err


def test_evaluate_with_other_pictures(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    sound = make_classes(tmp_path / "sound", ["a", "b"], count=6)
    main(["train", "--data", str(sound), "--out", str(out), *WORDS])
    words = ["evaluate", "--checkpoint", str(out), "--data", str(source)]
    assert main(words) == 2
    assert "1 of 13 files" in capsys.readouterr().err
    assert main([*words, "--skip-bad"]) == 0
    assert "1 of 13 files" in capsys.readouterr().err


def test_a_run_knows_its_classes_however_they_are_spelled(tmp_path: Path) -> None:
    out = tmp_path / "run"
    source = make_classes(tmp_path / "source", ["caf\u00e9", "b"], count=6)
    main(["train", "--data", str(source), "--out", str(out), *WORDS])
    run = checkpoint.load(out / "checkpoint.npz")
    run.classes = ("b", "cafe\u0301")  # as an older version left them on macOS
    checkpoint.save(run, out / "checkpoint.npz")
    assert main(["evaluate", "--checkpoint", str(out)]) == 0
