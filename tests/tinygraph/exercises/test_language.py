"""The checker speaks German as well, and every sentence of it is translated."""

import ast
import functools
import gettext
import re
from pathlib import Path

import pytest
import wrong_answers
from judging import judged
from sentences import (
    FOLDER,
    FUNCTIONS,
    all_prose_without_translation,
    all_sentences,
    fields_of,
    prose_without_translation,
)
from shipped import exercise
from student import DIAGONAL, answer, typed
from together import check_each, together

from tinygraph.__main__ import main
from tinygraph.errors import ArgumentError
from tinygraph.exercises import check, language
from tinygraph.exercises.judging.error_table import TABLE
from tinygraph.exercises.judging.failures import translated_failure
from tinygraph.exercises.judging.judge import judge
from tinygraph.exercises.judging.trial import trusted_runner
from tinygraph.exercises.running.allowed_imports import refusal_of
from tinygraph.exercises.running.sentences import SENTENCES

COMMANDS = (
    *("start", "check", "hint", "solution", "progress", "reset", "grade", "gradescope"),
    *("new", "selftest", "learn", "pack"),
)
GERMAN = language.LOCALE / "de" / language.CATALOGUE_FILE


@pytest.fixture(autouse=True)
def english_again(monkeypatch):
    for name in language.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    yield
    language.use_language("en")


@functools.cache
def entries():
    """The translations, by their English sentences."""
    text = GERMAN.read_text(encoding="utf-8")
    found = {
        (a, b) if b else (a,): forms for a, b, forms in language.read_entries(text)
    }
    del found["",]
    return found


def test_every_sentence_has_a_german_translation_and_none_is_stale():
    assert set(entries()) == set(all_sentences())


def test_every_translation_has_the_same_fields():
    check_each(has_same_fields, all_sentences(), " / ".join)


def has_same_fields(key):
    forms = entries()[key]
    assert len(forms) == len(key)
    for sentence, form in zip(key, forms, strict=True):
        assert form
        assert fields_of(form) == fields_of(sentence)
        assert form[:1].isspace() == sentence[:1].isspace()
        assert form[-1:].isspace() == sentence[-1:].isspace()
        assert form.count("\n") == sentence.count("\n")


def test_most_translations_differ():
    same = [key for key, forms in entries().items() if key == tuple(forms)]
    for python_word in ("ImportError", "PermissionError"):
        same.remove((f"{python_word}: {{why}}",))
    assert all(re.fullmatch(r"[{}\w: .]+", key[0]) for key in same)
    assert len(same) < 5


def test_templates_are_not_f_strings():
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in FUNCTIONS:
                assert not isinstance(node.args[0], ast.JoinedStr), (path, node.lineno)


COLUMNS = "names of columns in others' files"
ALLOWED = {  # what reads like a sentence and is not translated, and why
    "judging/error_table.py": "what Python and NumPy say",
    "judging/diagnosis.py": "what Python says",
    "judging/result_names.py": "how an exercise describes a result",
    "judging/edit_rules.py": "code",
    "judging/ranges.py": "names of fields",
    "judging/points.py": "the name of a check, which translated_check translates",
    "running/frames.py": "a worker that breaks the protocol; the judge says so",
    "running/reading.py": "a worker that breaks the protocol; the judge says so",
    "running/sentences.py": "translated_failure translates them",
    "recorded.py": "a call that the packed exercise answers in another way",
    "terminal.py": "a version in a JSON file",
    "authoring/packing.py": "code",
    "authoring/template.py": "an exercise to begin with: exercises are not translated",
    "grading/platform_files.py": COLUMNS,
    "grading/junit_report.py": "names of tests, which programs compare",
    "grading/feedback_pages.py": "a command to type",
    "grading/autograder.py": "shell scripts",
    "grading/class_page.py": "a command to type",
    "grading/unknown_answers.py": "a command to type",
    "grading/html.py": "a policy for browsers",
    "student/capstone.py": "a fault of ours",
    "student/picture.py": "a style",
    "student/commands.py": "keys of a table; its values are translated",
    "student/hints.py": "what is remembered; `progress` translates it",
    "student/notebook_check.py": "code",
    "student/notebook_file.py": "code",
    "student/own_network.py": "judge_own_network translates it",
    "course/roster.py": COLUMNS,
    "course/overrides.py": COLUMNS,
}
SAID_THERE = {  # how many texts of each file are allowed
    "judging/error_table.py": 5,
    "running/frames.py": 5,
    "running/reading.py": 4,
    "grading/platform_files.py": 5,
    "grading/junit_report.py": 2,
    "grading/autograder.py": 2,
    "student/commands.py": 2,
    "student/hints.py": 2,
    "student/notebook_file.py": 2,
}

