"""The command line: the files it writes, and one sentence for each error."""

import csv
import io
import re
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tinygraph as tg
from nets import archive, checkpoint, folders
from nets.__main__ import main

FILES = ("checkpoint.npz", "history.csv", "gradients.csv", "curve.png")
HEADER = "epoch,train_loss,train_accuracy,test_loss,test_accuracy,seconds"
ARCHIVE = Path(__file__).parents[3] / "shared/data/cifar-10-binary.tar.gz"


@pytest.fixture(scope="module")
def run(image_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    assert main(train_words(image_folder, folder)) == 0
    return folder


def train_words(source: Path, out: Path, *more: str) -> list[str]:
    words = ["train", "--data", str(source), "--out", str(out)]
    return [*words, "--epochs", "2", "--batch-size", "8", *more]


def refused(
    words: list[str], capsys: pytest.CaptureFixture[str], expected: str, code: int = 2
) -> None:
    """The command fails with one line on standard error, which is a sentence."""
    try:
        assert main(words) == code
    except SystemExit as left:
        assert left.code == code
    error = capsys.readouterr().err
    assert re.fullmatch(r"nets: error: [^\n]*\.\n", error), error
    assert expected in error


def bits(path: Path) -> dict[str, bytes]:
    """All arrays of a checkpoint except the document, which contains times."""
    arrays = archive.decode(path.read_bytes(), path)
    del arrays["document"]
    return {name: array.tobytes() for name, array in arrays.items()}


def history(folder: Path) -> list[list[str]]:
    """The lines of history.csv without the seconds."""
    with (folder / "history.csv").open(newline="") as file:
        return [row[:-1] for row in csv.reader(file)]


def test_the_folder_of_a_run(run: Path) -> None:
    names = {file.name for file in run.iterdir()}
    assert names - graph_names(run) == {*FILES, ".lock"}
    lines = (run / "history.csv").read_text().splitlines()
    assert lines[0] == HEADER
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]
    with Image.open(run / "curve.png") as curve:
        assert curve.size == (960, 420)


def graph_names(folder: Path) -> set[str]:
    """graph.svg, or graph.dot on a machine without Graphviz."""
    return {file.name for file in folder.glob("graph.*")}


def test_the_graph_shows_layers_and_gradients(run: Path) -> None:
    (graph,) = run.glob("graph.*")
    text = graph.read_text()
    assert all(name in text for name in ("conv1", "conv2", "fc1", "fc2", "output"))


def test_same_seed_same_bits(run: Path, image_folder: Path, tmp_path: Path) -> None:
    main(train_words(image_folder, tmp_path / "again"))
    assert bits(tmp_path / "again/checkpoint.npz") == bits(run / "checkpoint.npz")
    assert history(tmp_path / "again") == history(run)
    main(train_words(image_folder, tmp_path / "other", "--seed", "1"))
    assert bits(tmp_path / "other/checkpoint.npz") != bits(run / "checkpoint.npz")


@pytest.mark.parametrize(
    ("flags", "lr"),
    [
        (["--batch-size", "1"], 0.05 / 32),
        (["--batch-size", "64"], 0.05),
        (["--batch-size", "1", "--lr", "0.5"], 0.5),
        (["--loss", "cross_entropy"], 0.02),
        (["--loss", "cross_entropy", "--batch-size", "8"], 0.005),
    ],
)
def test_lr_fits_the_batch_and_the_loss_unless_it_is_given(
    image_folder: Path, tmp_path: Path, flags: list[str], lr: float
) -> None:
    words = ["train", "--data", str(image_folder), "--out", str(tmp_path)]
    assert main([*words, "--epochs", "1", *flags]) == 0
    assert checkpoint.load(tmp_path / "checkpoint.npz").settings.lr == lr


