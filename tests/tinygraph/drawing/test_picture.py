"""Pictures as files: which program draws them, and what is said when none can."""

import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tinygraph as tg
from tinygraph.drawing import Picture, draw
from tinygraph.drawing.cost import TINTS
from tinygraph.drawing.picture import DARK, MOST_BOXES

PURE = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
needs_renderer = pytest.mark.skipif(
    not (shutil.which("dot") or shutil.which("graphviz-pure") or PURE),
    reason="no Graphviz here: pip install graphviz-pure",
)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def picture() -> Picture:
    x = tg.Tensor([1.0, 2.0], requires_grad=True, name="x <&> λ\\N")
    with tg.scope("a & <b>"):
        y = 2.0 * x * x
    return draw(y.sum())


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder for programs, outside of which none is found."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    return folder


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@needs_renderer
def test_a_png_is_sharp_when_printed(picture: Picture, tmp_path: Path) -> None:
    with Image.open(picture.save(tmp_path / "a.png")) as image:
        width, height = image.size
    root = ElementTree.fromstring(picture.svg())
    points = [float(root.get(name, "").rstrip("pt")) for name in ("width", "height")]
    assert [width, height] == pytest.approx([192 / 72 * x for x in points], abs=2)


@needs_renderer
def test_svg_has_a_group_for_each_box_and_arrow(picture: Picture) -> None:
    root = ElementTree.fromstring(picture.svg())
    groups = [group.get("id") or "" for group in root.iter(f"{SVG}g")]
    drawn = {name for name in groups if re.fullmatch(r"n\d", name)}
    assert drawn == {f"n{number}" for number in range(5)}
    assert sum(name.startswith("e") for name in groups) == 5
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {"x <&> λ∖N", "a & <b>", "multiply"} <= texts
    assert picture._repr_svg_() == picture.svg()


@needs_renderer
def test_sides_are_kept_in_the_layout() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True, name="x")
    y = x * x
    z = x + tg.tanh(2 * y + 1)
    root = ElementTree.fromstring(draw(z.sum()).svg())
    left = {}
    for group in root.iter(f"{SVG}g"):
        text = group.find(f"{SVG}text")
        if text is not None:
            left[group.get("id")] = float(text.get("x") or 0)
    assert left["n2"] < left["n3"] and left["n5"] < left["n4"]  # 2 · y, then + 1


@needs_renderer
@pytest.mark.parametrize("ending", [".svg", ".png", ".dot", ".html", ".SVG"])
def test_save(picture: Picture, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"graph{ending}"
    assert picture.save(str(path)) == path
    first = path.read_bytes()
    starts = {"png": b"\x89PNG", "dot": b"digraph", "html": b"<!DOCTYPE html>"}
    assert first.startswith(starts.get(ending[1:], b"<?xml"))
    picture.save(path)
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]


@needs_renderer
def test_the_page_needs_nothing_else(picture: Picture, tmp_path: Path) -> None:
    page = picture.save(tmp_path / "a&b.html").read_text("utf-8")
    assert "<title>a&amp;b</title>" in page
    assert page.count("<svg") == 1
    assert "<?xml" not in page and "<script" not in page
    links = set(re.findall(r'(?:href|src)="|url\(|@import', page))
    assert not links


@needs_renderer
def test_every_colour_has_a_dark_one(tmp_path: Path) -> None:
    x = tg.Tensor([1.0, 2.0], name="x")
    with tg.scope("scope"):
        y = x * tg.Tensor([1.0, 2.0], requires_grad=True, name="w") + np.ones(2)
    loss = y.sum()
    loss.name = "loss"
    loss.backward()
    page = draw(loss).save(tmp_path / "a.html").read_text("utf-8")
    fills = set(re.findall(r' fill="(#[^"]*)"', page[page.index("<svg") :]))
    tints = {tint for _, tint in TINTS}  # of costs, which this picture does not show
    assert fills - {"#8a8f98"} == set(DARK) - tints  # the arrows' grey suits both
    assert all(
        f'[fill="{colour}"] {{ fill: {DARK[colour]}; }}' in page for colour in DARK
    )


@needs_renderer
def test_nan_and_inf_can_be_drawn() -> None:
    x = tg.Tensor([np.nan, np.inf, -np.inf], requires_grad=True)
    svg = draw(x * 1.0).svg()
    assert ">nan<" in svg and ">inf<" in svg and "inf<" in svg


def test_a_picture_prints_in_one_line(picture: Picture) -> None:
    assert str(picture) == "Picture(boxes=5)"


