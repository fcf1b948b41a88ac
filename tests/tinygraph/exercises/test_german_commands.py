"""Every command in German: help, what it does, and each error that a user can make."""

import gettext
import os
import re
from contextlib import suppress
from pathlib import Path

import pytest
from handed_in import put

from tinygraph.__main__ import main
from tinygraph.exercises import language

# Words of English that are none of German, and that our sentences are full of.
ENGLISH = re.compile(
    r"\b(the|is|are|of|and|or|with|without|has|have|there|this|that|which|its?|from|by|"
    r"be|as|if|not|cannot|no|to|for|on|file|files|students|read|write|"
    r"written|choose|such|cases?|right|wrong|yours|shape|see|error|"
    r"required|expected|argument|invalid|must|does)\b"
)
CODE = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|--[\w-]+|\b[\w.-]*[/_.][\w./-]*")
# What Python and the system say in English, whatever the language.
OF_THE_SYSTEM = [os.strerror(number) for number in range(1, 40)]
OF_PYTHON = re.compile(r"ist kein TOML \(.*?\)|regulärer Ausdruck: .*|ZeroDivision.*")
OWN = """\"\"\"Eins.

Zwei.
\"\"\"

HINTS = ["a", "b", "c"]


def own(x):
    \"\"\"x.\"\"\"
    return x + 1


def cases(rng, k):
    return (rng.normal(size=3),)
"""


@pytest.fixture(autouse=True)
def german(tmp_path, monkeypatch):
    """A folder in which everything is said in German, and must be in the catalogue."""

    class Strict(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            raise AssertionError(f"not translated: {message!r}")

    for name in language.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("COLUMNS", "500")
    monkeypatch.setattr("sys.argv", ["tinygraph"])
    monkeypatch.setattr(language.translations_of("de"), "_fallback", Strict())
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "leer" / "x", b"")
    (tmp_path / "leer" / "x").unlink()
    put(tmp_path / "kurs" / "anna" / "01_mse.py", b"def mse(target, output): 1 / 0")
    put(tmp_path / "a.toml", b'exercises = ["01"]\n')
    put(tmp_path / "own" / "own.py", OWN.encode())
    yield
    language.use_language("en")


def said(capsys, *words: str) -> str:
    """What a command prints, on both streams."""
    with suppress(SystemExit):
        main(words)
    printed = capsys.readouterr()
    return printed.out + printed.err


def english_in(text: str) -> list[str]:
    """The words of a text that are English, and ours."""
    for own in OF_THE_SYSTEM:
        text = text.replace(own, "")
    return ENGLISH.findall(CODE.sub("", OF_PYTHON.sub("", text)))


