"""Grading: seeds, rows that stay, and whose fault it is."""

import json
import re
from dataclasses import asdict, replace

import pytest
from handed_in import EXERCISE, NAME, RIGHT, class_of, put

from tinygraph.errors import ArgumentError
from tinygraph.exercises.grading import grade as grading
from tinygraph.exercises.grading.grade import grade_all, grade_task
from tinygraph.exercises.grading.journal import (
    count_kept,
    count_unsigned,
    open_journal,
)
from tinygraph.exercises.grading.mistakes import mistakes_in
from tinygraph.exercises.grading.task import plan_tasks, seed_for
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.submissions.folders import find_submissions


def test_seeds_differ_and_stay():
    seeds = {
        seed_for(secret, student, exercise)
        for secret in (b"a", b"b")
        for student in ("anna", "ann", "ben")
        for exercise in ("a09", "09")
    }
    assert len(seeds) == 12 and max(seeds) < 2**53
    assert seed_for(b"a", "anna", "09") == seed_for(b"a", "anna", "09")


def test_a_fault_of_the_grader_is_graded_again(tmp_path, monkeypatch):
    wanted = class_of(tmp_path, 2)
    with monkeypatch.context() as patch:
        patch.setattr(grading, "judge", lambda *a: 1 / 0)
        rows = grade_all(wanted, folder=tmp_path / "out")
    assert [row.status for row in rows] == ["grader", "grader"]
    assert "not the student's fault" in rows[0].message
    rows = grade_all(wanted, folder=tmp_path / "out")
    assert [row.status for row in rows] == ["failed", "passed"]


def counting(monkeypatch) -> list[str]:
    done = []

    def counted(task, starter):
        done.append(task.student)
        return grade_task(task, starter)

    monkeypatch.setattr(grading, "grade_task", counted)
    return done


def test_a_second_run_takes_the_rows_of_the_first(tmp_path, monkeypatch):
    wanted, out = class_of(tmp_path), tmp_path / "out"
    done = counting(monkeypatch)
    first = grade_all(wanted, 2, out)
    assert sorted(done) == ["s0", "s1", "s2"]
    again = grade_all(wanted, 2, out)
    assert len(done) == 3
    strip = [json.loads(json.dumps(asdict(row))) for row in first]
    assert [json.loads(json.dumps(asdict(row))) for row in again] == strip


def test_a_changed_file_or_secret_is_graded_again(tmp_path, monkeypatch):
    wanted, out = class_of(tmp_path), tmp_path / "out"
    done = counting(monkeypatch)
    grade_all(wanted, 2, out)
    put(tmp_path / "class" / "s0" / NAME, RIGHT)
    changed = class_of(tmp_path)
    put(tmp_path / "class" / "s0" / NAME, RIGHT)
    wanted = plan_tasks(
        find_submissions(tmp_path / "class", [EXERCISE]),
        [EXERCISE],
        b"secret",
        Limits(),
    )
    assert changed[1].key == wanted[1].key
    assert grade_all(wanted, 2, out)[0].status == "passed" and len(done) == 4
    grade_all([replace(task, seed=1) for task in wanted], 2, out)
    assert len(done) == 7


def test_a_journal_that_breaks_off_loses_only_its_last_line(tmp_path, monkeypatch):
    wanted, out = class_of(tmp_path), tmp_path / "out"
    grade_all(wanted, 1, out)
    journal = out / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20] + b"\xff")
    done = counting(monkeypatch)
    grade_all(wanted, 1, out)
    assert done == ["s2"]
    grade_all(wanted, 1, out)
    assert done == ["s2"]


FORGED = {
    "points": lambda line: line.replace(b'"points": 0.', b'"points": 4.'),
    "a key": lambda line: re.sub(rb'"key": "\w', b'"key": "', line),
    "no signature": lambda line: line.rpartition(b", ")[0] + b"}",
    "an empty signature": lambda line: line[:-66] + b'"}',
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_row_that_the_secret_has_not_signed_is_not_taken(
    forged, tmp_path, monkeypatch
):
    wanted, out = class_of(tmp_path, 2), tmp_path / "out"
    grade_all(wanted, 1, out, secret=b"secret")
    journal = out / "journal.jsonl"
    first, second = journal.read_bytes().strip().split(b"\n")
    changed = FORGED[forged](first)
    assert changed != first
    journal.write_bytes(changed + b"\n" + second + b"\n" + first[:-20])
    assert count_unsigned(out, b"secret") == 1 and count_unsigned(out, b"other") == 2
    assert count_kept(wanted, out, b"secret") == 1
    done = counting(monkeypatch)
    rows = grade_all(wanted, 1, out, secret=b"secret")
    assert done == ["s0"] and rows[0].status == "failed"
    grade_all(wanted, 1, out, secret=b"secret")
    assert len(done) == 1


def test_two_graders_do_not_share_a_journal(tmp_path):
    with (
        open_journal(tmp_path),
        pytest.raises(ArgumentError, match="another grader"),
        open_journal(tmp_path),
    ):
        pass


def test_who_made_which_mistake(tmp_path):
    (mistake,) = mistakes_in(grade_all(class_of(tmp_path), 2))
    assert (mistake.name, mistake.students) == ("wrong_diagonal", ["s0"])
