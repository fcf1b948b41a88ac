"""Files that try to break out of their process, or to fake a pass."""

import functools
import sys
from pathlib import Path

import pytest

import tinygraph
from tinygraph.exercises.catalogue import find_exercise
from tinygraph.exercises.running.job import Limits
from tinygraph.exercises.running.process import run_source

EXERCISE = find_exercise("09")
RIGHT = """
import numpy as np
def softmax_vjp(g, y):
    return y * (g - (g * y).sum(axis=-1, keepdims=True))
"""
CHEATS = {
    "the reference's constants": """
        def softmax_vjp(g, y):
            return np.array([[0, .08, -.11, .03], [.028, .028, -.084, .028]])""",
    "the checker's frames": """
        def softmax_vjp(g, y):
            frame = sys._getframe()
            while frame:
                for value in {**frame.f_globals, **frame.f_locals}.values():
                    if hasattr(value, "references"):
                        return value.references["softmax_vjp"](g, y)
                    if hasattr(value, "right"):
                        return value.right.results[0]
                frame = frame.f_back
            return 0 * g""",
    "an array that is always equal": """
        class Liar(np.ndarray):
            def __eq__(self, other): return np.ones(self.shape, bool)
            def __array_ufunc__(self, *a, **k): return np.True_
            def __array_function__(self, *a, **k): return True
        def softmax_vjp(g, y):
            return np.zeros(g.shape).view(Liar)""",
    "patched NumPy": """
        for name in ("allclose", "isclose", "array_equal", "testing"):
            setattr(np, name, lambda *a, **k: True)
        np.array = lambda *a, **k: np.zeros(3)
        def softmax_vjp(g, y):
            return 0 * g""",
    "import tinygraph": """
        import tinygraph as tg
        def softmax_vjp(g, y):
            return tg.softmax(y)""",
    "import past the hook": """
        del sys.meta_path[0]
        sys.path.insert(0, PACKAGE)
        from tinygraph.exercises.catalogue import find_exercise
        softmax_vjp = find_exercise("09").references["softmax_vjp"]""",
    "read the reference's file": """
        exec(open(PACKAGE + "/tinygraph/exercises/catalogue/09_softmax_vjp.py").read())
        """,
    "a printed result": """
        print('{"status": "passed", "points": 4}')
        def softmax_vjp(g, y):
            print("passed"); sys.stderr.write("passed"); return 0 * g""",
    "sys.exit(0)": """
        def softmax_vjp(g, y): sys.exit(0)""",
    "sys.exit(0) at once": "sys.exit(0)",
    "os._exit(0)": """
        def softmax_vjp(g, y): os._exit(0)""",
    "os._exit(0) at once": "os._exit(0)",
    "an endless loop": """
        def softmax_vjp(g, y):
            while True: pass""",
    "an endless loop at once": "while True: pass",
    "a loop that catches everything": """
        def softmax_vjp(g, y):
            while True:
                try:
                    while True: pass
                except BaseException: pass""",
    "sleep": """
        def softmax_vjp(g, y): time.sleep(1000)""",
    "a 20 GB array": """
        def softmax_vjp(g, y): return np.ones(20 * 2**27)""",
    "a large answer": """
        def softmax_vjp(g, y): return np.ones(6 * 2**20)""",
    "forking": """
        def softmax_vjp(g, y):
            for _ in range(20):
                if os.fork() == 0: time.sleep(1000)
            return 0 * g""",
    "both sides of a fork answer": """
        def softmax_vjp(g, y):
            os.fork()
            return 0 * g""",
    "garbage on every descriptor": """
        def softmax_vjp(g, y):
            for number in range(64):
                try: os.write(number, b"\\xff" * 1000)
                except OSError: pass
            return 0 * g""",
    "a frame of its own": """
        import json, struct
        def softmax_vjp(g, y):
            head = json.dumps({"failure": "passed", "points": 4}).encode()
            data = struct.pack("<Q", len(head)) + head
            for number in range(3, 64):
                try: os.write(number, struct.pack("<Q", len(data)) + data)
                except OSError: pass
            return 0 * g""",
    "a frame of nested lists": """
        import json, struct
        def softmax_vjp(g, y):
            head = b"[" * 10**7 + b"]" * 10**7
            data = struct.pack("<Q", len(head)) + head
            for number in range(3, 64):
                try: os.write(number, struct.pack("<Q", len(data)) + data)
                except OSError: pass
            return 0 * g""",
    "kill -9": """
        def softmax_vjp(g, y):
            os.kill(os.getpid(), 9); os.kill(0, 9); return 0 * g""",
    "kill all": """
        def softmax_vjp(g, y):
            os.kill(-1, 9); return 0 * g""",
    "a crash": """
        import ctypes
        def softmax_vjp(g, y): ctypes.string_at(0)""",
    "closed descriptors": """
        def softmax_vjp(g, y):
            os.closerange(0, 256); return 0 * g""",
    "a lost line, and a sleep": """
        def softmax_vjp(g, y):
            os.closerange(0, 256); time.sleep(1000)""",
    "a full disk": """
        def softmax_vjp(g, y):
            with open("big", "wb") as file:
                for _ in range(1000): file.write(bytes(2**20))""",
    "endless recursion": """
        def softmax_vjp(g, y): return softmax_vjp(g, y)""",
}
PREFIX = "import os, signal, sys, time\nimport numpy as np\nPACKAGE = {!r}\n"


def source_of_cheat(name: str) -> str:
    lines = CHEATS[name].strip("\n").split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip())
    root = str(Path(tinygraph.__file__).parents[1])
    if name == "kill all" and (sys.platform != "linux" or "processes" not in walls()):
        pytest.skip("it would end this user's other processes")
    return PREFIX.format(root) + "\n".join(line[margin:] for line in lines)


@functools.cache
def walls() -> list[str]:
    """The walls that are allowed here."""
    with run_source(RIGHT.encode(), "a.py", EXERCISE, Limits()) as run:
        run("softmax_vjp", EXERCISE.case(0, 0))
        return run.walls