COMMANDS = (
    *("start", "check", "hint", "solution", "progress", "reset"),
    *("new", "selftest", "learn", "pack", "grade", "gradescope"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command, capsys):
    text = said(capsys, command, "--help")
    assert text.startswith("Aufruf: python -m tinygraph")
    # Placeholders and values to type stay as they are.
    assert not english_in(re.sub(r"\{[\w,]+\}|\[[^]]*\]", "", text))


MISTAKES = [
    "check",
    "check 77",
    "check 5-3",
    "check --seed x",
    "check --seed",
    "check --nothing",
    "check nothing.py",
    "check 01 --picture",
    "hint",
    "hint 01-05",
    "hint softmaxx",
    "solution 01",
    "progress",
    "reset 01",
    "start --only 88",
    "start --only ,",
    "start --exercises leer",
    "start --exercises nothing",
    "start --exercises own/own.py",
    "new 1",
    "new own/own",
    "new nothing/17_x",
    "selftest nothing.py",
    "selftest --seeds 0",
    "selftest --seeds x",
    "selftest a.toml",
    "selftest own",
    "learn own",
    "learn own --exercise 01",
    "grade kurs --course own",
    "grade kurs --roster own",
    "grade kurs --out a.toml",
    "grade kurs --exercise 01 --json own",
    "grade kurs --exercise 01 --feedback a.toml",
    "selftest own/own.py --seeds 2",
    "learn nothing.py",
    "learn nothing.py --exercise 01",
    "learn kurs/anna/01_mse.py",
    "learn kurs/anna/01_mse.py --name 1",
    "pack",
    "pack nothing --out a.zip",
    "pack leer --out a.zip",
    "pack a.toml --out nothing/a.zip",
    "pack own --out a.zip --with-solutions",
    "pack own --out a.zip",
    "grade",
    "grade nothing",
    "grade leer",
    "grade a.toml",
    "grade kurs --jobs 0",
    "grade kurs --time x",
    "grade kurs --names (",
    "grade kurs --names x",
    "grade kurs --single --roster a.toml",
    "grade kurs --roster a.toml",
    "grade kurs --course nothing",
    "grade kurs --overrides a.toml",
    "grade kurs --secret nothing",
    "grade kurs --exercise 20",
    "grade kurs --exercise 01 --csv summary.csv",
    "grade kurs --exercise 01 --html nothing/class.html",
    "grade kurs --exercise 01 --visibility now",
    "gradescope nothing --out a.zip",
    "gradescope a.toml --out nothing/a.zip",
    "gradescope a.toml --out a.zip --wheel a.toml",
    "gradescope a.toml --out a.zip --wheel nothing",
    "nothing",
]


@pytest.mark.parametrize("words", MISTAKES)
def test_mistakes_at_the_command_line(words, capsys):
    text = said(capsys, *words.split())
    assert text and not english_in(text), text


SETTINGS = [
    "exercises = 3",
    "exercises = []",
    "exercises = [3]",
    'exercises = ["01", "77"]',
    'exercises = ["05-03"]',
    "exercises = [{weight = 2}]",
    "exercises = [{id = 1}]",
    'exercises = [{id = "01", weight = 0}]',
    'exercises = [{id = "01", wieght = 1}]',
    'exercises = ["nothing.py"]',
    'exercises = ["leer"]',
    'exercises = ["own/own.py", "other/own.py"]',
    'name = ""',
    "late = 3",
    'late = "refused"',
    'due = "morgen"',
    "due = 2026-13-01",
    "due = 2026-11-30",
    "due = 2026-11-30T23:59:00+01:00\nlate = {percent_per_day = 200}",
    "due = 2026-11-30T23:59:00+01:00\nlate = {grace_minutes = -1}",
    "due = 2026-11-30T23:59:00+01:00\nlate = {percent_per_week = 1}",
    'timezone = "Europe/Berlim"',
    'timezone = "x"',
    "imports = 3",
    'language = "fr"',
    "solutions = 3",
    "extensions = 3",
    "extensions = {anna = 1}",
    "nothing = 1",
    "a b c",
]


@pytest.mark.parametrize("text", SETTINGS)
def test_mistakes_in_a_course_file(text, tmp_path, capsys):
    put(tmp_path / "other" / "own.py", OWN.encode())
    put(tmp_path / "b.toml", f"{text}\n".encode())
    found = said(capsys, "grade", "kurs", "--course", "b.toml")
    assert found and not english_in(found), found
    assert "Fehler: " in found


def test_mistakes_in_a_roster_and_in_overrides(tmp_path, capsys):
    put(tmp_path / "roster.csv", "name\nAnna Müller\nBen\n".encode())
    lines = (
        "student,exercise,points,comment\nAnna,01,x,\nDora,01,1,\nBen,01,,\nBen,01,9,\n"
    )
    put(tmp_path / "overrides.csv", lines.encode())
    words = "grade kurs --exercise 01 --roster roster.csv --overrides overrides.csv"
    found = said(capsys, *words.split(), "--moodle", "m.csv", "--canvas", "c.csv")
    assert not english_in(found), found
    for text in ("steht nicht in der Teilnehmerliste", "ist keine Punktzahl"):
        assert text in found
    assert "gehört nicht zum Kurs" in found and "Korrektur" in found


def test_what_a_student_reads(tmp_path, capsys):
    found = [said(capsys, "start", "work")]
    os.chdir("work")
    Path("01_mse.py").write_text(
        "def mse(target, output):\n    print(1)\n    return target\n"
    )
    Path("02_activation_grads.py").write_text("def relu_grad(x): 1 / 0")
    Path("10_backward.py").write_text("def backward(*a): return [1.0, 2.0]")
    words = "check 01,check 01 --verbose,check 02,check 03,check 10 --verbose,progress"
    for own in [*words.split(","), "reset 01 --yes", "reset 01", "solution 02"]:
        found.append(said(capsys, *own.split()))
    found.append(Path("README.md").read_text())
    text = re.sub(r"ZeroDivisionError.*|^\|.*", "", "\n".join(found), flags=re.M)
    assert not english_in(text), (english_in(text), text)
