"""A few drawn pictures, in memory and as a folder of images."""

import functools
import importlib
import math
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nets import Settings, archive, checkpoint, commands, fit, plots, start
from nets.data import Dataset, pictures
from nets.run import EpochRecord

render = importlib.import_module("tinygraph.drawing.render")  # also a function
run_graphviz = render.run_graphviz
CURVES: dict[tuple[bool, ...], bytes] = {}


@pytest.fixture(scope="session", autouse=True)
def hangup() -> Iterator[None]:
    """A closed terminal ends a program, also where these tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@functools.cache
def layout(text: bytes, format: str, path: str | None) -> bytes:
    """What Graphviz on a PATH makes of a text."""
    return bytes(run_graphviz(text, format))


def save_curve(history: Sequence[EpochRecord], path: Path) -> None:
    """Save the curve of the first history of this kind."""
    finite = all(math.isfinite(record.train_loss) for record in history)
    recognised = any(record.test_accuracy for record in history)
    kind = len(history) > 1, finite, recognised
    if kind not in CURVES:
        plots.save_curve(history, path)
        CURVES[kind] = path.read_bytes()
    path.write_bytes(CURVES[kind])


@pytest.fixture(scope="module", autouse=True)
def drawn_once() -> Iterator[None]:
    """Graphviz is asked once for each text, and curves of one kind are drawn once.

    Nearly all runs of the command line save both, whatever a test is about. What is in
    them is for other tests, in modules where nothing is replaced.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "save_curve", save_curve)
        patch.setattr(
            render,
            "run_graphviz",
            lambda text, format: layout(text, format, os.environ.get("PATH")),
        )
        yield


@pytest.fixture(scope="session")
def train() -> Dataset:
    return pictures(24, seed=1, size=16)


@pytest.fixture(scope="session", name="test")
def unseen() -> Dataset:
    return pictures(8, seed=2, size=16)


@pytest.fixture(scope="session")
def image_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    drawn = pictures(24, seed=3)
    for number, (image, label) in enumerate(
        zip(drawn.images, drawn.labels, strict=True)
    ):
        path = folder / drawn.classes[label] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(image.transpose(1, 2, 0)).save(path)
    return folder


@pytest.fixture(scope="module")
def good(
    train: Dataset, test: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, np.ndarray]:
    """The arrays of a run that is in the middle of its second epoch."""

    def watch(records):
        yield next(records)
        if run.progress.epoch == 1:
            raise InterruptedError

    run = start(Settings(epochs=3, batch_size=5, seed=5), train)
    with pytest.raises(InterruptedError):
        list(fit(run, train, test, lambda r: watch(r) if run.progress.epoch else r))
    path = tmp_path_factory.mktemp("good") / "checkpoint.npz"
    checkpoint.save(run, path)
    assert checkpoint.load(path).progress.batch == 1
    return archive.decode(path.read_bytes(), path)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
