"""Students' code in a process of its own: what it cannot break, and cannot fake."""

import os
import select
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from cheats import CHEATS, EXERCISE, RIGHT, source_of_cheat, walls

from tinygraph.errors import FileError
from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.verdict import Verdict
from tinygraph.exercises.running import job, process
from tinygraph.exercises.running.job import Limits, modules_to_load, package_copies
from tinygraph.exercises.running.nursery import Nursery
from tinygraph.exercises.running.process import (
    GraderError,
    run_file,
    run_source,
    worker_environment,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="a wall of Linux")


def judged(source: str, seconds: float = 10.0, seed: int = 5) -> Verdict:
    limits = Limits(seconds)
    with run_source(source.encode(), "09.py", EXERCISE, limits) as run:
        return judge(EXERCISE, run, seed)


def test_a_right_answer_gets_all_points():
    verdict = judged(RIGHT)
    assert verdict.passed and verdict.points == EXERCISE.points


def test_a_wrong_answer_is_named():
    verdict = judged("def softmax_vjp(g, y):\n    return y * (1 - y) * g")
    assert verdict.finding.mistake == "wrong_diagonal"
    assert verdict.points < EXERCISE.points


FAILURES = {
    "stub": ("def softmax_vjp(g, y):\n    raise NotImplementedError", "stub"),
    "no function": ("x = 1", "missing"),
    "no python": ("def softmax_vjp(g, y:\n", "error"),
    "a null byte": ("x = 1\0", "error"),
    "too deep": ("(" * 5000 + ")" * 5000, "error"),
    "raises": ("def softmax_vjp(g, y):\n    return 1 / 0", "error"),
    "raises at import": ("import no_such_module", "error"),
    "no array": ("def softmax_vjp(g, y):\n    return 'yes'", "error"),
    "evil error": (
        "class E(Exception):\n    def __str__(self): raise SystemExit\n"
        "def softmax_vjp(g, y):\n    raise E",
        None,
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_fails_has_a_reason_and_no_points(name):
    source, status = FAILURES[name]
    verdict = judged(source)
    assert verdict.points == 0 and verdict.finding.message
    assert status in (None, verdict.status)


def test_the_line_of_an_error_is_the_students_own():
    assert judged("\n\ndef softmax_vjp(g, y):\n    return 1 / 0").finding.line == 4


@pytest.mark.parametrize("name", CHEATS)
def test_cheats_get_nothing_but_a_reason(name):
    reading = name in ("import past the hook", "read the reference's file")
    if reading and "files" not in walls():
        pytest.skip("the package's files cannot be hidden here")
    begin = time.monotonic()
    verdict = judged(source_of_cheat(name), seconds=1.0)
    assert verdict.points == 0 and not verdict.passed
    assert verdict.finding.message
    assert time.monotonic() - begin < 20


def left_running(sign: str) -> list[int]:
    left = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            left += (
                [int(path.parent.name)] if sign.encode() in path.read_bytes() else []
            )
    return left


def wait_for_the_end(process: int) -> None:
    """Return as soon as a process has ended; the system does that in its own time."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(process)
        select.select([handle], [], [], 10.0)
        os.close(handle)


@linux
def test_nothing_is_left_running(tmp_path):
    sign = f"{os.getpid()}.{time.time_ns()}"
    source = f"""
import os, subprocess, sys
def softmax_vjp(g, y):
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            os.execv(sys.executable, [sys.executable, "-c",
                "import time; time.sleep(60)", {sign!r}])
    return 0 * g
"""
    if "processes" not in walls():
        pytest.skip("processes are not separated here")
    judged(source)
    for left in left_running(sign):
        wait_for_the_end(left)
    assert not left_running(sign)


@linux
def test_a_file_has_no_more_than_64_processes():
    source = b"""
import os, time
import numpy as np
def softmax_vjp(g, y):
    for count in range(100):
        try:
            if os.fork() == 0: time.sleep(60)
        except OSError:
            return np.array(count)
    time.sleep(60)
"""
    with run_source(source, "a.py", EXERCISE, Limits(30.0)) as run:
        outcome = run("softmax_vjp", EXERCISE.case(0, 0))
    if outcome.failure:
        assert outcome.message == "starts more than 64 processes"
    else:  # the system has counted them
        assert outcome.results[0] < 64


def test_one_endless_function_leaves_the_other_its_points():
    exercise = find_exercise("02")
    endless = next(iter(exercise.references))
    source = exercise.source + f"\ndef {endless}(x):\n    while True: pass\n"
    with run_source(source.encode(), "02.py", exercise, Limits(1.0)) as run:
        verdict = judge(exercise, run, 3)
    assert verdict.status == "timeout"
    assert 0 < verdict.points < exercise.points


VARIANT = "def softmax_vjp(g, y):\n    return g - y\n"


def test_variants_of_slow_functions_are_not_tried():
    inputs = [np.ones((1, 2)), np.ones((1, 2))]
    with run_source(RIGHT.encode(), "09.py", EXERCISE, Limits()) as run:
        assert run.call_variant(VARIANT, "softmax_vjp", inputs) is None  # not started
        run("softmax_vjp", inputs)
        left, spent = run.left, run.spent
        outcome = run.call_variant(VARIANT, "softmax_vjp", inputs)
        assert outcome is not None and not outcome.results[0].any()
        assert (run.left, run.spent) == (left, spent)
        assert run.left_for_variants < Limits().seconds
        run.spent = 1.0  # seconds in one call
        assert run.call_variant(VARIANT, "softmax_vjp", inputs) is None
        assert not run("softmax_vjp", inputs).failure


def test_an_exercise_may_allow_tinygraph():
    exercise = find_exercise("15")
    with run_source(exercise.source.encode(), "15.py", exercise, Limits()) as run:
        assert judge(exercise, run, 3).passed


@pytest.mark.parametrize("number", ["04", "06", "10"])
def test_functions_are_given_inside_the_process(number):
    exercise = find_exercise(number)
    with run_source(exercise.source.encode(), "a.py", exercise, Limits()) as run:
        assert judge(exercise, run, 3).passed


@pytest.mark.parametrize(
    ("numbers", "loaded"),
    [(["01", "09"], []), (["09", "10"], ["networkx"]), (["15"], ["networkx"])],
)
def test_what_many_workers_import_is_loaded_once(numbers, loaded):
    modules = modules_to_load(map(find_exercise, numbers))
    assert modules == loaded
    source = b"import sys\ndef softmax_vjp(g, y): return 'networkx' in sys.modules"
    with Nursery((), modules) as starter:
        arguments = source, "a.py", EXERCISE, Limits(), (), starter
        with run_source(*arguments) as run:
            (found,) = run("softmax_vjp", EXERCISE.case(0, 0)).results
    assert found == bool(loaded)


def test_the_environment_is_almost_empty(monkeypatch):
    monkeypatch.setenv("SECRET", "4711")
    assert "SECRET" not in worker_environment("/tmp")
    source = "import os\ndef softmax_vjp(g, y): return len(os.listdir('.')) + g * 0"
    with run_source(source.encode(), "a.py", EXERCISE, Limits()) as run:
        answer = run("softmax_vjp", EXERCISE.case(0, 0)).results[0]
    assert (answer == 0).all()


@linux
def test_the_network_is_off_where_the_report_says_so():
    source = """
import socket
def softmax_vjp(g, y):
    socket.create_connection(("127.0.0.1", {port}), 1)
    return g
"""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        text = source.format(port=server.getsockname()[1]).encode()
        with run_source(text, "a.py", EXERCISE, Limits()) as run:
            outcome = run("softmax_vjp", EXERCISE.case(0, 0))
            assert bool(outcome.failure) == ("network" in run.walls)


@linux
def test_other_folders_can_be_hidden(tmp_path):
    (tmp_path / "neighbour.txt").write_text("4711")
    source = (
        f"import os\ndef softmax_vjp(g, y): return len(os.listdir({str(tmp_path)!r}))"
    )
    arguments = source.encode(), "a.py", EXERCISE, Limits(), [tmp_path]
    with run_source(*arguments) as run:
        answers = run("softmax_vjp", EXERCISE.case(0, 0)).results
        assert answers[0] == (0 if "files" in run.walls else 1)


@linux
def test_a_single_file_can_be_hidden_and_its_neighbours_not():
    source = b"""
import ctypes
def softmax_vjp(g, y):
    opened = map(ctypes.CDLL(None).open, (b"/etc/hostname", b"/etc/passwd"), (0, 0))
    return [number >= 0 for number in opened]
"""
    limits, file = Limits(), Path("/etc/hostname")
    with run_source(source, "a.py", EXERCISE, limits, [file]) as run:
        outcome = run("softmax_vjp", EXERCISE.case(0, 0))
        hidden = "files" in run.walls
        assert outcome.results[0].tolist() == [not hidden, True], outcome


def test_a_change_in_place_is_noticed():
    with run_source(
        b"def softmax_vjp(g, y):\n    g += 1\n    return g", "a.py", EXERCISE, Limits()
    ) as run:
        assert run("softmax_vjp", EXERCISE.case(0, 0)).changed == (0,)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FileError), run_file(tmp_path / "no.py", EXERCISE):
        pass


def test_a_worker_that_does_not_start_is_the_graders_fault(monkeypatch):
    monkeypatch.setattr(process, "SCRIPT", Path("no_such_worker.py"))
    with pytest.raises(GraderError, match="no_such_worker"):
        judged(RIGHT)


def test_another_copy_of_the_package_is_hidden_too(tmp_path, monkeypatch):
    other = tmp_path / "tinygraph"
    other.mkdir()
    (other / "secret.txt").write_text("the reference")
    monkeypatch.syspath_prepend(tmp_path)
    assert other in package_copies()
    if "files" not in walls():
        pytest.skip("the package's files cannot be hidden here")
    path = str(other / "secret.txt")
    verdict = judged(f"def softmax_vjp(g, y): return open({path!r})")
    assert verdict.finding is not None
    assert verdict.finding.mistake == "raised"
    assert "Error" in verdict.finding.message


def test_what_is_beside_python_in_a_home_is_hidden(tmp_path, monkeypatch):
    for folder in ("bin/python/lib", "bin/other", ".ssh", "work/class"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / ".netrc").touch()
    (tmp_path / "link").symlink_to(tmp_path / "bin" / "python")
    monkeypatch.setattr(job, "places_of_python", lambda: [tmp_path / "bin" / "python"])
    inside = tmp_path / "bin" / "python" / "lib"
    assert job.not_needed([tmp_path, tmp_path / "work", inside]) == [
        tmp_path / ".netrc",
        tmp_path / ".ssh",
        tmp_path / "bin" / "other",
        tmp_path / "work",
        inside,
    ]
    assert job.not_needed([tmp_path / "bin" / "python", Path("/")]) == []
