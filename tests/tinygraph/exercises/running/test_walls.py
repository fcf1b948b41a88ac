"""The walls around a student's process: they hold, or the report does not name them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import breakouts
import pytest
from cheats import walls

linux = pytest.mark.skipif(sys.platform != "linux", reason="a wall of Linux")
pytestmark = linux
OF_NAMESPACES = {"network", "files", "disk", "processes"}
ANYBODY = "65534"  # nobody's number, and the number of nobody's group
AS_ANOTHER_USER = [
    "setpriv",
    f"--reuid={ANYBODY}",
    f"--regid={ANYBODY}",
    "--clear-groups",
    "--inh-caps=-all,+dac_read_search",  # Python may be installed for root alone
    "--ambient-caps=-all,+dac_read_search",
]
REPORT = """
import sys
from tinygraph.exercises.running import attacks, namespaces, walls
{fault}
print(*walls.isolate([sys.argv[1]], sys.argv[2]))
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


def run_python(arguments: list[object], prefix: list[str]) -> str:
    support = Path(breakouts.__file__).parent
    paths = [str(support), *filter(None, sys.path)]
    done = subprocess.run(
        [*prefix, sys.executable, "-B", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=60,
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
    return AS_ANOTHER_USER


@pytest.mark.parametrize("user", ["this user", "another user"])
def test_nobody_breaks_out(user, folders):
    prefix = prefix_of(user)
    won = json.loads(run_python([breakouts.__file__, *folders], prefix))
    assert won == dict.fromkeys(breakouts.BREAKOUTS, 0.0)


FAULTS = {
    "": OF_NAMESPACES,
    "namespaces.give_up_rights = lambda: None": {"network", "processes"},
    "namespaces.cover_folders = lambda hidden: True": OF_NAMESPACES - {"files"},
    "namespaces.change_mount = lambda *a: 0": OF_NAMESPACES - {"disk"},
    "namespaces.NEWNET = 0": OF_NAMESPACES - {"network"},
    "namespaces.NEWPID = 0; namespaces.become_first_process = lambda: None":
        OF_NAMESPACES - {"processes"},
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wall_that_can_be_broken_is_not_reported(fault, folders, tmp_path):
    prefix_of("this user")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    script = tmp_path / "report.py"
    script.write_text(REPORT.format(fault=fault))
    assert set(run_python([script, folders[0], scratch], []).split()) == FAULTS[fault]


def test_where_namespaces_are_refused_no_wall_of_theirs_is_reported():
    prefix_of("this user")
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    code = "import cheats; print(*cheats.walls())"
    refused = ["unshare", "--user"]  # without a map of users, there is no second one
    assert not OF_NAMESPACES & set(run_python(["-c", code], refused).split())


# Nothing but the process that starts the workers, even if that has ended already.
ENDS_ITS_PARENT = """
import os
from pathlib import Path
parent = os.getppid()
if b"--nursery" in Path(f"/proc/{parent}/cmdline").read_bytes():
    os.kill(parent, 9)
"""
GRADE_CLASS = """
import sys
from handed_in import EXERCISE, NAME, RIGHT, put
from pathlib import Path
from tinygraph.exercises.grading.grade import grade_all
from tinygraph.exercises.grading.task import plan_tasks
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.submissions.folders import find_submissions
folder = Path(sys.argv[1])
for number in range(8):
    source = sys.argv[2].encode() if number in (1, 4) else RIGHT
    put(folder / f"s{number}" / NAME, source)
handed_in = find_submissions(folder, [EXERCISE])
wanted = plan_tasks(handed_in, [EXERCISE], b"secret", Limits())
print(*(row.status for row in grade_all(wanted, 2)))
"""


def test_no_row_depends_on_the_process_of_another_row(folders):
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    prefix_of("this user")
    with tempfile.TemporaryDirectory() as made:
        arguments = ["-c", GRADE_CLASS, made, ENDS_ITS_PARENT]
        statuses = run_python(arguments, ["unshare", "--user"]).split()
    honest = [status for n, status in enumerate(statuses) if n not in (1, 4)]
    assert honest == ["passed"] * 6
    assert not {"passed"} & {statuses[1], statuses[4]}