def test_default_folders_are_numbered(
    here: Path, image_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--data", str(image_folder), "--epochs", "1"]
    for _ in range(3):
        assert main(words) == 0
    names = sorted(folder.name for folder in (here / "runs").iterdir())
    assert names == ["slide", "slide-2", "slide-3"]
    assert folders.latest_folder() == Path("runs/slide-3")
    assert main(["evaluate"]) == 0
    assert re.search(
        r"accuracy \d+\.\d\d% on 4 test pictures\n", capsys.readouterr().out
    )


def test_predict_prints_the_output_vector(
    run: Path, image_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [str(path) for path in sorted(image_folder.glob("*/*.png"))[:3]]
    assert main(["predict", *images, "--checkpoint", str(run)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == images
    for line in lines:
        outputs = dict(re.findall(r"(\w+) (\d\.\d+)", line.split(": ")[1]))
        assert list(outputs) == ["dog", "cat", "boat", "bird"]
        values = [float(value) for value in outputs.values()]
        assert sum(values) == pytest.approx(1, abs=3e-4)
        assert float(outputs[line.split("-> ")[1]]) == max(values)


def test_predictions_do_not_depend_on_the_other_images(
    run: Path, image_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [str(path) for path in sorted(image_folder.glob("*/*.png"))[:4]]
    file = str(run / "checkpoint.npz")
    main(["predict", *images, "--checkpoint", file])
    together = capsys.readouterr().out
    for image in images:
        main(["predict", image, "--checkpoint", file])
    assert capsys.readouterr().out == together


def test_draw_writes_where_it_is_told(run: Path, tmp_path: Path) -> None:
    words = ["draw", "--checkpoint", str(run), "--out", str(tmp_path / "g.dot")]
    assert main(words) == 0
    assert "conv1" in (tmp_path / "g.dot").read_text()


def test_without_a_renderer_the_text_is_saved(
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def render(*arguments: object) -> bytes:
        raise tg.DrawingError("install Graphviz")

    monkeypatch.setattr(sys.modules["tinygraph.drawing.picture"], "render", render)
    words = ["draw", "--checkpoint", str(run), "--out", str(tmp_path / "g.svg")]
    assert main(words) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["g.dot"]
    assert "instead of a picture: install Graphviz" in capsys.readouterr().out


def test_a_used_folder_is_not_trained_in_again(
    run: Path, image_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (run / "checkpoint.npz").read_bytes()
    refused(
        train_words(image_folder, run),
        capsys,
        "already contains a run: continue it with",
    )
    assert (run / "checkpoint.npz").read_bytes() == before


def test_resuming_a_finished_run_changes_nothing(run: Path) -> None:
    before = (run / "checkpoint.npz").read_bytes()
    assert main(["train", "--resume", "--out", str(run)]) == 0
    assert (run / "checkpoint.npz").read_bytes() == before


def test_resume_refuses_other_settings(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--resume", "--out", str(run), "--batch-size", "9"]
    refused(words, capsys, "was trained with --batch-size 8, not 9")


def test_resume_refuses_other_pictures(
    image_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "source"
    for path in image_folder.glob("*/*.png"):
        copy = source / path.relative_to(image_folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    main(train_words(source, tmp_path / "run"))
    for path in source.glob("cat/*.png"):
        Image.new("RGB", (32, 32)).save(path)
    words = ["train", "--resume", "--out", str(tmp_path / "run")]
    refused(words, capsys, "have changed since")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--epochs", "0"], "epochs is 0"),
        (["--epochs", "many"], "invalid int value: 'many'"),
        (["--batch-size", "0"], "batch-size is 0"),
        (["--lr", "-1"], "lr is -1.0"),
        (["--lr", "nan"], "lr is nan"),
        (["--momentum", "1"], "momentum is 1.0"),
        (["--seed", "-1"], "seed is -1"),
        (["--loss", "hinge"], "invalid choice: 'hinge'"),
        (["--data", "nowhere"], "'nowhere' is not a source of data"),
        (["--resume"], "does not exist: train first"),
    ],
)
def test_wrong_arguments_leave_nothing_behind(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    flags: list[str],
    expected: str,
) -> None:
    refused(["train", *flags], capsys, expected)
    assert list(here.iterdir()) == []


def test_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    refused([], capsys, "COMMAND")


def test_out_that_is_a_file(
    image_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    refused(train_words(image_folder, tmp_path / "file"), capsys, "cannot be used")
    refused(train_words(image_folder, tmp_path / "file/x"), capsys, "cannot be used")
    assert (tmp_path / "file").read_text() == "mine"


def test_an_empty_class_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("cat", "dog"):
        (here / "source" / name).mkdir(parents=True)
    refused(["train", "--data", "source"], capsys, "cat has no pictures")


def test_an_archive_that_reaches_outside(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tarfile.open(here / "evil.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../data_batch_1.bin"), io.BytesIO())
    refused(["train", "--data", "evil.tar.gz"], capsys, "outside the archive's own")
    assert [file.name for file in here.iterdir()] == ["evil.tar.gz"]


@pytest.mark.parametrize("words", [["evaluate"], ["predict", "x.png"], ["draw"]])
def test_no_checkpoint(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    refused(words, capsys, "runs/slide/checkpoint.npz does not exist: train first")
    assert list(here.iterdir()) == []


def test_a_corrupt_checkpoint(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "checkpoint.npz"
    path.write_bytes((run / "checkpoint.npz").read_bytes()[:-1000])
    for words in (["evaluate", "--checkpoint"], ["train", "--resume", "--out"]):
        refused([*words, str(tmp_path)], capsys, "is damaged or is not a checkpoint")


def test_images_that_cannot_be_read(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nan, text = tmp_path / "nan.tiff", tmp_path / "text.png"
    Image.fromarray(np.full((8, 8), np.nan, np.float32)).save(nan)
    text.write_text("no image")
    words = ["predict", "--checkpoint", str(run)]
    refused([*words, str(nan)], capsys, "no pixel with a finite value")
    refused([*words, str(text)], capsys, "text.png is not an image")
    refused([*words, str(tmp_path / "none.png")], capsys, "does not exist")


def test_evaluate_refuses_other_classes(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (32, 32)).save(tmp_path / name)
    words = ["evaluate", "--checkpoint", str(run), "--data", str(tmp_path)]
    refused(words, capsys, "has the classes a, b, but the network knows dog, cat")


def test_a_run_that_diverges_keeps_its_checkpoint(
    image_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = train_words(image_folder, tmp_path / "run", "--lr", "1e30")
    refused(words, capsys, "start again with", code=1)
    assert checkpoint.load(tmp_path / "run/checkpoint.npz").progress.epoch == 0


def command(*words: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "nets", *words]


MANY = ("--epochs", "40", "--batch-size", "5")


@pytest.fixture(scope="module")
def never_stopped(image_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of many epochs."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert main(train_words(image_folder, folder, *MANY)) == 0
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_and_resume_equals_never_stopping(
    image_folder: Path, never_stopped: Path, tmp_path: Path, number: signal.Signals
) -> None:
    parts = tmp_path / "parts"
    with subprocess.Popen(
        command(*train_words(image_folder, parts, *MANY)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        while "epoch 1/40" not in process.stdout.readline():
            pass
        process.send_signal(number)
        said, error = process.stdout.read(), process.stderr.read()
    assert (process.returncode, error) == (130, "")
    assert f"python -m nets train --out {parts} --resume" in said
    assert 1 <= checkpoint.load(parts / "checkpoint.npz").progress.epoch < 40
    assert main(["train", "--out", str(parts), "--resume"]) == 0
    assert bits(parts / "checkpoint.npz") == bits(never_stopped / "checkpoint.npz")
    assert history(parts) == history(never_stopped)


def test_no_traceback_in_another_process(tmp_path: Path) -> None:
    result = subprocess.run(
        command("evaluate", "--checkpoint", str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr.startswith("nets: error: ")
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(not ARCHIVE.exists(), reason="the photographs are not here")
def test_photographs_through_the_untrained_network(run: Path) -> None:
    words = ["evaluate", "--checkpoint", str(run), "--data", str(ARCHIVE)]
    assert main(words) == 0


@pytest.mark.parametrize("missing", ["threadpoolctl", "tqdm", "filelock"])
def test_a_missing_library_is_one_sentence(missing):
    code = f"import sys, runpy; sys.modules['{missing}'] = None; "
    code += "runpy.run_module('nets', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(f"nets: error: {missing} is missing: python -m pip")
    assert done.stderr.count("\n") == 1
