"""Which way the arrows of a film point: as values flow, then as gradients flow."""

import io
import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

import nets
import tinygraph as tg
from tinygraph.drawing.box import GRADIENT
from tinygraph.tracing import Trace
from tinygraph.tracing.film.frames import film
from tinygraph.tracing.film.gif import save_gif

PURE = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
pytestmark = pytest.mark.skipif(
    not (shutil.which("dot") or shutil.which("graphviz-pure") or PURE),
    reason="no Graphviz here: pip install graphviz-pure",
)
SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
Points = np.ndarray


def sided() -> Trace:
    """Leaves above, on the left and on the right, and one value used twice."""
    x = tg.Tensor([0.5, -3.0], requires_grad=True, name="x")
    w = tg.Tensor([1.0, 2.0], requires_grad=True, name="w")
    h = w * x
    return tg.trace((h * h / np.array([3.0, 4.0])).sum())


def layers() -> Trace:
    """A layer that can be closed, beside which its weights stand."""
    layer = nets.Linear.random(np.random.default_rng(0), 3, 3)
    x = tg.Tensor(np.ones((1, 3), np.float32), requires_grad=True, name="x")
    with tg.scope("layer"):
        hidden = tg.relu(layer(x))
    return tg.trace((hidden * hidden).sum(), lr=0.1)


FILMS = {"sided": (sided, None), "layers": (layers, None), "closed": (layers, 0)}


def points(text: str | None) -> Points:
    """The corners of a shape."""
    return np.array(NUMBER.findall(text or ""), float).reshape(-1, 2)


def groups(frame: ElementTree.Element, letter: str) -> dict[str, ElementTree.Element]:
    """The boxes ("n") or the arrows ("e") of a frame, by their ids."""
    found = {group.get("id") or "": group for group in frame.iter(f"{SVG}g")}
    return {k: v for k, v in found.items() if re.fullmatch(rf"{letter}\d+(_\d+)?", k)}


def heads(frame: ElementTree.Element) -> dict[str, Points]:
    """The middle of each arrow's head; there is just one."""
    middles = {}
    for name, group in groups(frame, "e").items():
        [head] = group.iter(f"{SVG}polygon")
        middles[name] = points(head.get("points"))[:3].mean(axis=0)
    return middles


def far(box: ElementTree.Element, place: Points) -> float:
    """How far a place is from a box."""
    outline = next(box.iter(f"{SVG}path"))
    corners = points(outline.get("d"))
    inside = np.clip(place, corners.min(axis=0), corners.max(axis=0))
    return float(np.linalg.norm(place - inside))


@cache
def drawn(name: str) -> list[ElementTree.Element]:
    make, depth = FILMS[name]
    return [ElementTree.fromstring(svg) for svg in film(make(), depth).render("svg")]


def ends(name: str) -> dict[str, tuple[str, str, set[int]]]:
    """For each arrow the boxes that it leads from and to, and the frames of its steps.

    This is read off the graph: an arrow is named by its user's place and the argument.
    One that leads to or from a closed layer may stand for several uses.
    """
    make, depth = FILMS[name]
    trace = make()
    pictured = film(trace, depth).sheet
    places = {node: place for place, node in enumerate(trace.names)}
    frame_of = {
        (step.node, step.position): len(trace.forward) + number
        for number, step in enumerate(trace.steps)
    }
    found: dict[str, tuple[str, str, set[int]]] = {}
    for source, node, position in trace.graph.edges(keys=True):
        arrow = own = f"e{places[node]}_{position}"
        if depth is not None:
            arrow = pictured.arrow_of.get(own, own)
        start, end = pictured.box_of[source], pictured.box_of[node]
        if start != end:
            uses = found.setdefault(arrow, (start, end, set()))
            uses[2].update({frame_of.get((node, position), 999)})
    return found


@pytest.mark.parametrize("name", FILMS)
def test_arrows_point_as_values_flow_until_a_gradient_has_flowed(name: str) -> None:
    seen = {"values": 0, "gradients": 0}
    for place, frame in enumerate(drawn(name)):
        boxes, middles = groups(frame, "n"), heads(frame)
        assert middles.keys() == ends(name).keys()
        for arrow, (source, user, steps) in ends(name).items():
            delivered = min(steps) <= place
            towards, away = (source, user) if delivered else (user, source)
            seen["gradients" if delivered else "values"] += 1
            head = middles[arrow]
            assert far(boxes[towards], head) < far(boxes[away], head), (place, arrow)
    assert min(seen.values()) > 10


def test_a_reversed_arrow_is_among_them() -> None:
    """A number on the right of its operation has an arrow that is drawn backwards."""
    classes = [
        group.get("class") or "" for group in groups(drawn("sided")[0], "e").values()
    ]
    assert any("reversed" in names for names in classes)
    assert any("reversed" not in names for names in classes)


def test_only_arrows_that_gradients_flowed_along_have_their_colour() -> None:
    for place, frame in enumerate(drawn("sided")):
        coloured = {
            name
            for name, group in groups(frame, "e").items()
            if any(part.get("fill") == GRADIENT for part in group.iter(f"{SVG}polygon"))
        }
        assert coloured == {
            arrow for arrow, (*_, steps) in ends("sided").items() if min(steps) <= place
        }


def ink(levels: Points, place: Points, radius: float) -> int:
    """How many pixels around a place are not white."""
    (left, top), (right, bottom) = place - radius, place + radius
    near = levels[int(top) : int(bottom) + 2, int(left) : int(right) + 2]
    rows, columns = np.indices(near.shape)
    away = np.hypot(columns + int(left) - place[0], rows + int(top) - place[1])
    return int((near[away <= radius] < 235).sum())


@pytest.mark.parametrize("name", FILMS)
def test_heads_in_an_animation_stand_where_they_stand_in_frames(
    name: str, tmp_path: Path
) -> None:
    """A head is wider than its line: more of the place that it is at is painted."""
    make, depth = FILMS[name]
    frames = drawn(name)
    save_gif(make(), tmp_path / "film.gif", depth)
    height = float(NUMBER.findall(frames[0].get("viewBox") or "")[3])
    first, last = heads(frames[0]), heads(frames[-1])
    turned = [arrow for arrow in first if not np.array_equal(first[arrow], last[arrow])]
    assert len(turned) >= 2
    corner = np.array([4.0, height - 4.0])  # that Graphviz counts from
    with Image.open(io.BytesIO((tmp_path / "film.gif").read_bytes())) as animation:
        scale = animation.height / height
        for frame, image in zip(frames, ImageSequence.Iterator(animation), strict=True):
            levels = np.asarray(image.convert("RGB").convert("L"))
            for arrow in turned:
                there = heads(frame)[arrow]
                start, end = (
                    ink(levels, (place + corner) * scale, 3.5 * scale)
                    for place in (first[arrow], last[arrow])
                )
                at_start = np.linalg.norm(there - first[arrow])
                at_end = np.linalg.norm(there - last[arrow])
                assert (start > end) == (at_start < at_end), (arrow, start, end)
