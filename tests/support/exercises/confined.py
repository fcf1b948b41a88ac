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

ROOT = Path(__file__).parents[3]  # of the repository
# Without the rest of tinygraph, which takes ten times as long to import.
sys.path.insert(0, str(ROOT / "tinygraph" / "exercises"))
from running import filters, namespaces  # noqa: E402

del sys.path[0]

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
    if not os.getuid():
        let_others_read([sys.base_prefix, sys.prefix, str(ROOT)])
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


def let_others_read(folders: list[str]) -> None:
    """Open the way to some folders for other users, in this mount table alone.

    What nobody but root can enter is covered, and only what is needed is put back.
    """
    needed: dict[Path, list[tuple[Path, int]]] = {}
    links: dict[Path, str] = {}
    for folder in {Path(folder).resolve() for folder in folders}:
        closed = [p for p in (*reversed(folder.parents), folder) if not is_open(p)]
        parts = list(folder.iterdir()) if folder in closed else [folder]
        for part in parts if closed else ():
            if part.is_symlink():  # a mount there would be a second place
                links[part] = str(part.readlink())
                continue
            handle = os.open(part, os.O_PATH)
            needed.setdefault(closed[0], []).append((part, handle))
    for top, inside in needed.items():
        assert not namespaces.mount("none", str(top), "tmpfs", 0, b"mode=755")
        for part, handle in sorted(inside):
            source = f"/proc/self/fd/{handle}"
            if Path(source).is_dir():
                part.mkdir(parents=True, exist_ok=True)
            else:
                part.touch()
            assert not namespaces.mount(source, str(part), "", namespaces.BIND)
            os.close(handle)
    for link, target in links.items():
        link.symlink_to(target)


def is_open(folder: Path) -> bool:
    """Whether everybody may enter a folder and list it."""
    return folder.stat().st_mode & 0o005 == 0o005


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
