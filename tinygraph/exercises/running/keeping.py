"""The process beside a worker that ends with it, and ends what it has started.

A worker is the child of a process that does nothing but wait. Where processes can be
separated, the worker is the first one of a process table of its own, and all others in
it end with it. Elsewhere its children become children of the process that waits, which
is how the process that starts the workers finds them.
"""

from __future__ import annotations

import os
import pwd
import signal
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from . import namespaces
from .frames import OUT_OF_MEMORY, OUT_OF_PROCESSES, OUT_OF_SPACE

SUBREAPER = 36  # of prctl: orphans become children of this process
UNUSED_USERS = range(60_600, 61_100)  # numbers that systems give to nobody
SECONDS_BETWEEN_LOOKS = 0.05  # at what nothing else limits
PAGE = os.sysconf("SC_PAGE_SIZE")
MOST_TOGETHER = 64  # processes of one worker
MOST_PROCESSES = 4096  # that are ended for one worker


def become_first_process(folder: str, megabytes: float) -> set[str]:
    """Go on in a child, as the first process of a new table if that is possible.

    The child is ended if its processes together need too much memory, or if there is
    too much in a folder, if one is named. Returns the walls that went up.
    """
    separated = not namespaces.library.unshare(namespaces.NEWPID)
    adopt_orphans()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    child = os.fork()
    if not child:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        return {"processes"} if separated else set()
    namespaces.library.prctl(namespaces.DEATH_SIGNAL, signal.SIGKILL)
    os.closerange(3, 64)  # or the grader would not see that the other end hangs up
    os._exit(watch(child, folder, megabytes * 2**20))


def watch(child: int, folder: str, most_bytes: float) -> int:
    """Wait for a child, and end it if it needs too much; returns the exit code."""
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        signal.sigtimedwait({signal.SIGCHLD}, SECONDS_BETWEEN_LOOKS)
        excess = excess_of(descendants(os.getpid()), folder, most_bytes)
        if excess:
            end_all(lambda: descendants(os.getpid()))
            return excess
    status = os.waitstatus_to_exitcode(ended[1])
    return status if status >= 0 else 128 - status


def excess_of(processes: Sequence[int], folder: str, most_bytes: float) -> int:
    """What some processes have too much of, as an exit code; 0 if they have not.

    The system itself counts processes, but not those of root.
    """
    if folder and holds_too_much(folder):
        return OUT_OF_SPACE
    if len(processes) > MOST_TOGETHER:
        return OUT_OF_PROCESSES
    return OUT_OF_MEMORY if need_too_much(processes, most_bytes) else 0


def need_too_much(processes: Sequence[int], most_bytes: float) -> bool:
    """Whether several processes have more memory than one of them may have."""
    if len(processes) < 2 or sum(map(resident_bytes, processes)) <= most_bytes:
        return False
    return sum(map(own_bytes, processes)) > most_bytes


def resident_bytes(pid: int) -> int:
    """The memory of a process; what it has in common with others counts for each."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_bytes().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * PAGE


def own_bytes(pid: int) -> int:
    """The memory of a process, and its share of what it has in common with others."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines()
    except OSError:
        return resident_bytes(pid)
    shares = (int(line.split()[1]) for line in lines if line.startswith(b"Pss:"))
    return 1024 * next(shares, 0)


def holds_too_much(folder: str) -> bool:
    """Whether a folder holds more bytes or files than a scratch folder may."""
    size = 0
    for count, entry in enumerate(entries_below(folder), 1):
        with suppress(OSError):
            size += entry.stat(follow_symlinks=False).st_blocks * 512
        if size > namespaces.SCRATCH_BYTES or count > namespaces.SCRATCH_FILES:
            return True  # at once: a folder may grow faster than it can be listed
    return False


def entries_below(folder: str) -> Iterator[os.DirEntry[str]]:
    """The files and folders in a folder, and those in these."""
    waiting = [folder]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def adopt_orphans() -> None:
    """Make this process the parent of those whose parents end, where Linux runs."""
    if sys.platform.startswith("linux"):
        namespaces.library.prctl(SUBREAPER, 1, 0, 0, 0)


def other_users(needed: Sequence[str]) -> list[int]:
    """The numbers of users that do not exist, for root; otherwise none.

    There are none, too, if such a user could not read the files that are needed.
    """
    if os.getuid() != 0:
        return []
    known = {user.pw_uid for user in pwd.getpwall()}
    users = [user for user in UNUSED_USERS if user not in known]
    try:
        os.setegid(users[0])
        os.seteuid(users[0])
        able = all(os.access(path, os.R_OK, effective_ids=True) for path in needed)
        return users if able else []
    except (OSError, IndexError):
        return []
    finally:
        os.seteuid(0)
        os.setegid(0)


def become_user(user: int) -> None:
    """Become another user for good."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def end_process(pid: int, kept: Collection[int]) -> set[int]:
    """End a process that this one forked, and all that it has started.

    Orphans that this process has adopted are ended, too; `kept` are its own children.
    Returns those that were running, but for the process itself.
    """
    found = end_all(lambda: [*descendants(pid), *orphans(kept)])
    kill(pid)
    return found


def end_orphans(kept: Collection[int]) -> int:
    """End the processes that this one has adopted; returns how many were running."""
    left = end_all(lambda: orphans(kept))
    for pid in {*children(os.getpid())} - {*kept}:
        kill(pid)
        with suppress(OSError):
            os.waitpid(pid, 0)
    return len(left)


def end_all(processes: Callable[[], list[int]]) -> set[int]:
    """End processes until there are no others; returns those that were running.

    One that has ended counts as found: its children, which it hands over as it ends,
    may have been missed by the look that found it, but not by the next one.
    """
    found: set[int] = set()
    running: set[int] = set()
    while len(found) < MOST_PROCESSES and (more := {*processes()} - found):
        found |= more
        running |= {pid for pid in more if not has_ended(pid)}
        for pid in more:
            kill(pid)
    return running


def kill(pid: int) -> None:
    """End a process, and its group if it leads one."""
    for end in (os.kill, os.killpg):
        with suppress(OSError):
            end(pid, signal.SIGKILL)


def orphans(kept: Collection[int]) -> list[int]:
    """The processes that this one has not started, though they are its children."""
    adopted = [pid for pid in children(os.getpid()) if pid not in kept]
    return [*adopted, *(child for pid in adopted for child in descendants(pid))]


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that these have started."""
    found, waiting = [], [pid]
    while waiting:
        own = children(waiting.pop())
        found += own
        waiting += own
    return found


def children(pid: int) -> list[int]:
    """The processes that a process has started, where /proc tells it.

    Those that have ended are among them until the process has asked how.
    """
    found = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += (thread / "children").read_text().split()
    return list(map(int, found))


def has_ended(pid: int) -> bool:
    """Whether a process has ended, be it that nobody has asked for it yet."""
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return True
    return status.rpartition(b") ")[2][:1] in b"ZX"
