"""python -m nets trace: the picture, the network and the messages."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nets.__main__ import main

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(scope="module")
def run(image_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    words = ["train", "--data", str(image_folder), "--out", str(folder)]
    assert main([*words, "--epochs", "1", "--loss", "cross_entropy"]) == 0
    return folder


def traced(*words: str) -> dict[str, Any]:
    """What the command saves as JSON."""
    assert main(["trace", "--out", "t.json", *words]) == 0
    document: dict[str, Any] = json.loads(Path("t.json").read_text())
    return document


def target(document: dict[str, Any]) -> list[float]:
    """The one-hot vector of the class."""
    (node,) = (node for node in document["nodes"] if node["name"] == "target")
    (row,) = node["value"]
    return [float(number) for number in row]


def refused(capsys: pytest.CaptureFixture[str], expected: str, *words: str) -> None:
    assert main(["trace", *words]) == 2
    error = capsys.readouterr().err
    assert re.fullmatch(r"nets: error: [^\n]*\.\n", error), error
    assert expected in error


def test_the_boat_by_default(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace"]) == 0
    page = (here / "backward.html").read_bytes()
    assert len(page) < 500_000
    said = capsys.readouterr().out
    assert re.match(r"\[dog 0\.\d{4}, .*\], target boat: error 0\.\d{4}\n", said)
    assert "saved the backward pass in backward.html" in said


def test_all_three_chapters_with_the_slides_error() -> None:
    document = traced()
    assert [len(document[part]) for part in ("forward", "steps", "updates")] == [
        26,
        24,
        10,
    ]
    assert document["nodes"][-1]["op"] == "mse"
    assert target(document) == [0.0, 0.0, 1.0, 0.0]
    assert document["steps"][1]["total"]


def test_the_same_words_give_the_same_bytes(here: Path) -> None:
    first = json.dumps(traced())
    assert json.dumps(traced()) == first


def test_another_class_is_drawn() -> None:
    assert target(traced("--label", "bird")) == [0.0, 0.0, 0.0, 1.0]


def test_an_image_is_what_the_network_takes_it_for(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (40, 40), "red").save(here / "red.png")
    document = traced("--image", "red.png")
    said = capsys.readouterr().out
    outputs = {name: float(x) for name, x in re.findall(r"(\w+) (\d\.\d+)[,\]]", said)}
    best = max(outputs, key=outputs.__getitem__)
    assert f"target {best}:" in said
    assert target(document)[list(outputs).index(best)] == 1.0
    assert target(traced("--image", "red.png", "--label", "cat"))[1] == 1.0


def test_the_weights_of_a_run(run: Path) -> None:
    fresh, trained = traced(), traced("--checkpoint", str(run))
    assert trained["nodes"][-1]["op"] == "mse"
    assert fresh["steps"][1] != trained["steps"][1]
    assert traced("--checkpoint", str(run / "checkpoint.npz")) == trained


def test_lr_is_that_of_the_update() -> None:
    small, large = (traced("--lr", lr)["updates"] for lr in ("0.001", "1"))
    assert small != large


def test_what_is_refused(
    here: Path, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(
        capsys, "label is horse: give one of the network's classes", "--label", "horse"
    )
    refused(capsys, "none.png does not exist", "--image", "none.png")
    refused(capsys, "does not exist: train first", "--checkpoint", "none")
    refused(capsys, "lr is -1.0: give a number above 0", "--lr", "-1")
    refused(capsys, "cannot save a trace as 'a.txt'", "--out", "a.txt")
    assert list(here.iterdir()) == []


def test_classes_that_cannot_be_drawn(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("tulip", "rose"):
        (here / "flowers" / name).mkdir(parents=True)
        for number in range(3):
            image = Image.new("RGB", (32, 32), (60 * number, 90, 30))
            image.save(here / "flowers" / name / f"{number}.png")
    words = ["train", "--data", "flowers", "--out", "run", "--epochs", "1"]
    assert main(words) == 0
    assert sum(target(traced("--checkpoint", "run"))) == 1.0
    labels = [traced_or_refused(label, capsys) for label in ("tulip", "rose")]
    assert sorted(labels) == ["a class that nets cannot draw", "traced"]


def traced_or_refused(label: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The run's own example has one class; nets cannot draw the other one."""
    if main(["trace", "--checkpoint", "run", "--label", label, "--out", "t.json"]):
        error = capsys.readouterr().err
        assert "a class that nets cannot draw: give --image." in error
        return "a class that nets cannot draw"
    return "traced"
