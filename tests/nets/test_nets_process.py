"""A run among other processes: locks, signals, and streams that nobody reads."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from PIL import Image

from nets import checkpoint, folders
from nets.__main__ import main
from nets.data import pictures
from nets.stopping import stop_requests
from tinygraph.errors import TinygraphError

NAME = "日本 \udcff"
RESUME = ["train", "--resume", "--out"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve drawn pictures in folders of two classes, one with a hard name."""
    folder = tmp_path_factory.mktemp("source")
    drawn = pictures(12, seed=3)
    for number, image in enumerate(drawn.images):
        path = folder / (NAME if number % 2 else "cat") / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(image.transpose(1, 2, 0)).save(path)
    return folder


@pytest.fixture(scope="module")
def run(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run."""
    folder = tmp_path_factory.mktemp("runs") / NAME
    assert main(train_words(source, folder)) == 0
    return folder


def train_words(source: Path, out: Path, *more: str) -> list[str]:
    words = ["train", "--data", str(source), "--out", str(out)]
    return [*words, "--epochs", "2", "--batch-size", "4", *more]


def images(source: Path) -> list[str]:
    return sorted(map(str, source.glob("*/*.png")))


def stream_of(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")


@pytest.fixture
def unread() -> Iterator[io.TextIOWrapper]:
    """A stream into a pipe that nobody reads any more."""
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        yield stream


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252", "utf-8"])
def test_names_in_any_letters(
    source: Path, run: Path, tmp_path: Path, encoding: str
) -> None:
    place = ["--checkpoint", str(run)]
    image = images(source)[-1]
    for words in (
        ["predict", *images(source), *place],
        ["evaluate", *place],
        ["draw", *place, "--out", str(tmp_path / f"{NAME}.dot")],
        ["trace", *place, "--image", image, "--out", str(tmp_path / f"{NAME}.json")],
        ["trace", *place, "--label", NAME, "--image", image, "--out", f"{tmp_path}/x"],
        [*RESUME, str(run)],
    ):
        with redirect_stdout(stream_of(encoding)) as out:
            assert main(words) == 0
        assert out.buffer.getvalue().decode(encoding).count("\n") > 0
    for words in (["predict", NAME, *place], ["evaluate", "--data", NAME, *place]):
        with redirect_stderr(stream_of(encoding)) as error:
            assert main(words) == 2
        assert "\\udcff" in error.buffer.getvalue().decode(encoding)


def test_a_run_that_nobody_watches_is_saved(
    source: Path, tmp_path: Path, unread: io.TextIOWrapper
) -> None:
    with redirect_stdout(unread), redirect_stderr(unread):
        assert main(train_words(source, tmp_path)) == 0
    assert checkpoint.load(tmp_path / "checkpoint.npz").progress.epoch == 2
    assert (tmp_path / "curve.png").exists()


def test_a_run_without_any_stream_is_saved(source: Path, tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "nets",
        *train_words(source, tmp_path),
    ]
    shell = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words]
    assert subprocess.run(shell, check=False).returncode == 0
    assert checkpoint.load(tmp_path / "checkpoint.npz").progress.epoch == 2


def test_a_bad_image_keeps_nobody_from_the_others(
    source: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, place = images(source)[:2], ["--checkpoint", str(run)]
    assert main(["predict", good[0], good[1], good[1], *place]) == 0
    expected = capsys.readouterr().out
    (tmp_path / "bad.png").write_text("no image")
    bad = [str(tmp_path / "bad.png"), str(tmp_path / "none.png"), str(tmp_path)]
    words = [bad[0], good[0], bad[1], good[1], bad[2], good[1]]
    assert main(["predict", *words, *place]) == 2
    out, error = capsys.readouterr()
    assert out == expected and out.count("\n") == 3
    lines = error.splitlines()
    for line, path in zip(lines, bad, strict=True):
        assert line.startswith(f"nets: error: {path}")


def test_home_is_expanded(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    (tmp_path / "source").symlink_to(source)
    image = f"~/source/{Path(images(source)[0]).relative_to(source)}"
    place = ["--checkpoint", "~/run"]
    for words in (
        [*train_words(Path("~/source"), Path("~/run"))],
        ["predict", image, "--checkpoint", "~/run/checkpoint.npz"],
        ["evaluate", "--data", "~/source", *place],
        ["draw", *place, "--out", "~/graph.dot"],
        ["trace", *place, "--image", image, "--out", "~/trace.json"],
    ):
        assert main(words) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"run", "source", "work", "graph.dot", "trace.json"}
    assert list(Path().iterdir()) == []
    checkpoint.save(checkpoint.load("~/run/checkpoint.npz"), "~/run/again.npz")
    assert (tmp_path / "run/again.npz").exists()


def test_two_runs_in_one_folder(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    out.mkdir()
    with folders.locked(out):
        for words in (
            train_words(source, out),
            ["train", "--resume", "--out", str(out)],
        ):
            assert main(words) == 2
            said = f"nets: error: another run is training in {out}: wait until it ends"
            assert capsys.readouterr().err.startswith(said)
    assert {path.name for path in out.iterdir()} == {".lock"}
    assert main(train_words(source, out)) == 0
    assert main([*RESUME, str(out)]) == 0


def test_a_run_that_ended_while_another_began(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from nets import commands

    make = commands.make_folder

    def make_late(out: Path) -> Path:
        monkeypatch.setattr(commands, "make_folder", make)
        assert main(train_words(source, out)) == 0
        return make(out)

    monkeypatch.setattr(commands, "make_folder", make_late)
    assert main(train_words(source, tmp_path, "--seed", "1")) == 2
    assert "already contains a run" in capsys.readouterr().err
    assert checkpoint.load(tmp_path / "checkpoint.npz").settings.seed == 0


def test_the_lock_of_a_killed_process_holds_nobody(tmp_path: Path) -> None:
    code = "import os, pathlib, signal, sys; from nets.folders import locked\n"
    code += (
        "with locked(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL and (tmp_path / ".lock").exists()
    with folders.locked(tmp_path), pytest.raises(TinygraphError, match="another run"):
        folders.locked(tmp_path).__enter__()


def test_a_second_ctrl_c_leaves_at_once() -> None:
    with stop_requests() as requested:
        assert not requested()
        os.kill(os.getpid(), signal.SIGINT)
        assert requested()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        assert requested()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_closes_a_terminal_may_come_twice(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_requests() as requested:
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        assert requested()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(number) == before


def test_nohup_is_respected() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_requests() as requested:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not requested()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("name", ["checkpoint.npz", "cifar.tar.gz"])
def test_no_device_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = tmp_path / name
    path.symlink_to(os.devnull)  # a pipe with no writer would never end
    option = "--checkpoint" if name.endswith(".npz") else "--data"
    words = ["evaluate", option] if option == "--checkpoint" else ["train", option]
    assert main([*words, str(path)]) == 2
    assert f"{path} is a device, not a file" in capsys.readouterr().err
