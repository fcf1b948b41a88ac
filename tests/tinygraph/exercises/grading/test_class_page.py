"""The page of a class: what a teacher sees at a glance, and nothing else that runs."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from colours import contrast
from graded_rows import ROWS, STATUSES, STRANGE
from html_pages import Page

from tinygraph.exercises.grading.class_page import hardest_exercises, write_html
from tinygraph.exercises.grading.class_table import SCRIPT
from tinygraph.exercises.grading.html import STYLE
from tinygraph.exercises.grading.row import Row
from tinygraph.exercises.language import use_language

CHECKS = [("values", False)]
CLASS = [
    Row("anna", "01_a", 2.0, 2.0, "passed"),
    Row("anna", "02_b", 0.0, 4.0, "failed", "wrong_sign", "The sign.", checks=CHECKS),
    Row("anna", "03_c", 1.5, 3.0, "timeout", "timeout", "not done", checks=CHECKS),
    Row("ben", "01_a", 2.0, 2.0, "passed"),
    Row("ben", "02_b", 1.0, 4.0, "failed", "wrong_sign", "The sign.", checks=CHECKS),
    Row("ben", "03_c", 0.0, 3.0, "grader", message="not the student's fault"),
    Row("carl", "01_a", 0.0, 2.0, "missing", message="no 01_a.py was handed in"),
    Row("carl", "02_b", 0.0, 4.0, "missing", message="no 02_b.py was handed in"),
    Row("carl", "03_c", 0.0, 3.0, "missing", message="no 03_c.py was handed in"),
]


def page_of(rows, tmp_path) -> Page:
    write_html(tmp_path / "class.html", rows)
    page = Page((tmp_path / "class.html").read_text(encoding="utf-8"))
    assert not page.open
    return page


def test_at_a_glance(tmp_path):
    lines = page_of(CLASS, tmp_path).found["li"]
    assert (
        "The class: 3 students, 2.17 of 9 points on average, with 0 for those who "
        "handed in nothing"
    ) in lines
    assert "Handed in nothing (1): carl" in lines
    assert "Hardest, by share of the points: 02_b (12%), 03_c (50%)" in lines
    assert "Most frequent mistakes: 2× wrong_sign in 02_b" in lines
    assert "Not graded, which is not their fault (1 row): ben" in lines


def test_the_course_and_the_averages_are_named(tmp_path):
    write_html(tmp_path / "class.html", CLASS, "Neural networks")
    page = Page((tmp_path / "class.html").read_text(encoding="utf-8"))
    assert page.found["title"] == page.found["h1"] == ["Grades: Neural networks"]
    said = " ".join(page.found["p"])
    assert "The average of the points counts everybody, with 0 points for what" in said
    assert page_of(CLASS, tmp_path).found["h1"] == ["Grades"]


def test_the_page_is_in_the_language_of_the_course(tmp_path):
    use_language("de")
    try:
        write_html(tmp_path / "class.html", CLASS)
    finally:
        use_language("en")
    text = (tmp_path / "class.html").read_text(encoding="utf-8")
    page = Page(text)
    assert ("html", {"lang": "de"}) in page.tags
    assert page.found["h1"] == ["Noten"]
    assert page.found["h2"] == [
        *("Punkte", "Wer welchen Fehler gemacht hat", "Was allen gesagt wurde")
    ]
    assert page.found["li"][0].startswith("Der Kurs: 3 Personen, durchschnittlich 2.17")
    assert page.found["tr"][1].startswith("Durchschnitt")
    assert "01_a: 0 von 2, nichts zu bewerten" in page.found["dt"]


def test_what_could_not_be_read_is_not_nothing(tmp_path):
    zipped = Row("hal", "01_a", 0.0, 2.0, "missing", message="hal.zip is <no> zip")
    mixed = Row("jan", "01_a", 0.0, 2.0, "missing", message="no 01_a.py was handed in")
    nearly = Row(
        "jan", "02_b", 0.0, 4.0, "missing", message="no 02_b.py was handed in, but 2.py"
    )
    lines = page_of([*CLASS, zipped, mixed, nearly], tmp_path).found["li"]
    assert "Handed in nothing (1): carl" in lines
    assert (
        "Handed in nothing that can be graded (2): hal (hal.zip is <no> zip), "
        "jan (no 02_b.py was handed in, but 2.py)" in lines
    )


def test_empty_lines_of_the_overview_are_left_out(tmp_path):
    page = page_of(CLASS[:1], tmp_path)
    assert page.found["li"] == ["The class: 1 student, 2 of 2 points on average"]


def cells_of(rows, tmp_path) -> list[tuple[str, str]]:
    """The class and the text of each cell of points."""
    page_of(rows, tmp_path)
    text = (tmp_path / "class.html").read_text(encoding="utf-8")
    found = re.findall(r"<td class=(\w+) data-value=[^>]*>(.*?)</td>", text, re.S)
    return [(kind, re.sub("<[^>]*>", "", said)) for kind, said in found]


def test_a_line_for_each_student(tmp_path):
    assert cells_of(CLASS, tmp_path) == [
        *(("full", "2"), ("none", "0"), ("stopped", "1.5 ∞")),
        *(("full", "2"), ("part", "1"), ("fault", "?")),
        *(("missing", "–"), ("missing", "–"), ("missing", "–")),
    ]


def test_what_happened_is_seen_without_colours(tmp_path):
    rows = [Row("anna", s, 0.0, 2.0, s, message="so") for s in (*STATUSES, "again")]
    texts = [text for _, text in cells_of(rows, tmp_path)]
    passed, failed, *others, again = texts
    assert passed == failed == again == "0"
    assert len({"0", *others}) == len(others) + 1
    legend = page_of(rows, tmp_path).found["span"]
    for text in others:
        sign = text.removeprefix("0 ")
        assert any(said.startswith(f"{sign} ") for said in legend), text


def test_every_cell_with_a_reason_leads_to_it(tmp_path):
    noted = Row("dora", "01_a", 2.0, 2.0, "passed", notes=["taken from the file x"])
    page = page_of([*CLASS, noted], tmp_path)
    links = [found["href"] for tag, found in page.tags if tag == "a"]
    assert [link for link in links if re.fullmatch(r"#s\d+e\d+", link)] == [
        *("#s0e1", "#s0e2", "#s1e1", "#s1e2"),
        *("#s2e0", "#s2e1", "#s2e2", "#s3e0"),
    ]
    assert ("full", "2*") in cells_of([*CLASS, noted], tmp_path)


def test_the_average_counts_those_who_handed_in(tmp_path):
    assert page_of(CLASS, tmp_path).found["tr"][1] == "average2.17100%12%50%"
    assert hardest_exercises(CLASS) == {"02_b": 0.125, "03_c": 0.5}
    assert hardest_exercises(CLASS[6:]) == {}, "nobody handed anything in"


def test_who_made_which_mistake(tmp_path):
    page = page_of(CLASS, tmp_path)
    assert "2×wrong_sign The sign.anna, ben" in page.found["li"]
    assert "1×timeout not doneanna" in page.found["li"]
    assert "0 of 2 who handed it in were right; 12% of the points." in page.found["p"]


def test_a_mistake_without_a_name_is_there_as_well(tmp_path):
    row = Row("dora", "01_a", 0.0, 2.0, "failed", "", "right in 3 of 12 cases")
    page = page_of([*CLASS, row], tmp_path)
    assert "1×no name right in 3 of 12 casesdora" in page.found["li"]
    assert "Most frequent mistakes: 2× wrong_sign in 02_b" in page.found["li"]


def test_equal_answers_are_a_fact_with_a_size(tmp_path):
    page = page_of(CLASS, tmp_path)
    assert "Equal answers" not in page.found["h2"]
    rows = [replace(row, tree_sha256="x", tree_nodes=41) for row in CLASS[::3][:2]]
    page = page_of([*rows, *CLASS[6:]], tmp_path)
    assert "Equal answers" in page.found["h2"]
    assert "2×01_a, 41 nodesanna, ben" in page.found["li"]


def test_what_each_student_was_told(tmp_path):
    page = page_of(CLASS, tmp_path)
    assert page.found["summary"] == ["anna: 3.5 of 9", "ben: 3 of 9", "carl: 0 of 9"]
    assert "01_a: 0 of 2, nothing to grade" in page.found["dt"]
    assert "no 01_a.py was handed in" in page.found["dd"]


def test_every_link_leads_to_a_place_on_the_page(tmp_path):
    page = page_of(CLASS, tmp_path)
    places = page.attributes("id")
    told = [place for place in places if re.fullmatch(r"s\d+e\d+", place)]
    assert len(told) == len(CLASS) and len(places) == len(set(places)) == 6 + len(told)
    assert page.attributes("href") and not page.attributes("src")
    links = set(page.attributes("href"))
    assert {f"#{place}" for place in {*places} - {*told}} < links
    assert links <= {f"#{place}" for place in places}


def test_nothing_of_a_student_becomes_a_tag(tmp_path):
    page = page_of([*ROWS, *STRANGE], tmp_path)
    assert page.found["script"] == [SCRIPT]
    assert not {"link", "img", "iframe"} & set(page.found)
    assert not [name for _, found in page.tags for name in found if name[:2] == "on"]
    assert any("<script>alert(1)</script>" in text for text in page.found["summary"])
    assert any("<b>&amp;]]>" in text for text in page.found["dd"])


def test_a_browser_runs_only_the_script_of_the_page(tmp_path):
    page = page_of(CLASS, tmp_path)
    policy = next(found["content"] for _, found in page.tags if "http-equiv" in found)
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
        == policy
    )


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_can_be_read(theme):
    assert contrast("#000", "#fff") == pytest.approx(21)
    colours = dict(re.findall(r"--(\w+): (#\w+)", STYLE.split("@media")[theme]))
    assert len(colours) == 11
    for ground in set(colours) - {"ink", "line", "link"}:
        assert contrast(colours["ink"], colours[ground]) >= 7, ground
    assert contrast(colours["link"], colours["paper"]) >= 4.5
