"""What every command line promises: letters, streams, and Ctrl-C at any time."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from tinygraph.__main__ import main
from tinygraph.command_line import Parser, fail, run, tell
from tinygraph.errors import ArgumentError

NAME = "日本 \udcff"
SCRIPT = "import tinygraph as tg\nx = tg.Tensor(3.0, requires_grad=True, name={!r})\n"
ENCODINGS = ["ascii", "cp437", "cp1252", "utf-8", "utf-16"]


def stream_of(encoding: str) -> io.TextIOWrapper:
    """A strict stream, as Python opens it for a file or a pipe."""
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")


def unread() -> io.TextIOWrapper:
    """A stream into a pipe that nobody reads any more."""
    ours, theirs = os.pipe()
    os.close(ours)
    return os.fdopen(theirs, "w", encoding="utf-8")


@contextmanager
def printing(encoding: str) -> Iterator[list[str]]:
    """Streams with few letters; afterwards, what has been printed on them."""
    out, error, said = stream_of(encoding), stream_of(encoding), []
    with redirect_stdout(out), redirect_stderr(error):
        yield said
    assert out.errors == error.errors == "strict"  # as they were
    said += [stream.buffer.getvalue().decode(encoding) for stream in (out, error)]


few_letters = pytest.mark.parametrize("encoding", ENCODINGS)


@few_letters
def test_every_letter_can_be_printed(encoding: str) -> None:
    def command() -> int:
        print(f"{NAME} − ∂L/∂w ✗ … \U0001f600")
        return 0

    with printing(encoding) as said:
        assert run("tinygraph", command) == 0
    assert "\\udcff" in said[0]


@pytest.mark.parametrize(
    ("encoding", "expected"),
    {
        "ascii": r"\u65e5\u672c \udcff 1 x 2 - 3 -> dw... \xfc",
        "cp437": r"\u65e5\u672c \udcff 1 x 2 - 3 -> dw... ü",
        "cp1252": r"\u65e5\u672c \udcff 1 × 2 - 3 -> dw… ü",
        "utf-8": r"日本 \udcff 1 × 2 − 3 → ∂w… ü",
    }.items(),
)
def test_what_letters_become(encoding: str, expected: str) -> None:
    with printing(encoding) as said:
        assert run("tinygraph", lambda: print(f"{NAME} 1 × 2 − 3 → ∂w… ü") or 0) == 0
    assert said == [expected + "\n", ""]


@few_letters
def test_an_error_is_a_sentence_in_any_letters(encoding: str) -> None:
    def command() -> int:
        raise ArgumentError(f"no {NAME}\x1b[2J is here.")

    with printing(encoding) as said:
        assert run("tinygraph", command) == 2
    assert said[1].endswith("udcff\\x1b[2J is here.\n")


@few_letters
def test_help_in_any_letters(encoding: str) -> None:
    parser = Parser(prog="python -m tinygraph", description=NAME)
    with printing(encoding) as said, pytest.raises(SystemExit, match="0"):
        run("tinygraph", lambda: parser.parse_args(["--help"]) and 0)
    assert "usage: " in said[0]
    with printing(encoding) as said, pytest.raises(SystemExit, match="2"):
        run("tinygraph", lambda: parser.parse_args([NAME]) and 0)
    assert said[1].startswith("tinygraph: error: unrecognized arguments: ")


@few_letters
@pytest.mark.parametrize(
    "words",
    [
        ["trace", f"{NAME}.py", "--print"],
        ["trace", f"{NAME}.py:loss", "--out", f"{NAME}.json"],
        ["trace", f"{NAME}.py:{NAME}"],
        ["start", NAME],
        ["start", NAME, "--notebook"],
        ["check", NAME],
        ["check", f"{NAME}.py"],
        ["new", NAME],
        ["selftest", f"{NAME}.py"],
        ["grade", NAME],
        ["grade", f"./{NAME}", "--exercise", "01", "--csv", f"{NAME}.csv"],
    ],
    ids=lambda words: " ".join(word.replace(NAME, "NAME") for word in words),
)
def test_no_name_ends_in_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(f"{NAME}.py").write_text(SCRIPT.format("日本") + "loss = x * x\n", "utf-8")
    if words[0] == "grade":
        Path(NAME).mkdir()
        Path(NAME, NAME).mkdir()  # a student, who has handed in nothing
    with printing(encoding) as said:
        assert main(words) in (0, 1, 2)
    assert "".join(said).strip()


@pytest.mark.parametrize("code", [0, 3])
def test_a_reader_that_has_left_is_no_error_of_the_work(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    done = []

    def command() -> int:
        for line in ("first", "second"):
            tell(line)
            tell(line, file=sys.stderr)
            done.append(line)
        return code

    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, unread())
    assert run("tinygraph", command) == code
    assert done == ["first", "second"]
    for stream in (sys.stdout, sys.stderr):
        stream.close()  # raises where something is still held back


def test_a_command_that_prints_for_nobody_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", unread())
    assert run("tinygraph", lambda: print("x" * 10**6) or 0) == 1
    sys.stdout.close()
    monkeypatch.setattr(sys, "stderr", unread())
    assert fail("tinygraph", "it is so", 2) == 2
    sys.stderr.close()


def test_help_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, words, code in (("stdout", ["--help"], 0), ("stderr", ["--no"], 2)):
        monkeypatch.setattr(sys, name, unread())
        with pytest.raises(SystemExit, match=str(code)):
            main(words)
        getattr(sys, name).close()  # raises where something is still held back


def test_streams_that_the_caller_has_closed() -> None:
    out, error = stream_of("ascii"), stream_of("ascii")
    out.close()
    error.close()
    with redirect_stdout(out), redirect_stderr(error):
        assert run("tinygraph", lambda: print(end="") or 0) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk here")
def test_a_full_disk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run("tinygraph", lambda: print("text") or 0) == 2
    error = capsys.readouterr().err
    assert "the output cannot be used: No space left on device." in error


def python(code: str, *words: str, closed: str = "", **env: str) -> tuple[int, str]:
    """The exit code of a process, and what stands on its standard error."""

    def usual_interrupts() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whatever started these tests

    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, code, *words],
        capture_output=True,
        text=True,
        env={**os.environ, **env},
        preexec_fn=usual_interrupts,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_were_closed_before(tmp_path: Path, closed: str) -> None:
    (tmp_path / "net.py").write_text(SCRIPT.format("x") + "loss = x * x\nprint(loss)\n")
    out = tmp_path / "trace.json"
    words = ["trace", f"{tmp_path}/net.py", "--print", "--out", str(out)]
    assert python("-m", "tinygraph", *words, closed=closed) == (0, "")
    assert out.read_text("utf-8").startswith("{")  # and nothing that was printed


def interrupting(folder: Path, name: str) -> str:
    """A path on which a library is that gets Ctrl-C while it is imported."""
    text = "import os, signal; os.kill(os.getpid(), signal.SIGINT)\n"
    (folder / f"{name}.py").write_text(text)
    return os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])


@pytest.mark.parametrize("library", ["networkx", "tqdm"])
@pytest.mark.parametrize("words", [["-m", "nets"], ["-mnets", "train"]])
def test_ctrl_c_while_nets_is_imported(
    tmp_path: Path, library: str, words: list[str]
) -> None:
    path = interrupting(tmp_path, library)
    assert python(*words, PYTHONPATH=path) == (130, "nets: stopped.\n")


def test_ctrl_c_while_tinygraph_is_imported(tmp_path: Path) -> None:
    path = interrupting(tmp_path, "networkx")
    script = tmp_path / "tinygraph"  # as pip writes it
    script.write_text("from tinygraph.__main__ import main\nraise SystemExit(main())\n")
    for words in (["-m", "tinygraph"], [str(script)]):
        assert python(*words, PYTHONPATH=path) == (130, "tinygraph: stopped.\n")


def test_ctrl_c_in_the_programs_of_others_is_theirs(tmp_path: Path) -> None:
    path = interrupting(tmp_path, "networkx")
    (tmp_path / "other.py").write_text("import tinygraph\n")
    for words in (["-m", "other"], [str(tmp_path / "other.py")]):
        code, error = python(*words, PYTHONPATH=path)
        assert code != 130 and error.endswith("KeyboardInterrupt\n")


def test_ctrl_c_afterwards_is_an_exception_again(tmp_path: Path) -> None:
    text = "import os, signal, sys\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\n"
    text += "except KeyboardInterrupt:\n    sys.stderr.write('caught\\n')\n    raise\n"
    (tmp_path / "net.py").write_text(text)
    words = ["trace", f"{tmp_path}/net.py"]
    assert python("-m", "tinygraph", *words) == (130, "caught\ntinygraph: stopped.\n")
