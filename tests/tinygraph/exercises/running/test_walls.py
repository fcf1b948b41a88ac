"""The walls around a student's process: they hold, or the report does not name them."""

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import breakouts
import confined
import pytest
from cheats import CHEATS, EXERCISE, source_of_cheat, walls
from handed_in import NAME, put

from tinygraph.exercises.running import keeping, landlock, nursery
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.running.process import GraderError, run_source

linux = pytest.mark.skipif(sys.platform != "linux", reason="a wall of Linux")
pytestmark = linux
OF_NAMESPACES = {"network", "files", "disk", "processes"}
OTHER_USERS = itertools.count(os.getpid() * 32)


def as_another_user() -> list[str]:
    """What runs a command as a user who does not exist, and never did.

    How many processes a user may have is counted over all that others run for that
    user, and over those that have ended and that nobody has asked for yet.
    """
    user = 61_200 + next(OTHER_USERS) % 4000
    return [
        "setpriv",
        f"--reuid={user}",
        f"--regid={user}",
        "--clear-groups",
        "--inh-caps=-all,+dac_read_search",  # Python may be installed for root alone
        "--ambient-caps=-all,+dac_read_search",
    ]


# bubblewrap refuses to run for somebody who has any right of root.
WITHOUT_RIGHTS = ["--inh-caps=-all", "--bounding-set=-all"]
REPORT = f"""
import os, sys
sys.path.insert(0, {str(Path(nursery.__file__).parents[1])!r})
from running import attacks, namespaces, walls
{{fault}}
around = walls.surround(sys.argv[1:2], sys.argv[2])
os.chdir(sys.argv[2])
print(*walls.isolate(sys.argv[1:2], around))
"""


@pytest.fixture
def folders() -> Iterator[list[Path]]:
    """A folder to hide and one not to hide, which everybody may write."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)  # that of pytest is closed to other users
        made = [Path(parent, "hidden"), Path(parent, "outside")]
        for folder in made:
            folder.mkdir()
            (folder / "secret.txt").write_text("4711")
            folder.chmod(0o777)
            (folder / "secret.txt").chmod(0o666)
        yield made
        for folder in made:
            assert [path.name for path in folder.iterdir()] == ["secret.txt"]
            assert (folder / "secret.txt").read_text() == "4711"


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder for temporary files, which everybody may write."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def run_python(arguments: list[object], prefix: list[str]) -> str:
    support = Path(breakouts.__file__).parent
    paths = [str(support), *filter(None, sys.path)]
    done = subprocess.run(
        [*prefix, sys.executable, "-B", *map(str, arguments)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
        },
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def prefix_of(user: str) -> list[str]:
    if not {"files", "disk"} <= set(walls()):
        pytest.skip("no walls around files are allowed here")
    if user == "this user":
        return []
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become another user")
    return as_another_user()


def prefix_of_system(system: str, *writable: Path) -> list[str]:
    """What runs a command as on a system that has only some walls."""
    if system == "landlock" and not landlock.version():
        pytest.skip("no Landlock here")
    script = [sys.executable, "-B", confined.__file__, system]
    return [*script, *map(str, writable), "--"]


def test_what_comes_and_goes_costs_no_wall(folders, scratch):
    """A folder that was there when the job was planned, and is not any more."""
    gone = [str(scratch / "gone"), "/gone-4711", *map(str, folders)]
    report = REPORT.format(fault="").replace("sys.argv[1:2]", "sys.argv[2:]")
    code = report.replace("sys.argv[2])", "sys.argv[1])")
    walls_up = run_python(["-c", code, scratch, *gone], []).split()
    assert {"files", "disk"} <= set(walls_up)
    assert not Path("/gone-4711").exists()


@pytest.mark.parametrize("system", ["namespaces", "landlock"])
@pytest.mark.parametrize("user", ["this user", "another user"])
def test_nobody_breaks_out(user, system, folders, scratch):
    prefix = prefix_of_system(system, *folders, scratch) + prefix_of(user)
    won = json.loads(run_python([breakouts.__file__, *folders], prefix))
    if system == "landlock":  # where nothing but a look at it limits a folder
        for name in ("a disk that fills", "many files"):
            assert "writes more than 32 MB" in won.pop(name)
    assert not {name: result for name, result in won.items() if result != 0.0}


def prefix_of_bubblewrap(*writable: Path) -> list[str]:
    """What runs a command as an ordinary user, who has bubblewrap."""
    user = prefix_of("another user")[:4] + WITHOUT_RIGHTS
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    return prefix_of_system(confined.BUBBLEWRAP, *writable) + user


def test_nobody_breaks_out_of_bubblewrap(folders, scratch):
    prefix = prefix_of_bubblewrap(*folders, scratch)
    won = json.loads(run_python([breakouts.__file__, *folders], prefix))
    assert set(won) == set(breakouts.BREAKOUTS)
    assert not {name: result for name, result in won.items() if result != 0.0}


MANY_LARGE_PROCESSES = """
import os, time
import numpy as np
def softmax_vjp(g, y):
    for _ in range(6):
        if os.fork() == 0:
            memory = np.ones(10 * 2**20)
            time.sleep(1000)
    time.sleep(1000)
