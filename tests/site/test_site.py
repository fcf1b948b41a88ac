"""The documentation as a site: complete, offline and interactive."""

import inspect
import re
import sys
from pathlib import Path

import pytest

import tinygraph as tg

DOCS = Path(__file__).parents[2] / "docs"
CHAPTERS = sorted((DOCS / "book").glob("*.md"), key=lambda p: int(p.stem.split("-")[0]))
EXERCISES = sorted(
    path.stem
    for path in Path(inspect.getfile(tg)).parent.glob("exercises/catalogue/*.py")
    if path.stem[0].isdigit()
)
PAGES = [
    path.relative_to(DOCS).with_suffix(".html").as_posix()
    for path in sorted(DOCS.rglob("*.md"))
    if "_site" not in path.parts
]
chapters = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
pages = pytest.mark.parametrize("page", PAGES)


def opened(tab, site, page: str):
    tab.goto(site.as_uri() + "/" + page)
    return tab


@pages
def test_a_page_is_whole_without_a_network(tab, site, page):
    requests: list[str] = []
    tab.on("request", lambda request: requests.append(request.url))
    opened(tab, site, page)
    tab.wait_for_load_state("networkidle")
    assert {url.partition(":")[0] for url in requests} <= {"file", "data", "about"}
    broken = "[...document.images].filter(i => !i.naturalWidth).map(i => i.src)"
    assert tab.evaluate(broken) == []
    unnamed = "[...document.images].filter(i => !i.alt.trim()).map(i => i.src)"
    assert tab.evaluate(unnamed) == []


@pages
def test_formulas_are_set(tab, site, page):
    opened(tab, site, page)
    tab.evaluate("document.querySelectorAll('pre, code').forEach(e => e.remove())")
    text = tab.locator("article").inner_text()
    assert not re.search(r"\$|\\(bar|frac|text|begin|sum)\b", text)
    for formula in tab.locator("math").all():
        assert "&" not in formula.text_content()


@pages
def test_links_lead_somewhere(tab, site, page):
    links = opened(tab, site, page).eval_on_selector_all(
        "article a[href]", "all => all.map(a => a.href)"
    )
    for link in links:
        if link.startswith("file:"):
            address, _, anchor = link.partition("#")
            target = Path(address.removeprefix("file://"))
            assert target.is_file(), link
            assert not anchor or f'id="{anchor}"' in target.read_text(), link


@pages
def test_nothing_is_wider_than_a_phone(tab, site, page):
    tab.set_viewport_size({"width": 390, "height": 844})
    opened(tab, site, page)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


@chapters
def test_a_chapter_has_something_to_look_at(tab, site, chapter):
    opened(tab, site, f"book/{chapter.stem}.html")
    assert tab.locator("article .cell_output").locator("img, iframe").count()


@chapters
def test_a_chapter_ends_with_its_exercise(tab, site, chapter):
    last = opened(tab, site, f"book/{chapter.stem}.html").locator("h2").last
    assert re.fullmatch(r"Exercises?.?", last.inner_text())
    section = tab.locator("section").filter(has=last).last.inner_text()
    named = re.findall(r"\b(\d\d)_\w+", section)
    assert named
    assert re.findall(r"tinygraph check (\d\d)", section) == named


def test_every_exercise_belongs_to_one_chapter():
    ends = [path.read_text().rpartition("\n## Exercise")[2] for path in CHAPTERS]
    assert sorted(re.findall(r"`(\d\d_\w+)`", "\n".join(ends))) == EXERCISES


@chapters
def test_traces_can_be_stepped_through(tab, site, chapter):
    opened(tab, site, f"book/{chapter.stem}.html")
    frames = tab.frames[1:]
    assert len(frames) == chapter.read_text().count("\ntg.trace(")
    for frame in frames:
        frame.frame_element().scroll_into_view_if_needed()
        frame.wait_for_function(  # the end of the graph is seen at first
            """() => { const graph = document.querySelector(".graph");
            return graph.scrollTop || graph.scrollHeight <= graph.clientHeight; }"""
        )
        before = frame.locator("#count").inner_text()
        frame.get_by_role("button", name="Next").click()
        after = frame.locator("#count").inner_text()
        assert int(after.split("/")[0]) == int(before.split("/")[0]) + 1


def test_search_finds_a_chapter(tab, site):
    opened(tab, site, "search.html?q=momentum")
    found = tab.locator("ul.search a", has_text="Gradient descent").first
    found.wait_for()
    assert "5-gradient-descent.html" in found.get_attribute("href")


def test_every_public_name_is_in_the_reference(site):
    from sphinx.util.inventory import InventoryFile

    with (site / "objects.inv").open("rb") as file:
        known = InventoryFile.load(file, "", lambda base, uri: uri)
    names = {name for kind in known.values() for name in kind}
    public = {
        name
        for name, thing in vars(tg).items()
        if not name.startswith("_") and not inspect.ismodule(thing)
    }
    documented = {name.rpartition(".")[2] for name in names}
    assert public - documented == set()


def test_the_same_figure_has_the_same_bytes(site, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(DOCS / "book"), *sys.path])
    import figures
    import numpy as np

    numbers = {"a": np.arange(6.0).reshape(2, 3)}
    assert figures.tables(numbers).data == figures.tables(numbers).data
