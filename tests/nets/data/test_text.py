"""A text in windows; a file that is none, or too short, is one sentence."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.data import DataError, Text, encoded, load
from nets.data.text import read_text


def book(path: Path, text: str = "abc de\n" * 40, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def decoded(text: Text) -> str:
    return "".join(text.classes[code] for code in text.codes)


def test_the_last_tenth_is_for_testing(tmp_path) -> None:
    train, test = load(str(book(tmp_path / "book.txt")), context=8)
    assert isinstance(train, Text)
    assert train.classes == test.classes == tuple("\n abcde")
    assert decoded(train) + decoded(test) == "abc de\n" * 40
    assert len(test.codes) == 28 and len(test) == 2


@given(st.lists(st.integers(0, 4), min_size=18), st.integers(1, 9), st.data())
def test_each_character_is_followed_by_its_label(codes, context, drawn) -> None:
    start = drawn.draw(st.integers(0, context - 1))
    text = Text(np.array(codes), tuple("abcde"), context, start)
    assert text.inputs.shape == text.labels.shape == (len(text), context)
    flat = text.inputs.ravel().tolist(), text.labels.ravel().tolist()
    end = start + len(flat[0])
    assert flat == (codes[start:end], codes[start + 1 : end + 1])
    assert len(codes) - len(flat[0]) < 2 * context


@pytest.mark.parametrize("name", ["book.txt", "book.md", "book", "book.html"])
def test_any_file_of_characters(tmp_path, name) -> None:
    text = "<p>Straße, 日本, 🙂</p>\r\n" * 90
    train, _ = load(str(book(tmp_path / name, text, "utf-8-sig")))
    assert decoded(train).startswith("<p>Straße, 日本, 🙂</p>\n<p>")


FAULTS = {
    "is a text in UTF-16: save it in UTF-8": "text".encode("utf-16"),
    "byte 3 of": b"caf\xe9" * 99,
    "is not a text: it has characters with the number 0": b"a\0b" * 999,
    "has 3 characters, too few for windows of 64: give a text of at least 1280": b"abc",
    "has 0 characters, too few": b"",
    "different characters, and 5000": "".join(map(chr, range(256, 6000))).encode(),
}


@pytest.mark.parametrize("words", FAULTS)
def test_what_is_no_text(tmp_path, words) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(FAULTS[words])
    with pytest.raises(DataError, match=re.escape(words)) as caught:
        load(str(path))
    assert str(path) in str(caught.value)


def test_a_folder_is_no_text(tmp_path) -> None:
    with pytest.raises(DataError, match="is a folder, not a file: give"):
        read_text(tmp_path)


def test_an_unknown_character_is_named() -> None:
    with pytest.raises(DataError, match="prompt has the character 'ß', which the"):
        encoded("aß", ("a",), "prompt")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (dict(codes=np.zeros(9)), "codes must be int64"),
        (dict(codes=np.full(9, 2)), "codes run from 2 to 2, but the 2 characters"),
        (dict(context=5), "a text of 9 characters has no two windows of 5"),
        (dict(context=0), "has no two windows of 0"),
        (dict(start=4), "start is 4: give a place from 0 to 3"),
    ],
)
def test_a_text_that_does_not_fit_together(changed, words) -> None:
    right = dict(codes=np.zeros(9, np.int64), classes=("a", "b"), context=4)
    assert len(Text(**right)) == 1
    with pytest.raises(DataError, match=words):
        Text(**right | changed)
