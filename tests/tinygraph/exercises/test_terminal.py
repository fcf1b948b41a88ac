"""What is printed suits the terminal, or the file, that it is printed to."""

import io

import pytest

from tinygraph.exercises.terminal import RED, Look, look_of, program_name


class Stream(io.StringIO):
    def __init__(self, terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__()
        self.terminal, self.code = terminal, encoding

    @property
    def encoding(self) -> str:
        return self.code

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture(autouse=True)
def terminal(monkeypatch):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


def test_a_terminal_gets_colours_and_a_file_does_not():
    assert look_of(Stream(True)).paint("bad", RED) == "\x1b[31mbad\x1b[0m"
    assert look_of(Stream(False)).paint("bad", RED) == "bad"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_refused(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    assert look_of(Stream(True)).paint("bad", RED) == "bad"


def test_signs_that_a_stream_cannot_encode_are_plain():
    look = look_of(Stream(False, "ascii"))
    assert f"{look.wrong}{look.right}{look.not_run}{look.between}".isascii()
    assert look_of(Stream(False)).right == "✔"


@pytest.mark.parametrize(("columns", "width"), [("10", 40), ("60", 60), ("300", 88)])
def test_lines_are_neither_too_short_nor_too_long(columns, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    assert look_of(Stream(True)).width == width


def test_a_text_is_wrapped_and_its_line_breaks_are_kept():
    lines = Look(width=20).wrap("one two three four five\n\nsix", indent=2)
    assert lines == ["  one two three four", "  five", "", "  six"]


@pytest.mark.parametrize(
    ("called", "expected"),
    [
        ("/usr/bin/tinygraph", "tinygraph"),
        ("/lib/tinygraph/__main__.py", "python -m tinygraph"),
    ],
)
def test_what_is_told_to_be_typed_is_how_this_was_called(called, expected, monkeypatch):
    monkeypatch.setattr("sys.argv", [called])
    assert program_name() == expected
