"""Unusual pictures, compared with Chromium and with their own numbers."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import odd
import odd_jpeg
import odd_others
import odd_png
import odd_unshown
import pytest
from numpy.typing import NDArray
from together import together

from nets.data import DataError, read_image

FILES = (odd_png, odd_jpeg, odd_others, odd_unshown)  # which enter them
ROUNDING = 2  # levels of 255

# How a browser shows the bytes on a white page; null if it shows nothing.
DRAW = """async pictures => {
  const drawn = [];
  for (const picture of pictures) {
    const bytes = Uint8Array.from(atob(picture), letter => letter.charCodeAt(0));
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([bytes]));
    try { await image.decode(); } catch { drawn.push(null); continue; }
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const pen = canvas.getContext('2d');
    pen.fillStyle = 'white';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0);
    const {data} = pen.getImageData(0, 0, canvas.width, canvas.height);
    drawn.push(btoa(String.fromCharCode(...data)));
  }
  return drawn;
}"""


def in_text(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def drawn(chromium: Any) -> dict[str, NDArray[np.uint8]]:
    """What Chromium shows of each picture, (16, 16, 3)."""
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    found = tab.evaluate(DRAW, [in_text(make()) for make in odd.SHOWN.values()])
    context.close()
    return {
        name: np.frombuffer(base64.b64decode(text), np.uint8).reshape(16, 16, 4)[
            ..., :3
        ]
        for name, text in zip(odd.SHOWN, found, strict=True)
        if text is not None
    }


def read(folder: Path, name: str, content: bytes) -> NDArray[np.int64]:
    path = folder / f"picture.{name.partition('_')[0]}"
    path.write_bytes(content)
    return read_image(path, size=16).transpose(1, 2, 0).astype(np.int64)


@together("name", odd.SHOWN)
def test_as_chromium_shows_it(
    name: str, drawn: dict[str, NDArray[np.uint8]], tmp_path: Path
) -> None:
    ours = read(tmp_path, name, odd.SHOWN[name]())
    assert np.abs(ours - drawn[name]).max() <= ROUNDING


@together("name", odd.NUMBERS)
def test_as_the_numbers_say(name: str, tmp_path: Path) -> None:
    make, levels = odd.NUMBERS[name]
    assert np.abs(read(tmp_path, name, make()) - levels).max() <= ROUNDING


@together("name", odd_unshown.REFUSED)
def test_numbers_that_are_not_understood_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not supported"):
        read(tmp_path, "tiff", odd_unshown.REFUSED[name])


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_half_a_picture_is_damaged_and_not_unsupported(
    share: float, tmp_path: Path
) -> None:
    words = []
    for name, make in odd.SHOWN.items():
        whole = make()
        try:
            read(tmp_path, name, whole[: int(share * len(whole))])
        except DataError as error:
            words.append(str(error))
    assert len(words) > 100
    assert [text for text in words if "is damaged" not in text] == []


@pytest.mark.parametrize("seed", range(3))
def test_random_changes_end_in_a_picture_or_a_sentence(
    seed: int, tmp_path: Path
) -> None:
    rng = np.random.default_rng(seed)
    makers = [*odd.SHOWN.values(), *(make for make, _ in odd.NUMBERS.values())]
    for make in makers:
        changed = np.frombuffer(make(), np.uint8).copy()
        places = rng.integers(0, min(len(changed), 400), 4)
        changed[places] = rng.integers(0, 256, 4)
        try:
            assert read(tmp_path, "x", changed.tobytes()).shape == (16, 16, 3)
        except DataError as error:
            assert str(error).endswith(".") and "\n" not in str(error)


def test_there_are_many_and_they_differ() -> None:
    assert len({make() for make in odd.SHOWN.values()}) > 150
    assert len({make() for make, _ in odd.NUMBERS.values()}) > 60
