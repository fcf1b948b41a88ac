"""Linux namespaces, entered with system calls and left by nobody.

A worker gets a mount table, a network and a process table of its own. Then it enters a
second user namespace, which locks the mounts of the first, and gives up all rights that
it got there: code that runs afterwards can neither undo a mount nor make a namespace.
See user_namespaces(7), mount_namespaces(7), mount_setattr(2) and capabilities(7).
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

NEWNS, NEWIPC, NEWUSER = 0x20000, 0x8000000, 0x10000000
NEWPID, NEWNET = 0x20000000, 0x40000000
BIND, PRIVATE_MOUNTS, NO_SUID_DEV_EXEC = 0x1000, 0x44000, 0xE
MOUNT_SETATTR, HERE, RECURSIVE = 442, -100, 0x8000
READ_ONLY, NO_SUID, NO_DEVICES = 1, 2, 4
DEATH_SIGNAL = 1  # of prctl: a child does not outlive its parent
DROP_BOUND, NO_NEW_PRIVILEGES, AMBIENT, CLEAR_ALL = 24, 38, 47, 4
CAPABILITIES_VERSION, LAST_CAPABILITY = 0x20080522, 63
DEVICES = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]
SCRATCH_OPTIONS = b"size=32m,nr_inodes=4096,mode=700"

library = ctypes.CDLL(None, use_errno=True)


def enter_namespaces() -> list[str]:
    """Enter new namespaces; returns the walls that go up by this alone.

    The network is unreachable then, and other processes are out of sight.
    """
    user, group = os.getuid(), os.getgid()
    if not library.unshare(NEWUSER):
        with suppress(OSError):
            write_map("setgroups", "deny")
            write_map("uid_map", f"{user} {user} 1")
            write_map("gid_map", f"{group} {group} 1")
    done = [] if library.unshare(NEWNET) else ["network"]
    library.unshare(NEWIPC)
    if not library.unshare(NEWPID):
        become_first_process()
        done.append("processes")
    return done


def write_map(name: str, text: str) -> None:
    """Write a file of /proc/self that maps the users of a new user namespace."""
    Path("/proc/self", name).write_text(text)


def become_first_process() -> None:
    """Go on as the first process of a new namespace: all others in it end with it."""
    child = os.fork()
    if not child:
        return
    library.prctl(DEATH_SIGNAL, signal.SIGKILL)
    os.closerange(3, 64)  # or the grader would not see that the other end hangs up
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(status if status >= 0 else 128 - status)


def cover_files(hidden: Sequence[str], scratch: str) -> list[str]:
    """Hide folders and make all files read-only, except in an empty scratch folder.

    Returns the walls that went up.
    """
    if library.unshare(NEWNS) or mount("none", "/", "", PRIVATE_MOUNTS):
        return []
    done = ["files"] if cover_folders(hidden) else []
    mount("proc", "/proc", "proc", NO_SUID_DEV_EXEC)
    bound = [path for path in DEVICES if not mount(path, path, "", BIND)]
    make_folder(scratch)
    failed = mount("none", scratch, "tmpfs", 0, SCRATCH_OPTIONS)
    failed |= change_mount("/", RECURSIVE, READ_ONLY | NO_SUID | NO_DEVICES, 0)
    failed |= change_mount(scratch, 0, 0, READ_ONLY)
    for path in bound:
        change_mount(path, 0, 0, NO_DEVICES)
    with suppress(OSError):
        os.chdir(scratch)
    return done if failed else [*done, "disk"]


def make_folder(path: str) -> None:
    """Make a folder, if that is possible: a mount just now may have hidden it."""
    with suppress(OSError):
        Path(path).mkdir(parents=True, exist_ok=True)


def cover_folders(hidden: Sequence[str]) -> bool:
    """Mount an empty folder over each of these; tells whether all went well."""
    failed = False
    for path in sorted(hidden, key=len):
        make_folder(path)
        failed |= bool(mount("none", path, "tmpfs", 0, b"size=64k,mode=755"))
    return not failed


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

    The second user namespace maps no user. So no third one can be made in it.
    """
    library.unshare(NEWUSER | NEWNS)
    library.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    library.prctl(AMBIENT, CLEAR_ALL, 0, 0, 0)
    for number in range(LAST_CAPABILITY + 1):
        library.prctl(DROP_BOUND, number, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
    library.capset(header, (ctypes.c_uint32 * 6)())
    library.prctl(DEATH_SIGNAL, signal.SIGKILL)
