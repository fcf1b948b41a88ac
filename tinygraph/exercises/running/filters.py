"""A filter that refuses system calls: those that no answer needs, and Landlock allows.

It is for systems that refuse namespaces. A call that is refused fails with EPERM.
See seccomp(2), and the tables of system calls in the kernel.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Iterable, Mapping

from .namespaces import NO_NEW_PRIVILEGES, library

SET_FILTER, FILTER_MODE = 22, 2  # of prctl
# Those for all processors: files' attributes, io_uring, pidfd, and others' memory.
EVERYWHERE = (424, 425, 434, 438, 440, 452, 463, 466, 469)
# For each processor: its number, then system calls with their numbers on it.
PROCESSORS = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CALLS = {
    # Sockets, and what processes share: memory, semaphores, messages, keys.
    "socket": (41, 198),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # Other processes.
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "setpriority": (141, 140),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    # Files that are not open: what they are, whose, and from when.
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "truncate": (76, 45),
    # The system itself.
    "mount": (165, 40),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
}
SIGNAL_TO_THREAD, SET_LIMIT = (234, 131), (302, 261)  # for this process only
# Steps of a filter: load a word, and jump if it is equal or at least as large.
LOAD, IF_EQUAL, IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, PROCESSOR, FIRST_ARGUMENT = 0, 4, 16  # where the words are
OTHER_NUMBERS = 0x40000000  # of a second table on x86_64
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # with EPERM


def refuse_dangerous_calls() -> bool:
    """Lose what reaches beyond this process; tells whether it is done."""
    if platform.machine() not in PROCESSORS:
        return False
    place = list(PROCESSORS).index(platform.machine())
    refused = [*EVERYWHERE, *(own for call in CALLS.values() if (own := call[place]))]
    only = {SIGNAL_TO_THREAD[place]: os.getpid(), SET_LIMIT[place]: 0}
    return refuse_calls(refused, only)


def refuse_calls(refused: Iterable[int], only: Mapping[int, int] = {}) -> bool:
    """Lose system calls, and others unless their first argument is the one given."""
    steps = [
        (LOAD, 0, 0, PROCESSOR),
        (IF_EQUAL, 1, 0, PROCESSORS[platform.machine()]),
        (RETURN, 0, 0, REFUSE),
        (LOAD, 0, 0, NUMBER),
        (IF_AT_LEAST, 0, 1, OTHER_NUMBERS),
        (RETURN, 0, 0, REFUSE),
    ]
    for number in refused:
        steps += [(IF_EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE)]
    for number, argument in only.items():
        steps += [
            (IF_EQUAL, 0, 4, number),
            (LOAD, 0, 0, FIRST_ARGUMENT),
            (IF_EQUAL, 0, 1, argument),
            (RETURN, 0, 0, ALLOW),
            (RETURN, 0, 0, REFUSE),
        ]
    steps += [(RETURN, 0, 0, ALLOW)]
    return install(b"".join(struct.pack("=HBBI", *step) for step in steps))


def install(steps: bytes) -> bool:
    """Install a filter for good, which needs no rights; tells whether it is done."""
    library.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    memory = ctypes.create_string_buffer(steps)
    program = struct.pack("@HP", len(steps) // 8, ctypes.addressof(memory))
    return not library.prctl(SET_FILTER, FILTER_MODE, program, 0, 0)
