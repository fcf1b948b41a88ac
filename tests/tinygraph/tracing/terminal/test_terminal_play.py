"""Stepping through a trace in a terminal."""

import fcntl
import io
import os
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator

import pytest
from losses import product

from tinygraph.tracing.moment import ends_of_operations
from tinygraph.tracing.terminal.keyboard import KEY, read_text
from tinygraph.tracing.terminal.play import MEANING, place_after, play

CODE = re.compile(r"\x1b\[[0-9;]*m")
VERMILLION = "\x1b[38;5;166m"
SIZES = [(80, 24), (100, 30), (40, 12), (20, 6), (200, 60)]


def test_one_operation_at_a_time() -> None:
    trace = product()
    ends = ends_of_operations(trace)
    place, seen = 0, [0]
    while place < ends[-1]:
        place = place_after("next operation", place, ends, 13)
        seen.append(place)
    assert seen == [0, *ends]
    assert place_after("next operation", 13, ends, 13) == 13
    assert place_after("previous operation", 4, ends, 13) == 3
    assert place_after("previous operation", 2, ends, 13) == 1
    assert place_after("previous operation", 1, ends, 13) == 0
    assert (
        place_after("first", 7, ends, 13) == 0
        and place_after("last", 7, ends, 13) == 13
    )
    assert place_after("", 7, ends, 13) == 7


def test_keys_are_told_apart() -> None:
    typed = "\x1b[C\x1bODl \x1b[1;2D\x1b[5~\x1b[Hq\x1b"
    assert [MEANING.get(key) for key in KEY.findall(typed)] == [
        "next",
        "previous",
        "next",
        "next",
        "previous operation",
        "previous operation",
        "first",
        "quit",
        "quit",
    ]
    assert KEY.findall("\x1b[200~xé\x1bx") == ["\x1b[200~", "x", "é", "\x1bx"]


def test_a_key_that_arrives_in_parts_is_one_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keyboard, fingers = os.pipe()
    os.write(fingers, b"\x1b[1;2C")
    read = os.read
    monkeypatch.setattr(os, "read", lambda source, count: read(source, min(count, 2)))
    try:
        assert read_text(keyboard) == "\x1b[1;2C"
    finally:
        os.close(keyboard)
        os.close(fingers)


class Typewriter(io.StringIO):
    """A terminal that only text passes through."""

    def isatty(self) -> bool:
        return True


def test_a_keyboard_without_a_screen_gets_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    trace, out = product(), io.StringIO()
    play(trace, Typewriter(), out)
    assert out.getvalue() == f"{trace}\n"


def test_a_system_without_single_keys_gets_the_table_and_a_hint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tinygraph.tracing.terminal.play.HAS_TERMIOS", False)
    monkeypatch.setenv("TERM", "xterm")
    trace, out = product(), Typewriter()
    play(trace, Typewriter(), out)
    table, hint = f"{trace}\n", out.getvalue().removeprefix(f"{trace}\n")
    assert out.getvalue().startswith(table)
    assert 'trace.save("backward.html")' in hint


def test_without_a_terminal_the_table_is_printed() -> None:
    trace, out = product(), io.StringIO()
    play(trace, io.StringIO(), out)
    assert out.getvalue() == f"{trace}\n"


SCRIPT = """
import tinygraph as tg
x = tg.Tensor(3.0, requires_grad=True, name="x")
y = x * x
y.name = "y"
trace = tg.trace(y, lr=0.1)
{setup}
try:
    trace.play()
finally:
    print("after all")
"""


class Terminal:
    """A program in a pseudo-terminal of 80 columns."""

    def __init__(self, setup: str = "", **environment: str) -> None:
        self.ours, self.theirs = os.openpty()
        self.resize(24)
        self.before = termios.tcgetattr(self.theirs)
        without = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT.format(setup=setup)],
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            env={**without, "TERM": "xterm", "PYTHONUTF8": "1", **environment},
            start_new_session=True,
        )
        self.seen = ""

    def resize(self, rows: int) -> None:
        size = struct.pack("HHHH", rows, 80, 0, 0)
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, size)

    def until(self, expected: str) -> str:
        """Read until that has been written; what was written before it."""
        while expected not in self.seen:
            assert select.select([self.ours], [], [], 20)[0], self.seen
            self.seen += os.read(self.ours, 65536).decode()
        before, _, self.seen = self.seen.partition(expected)
        return before

    def send(self, keys: str, expected: str) -> str:
        os.write(self.ours, keys.encode())
        return self.until(expected)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.close()


def test_keys_in_a_terminal(terminal: Terminal) -> None:
    assert "\x1b[?1049h" in terminal.until("forward  step 1 of 2")
    terminal.send("\x1b[C", "forward  step 2 of 2")
    terminal.send(" ", "backward  step 0 of 2")
    terminal.send("l", "backward  step 1 of 2")
    assert VERMILLION in terminal.send("\x1b[6~", "2 of 2 arrived")
    terminal.send("\x1b[F", "update  step 1 of 1")
    terminal.send("\x1b[1;2D", "backward  step 2 of 2")
    terminal.send("h", "backward  step 1 of 2")
    terminal.send("\x1b[H", "forward  step 1 of 2")
    assert "\x1b[?1049l" in terminal.send("q", "after all")
    assert terminal.process.wait(20) == 0
    assert termios.tcgetattr(terminal.theirs) == terminal.before


@pytest.mark.parametrize("key", ["\x1b", "\x03", "Q"])
def test_ways_out(terminal: Terminal, key: str) -> None:
    terminal.until("q quit")
    assert "\x1b[?25h\x1b[?1049l" in terminal.send(key, "after all")
    assert terminal.process.wait(20) == 0
    assert termios.tcgetattr(terminal.theirs) == terminal.before


def test_a_new_size_is_followed(terminal: Terminal) -> None:
    first = terminal.until("q quit")
    assert first.count("\r\n") == 23
    terminal.resize(40)
    assert terminal.until("q quit").count("\r\n") == 39


def test_an_error_leaves_the_terminal_as_it_was() -> None:
    setup = "import tinygraph.tracing.terminal.play as t; t.screen = lambda *a: 1 / 0"
    terminal = Terminal(setup)
    assert "\x1b[?1049l" in terminal.until("after all")
    terminal.until("ZeroDivisionError")
    assert terminal.process.wait(20) == 1
    assert termios.tcgetattr(terminal.theirs) == terminal.before
    terminal.close()


def test_no_color_and_characters_that_the_terminal_lacks() -> None:
    terminal = Terminal(NO_COLOR="1", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    terminal.until("forward  step 1 of 2")
    terminal.send("\x1b[F", "update  step 1 of 1")
    assert VERMILLION not in terminal.send("q", "after all")
    terminal.close()


def test_a_dumb_terminal_gets_the_table() -> None:
    terminal = Terminal(TERM="dumb")
    assert "\x1b" not in terminal.until("2 of 2\r\nafter all")
    terminal.close()


def test_a_pipe_gets_the_table_and_nothing_else() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(setup="")],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    table = "backward from y, topological order: 3 steps\n(.+\n){4}after all\n"
    assert re.fullmatch(table, done.stdout)
