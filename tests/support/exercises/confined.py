"""Runs a command as on a system that refuses walls, where it can do no harm.

The command gets a mount table of its own, in which nothing but some folders can be
written: a wall that is down costs the computer nothing. Then the system refuses what it
is told to refuse, as the one of a container does.
"""

import ctypes
import os
import platform
import sys
from pathlib import Path

from tinygraph.exercises.running import filters, namespaces

# What the system has: all of it; Landlock and filters of system calls; none of them.
SYSTEMS = ("namespaces", "landlock", "nothing")
BUBBLEWRAP = "bubblewrap"  # all of it, and a table of processes with nothing hidden
UNSHARE = {"x86_64": 272, "aarch64": 97}
SETTINGS = ("/proc/sys", "/proc/sysrq-trigger")  # read-only in containers, too
LANDLOCK, SYS_ADMIN, LINUX32 = 444, 21, 8


def confine(system: str, writable: list[str]) -> None:
    """Make everything read-only but these folders, and one for temporary files."""
    if namespaces.library.unshare(namespaces.NEWNS):
        namespaces.enter_user_namespace()
        assert not namespaces.library.unshare(namespaces.NEWNS)
    assert not namespaces.mount("none", "/", "", namespaces.PRIVATE_MOUNTS)
    for folder in writable:
        assert not namespaces.mount(folder, folder, "", namespaces.BIND)
    let_others_read(sys.base_prefix)
    settings = [
        path for path in SETTINGS if Path(path).exists() and system != BUBBLEWRAP
    ]
    for path in settings:
        assert not namespaces.mount(path, path, "", namespaces.BIND)
    recursive, read_only = namespaces.RECURSIVE, namespaces.READ_ONLY
    assert not namespaces.change_mount("/", recursive, read_only, 0)
    for folder in (*writable, "/proc"):  # where users are mapped
        assert not namespaces.change_mount(folder, 0, 0, read_only)
    os.environ["TMPDIR"] = writable[-1]


def let_others_read(folder: str) -> None:
    """Open the way to a folder for other users, in this mount table alone."""
    home = Path.home()
    if os.getuid() or not Path(folder).is_relative_to(home):
        return
    handle = os.open(folder, os.O_PATH)
    assert not namespaces.mount("none", str(home), "tmpfs", 0, b"mode=755")
    Path(folder).mkdir(parents=True)
    assert not namespaces.mount(f"/proc/self/fd/{handle}", folder, "", namespaces.BIND)
    os.close(handle)


def refuse(system: str) -> None:
    """Let the system refuse walls from now on."""
    if system in ("namespaces", BUBBLEWRAP):
        return
    namespaces.library.prctl(namespaces.DROP_BOUND, SYS_ADMIN, 0, 0, 0)
    refused = [UNSHARE[platform.machine()]]
    if system == "nothing":
        refused.append(LANDLOCK)
    assert filters.refuse_calls(refused)
    if system == "nothing":  # a processor whose system calls nobody knows
        ctypes.CDLL(None).personality(LINUX32)


if __name__ == "__main__":
    place = sys.argv.index("--")
    confine(sys.argv[1], sys.argv[2:place])
    refuse(sys.argv[1])
    os.execvp(sys.argv[place + 1], sys.argv[place + 1 :])
