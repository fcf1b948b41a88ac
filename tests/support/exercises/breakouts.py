"""Files that try to break out of the walls around their process.

Each runs a trick and then loots: it reads a hidden file, and tries to change files
inside and outside of the hidden folder. It returns how often it succeeded. None does
anything where all files can be written, and outside the two folders of a test
they only open files, so that a wall that is down costs the computer nothing.
"""

import json
import os
import socket
import sys
from pathlib import Path

from cheats import EXERCISE

from tinygraph.exercises.running import job
from tinygraph.exercises.running.nursery import Nursery
from tinygraph.exercises.running.process import run_source

ABSTRACT = f"\0tinygraph.{os.getpid()}"
LOOT = """
import ctypes, os, sys
import numpy as np
HIDDEN, OUTSIDE, PORT, NAME = {hidden!r}, {outside!r}, {port!r}, {name!r}
PARENT = os.getppid() or 2
if not os.statvfs("/").f_flag & os.ST_RDONLY:
    raise RuntimeError("no wall around the files")
C = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWUSER = 0x20000, 0x10000000
won = []

def attempt(action, *arguments):
    try:
        action(*arguments)
        won.append(action)
    except OSError:
        pass

def read(path):
    with open(path) as file: file.read()

def write(path):
    with open(path, "a") as file: file.write("stolen")

def open_to_write(path):
    os.close(os.open(path, os.O_WRONLY))

def loot(root=""):
    attempt(read, root + HIDDEN + "/secret.txt")
    for folder in (HIDDEN, OUTSIDE):
        attempt(write, root + folder + "/secret.txt")
        attempt(write, root + folder + "/planted.pth")
    attempt(os.unlink, root + OUTSIDE + "/secret.txt")
    attempt(os.rename, root + OUTSIDE + "/secret.txt", root + OUTSIDE + "/other.txt")
    attempt(os.chmod, root + OUTSIDE + "/secret.txt", 0o600)
    attempt(os.utime, root + OUTSIDE + "/secret.txt", (1, 1))
    attempt(os.mkdir, root + OUTSIDE + "/folder")

def paths():
    return [b"/", b"/proc", b"/tmp", *(os.fsencode(p) for p in (HIDDEN, OUTSIDE))]
"""
BREAKOUTS = {
    "nothing but looting": """
        pass""",
    "umount2 of what hides": """
        for path in paths(): C.umount2(path, 2)""",
    "umount2 of the scratch folder": """
        C.umount2(os.fsencode(os.getcwd()), 2); os.chdir("/")""",
    "a remount that can be written": """
        for path in paths():
            C.mount(b"none", path, None, 0x20 | 0x1000, None)
            C.mount(b"none", path, None, 0x20, None)""",
    "mount_setattr": """
        wanted = (ctypes.c_uint64 * 4)(0, 1, 0, 0)
        for path in paths(): C.syscall(442, -100, path, 0x8000, wanted, 32)""",
    "a third user namespace": """
        if C.unshare(NEWUSER | NEWNS) == 0:
            for path in paths():
                C.umount2(path, 2); C.mount(b"none", path, None, 0x1020, None)""",
    "a user namespace in a child": """
        if os.fork() == 0:
            C.unshare(NEWUSER); C.unshare(NEWNS)
            for path in paths(): C.umount2(path, 2)
            os._exit(0)
        os.wait()""",
    "a bind mount of the root": """
        os.mkdir("root")
        C.mount(b"/", b"root", None, 0x1000, None)
        loot(os.getcwd() + "/root")""",
    "a mount that is moved away": """
        os.mkdir("away")
        for path in paths(): C.mount(path, b"away", None, 0x2000, None)""",
    "open_tree": """
        for path in paths():
            tree = C.syscall(428, -100, path, 1)
            if tree >= 0: loot(f"/proc/self/fd/{tree}")""",
    "pivot_root": """
        os.mkdir("old")
        C.syscall(155 if os.uname().machine == "x86_64" else 41, b".", b"old")
        loot("/old")""",
    "chroot": """
        attempt(os.chroot, ".")""",
    "setns": """
        for name in ("mnt", "user", "pid"):
            for process in ("1", "2", str(os.getppid())):
                try: handle = os.open(f"/proc/{process}/ns/{name}", os.O_RDONLY)
                except OSError: continue
                C.setns(handle, 0)""",
    "the root of other processes": """
        try: names = os.listdir("/proc")
        except OSError: names = []
        for process in names:
            if process.isdigit():
                loot(f"/proc/{process}/root"); loot(f"/proc/{process}/cwd/../..")""",
    "open descriptors": """
        for number in range(256):
            loot(f"/proc/self/fd/{number}/..")
            try: handle = os.open("..", os.O_RDONLY, dir_fd=number)
            except OSError: continue
            loot(f"/proc/self/fd/{handle}" + "/.." * 20)""",
    "a new proc": """
        os.mkdir("proc"); C.mount(b"proc", b"proc", b"proc", 0, None)
        loot("proc/1/root")""",
    "capabilities again": """
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        if C.capset(header, (ctypes.c_uint32 * 6)(*[2**32 - 1] * 6)) == 0:
            won.append("capset")
        for user in (0, 1, os.getuid()): C.setresuid(user, user, user)
        for path in paths(): C.umount2(path, 2)""",
    "a program with more rights": """
        for tool in ("umount", "fusermount", "fusermount3", "sudo"):
            if os.system(f"{tool} '{HIDDEN}' 2>/dev/null") == 0: won.append(tool)""",
    "settings of the kernel": """
        attempt(open_to_write, "/proc/sys/kernel/core_pattern")
        attempt(open_to_write, "/proc/sys/kernel/hostname")
        attempt(open_to_write, "/proc/sys/vm/overcommit_memory")""",
    "devices": """
        import stat
        for folder, _, names in os.walk("/dev"):
            for path in (os.path.join(folder, name) for name in names):
                try: mode = os.stat(path).st_mode
                except OSError: continue
                if stat.S_ISBLK(mode): attempt(os.open, path, os.O_RDONLY)
        attempt(os.mknod, "disk", 0o600 | stat.S_IFBLK, os.makedev(254, 0))""",
    "shared memory": """
        attempt(os.open, "/dev/shm", os.O_TMPFILE | os.O_WRONLY)""",
    "a hard link": """
        attempt(os.link, OUTSIDE + "/secret.txt", "link")
        attempt(write, "link") if os.path.exists("link") else None""",
    "a symbolic link": """
        os.symlink(OUTSIDE, "link"); attempt(write, "link/secret.txt")""",
    "a disk that fills": """
        try:
            for number in range(1024):
                with open(f"{number}", "wb") as file: file.write(bytes(2**20))
            won.append("1 GB")
        except OSError: pass""",
    "many files": """
        try:
            for number in range(10**5): open(f"{number}", "w").close()
            won.append("100000 files")
        except OSError: pass""",
    "signals": """
        attempt(os.kill, PARENT, 0)
        attempt(os.kill, -1, 0)""",
    "signals to everybody": """
        for process in range(2, 2000): attempt(os.kill, process, 0)
        attempt(os.killpg, PARENT, 0)""",
    "signals on descriptors": """
        handle = C.syscall(434, PARENT, 0)
        if handle >= 0 and C.syscall(424, handle, 0, None, 0) == 0: won.append(1)""",
    "ptrace": """
        if C.ptrace(0x4206, PARENT, None, None) == 0: won.append("seized")
        if C.ptrace(16, PARENT, None, None) == 0: won.append("attached")""",
    "the memory of other processes": """
        for process in (PARENT, "1"):
            if str(process) != str(os.getpid()):
                attempt(os.open, f"/proc/{process}/mem", os.O_RDWR)""",
    "the environment of other processes": """
        for process in (PARENT, os.getpid() + 1):
            attempt(read, f"/proc/{process}/environ")""",
    "process_vm_readv": """
        class Piece(ctypes.Structure):
            _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t)]
        memory = ctypes.create_string_buffer(8)
        here = (Piece * 1)((ctypes.addressof(memory), 8))
        there = (Piece * 1)((id(None), 8))
        if C.process_vm_readv(PARENT, here, 1, there, 1, 0) > 0: won.append("read")""",
    "limits of other processes": """
        import resource
        attempt(resource.prlimit, PARENT, resource.RLIMIT_CPU)""",
    "the priority of other processes": """
        attempt(os.setpriority, os.PRIO_PROCESS, PARENT, 19)""",
    "TCP and UDP": """
        import socket
        def reach(kind):
            with socket.socket(socket.AF_INET, kind) as line:
                line.connect(("127.0.0.1", PORT))
        attempt(reach, socket.SOCK_STREAM); attempt(reach, socket.SOCK_DGRAM)""",
    "a socket with an abstract name": """
        import socket
        def reach():
            with socket.socket(socket.AF_UNIX) as line: line.connect(NAME)
        attempt(reach)""",
    "a .pth file for the next process": """
        def plant(path):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            os.unlink(path)
        for folder in (*sys.path, sys.prefix, os.path.dirname(os.__file__)):
            if os.path.isdir(folder): attempt(plant, folder + "/of-a-test.pth")""",
    "a process that goes on": """
        import time
        if os.fork() == 0:
            os.setsid()
            for _ in range(100): loot(); time.sleep(0.01)
            os._exit(0)""",
    "a fork bomb": """
        import time
        for count in range(1000):
            try: child = os.fork()
            except OSError: break
            if child == 0: time.sleep(1000)
        if count > 200: won.append(count)""",
    "a terminal": """
        attempt(os.open, "/dev/tty", os.O_RDWR)""",
}