"""


def test_all_processes_together_have_the_memory_of_one():
    limits = Limits(seconds=20.0, megabytes=300)
    with nursery.Nursery() as starter:
        arguments = MANY_LARGE_PROCESSES.encode(), "a.py", EXERCISE, limits, (), starter
        with run_source(*arguments) as run:
            outcome = run("softmax_vjp", EXERCISE.case(0, 0))
    assert outcome.failure == "memory" and "together" in outcome.message


IN_BUBBLEWRAP = """
from cheats import EXERCISE, RIGHT
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.running.nursery import Nursery
from tinygraph.exercises.running.process import run_source
with Nursery() as nursery:
    with run_source(RIGHT.encode(), "a.py", EXERCISE, Limits(), (), nursery) as run:
        run("softmax_vjp", EXERCISE.case(0, 0))
    print(nursery.process.args[0], *run.walls)
"""


def test_bubblewrap_is_used_by_an_ordinary_user(scratch):
    prefix = prefix_of_bubblewrap(scratch)
    program, *around = run_python(["-c", IN_BUBBLEWRAP], prefix).split()
    assert program == shutil.which("bwrap") and set(around) >= OF_NAMESPACES


def test_a_process_that_never_starts_is_the_graders_fault(monkeypatch):
    monkeypatch.setattr(nursery, "SCRIPT", Path("no_such_script.py"))
    with pytest.raises(GraderError, match="no process starts"), nursery.Nursery():
        pass


def test_a_bubblewrap_that_does_not_work_is_not_used(monkeypatch):
    monkeypatch.setattr(nursery, "prefix_of_command", lambda hidden: ["false"])
    with nursery.Nursery() as started:
        assert started.is_running()


FAULTS = {
    "": OF_NAMESPACES,
    "namespaces.give_up_rights = lambda: None": {"network", "processes"},
    "namespaces.cover_all = lambda *a: True": OF_NAMESPACES - {"files"},
    "namespaces.change_mount = lambda *a: 0": OF_NAMESPACES - {"disk"},
    "namespaces.NEWNET = 0": OF_NAMESPACES - {"network"},
    "namespaces.NEWPID = 0": OF_NAMESPACES - {"processes"},
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wall_that_can_be_broken_is_not_reported(fault, folders, tmp_path):
    prefix_of("this user")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    script = tmp_path / "report.py"
    script.write_text(REPORT.format(fault=fault))
    assert set(run_python([script, folders[0], scratch], []).split()) == FAULTS[fault]


FAULTS_OF_LANDLOCK = {
    "": OF_NAMESPACES,
    "walls.filters.refuse_calls = lambda *a: True": {"files", "disk"},
    "walls.landlock.RESTRICT = 39": {"network"},
}


@pytest.mark.parametrize("fault", FAULTS_OF_LANDLOCK)
def test_a_wall_of_landlock_that_can_be_broken_is_not_reported(fault, folders, scratch):
    prefix = prefix_of_system("landlock", *folders, scratch)
    own = scratch / "own"
    own.mkdir()
    script = scratch / "report.py"
    script.write_text(REPORT.format(fault=fault))
    reported = set(run_python([script, folders[0], own], prefix).split())
    assert reported == FAULTS_OF_LANDLOCK[fault]


DOCUMENTED = Path(__file__).parents[4] / "docs" / "grading-safely.md"
SYSTEMS_IN_THE_DOCS = {
    "namespaces": "namespaces, with or without bubblewrap",
    "landlock": "Landlock and seccomp only",
    "nothing": "none of these",
}


def documented_walls(system: str) -> set[str]:
    """The walls that the page promises for a system."""
    start = f"| {SYSTEMS_IN_THE_DOCS[system]} |"
    (line,) = [x for x in DOCUMENTED.read_text().splitlines() if x.startswith(start)]
    answers = [cell.strip() for cell in line.split("|")[2:6]]
    names = ("network", "files", "disk", "processes")
    return {name for name, cell in zip(names, answers, strict=True) if cell == "yes"}


@pytest.mark.parametrize("system", confined.SYSTEMS)
def test_a_system_has_the_walls_that_the_page_promises(system, scratch):
    prefix_of("this user")
    code = "import cheats; print(*cheats.walls())"
    reported = run_python(["-c", code], prefix_of_system(system, scratch)).split()
    assert OF_NAMESPACES & set(reported) == documented_walls(system)


# Nothing but the process that starts the workers, even if that has ended already.
ENDS_ITS_PARENTS = """
import os
from pathlib import Path
def leave(count):
    for _ in range(count):
        if os.fork() == 0:
            os.setsid()
            os.execv("/bin/sleep", ["sleep", {sign!r}])
