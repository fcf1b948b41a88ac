"""Forged checkpoints: documents with impossible contents.

Each is one sentence, and takes little more memory than its file.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made import Arrays, parts_of, refused, with_text
from together import together

from nets import (
    CheckpointError,
    EpochRecord,
    Progress,
    SettingsError,
    archive,
    checkpoint,
)
from nets.__main__ import main

BIG, NAN, INFINITY = 10**400, float("nan"), float("inf")
SAID: dict[str, list[Any]] = {
    "format": [0, 2, "1", None, True, 1.0],
    "settings": [None, [], "x", {}],
    "settings.data": [5, None, ["pictures"], True],
    "settings.classes": ["some", 4, None, ["slide"]],
    "settings.epochs": [0, -5, 2.5, "3", None, True, BIG, [3]],
    "settings.batch_size": [0, -1, 1e300, "32", False],
    "settings.lr": [0, -0.1, NAN, INFINITY, BIG, "0.05", True],
    "settings.momentum": [1, -0.1, 1e300, "0", NAN, True],
    "settings.loss": ["str", 1, None, {}],
    "settings.seed": [-1, 1e300, "0", NAN, True],
    "settings.compiled": [1, "yes", None],
    "settings.colour": ["red"],
    "classes": [None, "abcd", [1, 2, 3, 4], [], ["a", "a", "b", "c"], ["a"] * 3, {}],
    "example_label": [-1, 4, 0.5, "0", None, True, BIG],
    "fingerprint": [5, "", "x" * 64, "0" * 63, None],
    "rng": [None, [], {}, 5],
    "rng.bit_generator": ["MT19937", 5, "os.system"],
    "rng.state": [None, {}, 5],
    "rng.state.state": [-1, 2**128, BIG, 0.5, "0", NAN],
    "rng.has_uint32": [7, BIG, "x"],
    "rng.uinteger": [-1, 2**32, BIG],
    "progress": [None, [], {}],
    "progress.epoch": [-5, 0, 2, 4, 1.0, "1", BIG],
    "progress.batch": [-1, 0, 6, 1.5, None],
    "progress.loss": ["str", NAN, INFINITY, -1, BIG, None],
    "progress.correct": [-1, 6, BIG],
    "progress.seen": [-1, 0, 6, 10**12],
    "progress.seconds": [-1, NAN, "1"],
    "progress.history": [None, {}, [], [None], [[]], [{}]],
    "progress.history.0.epoch": [0, 2, -1, "1", 1.5],
    "progress.history.0.test_loss": [NAN, "x", -1, None],
    "progress.history.0.train_accuracy": [1.5, -0.1, "1"],
    "progress.history.0.path": [5],
    "path": [5],
}


@together(
    ("place", "value"),
    [(place, value) for place, values in SAID.items() for value in values],
    ids=lambda part: str(part)[:30],
)
def test_impossible_documents_are_refused(
    good: Arrays, tmp_path: Path, place: str, value: Any
) -> None:
    parts = inner = parts_of(good)
    *way, last = (int(key) if key.isdigit() else key for key in place.split("."))
    for key in way:
        inner = inner[key]
    inner[last] = value
    said = refused(with_text(good, json.dumps(parts).encode()), tmp_path)
    assert "not a checkpoint of this version" in said or "does not fit" in said
    assert (f"'{last}' is unknown" in said) == (last in ("colour", "path"))


@together("place", [place for place in SAID if place[-4:] != "path"])
def test_incomplete_documents_are_refused(
    good: Arrays, tmp_path: Path, place: str
) -> None:
    if place in ("settings.compiled", "settings.colour"):
        return  # a flag that is off, and what is not there anyway
    parts = inner = parts_of(good)
    *way, last = (int(key) if key.isdigit() else key for key in place.split("."))
    for key in way:
        inner = inner[key]
    del inner[last]
    said = refused(with_text(good, json.dumps(parts).encode()), tmp_path)
    if place.count(".") == 1 and not place.startswith("rng"):
        assert f"'{last}' is missing" in said


def test_a_flag_that_came_later_is_off(good: Arrays, tmp_path: Path) -> None:
    parts = parts_of(good)
    del parts["settings"]["skip_bad"]
    path = tmp_path / "c.npz"
    path.write_bytes(with_text(good, json.dumps(parts).encode()))
    assert checkpoint.load(path).settings.skip_bad is False


TEXTS = {
    "brackets": b"[" * 100_000 + b"]" * 100_000,
    "braces": b'{"a":' * 100_000 + b"0" + b"}" * 100_000,
    "many lists": b"[" + b"[]," * 1_000_000 + b"[]]",
    "many numbers": b"[" + b"1," * 3_000_000 + b"1]",
    "one long number": b"1" * 100_000,
    "one long text": b'"' + b"a" * 3_000_000 + b'"',
    "no JSON": b"import os; os.abort()",
    "a zero": b"\0",
    "UTF-16": '{"format": 1}'.encode("utf-16"),
    "a surrogate": b'{"format": 1, "classes": "\xed\xa0\x80"}',
    "a name twice": b'{"format": 1, "format": 1}',
    "a large number": b'{"format": 1e999}',
}


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_is_trusted(good: Arrays, tmp_path: Path, name: str) -> None:
    said = refused(with_text(good, TEXTS[name]), tmp_path)
    assert name[:3] != "bra" or "nested too deeply" in said
    assert name[:3] != "UTF" or "ASCII" in said


def test_words_changed_at_random_load_or_are_refused(
    good: Arrays, tmp_path: Path
) -> None:
    text, path = good["document"].tobytes(), tmp_path / "c.npz"
    rng, loaded = np.random.default_rng(0), 0
    for _ in range(150):
        changed = bytearray(text)
        changed[rng.integers(len(text))] = rng.choice(list(b'09.-e+"[]{},:atN '))
        path.write_bytes(with_text(good, bytes(changed)))
        try:
            checkpoint.load(path)
            loaded += 1
        except CheckpointError:
            pass
    assert 0 < loaded < 130


@pytest.mark.parametrize(
    "said",
    [
        {"loss": 1.0},
        {"seen": 1},
        {"seen": 5, "batch": 1, "correct": 6},
        {"seen": 1, "batch": 2},
        {"epoch": 1},
        {"history": [EpochRecord(1, 0.0, 0.0, 0.0, 0.0, 0.0)]},
    ],
)
def test_progress_that_cannot_be(said: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Progress(**said)


@pytest.mark.parametrize(("batch", "seen"), [(2, 5), (1, 4), (100, 24), (10**9, 10**9)])
def test_a_place_that_the_pictures_have_not(
    image_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    batch: int,
    seen: int,
) -> None:
    words = ["train", "--data", str(image_folder), "--out", str(tmp_path)]
    assert main([*words, "--epochs", "1", "--batch-size", "5"]) == 0
    path = tmp_path / "checkpoint.npz"
    arrays = archive.decode(path.read_bytes(), path)
    parts = parts_of(arrays)
    parts["settings"]["epochs"] = 2
    parts["progress"] |= {"batch": batch, "seen": seen, "loss": 1.0}
    path.write_bytes(with_text(arrays, json.dumps(parts).encode()))
    capsys.readouterr()
    assert main(["train", "--resume", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("nets: error: ") and error.count("\n") == 1
