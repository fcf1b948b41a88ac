"""The page of a class in a browser: sorted by the keyboard, reasons without a mouse."""

from pathlib import Path

import pytest

from tinygraph.exercises.grading.class_page import write_html
from tinygraph.exercises.grading.row import Row

CLASS = [
    Row("anna", "01_a", 2.0, 2.0, "passed"),
    Row("anna", "02_b", 0.0, 4.0, "failed", "wrong_sign", "The sign."),
    Row("ben", "01_a", 0.0, 2.0, "missing", message="no 01_a.py was handed in"),
    Row("ben", "02_b", 3.0, 4.0, "failed", "", "Nearly."),
    Row("carl", "01_a", 0.0, 2.0, "crashed", "crashed", "It ended."),
    Row("carl", "02_b", 0.5, 4.0, "timeout", "timeout", "Too long."),
]


@pytest.fixture
def page_at(chromium, tmp_path):
    """Opens the page of the class, changed or not, in a window of some width."""
    write_html(tmp_path / "class.html", CLASS)

    def open_page(width: int = 1280, replaced=("", ""), **options):
        path = Path(tmp_path / "class.html")
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(*replaced) if replaced[0] else text, "utf-8")
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, **options
        )
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(path.as_uri())
        return page

    return open_page


def students(page) -> list[str]:
    return page.locator("tbody th").all_inner_texts()


def press(page, name: str) -> None:
    page.get_by_role("button", name=f"sort by {name}").focus()
    page.keyboard.press("Enter")


def test_the_keyboard_sorts_the_table_and_it_is_said(page_at):
    page = page_at()
    head = page.locator("thead tr").first.locator("th")
    assert [h.get_attribute("aria-sort") for h in head.all()] == [
        *("ascending", None, None, None)
    ]
    for name, order in (
        *(("points", "carl anna ben"), ("points", "ben anna carl")),
        *(("01_a", "ben carl anna"), ("01_a", "anna carl ben")),
        *(("student", "anna ben carl"), ("student", "carl ben anna")),
    ):
        press(page, name)
        assert students(page) == order.split(), name
    assert [h.get_attribute("aria-sort") for h in head.all()] == [
        *("descending", None, None, None)
    ]
    assert not page.errors


def test_a_tap_on_a_cell_shows_the_reason(page_at):
    page = page_at(400, has_touch=True)
    reason = page.get_by_text("Too long.", exact=False).last
    assert not reason.is_visible()
    page.get_by_role("link", name="0.5 ∞").tap()
    assert reason.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 400


LARGE = [
    Row(f"{name} {number}", f"0{place}_a", 0.0, 2.0, status, status, "Why. " * 40)
    for number in range(50)
    for name in ("Ann", "Zoë Müller-Lüdenscheidt", "محمد بن علي", "x" * 60)
    for place, status in enumerate(("failed", "crashed", "missing"))
]
LARGE += [Row(f"absent {number}", "00_a", 0, 2, "missing") for number in range(40)]
SIZES = """() => [...document.querySelectorAll("table a, button, summary")].map(
    e => e.getBoundingClientRect()).filter(r => r.width).map(r => r.height)"""


def test_a_large_class_on_a_telephone(page_at, tmp_path):
    write_html(tmp_path / "class.html", LARGE)
    page = page_at(390, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert min(page.evaluate(SIZES)) >= 24  # what WCAG asks for at least
    absent = page.get_by_text("absent 39").first
    assert not absent.is_visible()
    page.get_by_text("Handed in nothing (40)").tap()
    assert absent.is_visible()


def test_without_the_script_nothing_is_missing(page_at):
    page = page_at(java_script_enabled=False)
    assert students(page) == ["anna", "ben", "carl"]
    assert page.get_by_role("button").count() == 0
    page.get_by_role("link", name="0 ×").click()
    assert page.get_by_text("It ended.").last.is_visible()


def test_a_script_that_got_in_would_not_run(page_at):
    page = page_at(replaced=("<h1>", "<script>document.title = 'mine'</script><h1>"))
    assert page.title() == "Grades"
    assert page.get_by_role("button").count() == 4, "the page's own script runs"
