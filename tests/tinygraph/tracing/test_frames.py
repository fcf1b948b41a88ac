"""A trace as files: the same layout in all frames, and numbers when they arrive."""

import io
import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from tinygraph.tracing.frames import LAST_TIME, save_frames, save_gif

import nets
import tinygraph as tg
from tinygraph.drawing.box import GRADIENT
from tinygraph.tracing import Trace
from tinygraph.tracing.film import THICK, THIN, film, thicknesses
from tinygraph.tracing.page import gradient_texts

PURE = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
pytestmark = pytest.mark.skipif(
    not (shutil.which("dot") or shutil.which("graphviz-pure") or PURE),
    reason="no Graphviz here: pip install graphviz-pure",
)
SVG = "{http://www.w3.org/2000/svg}"


def product(order: str = "topological", name: str = "x") -> Trace:
    """Partial sums whose widths differ, arrows side by side, and an update."""
    x = tg.Tensor([0.5, -300.0], requires_grad=True, name=name)
    with tg.scope("square"):
        y = x * x
    z = (y * 0.001 + x * y).sum()
    return tg.trace(z, order=order, lr=1e-3 if order == "topological" else None)


def small_network() -> Trace:
    """A network with a softmax, weights at both sides, and a residual connection."""
    rng = np.random.default_rng(0)
    layer = nets.Linear.random(rng, 3, 3)
    layer.w.name, layer.b.name = "w", "b"
    x = tg.Tensor(np.ones((1, 3), np.float32), name="x")
    with tg.scope("layer"):
        hidden = layer(x) + x
    return tg.trace(tg.mse(tg.softmax(hidden), tg.Tensor([[1.0, 0.0, 0.0]])), lr=0.1)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[ElementTree.Element]:
    """The frames of `product`, read back from their files."""
    folder = tmp_path_factory.mktemp("film") / "frames"
    save_frames(product(), folder)
    return [ElementTree.parse(path).getroot() for path in sorted(folder.iterdir())]


def parts(frame: ElementTree.Element) -> dict[str, ElementTree.Element]:
    """The groups for boxes and arrows by their ids."""
    found = {group.get("id") or "": group for group in frame.iter(f"{SVG}g")}
    return {k: v for k, v in found.items() if re.fullmatch(r"[ne]\d+(_\d)?", k)}


def texts(group: ElementTree.Element, colour: str) -> list[str]:
    """The texts of one colour that can be seen."""
    found = [t.text or "" for t in group.iter(f"{SVG}text") if t.get("fill") == colour]
    return [text.strip("\N{NO-BREAK SPACE} ") for text in found if text.strip()]


def outline(frame: ElementTree.Element) -> list[object]:
    """Where boxes stand, and where titles and shapes are written."""
    boxes = {k: v for k, v in parts(frame).items() if k.startswith("n")}
    places = [
        (name, shape.get("d"))
        for name, group in boxes.items()
        for shape in group.iter(f"{SVG}path")
    ]
    words = [
        (text.get("x"), text.get("y"), text.text)
        for group in boxes.values()
        for text in group.iter(f"{SVG}text")
        if text.get("font-family") == "Arial"
    ]
    return [frame.get("viewBox"), places, words]


@pytest.mark.parametrize("trace", [product(), small_network(), product("depth_first")])
def test_the_layout_is_the_same_in_all_frames(trace: Trace) -> None:
    drawn = [ElementTree.fromstring(svg) for svg in film(trace).drawn("svg")]
    assert len(drawn) == len(trace.timeline)
    for frame in drawn[1:]:
        assert outline(frame) == outline(drawn[0])


@pytest.mark.skipif(PURE is None, reason="graphviz-pure is not installed")
def test_the_layout_is_the_same_without_the_program_dot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    drawn = [ElementTree.fromstring(svg) for svg in film(product()).drawn("svg")]
    for frame in drawn[1:]:
        assert outline(frame) == outline(drawn[0])


def test_gradients_are_there_from_the_step_on_that_brings_them(
    frames: list[ElementTree.Element],
) -> None:
    trace = product()
    places = {node: f"n{place}" for place, node in enumerate(trace.names)}
    sums: dict[int, list[str]] = {}
    for place, step in enumerate(trace.timeline):
        if isinstance(step, tg.BackwardStep):
            sums[step.source] = gradient_texts(step.total)
        for node, name in places.items():
            shown = texts(parts(frames[place])[name], GRADIENT)
            assert shown == sums.get(node, []), (place, name)


