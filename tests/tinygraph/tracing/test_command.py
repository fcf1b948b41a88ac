"""python -m tinygraph trace: what it writes, and one sentence for everything wrong."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import tinygraph as tg
from tinygraph.__main__ import main
from tinygraph.tracing.script import tensor_of_script, tensors_to_choose

GOOD = """
import sys
from pathlib import Path
import beside
import tinygraph as tg
x = tg.Tensor(beside.THREE, requires_grad=True, name="x")
vector = x * tg.Tensor([1.0, 2.0])
number = 7
free = tg.Tensor(1.0)
if __name__ == "__main__":
    loss = x * x
    loss.name = "loss"
    Path("words.txt").write_text(f"{sys.argv} {__file__}")
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a script that imports a module next to it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab/net.py").write_text(GOOD)
    (tmp_path / "lab/beside.py").write_text("THREE = 3.0")
    monkeypatch.delitem(sys.modules, "beside", raising=False)
    return tmp_path


def script(text: str) -> str:
    Path("script.py").write_text("import tinygraph as tg\n" + text)
    return "script.py"


def refused(capsys: pytest.CaptureFixture[str], expected: str, *words: str) -> None:
    """The command fails with one line on standard error, which is a sentence."""
    try:
        assert main(["trace", *words]) == 2
    except SystemExit as left:
        assert left.code == 2
    error = capsys.readouterr().err
    assert re.fullmatch(r"tinygraph: error: [^\n]*\.\n", error), error
    assert expected in error


def test_no_words_print_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "trace" in capsys.readouterr().out


def test_a_script_runs_as_python_would_run_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sys.modules["__main__"], list(sys.argv), list(sys.path)
    assert main(["trace", "lab/net.py", "--print"]) == 0
    assert (sys.modules["__main__"], sys.argv, sys.path) == before
    printed = capsys.readouterr().out
    assert printed.startswith("backward from loss, topological order: 3 steps\n")
    assert (here / "words.txt").read_text() == "['lab/net.py'] lab/net.py"
    assert not (here / "backward.html").exists()


def test_orders_and_other_names(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["trace", "lab/net.py:x", "--order", "depth-first", "--print"]
    assert main(words) == 0
    assert "backward from x, depth-first order" in capsys.readouterr().out


def test_out_writes_what_the_ending_says(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["trace", "lab/net.py", "--lr", "0.1", "--depth", "0"]
    for name in ("a.json", "a.html"):
        assert main([*words, "--out", name]) == 0
        assert f"{name} shows the backward pass" in capsys.readouterr().out
        assert (here / name).stat().st_size > 100
    assert main(["trace", "lab/net.py"]) == 0
    assert (here / "backward.html").exists()


def test_play_without_a_terminal_prints(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", "lab/net.py", "--play"]) == 0
    assert "3 steps" in capsys.readouterr().out
    assert not (here / "backward.html").exists()


def test_names_that_are_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    file = "lab/net.py"
    refused(
        capsys,
        "has no variable `nope`: its tensors are x, vector, free",
        f"{file}:nope",
    )
    refused(capsys, "`number` in lab/net.py is of type int", f"{file}:number")
    refused(capsys, "has shape (2,)", f"{file}:vector")
    refused(capsys, "loss = vector.sum()", f"{file}:vector")
    refused(capsys, "no operation was recorded", f"{file}:free")


def test_a_script_without_tensors(capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, "it has no tensor outside its functions", script("x = 1"))
    many = "\n".join(f"t{n} = tg.Tensor({n}.0)" for n in range(40))
    refused(capsys, "t11 and 28 more", script(many))


def test_paths_that_are_no_script(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(capsys, "none.py does not exist", "none.py")
    refused(capsys, "lab is a folder", "lab")
    refused(capsys, "SCRIPT", "--print")
    assert {path.name for path in here.iterdir()} == {"lab"}


def test_bad_options(capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, "invalid choice: 'sideways'", "lab/net.py", "--order", "sideways")
    refused(capsys, "cannot save a trace as 'a.txt'", "lab/net.py", "--out", "a.txt")
    refused(capsys, "`lr` is -1.0", "lab/net.py", "--lr", "-1")
    refused(capsys, "does not exist", "lab/net.py", "--out", "none/a.html")


def test_an_error_in_the_script_is_told_as_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["trace", script("def f():\n    return 1 / 0\nf()")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [
        "Traceback (most recent call last):",
        '  File "script.py", line 4, in <module>',
    ]
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert not any("tinygraph/" in line for line in lines)


def test_an_error_of_ours_in_the_script_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", script("tg.Tensor([1.0]).reshape(7)")]) == 1
    assert "ShapeError" in capsys.readouterr().err


def test_a_script_that_is_no_python(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", script("x = = 1")]) == 1
    error = capsys.readouterr().err
    assert 'File "script.py", line 2' in error and "SyntaxError" in error
    assert "exec(" not in error and "script_to" not in error


def test_a_script_that_exits(capsys: pytest.CaptureFixture[str]) -> None:
    text = "x = tg.Tensor(1.0, requires_grad=True)\nloss = x * x\nraise SystemExit"
    assert main(["trace", script(text), "--print"]) == 0
    with pytest.raises(SystemExit, match="no data"):
        main(["trace", script(f"{text}('no data')")])


def test_ctrl_c_in_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", script("raise KeyboardInterrupt")]) == 130
    assert capsys.readouterr().err == "tinygraph: stopped.\n"


def test_a_colon_in_the_path(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "net.py:old"
    (here / "lab" / name).write_text((here / "lab/net.py").read_text())
    assert main(["trace", f"lab/{name}", "--print"]) == 0
    assert "3 steps" in capsys.readouterr().out


def test_in_a_process_of_its_own_with_a_pipe_that_closes() -> None:
    text = "x = tg.Tensor(1.0, requires_grad=True)\nloss = x\n"
    text += "for _ in range(3000): loss = loss * x"
    command = [sys.executable, "-W", "error", "-m", "tinygraph", "trace"]
    with subprocess.Popen(
        [*command, script(text), "--print"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_what_the_script_leaves_can_be_traced_again() -> None:
    tensor, variables = tensor_of_script("lab/net.py")
    assert variables["loss"] is tensor
    assert tg.trace(tensor).gradients[tensor.node] == 1.0


def test_twelve_tensors_are_named_and_others_counted():
    values = {f"t{n}": tg.Tensor(1.0) for n in range(12)} | {"other": 3}
    names = ", ".join([*values][:12])
    choice = "choose one with net.py:NAME"
    path = Path("net.py")
    assert tensors_to_choose(path, values) == f"its tensors are {names}; {choice}"
    values |= {"u": tg.Tensor(1.0), "v": tg.Tensor(1.0)}
    text = tensors_to_choose(path, values)
    assert text == f"its tensors are {names} and 2 more; {choice}"