ANY_NUMBER = ("running/sentences.py", "course/roster.py")


def test_no_sentence_is_forgotten():
    found = all_prose_without_translation()
    assert found.keys() == ALLOWED.keys()
    for name, texts in found.items():
        right = name in ANY_NUMBER or len(texts) == SAID_THERE.get(name, 1)
        assert right, (name, sorted(texts))


@pytest.mark.parametrize(
    "source",
    [
        'raise FileError(f"{path} cannot be read")',
        'say("nothing was changed")',
        'add("--yes", help="do not ask")',
        'lines.append(f"<p>{count} students handed it in</p>")',
        'text = "no name"',
    ],
)
def test_a_forgotten_sentence_is_found(source):
    assert [*prose_without_translation(source)]


@pytest.mark.parametrize(
    "source",
    [
        '"""What this is about."""',
        'def f():\n    """Read the file."""',
        'raise FileError(translated("{path} cannot be read", path=path))',
        'TABLE = {"a": marked("nothing was changed")}',
        r'NAME = re.compile(r"name \w+ is not")',
        'f"{folder.name}.grades"',
        "\"<p class='a b'>\"",
    ],
)
def test_what_is_no_sentence(source):
    assert not [*prose_without_translation(source)]


class Strict(gettext.NullTranslations):
    """Translations that know nothing, and say so."""

    def gettext(self, message: str) -> str:
        raise AssertionError(f"not translated: {message!r}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        raise AssertionError(f"not translated: {msgid1!r}")


def test_nothing_is_said_that_has_no_translation(monkeypatch):
    german = language.translations_of("de")
    language.use_language("de")
    monkeypatch.setattr(german, "_fallback", Strict())
    for name in vars(wrong_answers):
        if name.startswith("u") and name[1:3].isdigit():
            function = getattr(wrong_answers, name)
            own = exercise(name[1:3])
            replaced = next(n for n in own.references if name[4:].startswith(n))
            run = trusted_runner(own, {**own.references, replaced: function})
            assert judge(own, run, 1).finding.message
    for row in TABLE:
        assert german.gettext(row.sentence)
    with pytest.raises(AssertionError, match="not translated"):
        language.translated("something new")


def test_a_wrong_answer_is_described_in_german():
    language.use_language("de_AT.UTF-8")
    assert language.current_language() == "de"
    finding = judged("08", lambda g, a, b: (g @ b.T, 3 * a.T @ g)).finding
    said = "matmul_vjp: dL/db: alles ist das 3-fache des richtigen Werts"
    assert finding.message == said
    count = judged("08", lambda g, a, b: g @ b.T).finding.message
    assert "gibt 1 Ergebnis zurück, erwartet sind 2: dL/da und dL/db" in count
    three = judged("08", lambda g, a, b: (g, a, b)).finding.message
    assert "gibt 3 Ergebnisse zurück" in three


@together("sentence", SENTENCES)
def test_what_a_worker_says_is_translated(sentence):
    language.use_language("de")
    names = [name for name, _ in fields_of(sentence)]
    said = translated_failure(sentence.format(**dict.fromkeys(names, "X")))
    form = entries()[sentence,][0]
    assert said == form.format(**dict.fromkeys(names, "X"))


def test_what_a_worker_says_inside_another_sentence_is_translated_too():
    language.use_language("de")
    said = translated_failure("the file cannot be run: not written yet")
    assert said == "die Datei kann nicht ausgeführt werden: noch nicht geschrieben"
    refused = f"ImportError: {refusal_of('torch.nn', ['numpy', 'jax'])}"
    assert translated_failure(refused).endswith(
        "torch darf hier nicht importiert werden; erlaubt neben der "
        "Standardbibliothek: numpy, jax"
    )
    odd = "ValueError: {0.__class__} {nothing"
    assert translated_failure(odd) == odd


@pytest.mark.parametrize(
    ("variables", "spoken"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANGUAGE": "fr:de", "LANG": "en_US"}, "de"),
        ({"LC_ALL": "C", "LANG": "de_DE"}, "en"),
        ({"LANG": "xx_YY"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_of_the_environment(variables, spoken, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language.language_of_environment() == spoken


def test_a_language_that_nobody_translated():
    with pytest.raises(ArgumentError, match="no language 'fr'; choose from en, de"):
        language.use_language("fr")


def test_a_check_in_german(folder, capsys):
    answer(DIAGONAL)
    code, out = typed(capsys, "check", "09", "--language", "de")
    assert code == 1
    for text in (
        "0 von 4 Punkten",
        "ein bekannter Fehler   Fall 0, Seed 7",
        "erstes falsches Element [0, 0]: deins",
        "✗ Werte",
        "Grenzfälle: nicht gezählt",
        "noch einmal: tinygraph check 09 --seed 7",
        "Tipp: tinygraph hint 09 (1 von 3)",
    ):
        assert text in out
    assert "von 4" not in typed(capsys, "check", "09")[1]  # only where it was asked for


def test_an_error_in_german(folder, capsys):
    answer("def softmax_vjp(g, y):\n    return np.exp(g)\n")
    out = " ".join(typed(capsys, "check", "09", "--language", "de")[1].split())
    assert "ein Fehler in deinem Code" in out
    assert "NumPy ist nicht importiert: beginne die Datei" in out
    assert "NameError: name 'np' is not defined (dabei gilt: g hat die Form" in out


def test_hints_and_progress_in_german(folder, capsys, monkeypatch):
    monkeypatch.setenv("LANGUAGE", "de")
    assert "09 softmax_vjp: Tipp 1 von 3" in typed(capsys, "hint", "09")[1]
    assert "nach 2 weiteren Tipps" in typed(capsys, "solution", "09")[1]
    out = typed(capsys, "progress")[1]
    assert "Lösung gesehen" in out and "nicht begonnen" in out


def test_a_wrong_language_is_refused(folder, capsys):
    with pytest.raises(SystemExit):
        main(["check", "09", "--language", "fr"])
    assert "choose from en, de" in re.sub("[']", "", capsys.readouterr().err)


def test_a_course_says_its_language(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["tinygraph"])
    Path("course.toml").write_text(
        'name = "Netze"\nexercises = ["01"]\nlanguage = "de"\n'
    )
    main(["start", "work", "--exercises", "course.toml"])
    assert "1 Aufgabe liegt jetzt in" in capsys.readouterr().out
    monkeypatch.chdir("work")
    Path("01_mse.py").write_text("def mse(target, output):\n    return target\n")
    assert main(["check", "01"]) == 1
    assert "0 von 2 Punkten" in capsys.readouterr().out


def test_a_class_is_graded_in_german(tmp_path, capsys):
    own = tmp_path / "class" / "anna"
    own.mkdir(parents=True)
    text = "def mse(target, output):\n    return 0 * target\n"
    (own / "01_mse.py").write_text(text)
    words = ["grade", str(own.parent), "--exercise", "01"]
    main([*words, "--language", "de"])
    assert "das Ergebnis hat die Form (4,)" in capsys.readouterr().out
    main(words)  # and not from the journal
    assert "the result has shape (4,), expected ()" in capsys.readouterr().out


def test_a_notebook_speaks_the_language_of_the_environment(monkeypatch, capsys):
    monkeypatch.setenv("LANG", "de_DE.UTF-8")

    def mse(target, output):
        return None

    check(mse)
    assert "gibt nichts zurück" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_a_language(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--language", "de", "--help"])
    assert "--language" in (said := capsys.readouterr().out)
    assert "diese Hilfe" in said