def test_arrows_turn_round_and_get_thick(frames: list[ElementTree.Element]) -> None:
    trace = product()
    backwards = len(trace.forward)
    for place in range(len(frames)):
        coloured = sum(
            path.get("stroke") == GRADIENT
            for name, group in parts(frames[place]).items()
            if name.startswith("e")
            for path in group.iter(f"{SVG}path")
        )
        passed = min(place - backwards, len(trace.steps) - 1)
        assert coloured == max(0, passed)
    early, late = (heads(frames[place]) for place in (backwards, -1))
    for step in trace.steps[1:]:
        assert step.node is not None
        arrow = f"e{list(trace.names).index(step.node)}_{step.position}"
        assert early[arrow] != late[arrow]


def heads(frame: ElementTree.Element) -> dict[str, str]:
    """The place of each arrow's head."""
    return {
        name: (polygon.get("points") or "").split()[0]
        for name, group in parts(frame).items()
        for polygon in group.iter(f"{SVG}polygon")
        if name.startswith("e")
    }


def test_thickness_goes_by_the_norm() -> None:
    middle = pytest.approx((THIN + THICK) / 2)
    assert thicknesses([1.0, [3.0, 4.0], 25.0]) == [THIN, middle, pytest.approx(THICK)]
    assert thicknesses([0.0, 1.0, np.inf, np.nan]) == [THIN, middle, THICK, THICK]
    assert thicknesses([]) == []


def test_values_appear_and_move(frames: list[ElementTree.Element]) -> None:
    trace = product()
    ink = "#1f2328"
    last = parts(frames[-1])["n0"]
    after = gradient_texts(trace.updates[0].after)
    assert texts(last, ink)[-2:] == after
    first = parts(frames[0])
    assert "+0.500" in texts(first["n0"], ink)
    assert texts(first["n1"], ink) == []


def test_the_caption_says_where_and_what(frames: list[ElementTree.Element]) -> None:
    trace = product()
    for place, step in enumerate(trace.steps, len(trace.forward)):
        written = " ".join(t.text or "" for t in frames[place].iter(f"{SVG}text"))
        assert f"backward, step {step.number} of {len(trace) - 1}" in written
        assert step.sentence.split(" to ")[0] in written


def test_a_step_too_early_says_so() -> None:
    trace = product("depth_first")
    captions = [" ".join(lines) for lines in film(trace).captions]
    for place, step in enumerate(trace.steps, len(trace.forward)):
        assert ("Too early" in captions[place]) == step.early
    assert any(step.early for step in trace.steps)
    last = len(trace.forward) + len(trace) - 1
    assert ["Wrong: the gradient of" in caption for caption in captions].index(
        True
    ) == last


def test_hard_names_and_numbers() -> None:
    trace = product(name='</text> & "quotes" \\N {|} id="e1_0" dir=none ' + "重" * 300)
    drawn = list(film(trace).drawn("svg"))
    assert all(ElementTree.fromstring(svg) is not None for svg in drawn)
    x = tg.Tensor([np.nan, np.inf, 0.0, 1.0], requires_grad=True)
    empty = tg.Tensor(np.zeros((0, 2)), requires_grad=True)
    strange = tg.trace((x + 1.0).sum() + empty.sum(), lr=0.1)
    assert len(list(film(strange).drawn("svg"))) == len(strange.timeline)


def test_closed_layers() -> None:
    drawn = list(film(small_network(), depth=0).drawn("svg"))
    assert outline(ElementTree.fromstring(drawn[0])) == outline(
        ElementTree.fromstring(drawn[-1])
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
    assert shown[-1] == LAST_TIME and set(shown[len(trace.forward) : -4]) == {700}
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
    with pytest.raises(tg.FileError, match=r"it holds thesis\.txt, which is no frame"):
        save_frames(small_network(), tmp_path / "frames")
    with pytest.raises(tg.FileError, match="it is a file, not a folder"):
        save_frames(small_network(), tmp_path / "file")
    with pytest.raises(tg.FileError, match="is not there"):
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

    monkeypatch.setattr("tinygraph.tracing.film.render", render)
    with pytest.raises(tg.DrawingError):
        save_frames(small_network(), folder)
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]
    assert (folder / "000.svg").read_text() == "old"


def test_without_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinygraph.tracing.frames.find_spec", lambda name: None)
    with pytest.raises(tg.DrawingError, match=r'pip install "tinygraph\[trace\]"'):
        save_gif(small_network(), tmp_path / "a.gif")
    assert list(tmp_path.iterdir()) == []


def test_too_long_a_film(tmp_path: Path) -> None:
    y = tg.Tensor(1.0, requires_grad=True)
    for _ in range(300):
        y = tg.sin(y)
    with pytest.raises(tg.DrawingError, match="more pictures than can be looked at"):
        save_frames(tg.trace(y), tmp_path / "frames")
    assert list(tmp_path.iterdir()) == []
