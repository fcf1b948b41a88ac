"""python -m nets explore: the network, the pictures and the messages."""

import base64
import json
import re
import webbrowser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nets import Settings, SettingsError, exploring, start
from nets.__main__ import main
from nets.explore import page, require_known


@pytest.fixture(scope="module")
def run(image_folder, tmp_path_factory):
    """The folder of a finished run on a folder of pictures."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    words = ["train", "--data", str(image_folder), "--out", str(folder)]
    words += ["--pairs", "1", "--filters", "3", "--hidden", "8", "--epochs", "1"]
    assert main(words) == 0
    return folder


@pytest.fixture(autouse=True)
def opened(here, monkeypatch):
    """The addresses that were given to the browser."""
    found = []
    monkeypatch.setattr(webbrowser, "open", found.append)
    return found


def data_of(path):
    """What the page knows."""
    pattern = r"<script[^>]*application/json[^>]*>(.*?)</script>"
    return json.loads(re.search(pattern, Path(path).read_text(), re.DOTALL)[1])


def refused(capsys, expected, *words):
    assert main(["explore", *words]) == 2
    error = capsys.readouterr().err
    assert re.fullmatch(r"nets: error: [^\n]*\.\n", error), error
    assert expected in error
    assert not Path("explore.html").exists()


def test_the_page_of_a_run_is_opened(run, opened, capsys):
    assert main(["explore", "--run", str(run)]) == 0
    assert "saved the page in explore.html" in capsys.readouterr().out
    assert opened == [Path("explore.html").resolve().as_uri()]
    known = data_of("explore.html")
    assert sorted(known["classes"]) == ["bird", "boat", "cat", "dog"]
    assert known["classes"][known["labels"][known["first"]]] == "boat"
    kinds = [operation["kind"] for operation in known["operations"]]
    assert kinds[:4] == ["conv2d", "relu", "max_pool2d", "reshape"]


def test_no_open(run, opened):
    assert main(["explore", "--run", str(run), "--no-open", "--out", "p.html"]) == 0
    assert opened == []
    assert Path("p.html").exists()


def test_a_small_network_is_trained_where_there_is_no_run(monkeypatch, capsys):
    monkeypatch.setattr(exploring, "DRAWN", (40, 8))
    monkeypatch.setattr(exploring, "EPOCHS", 1)
    assert main(["explore", "--no-open"]) == 0
    assert "training a small network" in capsys.readouterr().out
    first = Path("explore.html").read_bytes()
    assert main(["explore", "--no-open"]) == 0
    assert Path("explore.html").read_bytes() == first
    assert len(data_of("explore.html")["labels"]) == 40


def test_the_newest_run(run, capsys):
    Path("runs/slide-2").mkdir(parents=True)
    Path("runs/slide-2/checkpoint.npz").write_bytes(
        (run / "checkpoint.npz").read_bytes()
    )
    assert main(["explore", "--no-open"]) == 0
    assert "training" not in capsys.readouterr().out
    assert data_of("explore.html")["operations"][0]["output"] == [3, 28, 28]


def test_an_image_comes_first(run):
    Image.new("RGB", (40, 40), "red").save("red.png")
    assert main(["explore", "--run", str(run), "--image", "red.png", "--no-open"]) == 0
    known = data_of("explore.html")
    assert known["first"] == 0
    pixels = np.frombuffer(base64.b64decode(known["pictures"]), np.uint8)
    assert pixels[: 3 * 1024].reshape(3, -1).mean(axis=1).tolist() == [255, 0, 0]


def test_the_class_of_the_picture(run):
    Image.new("RGB", (40, 40), "red").save("red.png")
    words = ["explore", "--run", str(run), "--no-open", "--label", "bird"]
    assert main([*words, "--image", "red.png"]) == 0
    known = data_of("explore.html")
    assert known["classes"][known["labels"][0]] == "bird"
    assert main(words) == 0
    known = data_of("explore.html")
    assert known["classes"][known["labels"][known["first"]]] == "bird"


def test_data_that_has_gone(run, capsys, tmp_path, image_folder):
    """The page then has the run's own example alone."""
    moved = image_folder.with_name("moved")
    image_folder.rename(moved)
    try:
        assert main(["explore", "--run", str(run), "--no-open"]) == 0
    finally:
        moved.rename(image_folder)
    assert "The page has only the run's example." in capsys.readouterr().err
    assert len(data_of("explore.html")["labels"]) == 1


def test_what_is_refused(run, capsys):
    known = ["--run", str(run)]
    refused(capsys, "none.png does not exist", *known, "--image", "none.png")
    refused(capsys, "does not exist: train first", "--run", "none")
    refused(capsys, "label is horse: give one of", *known, "--label", "horse")
    refused(capsys, "out is a.txt: give a name that ends in .html", "--out", "a.txt")


def test_networks_that_the_page_cannot_compute(here, capsys):
    rows = "".join(f"{x},{'ab'[x % 2]}\n" for x in range(40))
    (here / "t.csv").write_text("x,y\n" + rows)
    words = ["--data", str(here / "t.csv"), "--out", "table", "--epochs", "1"]
    assert main(["train", *words]) == 0
    capsys.readouterr()
    refused(capsys, "which does not classify pictures", "--run", "table")


def test_only_known_operations_and_sizes(pictures):
    with pytest.raises(SettingsError, match="vgg11, which has conv2d with another pad"):
        require_known(start(Settings(network="vgg11"), pictures))
    large = start(Settings(network="mlp", hidden=(900,)), pictures)
    with pytest.raises(SettingsError, match=r"would have 14\.9 MB, of 1\.5"):
        page(large, pictures)
