"""A trace as files: the same layout in all frames, and numbers when they arrive."""

import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from losses import small_network

import tinygraph as tg
from tinygraph.drawing.box import GRADIENT, INK, gradient_texts
from tinygraph.tracing import Trace
from tinygraph.tracing.film.folder import save_frames
from tinygraph.tracing.film.frames import CURRENT, THICK, THIN, Film, film, thicknesses
from tinygraph.tracing.moment import moment

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
    drawn = [ElementTree.fromstring(svg) for svg in film(trace).render("svg")]
    assert len(drawn) == len(trace.timeline)
    for frame in drawn[1:]:
        assert outline(frame) == outline(drawn[0])


@pytest.mark.skipif(PURE is None, reason="graphviz-pure is not installed")
def test_the_layout_is_the_same_without_the_program_dot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    drawn = [ElementTree.fromstring(svg) for svg in film(product()).render("svg")]
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


def test_contributions_are_beside_the_arrows_of_values_used_twice(
    frames: list[ElementTree.Element],
) -> None:
    trace = product()
    places = {node: place for place, node in enumerate(trace.names)}
    delivered: dict[str, list[str]] = {}
    for place, step in enumerate(trace.timeline):
        if isinstance(step, tg.BackwardStep) and step.expected > 1:
            assert step.node is not None
            arrow = f"e{places[step.node]}_{step.position}"
            delivered[arrow] = [" ".join(gradient_texts(step.contribution))]
        seen = {
            name: shown
            for name, group in parts(frames[place]).items()
            if name.startswith("e") and (shown := texts(group, GRADIENT))
        }
        assert seen == delivered
    assert len(delivered) == 5


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


def test_the_arrow_of_a_step_is_thicker_only_while_it_is_shown(
    frames: list[ElementTree.Element],
) -> None:
    trace = product()
    drawn = film(trace)
    for place, step in enumerate(trace.steps, len(trace.forward)):
        if step.node is None:
            continue
        now, later = (width_of(frames[p], drawn, step.number) for p in (place, -1))
        assert now == pytest.approx(later * CURRENT, abs=0.02)


def width_of(frame: ElementTree.Element, drawn: Film, number: int) -> float:
    """The width of a step's arrow."""
    [path] = parts(frame)[drawn.arrows[number]].iter(f"{SVG}path")
    return float(path.get("stroke-width") or 1.0)


def test_arrows_into_what_is_being_computed_are_dark(
    frames: list[ElementTree.Element],
) -> None:
    trace = product()
    for place in range(len(trace.forward)):
        dark = {
            name
            for name, group in parts(frames[place]).items()
            for path in group.iter(f"{SVG}path")
            if name.startswith("e") and path.get("stroke") == INK
        }
        inputs = trace.graph.at(trace.forward[place].node).inputs
        assert dark == {f"e{place}_{position}" for position in range(len(inputs))}


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
    drawn = list(film(trace).render("svg"))
    assert all(ElementTree.fromstring(svg) is not None for svg in drawn)
    x = tg.Tensor([np.nan, np.inf, 0.0, 1.0], requires_grad=True)
    empty = tg.Tensor(np.zeros((0, 2)), requires_grad=True)
    strange = tg.trace((x + 1.0).sum() + empty.sum(), lr=0.1)
    assert len(list(film(strange).render("svg"))) == len(strange.timeline)


def test_closed_layers() -> None:
    drawn = list(film(small_network(), depth=0).render("svg"))
    assert outline(ElementTree.fromstring(drawn[0])) == outline(
        ElementTree.fromstring(drawn[-1])
    )


def rings(group: ElementTree.Element) -> list[str]:
    """The colours of the rings around a box that can be seen."""
    paths = (path for path in group.iter(f"{SVG}path") if path.get("stroke-width"))
    return [c for path in paths if (c := path.get("stroke") or "") != "transparent"]


def test_the_boxes_of_a_step_are_ringed_and_no_others() -> None:
    trace = product()
    drawn = film(trace)
    for place, svg in enumerate(drawn.render("svg")):
        now = moment(trace, place)
        boxes = parts(ElementTree.fromstring(svg)).items()
        found = {name: rings(group) for name, group in boxes if name.startswith("n")}
        colour = GRADIENT if now.chapter == "backward" else INK
        marked = {name: [colour] for name in drawn.marked(now)}
        assert {k: v for k, v in found.items() if v} == marked, place


def test_a_film_has_as_many_frames_as_are_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trace = product()
    count = len(trace.timeline)
    monkeypatch.setattr("tinygraph.tracing.film.frames.MOST_FRAMES", count)
    film(trace)
    monkeypatch.setattr("tinygraph.tracing.film.frames.MOST_FRAMES", count - 1)
    with pytest.raises(tg.DrawingError, match=f"a film of {count} steps"):
        film(trace)
