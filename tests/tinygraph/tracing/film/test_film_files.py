"""Films as files: a folder of frames, and an animation."""

import io
import shutil
import sys
from pathlib import Path

import pytest
from losses import small_network
from PIL import Image, ImageSequence

import tinygraph as tg
from tinygraph.tracing.film.folder import save_frames
from tinygraph.tracing.film.gif import in_few_colours, save_gif

PURE = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
pytestmark = pytest.mark.skipif(
    not (shutil.which("dot") or shutil.which("graphviz-pure") or PURE),
    reason="no Graphviz here: pip install graphviz-pure",
)


def test_same_trace_same_bytes(tmp_path: Path) -> None:
    trace = small_network()
    for name in ("a", "b"):
        save_gif(trace, tmp_path / f"{name}.gif")
        save_frames(trace, tmp_path / name)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    one, other = (sorted((tmp_path / name).iterdir()) for name in ("a", "b"))
    assert [path.name for path in one] == [path.name for path in other]
    assert all(
        x.read_bytes() == y.read_bytes() for x, y in zip(one, other, strict=True)
    )


def test_the_animation(tmp_path: Path) -> None:
    trace = small_network()
    save_gif(trace, tmp_path / "backward.gif")
    with Image.open(io.BytesIO((tmp_path / "backward.gif").read_bytes())) as image:
        assert image.info["loop"] == 0
        shown = [f.info["duration"] for f in ImageSequence.Iterator(image)]
        assert len(shown) == len(trace.timeline)
        assert max(image.size) <= 2000
        colours = {c for _, c in image.convert("RGB").getcolors(1 << 24)}
    assert set(shown[: len(trace.forward)]) == {400}
    assert shown[-1] == 2500 and set(shown[len(trace.forward) : -4]) == {700}
    assert {(255, 255, 255), (0xB8, 0x4A, 0x00)} <= colours


def test_old_frames_are_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / "999.svg").write_text("old")
    save_frames(small_network(), folder)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"{n:03}.svg" for n in range(len(small_network().timeline))]
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]


def test_what_is_no_frame_is_never_lost(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames/thesis.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(tg.FileError, match=r"contains thesis\.txt, .* not a frame"):
        save_frames(small_network(), tmp_path / "frames")
    with pytest.raises(tg.FileError, match="it is a file, not a folder"):
        save_frames(small_network(), tmp_path / "file")
    with pytest.raises(tg.FileError, match="does not exist"):
        save_frames(small_network(), tmp_path / "none/frames")
    assert (tmp_path / "frames/thesis.txt").read_text() == "mine"


def test_the_whole_folder_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / "000.svg").write_text("old")
    calls = []

    def render(source: str, format: str) -> bytes:
        calls.append(format)
        if len(calls) > 5:
            raise tg.DrawingError("Graphviz cannot draw this")
        return b"<svg/>"

    monkeypatch.setattr("tinygraph.tracing.film.frames.render", render)
    with pytest.raises(tg.DrawingError):
        save_frames(small_network(), folder)
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]
    assert (folder / "000.svg").read_text() == "old"


def test_without_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinygraph.tracing.film.gif.find_spec", lambda name: None)
    with pytest.raises(tg.DrawingError, match=r'pip install "tinygraph\[trace\]"'):
        save_gif(small_network(), tmp_path / "a.gif")
    assert list(tmp_path.iterdir()) == []


def test_too_long_a_film(tmp_path: Path) -> None:
    y = tg.Tensor(1.0, requires_grad=True)
    for _ in range(300):
        y = tg.sin(y)
    with pytest.raises(tg.DrawingError, match="is too long, the limit is"):
        save_frames(tg.trace(y), tmp_path / "frames")
    assert list(tmp_path.iterdir()) == []


def test_few_colours_stay_exactly_as_they_are() -> None:
    picture = Image.new("RGB", (8, 8), (250, 129, 6))
    for place in range(6):
        picture.putpixel(
            (place, place), (1 + 37 * place, 2 + 23 * place, 3 + place * 7)
        )
    png = io.BytesIO()
    picture.save(png, "PNG")
    [found] = in_few_colours([png.getvalue()])
    assert found.convert("RGB").tobytes() == picture.tobytes()