def source_of_breakout(name: str, hidden: Path, outside: Path, port: int) -> str:
    lines = BREAKOUTS[name].strip("\n").split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip()) - 4
    head = LOOT.format(
        hidden=str(hidden), outside=str(outside), port=port, name=ABSTRACT
    )
    body = "\n".join(line[margin:] for line in lines)
    end = "    loot()\n    return np.array(len(won))"
    return f"{head}\ndef softmax_vjp(g, y):\n{body}\n{end}\n"


def break_out(hidden: Path, outside: Path) -> dict[str, float | str]:
    """How often each breakout succeeded, or how it failed."""
    job.private_folders = lambda: []  # or the folder outside would be hidden, too
    won: dict[str, float | str] = {}
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as other_server,
        Nursery() as nursery,
    ):
        port = server.getsockname()[1]
        other_server.bind(ABSTRACT)
        other_server.listen()
        for name in BREAKOUTS:
            source = source_of_breakout(name, hidden, outside, port).encode()
            limits = job.Limits(60.0)  # a slow disk takes 10 s for 4,096 files
            arguments = source, "a.py", EXERCISE, limits, [hidden], nursery
            with run_source(*arguments) as run:
                outcome = run("softmax_vjp", EXERCISE.case(0, 0))
            won[name] = outcome.message or float(outcome.results[0])
    return won


if __name__ == "__main__":
    print(json.dumps(break_out(Path(sys.argv[1]), Path(sys.argv[2]))))