leave(3)
def parent_of(process):
    status = Path(f"/proc/{{process}}/stat").read_text()
    return int(status.rpartition(") ")[2].split()[1])
parent = os.getppid()
try:
    for process in (parent_of(parent), parent):
        if b"--nursery" in Path(f"/proc/{{process}}/cmdline").read_bytes():
            os.kill(process, 9)
except OSError:  # another file like this one was faster
    os.kill(os.getpid(), 9)
"""
LEAVES_PROCESSES = """
import os
for _ in range(13):
    if os.fork() == 0:
        os.setsid()
        os.execv("/bin/sleep", ["sleep", {sign!r}])
def softmax_vjp(g, y):
    return y * (g - (g * y).sum(axis=-1, keepdims=True))
"""
GRADE_CLASS = """
import json, sys
from dataclasses import asdict
from handed_in import EXERCISE, NAME, RIGHT, put
from pathlib import Path
from tinygraph.exercises.grading.grade import grade_all
from tinygraph.exercises.grading.task import plan_tasks
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.submissions.folders import find_submissions
folder = Path(sys.argv[1])
for number in range(8):
    source = sys.argv[2].encode() if number in (1, 4) else RIGHT
    put(folder / "class" / f"s{number}" / NAME, source)
handed_in = find_submissions(folder / "class", [EXERCISE])
wanted = plan_tasks(handed_in, [EXERCISE], b"secret", Limits())
print(json.dumps([asdict(row) for row in grade_all(wanted, 2)]))
"""
LEFT = r"left \d+ processes running, which the grader ended"


def graded_with(
    source: str, system: str, user: str = "this user"
) -> list[dict[str, Any]]:
    """The rows of a class, in which the second and the fifth handed in a file."""
    user_prefix = prefix_of(user)
    sign = f"{time.time_ns() % 10**9 + 60}"
    with tempfile.TemporaryDirectory() as made:
        arguments = ["-c", GRADE_CLASS, made, source.format(sign=sign)]
        Path(made).chmod(0o777)
        prefix = prefix_of_system(system, Path(made)) + user_prefix
        rows = json.loads(run_python(arguments, prefix))
    left = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert f"sleep\0{sign}\0".encode() not in left
    return rows


NEED_WALLS = {"import past the hook", "read the reference's file", "kill all"}
GRADE_FOLDER = """
import json, sys
from handed_in import EXERCISE
from pathlib import Path
from tinygraph.exercises.grading.grade import grade_all
from tinygraph.exercises.grading.task import plan_tasks
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.submissions.folders import find_submissions
handed_in = find_submissions(Path(sys.argv[1]), [EXERCISE])
wanted = plan_tasks(handed_in, [EXERCISE], b"secret", Limits(1.0))
rows = grade_all(wanted, 2)
print(json.dumps({row.student: [row.points, row.status] for row in rows}))
"""


def test_without_any_wall_no_cheat_gets_points(scratch):
    prefix = prefix_of_system("nothing", scratch) + prefix_of("another user")
    names = [name for name in CHEATS if name not in NEED_WALLS]
    for name in names:
        put(scratch / "class" / name / NAME, source_of_cheat(name).encode())
    put(scratch / "class" / "right" / NAME)
    found = json.loads(run_python(["-c", GRADE_FOLDER, scratch / "class"], prefix))
    assert found.pop("right") == [EXERCISE.points, "passed"]
    assert len(found) == len(names)
    assert not {
        name: row for name, row in found.items() if row[0] or row[1] == "grader"
    }


def test_no_row_depends_on_the_process_of_another_row():
    rows = graded_with(ENDS_ITS_PARENTS, "nothing", "another user")
    statuses = [row["status"] for row in rows]
    assert statuses == [
        "passed",
        "crashed",
        *["passed"] * 2,
        "crashed",
        *["passed"] * 3,
    ]
    assert "ended the process of the grader" in rows[1]["message"]
    assert re.fullmatch(LEFT, *rows[4]["notes"])


@pytest.mark.parametrize("system", confined.SYSTEMS)
def test_what_a_file_leaves_running_is_ended_and_noted(system):
    rows = graded_with(LEAVES_PROCESSES, system)
    assert {(row["status"], row["message"]) for row in rows} == {("passed", "")}
    assert [bool(row["notes"]) for row in rows] == [
        number in (1, 4) for number in range(8)
    ]
    assert re.fullmatch(LEFT, *rows[1]["notes"])


def test_children_that_an_ending_process_hands_over_are_ended():
    """What ends while one looks for its children hands them over, unseen."""
    with (
        subprocess.Popen(["true"]) as ended,
        subprocess.Popen(["sleep", "600"]) as handed_over,
    ):
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        looks = iter([[ended.pid], [ended.pid, handed_over.pid]])
        last = [ended.pid, handed_over.pid]
        try:
            left = keeping.end_all(lambda: next(looks, last))
            assert left == {handed_over.pid}
            assert handed_over.wait(10) == -signal.SIGKILL
        finally:
            handed_over.kill()


USERS = """
import re
from handed_in import EXERCISE, NAME
from pathlib import Path
from tinygraph.exercises.running import keeping
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.running.nursery import Nursery
from tinygraph.exercises.running.process import run_source
with Nursery() as nursery:
    for _ in range(2):
        with run_source(b"", NAME, EXERCISE, Limits(), starter=nursery) as run:
            run.start()
            (worker,) = keeping.children(run.process.pid)
            status = Path(f"/proc/{worker}/status").read_text()
            print(re.search(r"Uid:\\s+(\\d+)", status).group(1))
"""


@pytest.mark.parametrize("system", confined.SYSTEMS)
def test_workers_of_root_are_different_users(system, scratch):
    """The system limits the processes of a user, not those of a worker."""
    prefix_of("another user")
    prefix = prefix_of_system(system, scratch)
    users = run_python(["-c", USERS], prefix).split()
    assert len({"0", *users}) == 3
