"""The autograder of a course for Gradescope, unpacked and run as Gradescope does it."""

import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import scipy
from gradescope_rules import broken_rules
from student import refused

from tinygraph.__main__ import main
from tinygraph.exercises.authoring.template import TEMPLATE
from tinygraph.exercises.grading import autograder

RIGHT = "def square_vjp(g, x):\n    return 2 * x * g\n"
WRONG = "def square_vjp(g, x):\n    return x * g\n"
MSE = "import numpy as np\ndef mse(t, o):\n    return ((t - o) ** 2).sum() / 2\n"
COURSE = """
name = "Networks"
exercises = [{id = "own/16_square_vjp.py", weight = 3}, "01"]
due = 2020-01-01
timezone = "UTC"
late = "refused"
imports = ["numpy"]
"""


@pytest.fixture
def teacher(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(autograder, "installed_version", lambda: "0.1.0")
    Path("own").mkdir()
    Path("own/16_square_vjp.py").write_text(TEMPLATE.replace("NAME", "square_vjp"))
    Path("course.toml").write_text(COURSE)
    return tmp_path


def made(*words: str) -> zipfile.ZipFile:
    assert main(["gradescope", *words, "--out", "autograder.zip"]) == 0
    return zipfile.ZipFile("autograder.zip")


def unpack(archive: zipfile.ZipFile, root: Path) -> None:
    """Lay a folder out as Gradescope's containers are, with this tinygraph in it."""
    archive.extractall(root / "source")
    for folder in ("submission", "results", "python/bin"):
        (root / folder).mkdir(parents=True)
    program = root / "python/bin/tinygraph"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tinygraph "$@"\n')
    program.chmod(0o755)


def graded(root: Path, files: dict[str, str], email: str = "ann@x.org") -> dict:
    for name, text in files.items():
        (root / "submission" / name).write_text(text)
    users = {"users": [{"id": 1, "email": email, "name": "Ann"}]}
    (root / "submission_metadata.json").write_text(json.dumps(users))
    env = {**os.environ, "AUTOGRADER": str(root)}
    ran = subprocess.run(
        ["sh", str(root / "source/run_autograder")], env=env, capture_output=True
    )
    assert ran.stderr == b"", ran.stderr
    results = json.loads((root / "results/results.json").read_text())
    assert not broken_rules(results)
    return results


def test_a_submission_is_graded_with_the_course(teacher):
    root = teacher / "autograder"
    unpack(made("course.toml"), root)
    files = {"16_square_vjp.py": WRONG, "01_mse.py": MSE}
    own, other = graded(root, files)["tests"]
    assert (own["name"], own["max_score"]) == ("16_square_vjp", 6)
    assert "you use x" in own["output"] and own["score"] < 6
    assert (other["name"], other["score"]) == ("01_mse", 2)
    files["16_square_vjp.py"] = RIGHT
    assert graded(root, files)["tests"][0]["score"] == 6


def test_every_student_gets_numbers_of_their_own_and_always_the_same(teacher):
    root = teacher / "autograder"
    unpack(made("course.toml"), root)
    files = {"16_square_vjp.py": RIGHT, "01_mse.py": MSE}
    seeds = [
        graded(root, files, email)["tests"][0]["extra_data"]["seed"]
        for email in ("ann@x.org", "bob@x.org", "ann@x.org")
    ]
    assert seeds[0] == seeds[2] != seeds[1]


def test_nothing_handed_in_has_results_as_well(teacher):
    root = teacher / "autograder"
    unpack(made("course.toml"), root)
    tests = graded(root, {})["tests"]
    assert [test["score"] for test in tests] == [0, 0]


def test_without_a_course_it_grades_the_exercises_of_tinygraph(teacher):
    with made() as archive:
        names = archive.namelist()
        script = archive.read("run_autograder").decode()
    assert names == ["run_autograder", "secret", "setup.sh"]
    assert "--course" not in script


def test_a_folder_of_exercises_is_a_course_too(teacher):
    root = teacher / "autograder"
    unpack(made("own", "--visibility", "after_published"), root)
    results = graded(root, {"16_square_vjp.py": RIGHT})
    assert [test["score"] for test in results["tests"]] == [2]
    assert results["visibility"] == "after_published"


def test_the_scripts_can_be_executed_and_are_shell(teacher):
    with made("course.toml") as archive:
        for name in ("setup.sh", "run_autograder"):
            assert archive.getinfo(name).external_attr >> 16 & 0o111 == 0o111
            subprocess.run(["sh", "-n"], input=archive.read(name), check=True)


def test_the_same_course_gives_the_same_bytes(teacher):
    first = Path(made("course.toml").filename).read_bytes()
    Path("autograder.zip").unlink()
    os.utime("own/16_square_vjp.py", (0, 0))
    assert Path(made("course.toml").filename).read_bytes() == first
    assert str(teacher).encode() not in first


def test_the_secret_stays_with_the_teacher(teacher, capsys):
    with made("course.toml") as archive:
        secret = archive.read("secret")
    said = capsys.readouterr().out
    assert secret == Path("autograder.secret").read_bytes() and len(secret) >= 32
    for name in ("autograder.secret", "autograder.zip"):
        assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600
    assert "keep both to yourself" in said and secret.decode() not in said
    Path("other").write_text("word")
    with made("course.toml", "--secret", "other") as archive:
        assert archive.read("secret") == b"word"


def test_setup_installs_this_version_and_what_answers_may_import(teacher):
    allowed = '["scipy.special", "no_such"]'
    Path("course.toml").write_text(COURSE.replace('["numpy"]', allowed))
    setup = made("course.toml").read("setup.sh").decode()
    assert f"tinygraph==0.1.0 no_such scipy=={scipy.__version__}\n" in setup


def test_a_wheel_is_installed_instead_of_a_version(teacher):
    wheel = Path("tinygraph-0.2.0-py3-none-any.whl")
    wheel.write_bytes(b"PK")
    with made("course.toml", "--wheel", str(wheel)) as archive:
        assert archive.read(wheel.name) == b"PK"
        assert f"source/{wheel.name} numpy" in archive.read("setup.sh").decode()


def test_setup_runs_from_beginning_to_end(teacher):
    """With programs that only note how they were called."""
    root, note = teacher / "autograder", teacher / "note"
    unpack(made("course.toml"), root)
    bin = teacher / "bin"
    bin.mkdir()
    for name in ("apt-get", "python3"):
        (bin / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {note}\n')
        (bin / name).chmod(0o755)
    for name in ("uv/bin/python", "uv/bin/uv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {note}\n')
        (root / name).chmod(0o755)
    path = f"{bin}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "AUTOGRADER": str(root), "PATH": path}
    subprocess.run(["sh", str(root / "source/setup.sh")], env=env, check=True)
    last = note.read_text().splitlines()[-1]
    assert last.startswith("uv/bin/uv pip install --python python/bin/python tinygraph")
    assert stat.S_IMODE((root / "source/secret").stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.toml"], "nowhere.toml cannot be read"),
        (["course.toml", "--wheel", "numpy-2.0-py3-none-any.whl"], "is not a wheel of"),
        (["--wheel", "tinygraph-1-py3-none-any.whl"], "cannot be read"),
        (["--secret", "nothing"], "nothing cannot be used"),
    ],
)
def test_wrong_words_are_explained(teacher, capsys, words, said):
    refused(capsys, said, "gradescope", *words, "--out", "autograder.zip")
    assert not Path("autograder.zip").exists()


def test_a_folder_that_does_not_exist_is_not_made(teacher, capsys):
    refused(capsys, "its folder does not exist", "gradescope", "--out", "no/a.zip")
    assert not Path("no").exists()


def test_a_version_that_is_not_installed_needs_a_wheel(teacher, capsys, monkeypatch):
    monkeypatch.setattr(autograder, "installed_version", lambda: "not installed")
    refused(capsys, "give a wheel of it with --wheel", "gradescope", "--out", "a.zip")
