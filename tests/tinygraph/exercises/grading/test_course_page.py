"""The files that docs/course.md shows are read, and do what it says."""

import csv
import re
from pathlib import Path

from handed_in import put
from test_grade_command import run

from tinygraph.exercises.course.course import read_course

PAGE = (Path(__file__).parents[4] / "docs" / "course.md").read_text(encoding="utf-8")
MSE = b"import numpy as np\n\ndef mse(t, o):\n    return np.sum((t - o) ** 2) / 2\n"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_files_on_the_page(tmp_path, capsys):
    (course,), (roster, overrides) = blocks("toml"), blocks("text")
    assert len(course.splitlines()) <= 10
    put(tmp_path / "course.toml", course.encode())
    put(tmp_path / "roster.csv", roster.encode())
    put(tmp_path / "class.grades" / "overrides.csv", overrides.encode())
    put(tmp_path / "class" / "ann_mueller" / "01_mse.py", MSE)
    words = [tmp_path / "class", "--course", tmp_path / "course.toml"]
    words += ["--roster", tmp_path / "roster.csv", "--moodle", tmp_path / "grades.csv"]
    assert run(*words) == 1
    assert "not applied" not in capsys.readouterr().err
    read = read_course(tmp_path / "course.toml")
    assert len(read.exercises) == 10 and read.extensions.keys() == {"Ann Müller"}
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        ann, ben = csv.DictReader(file)
    assert (ann["Full name"], ann["ID number"]) == ("Ann Müller", "4711")
    assert (ann["01_mse"], ann["03_softmax"], ann["Grade"]) == ("2", "2.5", "4.5")
    assert "right idea in the wrong axis" in ann["Feedback comments"]
    assert (ben["Email address"], ben["Grade"]) == ("ben@example.org", "0")
    assert "see me about this one" in ben["Feedback comments"]


def test_every_setting_is_in_the_table_and_the_example():
    settings = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert settings | {"name"} == {
        *re.findall(r"^(\w+) = ", blocks("toml")[0], re.MULTILINE),
        "weight",
    }
