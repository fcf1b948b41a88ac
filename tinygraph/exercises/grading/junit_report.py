"""The grades of a class as JUnit XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from ...files import write_atomically
from ...legible import for_xml
from .row import GRADER_FAULT, Row, by_student, feedback


def write_junit(path: Path, rows: Sequence[Row]) -> None:
    """Write a suite for each student, and a case for each check of an exercise.

    The file follows the schema of Jenkins' xUnit plugin, and each suite Surefire's.
    """
    root = ET.Element("testsuites", name="tinygraph", time=seconds_of(rows))
    for student, own in by_student(rows).items():
        suite = ET.SubElement(root, "testsuite", name=for_xml(student))
        for row in own:
            add_cases(suite, row)
        suite.set("time", seconds_of(own))
        suite.set("skipped", "0")
        count_cases(suite)
    count_cases(root)
    write_atomically(path, ET.tostring(root, "utf-8", xml_declaration=True))


def seconds_of(rows: Sequence[Row]) -> str:
    """How long grading some rows took."""
    return f"{sum(row.seconds for row in rows):.3f}"


def count_cases(element: ET.Element) -> None:
    """Count the cases below an element, and those that failed, in its attributes."""
    for name, kind in (
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
    ):
        element.set(name, str(sum(1 for _ in element.iter(kind))))


def add_cases(suite: ET.Element, row: Row) -> None:
    """Add the checks of one exercise as cases.

    Readers of JUnit XML tell cases apart by class and name, and many ignore the suite.
    So the student is the package of the class, of which Jenkins makes a folder.
    """
    for number, (name, passed) in enumerate(checks_of(row)):
        seconds = row.seconds if number == 0 else 0.0
        case = ET.SubElement(
            suite,
            "testcase",
            classname=for_xml(f"{row.student}.{row.exercise}"),
            name=for_xml(name),
            time=f"{seconds:.3f}",
        )
        if not passed:
            kind = "error" if row.status == GRADER_FAULT else "failure"
            why = row.message or "; ".join(row.notes)
            said = {"message": for_xml(why), "type": for_xml(row.status)}
            ET.SubElement(case, kind, said).text = for_xml(feedback(row))


def checks_of(row: Row) -> list[tuple[str, bool]]:
    """What was checked; in a row that did not pass, at least one check has failed."""
    if row.status == "missing":
        return [("handed in", False)]
    if row.status == GRADER_FAULT:
        return [("graded", False)]
    if row.status != "passed" and all(passed for _, passed in row.checks):
        return [*row.checks, (row.mistake or row.status, False)]
    in_time = [("handed in on time", False)] if row.late_percent else []
    return [*(row.checks or [("passed", True)]), *in_time]