def test_other_endings(picture: Picture, tmp_path: Path) -> None:
    with pytest.raises(tg.DrawingError, match=r"'a\.bmp'.*\.svg \.png \.pdf"):
        picture.save(tmp_path / "a.bmp")
    with pytest.raises(tg.DrawingError, match="extensions"):
        picture.save(tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_a_missing_folder(picture: Picture, tmp_path: Path) -> None:
    with pytest.raises(tg.TinygraphError, match=r"folder .* does not exist"):
        picture.save(tmp_path / "none" / "a.dot")
    assert not list(tmp_path.iterdir())


@needs_renderer
def test_as_many_boxes_as_are_legible(
    picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinygraph.drawing.picture.MOST_BOXES", picture.boxes)
    assert picture.svg().startswith("<?xml")
    monkeypatch.setattr("tinygraph.drawing.picture.MOST_BOXES", picture.boxes - 1)
    with pytest.raises(tg.DrawingError, match=f"the limit is {picture.boxes - 1}:"):
        picture.svg()


def test_too_many_boxes(tmp_path: Path) -> None:
    y = tg.Tensor(1.0, requires_grad=True)
    for _ in range(MOST_BOXES):
        y = tg.sin(y)
    large = draw(y)
    with pytest.raises(tg.DrawingError, match=f"of {MOST_BOXES + 1} boxes"):
        large.svg()
    with pytest.raises(tg.DrawingError, match=r'\.save\("graph\.dot"\)'):
        large.save(tmp_path / "a.svg")
    assert large.save(tmp_path / "a.dot").read_text() == large.source


def test_without_any_renderer(picture: Picture, bare: Path, tmp_path: Path) -> None:
    with pytest.raises(tg.DrawingError) as caught:
        picture.save(tmp_path / "a.svg")
    message = str(caught.value)
    assert "pip install graphviz-pure" in message and "\n" not in message
    assert caught.value.__cause__ is None
    assert picture.save(tmp_path / "a.dot").read_text("utf-8") == picture.source
    assert sorted(tmp_path.iterdir()) == [tmp_path / "a.dot", bare]


def test_pdf_needs_the_system_s_graphviz(
    picture: Picture, bare: Path, tmp_path: Path
) -> None:
    program(bare, "graphviz-pure", "exit 1")
    with pytest.raises(
        tg.DrawingError, match=r"a \.pdf needs the program dot.*install"
    ):
        picture.save(tmp_path / "a.pdf")


def test_the_system_s_graphviz_goes_first(
    picture: Picture, bare: Path, tmp_path: Path
) -> None:
    program(bare, "graphviz-pure", "echo pure")
    assert picture.svg() == "pure\n"
    program(bare, "dot", 'echo "drawn with $*"; echo "Warning: a font" >&2')
    assert picture.svg() == "drawn with -Kdot -Tsvg\n"
    saved = picture.save(tmp_path / "a.pdf")
    assert saved.read_text() == "drawn with -Kdot -Tpdf\n"


def test_warnings_are_swallowed(
    picture: Picture, bare: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("graphviz-pure", "dot"):
        program(bare, name, "echo drawn; echo 'Warning: a font' >&2")
        picture.svg()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["dot", "graphviz-pure"])
def test_a_renderer_that_fails(
    picture: Picture, bare: Path, tmp_path: Path, name: str
) -> None:
    program(bare, name, "echo half; echo 'Warning' >&2; echo 'Error: no' >&2; exit 3")
    path = tmp_path / "a.svg"
    path.write_text("before")
    with pytest.raises(tg.DrawingError, match=r"cannot draw this: Error: no$"):
        picture.save(path)
    assert path.read_text() == "before"
    program(bare, name, "exit 3")
    with pytest.raises(tg.DrawingError, match="exit status 3"):
        picture.svg()


def test_a_layout_that_fails_is_tried_without_frames(
    picture: Picture, bare: Path
) -> None:
    script = 'while read -r line; do case "$line" in *cluster_*) exit 1;; esac; done'
    program(bare, "dot", f"{script}; echo drawn")
    assert "cluster_" in picture.source
    assert picture.svg() == "drawn\n"


def test_a_renderer_that_does_not_start(picture: Picture, bare: Path) -> None:
    (bare / "dot").write_text("#!/no/such/interpreter\n")
    (bare / "dot").chmod(0o755)
    with pytest.raises(tg.DrawingError, match="cannot be started"):
        picture.svg()
