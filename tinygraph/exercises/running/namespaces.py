"""Linux namespaces, entered with system calls and left by nobody.

A mount table, a network and a process table are made once for all workers that one
process starts. Each worker gets a process table and a scratch folder of its own. Then
it enters a user namespace, which locks the mounts, and gives up all rights: code that
runs afterwards can neither undo a mount nor make a namespace.
See user_namespaces(7), mount_namespaces(7), mount_setattr(2) and capabilities(7).
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

NEWNS, NEWIPC, NEWUSER = 0x20000, 0x8000000, 0x10000000
NEWPID, NEWNET = 0x20000000, 0x40000000
BIND, PRIVATE_MOUNTS, NO_SUID_DEV_EXEC, NO_SUID_DEVICES = 0x1000, 0x44000, 0xE, 0x6
MOUNT_SETATTR, HERE, RECURSIVE = 442, -100, 0x8000
READ_ONLY, NO_SUID, NO_DEVICES = 1, 2, 4
DEATH_SIGNAL = 1  # of prctl: a child does not outlive its parent
DROP_BOUND, NO_NEW_PRIVILEGES, AMBIENT, CLEAR_ALL = 24, 38, 47, 4
CAPABILITIES_VERSION, LAST_CAPABILITY = 0x20080522, 63
DEVICES = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]
COVER = b"size=64k,mode=755"
SCRATCH_BYTES, SCRATCH_FILES = 32 * 2**20, 4096
SCRATCH_OPTIONS = f"size={SCRATCH_BYTES},nr_inodes={SCRATCH_FILES},mode=700"

library = ctypes.CDLL(None, use_errno=True)


def enter_namespaces() -> list[str]:
    """Enter new namespaces; returns the walls that go up by this alone.

    The network is unreachable then. Root needs no user namespace for it.
    """
    if library.unshare(NEWNS):
        enter_user_namespace()
        library.unshare(NEWNS)
    library.unshare(NEWIPC)
    return [] if library.unshare(NEWNET) else ["network"]


def enter_user_namespace() -> None:
    """Enter a user namespace, which gives the rights to make the others."""
    user, group = os.getuid(), os.getgid()
    if not library.unshare(NEWUSER):
        with suppress(OSError):
            write_map("setgroups", "deny")
            write_map("uid_map", f"{user} {user} 1")
            write_map("gid_map", f"{group} {group} 1")


def write_map(name: str, text: str) -> None:
    """Write a file of /proc/self that maps the users of a new user namespace."""
    Path("/proc/self", name).write_text(text)


def cover_files(hidden: Sequence[str], scratch: str) -> list[str]:
    """Hide some files; make all others read-only, but for a folder for each worker.

    Returns the walls that went up.
    """
    if mount("none", "/", "", PRIVATE_MOUNTS):
        return []
    done = ["files"] if cover_all(hidden) else []
    bound = [path for path in DEVICES if not mount(path, path, "", BIND)]
    make_folder(scratch)
    locked = READ_ONLY | NO_SUID | NO_DEVICES
    failed = change_mount("/", RECURSIVE, locked, 0)
    for path in bound:
        change_mount(path, 0, 0, NO_DEVICES)
    return done if failed else [*done, "disk"]


def mount_points() -> list[str]:
    """Where something is mounted; only "/" if that is not known."""
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return ["/"]
    return [unescaped(line.split(b" ")[4]) for line in lines]


def unescaped(path: bytes) -> str:
    """A path as the mount table writes it, where \\040 is a space."""
    return os.fsdecode(
        re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), path)
    )


def cover_more(hidden: Iterable[str], scratch: str, owner: int) -> bool:
    """The same for one worker, with the number of the user that it becomes, or 0.

    It sees only its own processes, and its scratch folder is empty. Tells whether all
    went well.
    """
    if library.unshare(NEWNS):
        return False
    if mount("proc", "/proc", "proc", NO_SUID_DEV_EXEC | READ_ONLY):
        mount("none", "/proc", "tmpfs", READ_ONLY, b"size=4k")
    options = f"{SCRATCH_OPTIONS},uid={owner}" if owner else SCRATCH_OPTIONS
    failed = mount("none", scratch, "tmpfs", NO_SUID_DEVICES, options.encode())
    with suppress(OSError):
        os.chdir(scratch)
    return cover_all(hidden, READ_ONLY) and not failed


def make_folder(path: str) -> None:
    """Make a folder, if that is possible: a mount just now may have hidden it."""
    with suppress(OSError):
        Path(path).mkdir(parents=True, exist_ok=True)


def cover_all(hidden: Iterable[str], flags: int = 0) -> bool:
    """Cover folders and files, the outer ones first; tells whether all went well.

    What does not exist any more needs no cover: much in a home comes and goes.
    """
    there = [path for path in hidden if Path(path).exists()]
    covers = {path: cover_for(Path(path)) for path in there}
    failed = [path for path in sorted(covers, key=len) if not covers[path](path, flags)]
    return not failed


def cover_for(path: Path) -> Callable[[str, int], bool]:
    """What covers a path: another way for a file, which may be covered by a device."""
    return cover_file if path.exists() and not path.is_dir() else cover_folder


def cover_folder(path: str, flags: int) -> bool:
    """Mount an empty folder over a folder; tells whether it is done."""
    make_folder(path)
    return not mount("none", path, "tmpfs", flags, COVER) or not Path(path).exists()


def cover_file(path: str, flags: int) -> bool:
    """Mount what cannot be opened over a file, unless a folder around it is covered."""
    if not Path(path).exists():
        return True
    failed = mount("/dev/null", path, "", BIND)
    return not (failed or change_mount(path, 0, NO_DEVICES | flags, 0))


def mount(
    source: str, path: str, kind: str, flags: int, options: bytes | None = None
) -> int:
    """Mount a file system, as mount(2) does; returns 0 if it is done."""
    names = os.fsencode(source), os.fsencode(path), os.fsencode(kind) or None
    return int(library.mount(*names, ctypes.c_ulong(flags), options))


def change_mount(path: str, flags: int, add: int, remove: int) -> int:
    """Change what a mount allows, as mount_setattr(2) does; returns 0 if it is done."""
    wanted = (ctypes.c_uint64 * 4)(add, remove, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(wanted))
    name = os.fsencode(path)
    return int(library.syscall(MOUNT_SETATTR, HERE, name, flags, wanted, size))


def give_up_rights() -> None:
    """Lock the mounts, and give up all capabilities for good.

    This user namespace maps no user. So no other one can be made in it.
    """
    library.unshare(NEWUSER | NEWNS)
    library.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    library.prctl(AMBIENT, CLEAR_ALL, 0, 0, 0)
    for number in range(LAST_CAPABILITY + 1):
        library.prctl(DROP_BOUND, number, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
    library.capset(header, (ctypes.c_uint32 * 6)())
    library.prctl(DEATH_SIGNAL, signal.SIGKILL)
