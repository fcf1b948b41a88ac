"""JUnit XML, read back by junitparser."""

import xml.etree.ElementTree as ET
from collections import Counter

import junitparser
import pytest
from graded_rows import ROWS, STRANGE

from tinygraph.exercises.grading.junit_report import write_junit
from tinygraph.exercises.grading.row import Row, feedback
from tinygraph.legible import for_xml

# The attributes that Jenkins' xUnit plugin knows, of those that are written here; it
# refuses a file with others.
KNOWN = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "time", "tests", "failures", "errors", "skipped"},
    "testcase": {"name", "time", "classname"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
}
CLASS = [*ROWS, *STRANGE]


@pytest.fixture
def report(tmp_path) -> junitparser.JUnitXml:
    write_junit(tmp_path / "class.xml", CLASS)
    return junitparser.JUnitXml.fromfile(str(tmp_path / "class.xml"))


def cases_of(report, row: Row) -> list[junitparser.TestCase]:
    name = for_xml(f"{row.student}.{row.exercise}")
    return [case for suite in report for case in suite if case.classname == name]


def results_of(
    case: junitparser.TestCase,
) -> list[junitparser.Failure | junitparser.Error]:
    return list(case.result or [])


def test_a_suite_for_each_student(report):
    students = dict.fromkeys(row.student for row in CLASS)
    assert [suite.name for suite in report] == [
        for_xml(student) for student in students
    ]


def test_the_numbers_are_those_of_the_cases(report):
    for suite in [*report, report]:
        cases = list(suite) if suite is not report else [c for s in report for c in s]
        kinds = Counter(type(r).__name__ for case in cases for r in results_of(case))
        assert suite.tests == len(cases) > 0
        assert suite.failures == kinds["Failure"]
        assert suite.errors == kinds["Error"]
    seconds = sum(row.seconds for row in CLASS)
    assert report.time == pytest.approx(seconds, abs=1e-3)
    assert sum(c.time for s in report for c in s) == pytest.approx(seconds, abs=1e-2)


def test_a_case_fails_if_and_only_if_the_row_did(report):
    for row in CLASS:
        results = [r for case in cases_of(report, row) for r in results_of(case)]
        assert bool(results) == (row.status != "passed"), row
        kind = junitparser.Error if row.status == "grader" else junitparser.Failure
        assert all(type(result) is kind for result in results)


def test_the_checks_are_the_cases(report):
    cases = cases_of(report, ROWS[1])
    assert [case.name for case in cases] == ["shape", "values", "corner cases"]
    assert [len(results_of(case)) for case in cases] == [0, 1, 1]
    (case,) = cases_of(report, ROWS[2])
    assert case.name == "handed in", "nothing was, and so nothing was checked"
    (case,) = cases_of(report, ROWS[3])
    assert case.name == "graded", "the grader failed"


def test_what_was_said_comes_back(report):
    for row in CLASS:
        for case in cases_of(report, row):
            for result in results_of(case):
                assert result.type == row.status
                assert result.message == for_xml(row.message)
                assert result.text == for_xml(feedback(row))


def test_no_two_cases_have_one_name(report):
    names = Counter((case.classname, case.name) for suite in report for case in suite)
    assert max(names.values()) == 1


def test_jenkins_knows_every_attribute(tmp_path):
    write_junit(tmp_path / "class.xml", CLASS)
    for element in ET.parse(tmp_path / "class.xml").iter():
        assert set(element.attrib) == KNOWN[element.tag]
