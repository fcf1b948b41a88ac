"""A trace in a terminal: the screens as texts, and keys through a pseudo-terminal."""

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

import numpy as np
import pytest
from tinygraph.tracing.screen import columns, cut, first_shown, fitted, frame

import tinygraph as tg
from tinygraph.tracing import Trace
from tinygraph.tracing.moment import ends_of_operations, moment
from tinygraph.tracing.terminal import KEY, MEANING, moved, play

CODE = re.compile(r"\x1b\[[0-9;]*m")
VERMILLION = "\x1b[38;5;166m"
SIZES = [(80, 24), (100, 30), (40, 12), (20, 6), (200, 60)]


def product(order: str = "topological") -> Trace:
    """y = x·x, z = y·eʸ + y, in which y has three uses and x two."""
    x = tg.Tensor(0.5, requires_grad=True, name="x")
    y = x * x
    y.name = "y"
    z = y + np.exp(y) * y
    z.name = "z"
    return tg.trace(z, order=order, lr=0.1 if order == "topological" else None)


def texts(trace: Trace, place: int, width: int = 100, height: int = 24) -> list[str]:
    """The screen as it is read."""
    return [CODE.sub("", line) for line in frame(trace, place, width, height)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_screen_fits(width: int, height: int) -> None:
    trace = product()
    for place in range(len(trace.timeline)):
        lines = texts(trace, place, width, height)
        assert len(lines) == height
        assert max(map(columns, lines)) <= width


def test_a_gradient_that_has_not_arrived_is_empty() -> None:
    trace = product()
    rows = {line.split()[0]: line for line in texts(trace, 5)[3:8]}
    assert "+1.000" in rows["seed"]
    assert rows["x"].split() == ["x", "parameter", "scalar", "+0.500"]


def test_partial_sums_and_counts() -> None:
    trace = product()
    shown = [" ".join(texts(trace, place)[4].split()) for place in range(6, 12)]
    assert shown[0].startswith("to y ") and shown[0].endswith("+1.000 1 of 3")
    assert shown[3].endswith("+2.284 2 of 3")
    place = 5 + next(n for n, step in enumerate(trace.steps) if step.arrived == 3)
    assert " ".join(texts(trace, place)[4].split()).endswith("+2.605")
    assert any("3 of 3 arrived" in line for line in texts(trace, place))


def test_the_step_in_words_and_numbers() -> None:
    trace = product()
    step = trace.steps[1]
    lines = [" ".join(line.split()) for line in texts(trace, len(trace.forward) + 1)]
    assert lines[0].startswith("backward step 1 of 7")
    assert step.sentence in lines
    for expected in ("arriving +1.000", "contribution +1.000", "before nothing"):
        assert expected in lines
    assert "sum +1.000 1 of 3 arrived" in lines
    last = texts(trace, len(trace.timeline) - 1)
    assert last[0].startswith("update  step 1 of 1")
    assert "x takes a step against its gradient." in last


def test_only_gradients_are_vermillion() -> None:
    trace = product()
    for place, step in enumerate(trace.timeline):
        lines = frame(trace, place, 100, 24)
        assert any(VERMILLION in line for line in lines) == (place >= 5), step
        assert not any("38;5" in line for line in frame(trace, place, 100, 24, False))


def test_a_wrong_order_is_marked() -> None:
    trace = product("breadth_first")
    pages = ["\n".join(texts(trace, p)) for p in range(len(trace.timeline))]
    for place, step in enumerate(trace.steps, len(trace.forward)):
        assert ("Too early: y hands on its gradient with 1 of 3" in pages[place]) == (
            step.early
        )
    assert "wrong: +2.605 is right" in pages[-1]
    assert "wrong:" not in pages[-2]
    assert "breadth-first order" in pages[0]


def test_notes_are_shown_where_they_belong() -> None:
    x = tg.Tensor([-1.0] * 8, requires_grad=True, name="x")
    trace = tg.trace(tg.relu(x).sum())
    pages = ["\n".join(texts(trace, p)) for p in range(len(trace.timeline))]
    assert ["Dead ReLU" in page for page in pages].index(True) == len(pages) - 1


def test_a_long_list_scrolls_to_the_step() -> None:
    y = tg.Tensor(1.0, requires_grad=True, name="x")
    for number in range(60):
        y = y * 1.01
        y.name = f"y{number}"
    trace = tg.trace(y)
    for place, step in enumerate(trace.timeline):
        name = getattr(step, "source_name", "") or getattr(step, "name", "")
        assert any(f" {name} " in line for line in texts(trace, place)[3:14]), place
    assert first_shown([2, 50], 50, 60, 10) == 45


def test_names_that_are_hard_to_show() -> None:
    names = ["重み" * 30, "e\u0301" * 20, "\x1b[2J\x07bell", "<b>&amp;"]
    tensors = [tg.Tensor(1.0, requires_grad=True, name=name) for name in names]
    trace = tg.trace(tensors[0] * tensors[1] * tensors[2] * tensors[3])
    for place in range(len(trace.timeline)):
        for line in texts(trace, place, 60, 20):
            assert columns(line) <= 60
            assert "\x1b" not in line and "\x07" not in line
    assert cut("重み", 3) == "重"
    assert fitted("重みを", 5) == "重み…"


def test_values_that_are_no_numbers() -> None:
    x = tg.Tensor([0.0, np.nan], requires_grad=True, name="x")
    empty = tg.Tensor(np.zeros((0, 3)), requires_grad=True)
    trace = tg.trace((x * 2.0).sum() + empty.sum())
    pages = ["\n".join(texts(trace, p)) for p in range(len(trace.timeline))]
    assert any("The value of x holds NaN" in page for page in pages)


def test_one_operation_at_a_time() -> None:
    trace = product()
    ends = ends_of_operations(trace)
    assert ends == [1, 2, 3, 4, 5, 7, 9, 10, 12, 13]
    place, seen = 0, [0]
    while place < ends[-1]:
        place = moved("next operation", place, ends, 13)
        seen.append(place)
    assert seen == [0, *ends]
    assert moved("next operation", 13, ends, 13) == 13
    assert moved("previous operation", 4, ends, 13) == 3
    assert moved("previous operation", 1, ends, 13) == 0
    assert moved("first", 7, ends, 13) == 0 and moved("last", 7, ends, 13) == 13
    assert moved("", 7, ends, 13) == 7


def test_moments_of_all_chapters() -> None:
    trace = product()
    chapters = [moment(trace, place).chapter for place in range(14)]
    assert chapters == ["forward"] * 5 + ["backward"] * 8 + ["update"]
    end = moment(trace, 13)
    assert end.gradients.keys() == trace.gradients.keys()
    assert list(end.moved) == [trace.updates[0].node]


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
    setup = "import tinygraph.tracing.terminal as t; t.frame = lambda *a: 1 / 0"
    terminal = Terminal(setup)
    assert "\x1b[?1049l" in terminal.until("after all")
    terminal.until("ZeroDivisionError")
    assert terminal.process.wait(20) == 1
    assert termios.tcgetattr(terminal.theirs) == terminal.before
    terminal.close()


def test_no_color_and_letters_that_the_terminal_has_not() -> None:
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
