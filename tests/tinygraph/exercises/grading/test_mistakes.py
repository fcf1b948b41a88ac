"""Who made which mistake: messages that say the same are one, whatever the numbers."""

from tinygraph.exercises.grading.mistakes import mistakes_in
from tinygraph.exercises.grading.row import Row
from tinygraph.exercises.grading.summary import mistakes_table


def rows_of(status: str, mistake: str, *messages: str) -> list[Row]:
    return [
        Row(f"s{number}", "01_a", 0.0, 2.0, status, mistake, message)
        for number, message in enumerate(messages)
    ]


def groups(rows: list[Row]) -> list[tuple[str, int]]:
    return [(found.message, len(found.students)) for found in mistakes_in(rows)]


def test_an_honest_student_is_not_under_the_message_of_a_cheat():
    rows = rows_of(
        "error",
        "raised",
        "mse: ImportError: tinygraph may not be imported",
        "mse: ValueError: shapes (3,4) (5,) (the case has an array (3, 4))",
        "mse: ValueError: shapes (2,4) (7,) (the case has an array (2, 4))",
        "mse: NameError: name 'nn' is not defined",
    )
    assert groups(rows) == [
        ("mse: ValueError: shapes … … (the case has an array …)", 2),
        ("mse: ImportError: tinygraph may not be imported", 1),
        ("mse: NameError: name 'nn' is not defined", 1),
    ]


def test_a_number_that_all_share_is_kept():
    rows = rows_of("error", "raised", "axis 1 of (2, 3)", "axis 1 of (4, 5)")
    assert groups(rows) == [("axis 1 of …", 2)]


def test_numbers_of_a_case_do_not_tell_mistakes_apart_but_others_do():
    one = "first wrong element [0, 1]: yours 0.5, right -inf"
    other = "first wrong element [2]: yours nan, right 1e-3"
    assert groups(rows_of("failed", "", one, other)) == [
        ("first wrong element …: yours …, right …", 2)
    ]
    for one, other in (
        ("right in 3 of 12 cases", "right in 11 of 12 cases"),
        ("3 elements have the wrong sign", "12 elements have the wrong sign"),
        ("wrong at 0, 2 along axis 1", "wrong at 1, 2, 5, ... along axis 1"),
        ("all elements are equal, 0.3141", "all elements are equal, 2.718"),
    ):
        assert len(groups(rows_of("failed", "probe", one, other))) == 1, one
    for one, other in (
        ("everything is 2 times what it should be", "everything is 0.5 times what it"),
        ("everything is 2 times what it should be", "everything is 3 times what it"),
        ("flipped along axis 0", "flipped along axis 1"),
    ):
        assert len(groups(rows_of("failed", "probe", one, other))) == 2, one


def test_a_known_mistake_is_one_whatever_its_message_says():
    rows = rows_of(
        "failed", "wrong_x", "a row sums to 0.1", "a row sums to 2", "no row"
    )
    assert groups(rows) == [("a row sums to 0.1", 3)]
    assert groups(rows[:2]) == [("a row sums to …", 2)]


def test_what_is_right_or_not_graded_is_no_mistake():
    for status in ("passed", "missing", "grader"):
        assert not mistakes_in(rows_of(status, "", "a message"))
    assert groups(rows_of("failed", "probe", "")) == [("", 1)]


def test_the_grader_prints_what_tells_mistakes_without_a_name_apart():
    rows = rows_of("error", "raised", "divided\nZeroDivisionError", "ImportError: x")
    rows += rows_of("failed", "wrong_x", "long")[:1] + rows_of("failed", "", "2 of 3")
    assert mistakes_table(rows) == [
        "",
        "Who made which mistake:",
        "  01_a  no name  1 of 2: s0",
        "    2 of 3",
        "  01_a  raised  1 of 2: s1",
        "    ImportError: x",
        "  01_a  raised  1 of 2: s0",
        "    divided ZeroDivisionError",
        "  01_a  wrong_x  1 of 2: s0",
    ]


def test_messages_in_german_are_told_apart_in_the_same_way():
    one = "erstes falsches Element [0, 1]: deins 0.5, richtig -inf"
    other = "erstes falsches Element [2]: deins nan, richtig 1e-3"
    assert groups(rows_of("failed", "", one, other)) == [
        ("erstes falsches Element …: deins …, richtig …", 2)
    ]
    for one, other in (
        ("richtig in 3 von 12 Fällen", "richtig in 11 von 12 Fällen"),
        ("1 Element hat", "12 Element hat"),
        ("3 Elemente haben", "12 Elemente haben"),
        ("Zeile 3: ohne `x`", "Zeile 14: ohne `x`"),
        ("Zeilen 3, 4: mit `x`", "Zeilen 14, 15, 16: mit `x`"),
    ):
        assert len(groups(rows_of("failed", "probe", one, other))) == 1, one
    one = "alles ist das 2-fache des richtigen Werts"
    assert len(groups(rows_of("failed", "probe", one, one.replace("2", "3")))) == 2
