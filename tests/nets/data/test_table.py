"""Tables from CSV files: what is read is what was written, and faults have a place."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.data import DataError, Table, csv_table, load, split
from nets.data.csv_table import read_cells

FLOWERS = """\
length,width,species
5.1,3.5,setosa
4.9,3.0,setosa
7.0,3.2,versicolor
6.4,3.2,versicolor
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str, name: str = "table.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def whole(parts) -> list[tuple]:
    """All rows of both parts, with their labels, in any order."""
    return sorted(
        (*row, label)
        for t in parts
        for row, label in zip(t.rows, t.labels, strict=True)
    )


def test_a_header_numbers_and_classes(write) -> None:
    train, test = load(str(write(FLOWERS)))
    assert isinstance(train, Table)
    assert (train.columns, train.target) == (("length", "width"), "species")
    assert train.classes == test.classes == ("setosa", "versicolor")
    assert (len(train), len(test)) == (2, 2)
    assert whole((train, test)) == [
        (4.9, 3.0, 0),
        (5.1, 3.5, 0),
        (6.4, 3.2, 1),
        (7.0, 3.2, 1),
    ]


def test_a_target_by_name(write) -> None:
    text = FLOWERS.replace("setosa", "0").replace("versicolor", "1")
    train, _ = load(str(write(text)), target="width")
    assert train.columns == ("length", "species") and train.classes == ()
    assert train.labels.dtype == np.float64 and train.outputs == ("width",)
    with pytest.raises(DataError, match="no column 'x': its columns are 'length', 'w"):
        load(str(write(text)), target="x")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_delimiters_line_ends_and_marks(write, mark, end, encoding) -> None:
    path = write(FLOWERS.replace(",", mark).replace("\n", end), encoding=encoding)
    assert whole(load(str(path))) == whole(load(str(write(FLOWERS, "other.csv"))))


def test_decimals_with_a_comma(write) -> None:
    text = FLOWERS.replace(",", ";").replace(".", ",")
    assert whole(load(str(write(text)))) == whole(load(str(write(FLOWERS, "o.csv"))))
    numbers = "a;b\n1,5;2,5\n3,5;4,5\n"
    assert load(str(write(numbers)))[0].classes == ()


cells = st.floats(allow_nan=False, allow_infinity=False)
names = st.text("ab \"';|,\nü", min_size=1).filter(lambda name: name.strip() == name)


@given(
    st.lists(st.tuples(cells, cells, st.sampled_from("xy")), min_size=4),
    st.lists(names, min_size=3, max_size=3, unique=True),
    st.sampled_from(",;\t|"),
)
def test_what_is_written_is_read(tmp_path_factory, rows, header, mark) -> None:
    """By Python's own writer, whatever it quotes."""
    rows += [(0.0, 0.0, "x"), (0.0, 0.0, "x"), (0.0, 0.0, "y"), (0.0, 0.0, "y")]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=mark, lineterminator="\n")
    writer.writerows([header, *rows])
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    parts = csv_table(path, delimiter=mark)
    assert parts[0].columns == tuple(header[:2]) and parts[0].target == header[2]
    assert whole(parts) == sorted((a, b, "xy".index(c)) for a, b, c in rows)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("1,2,x\n3,4,y\n", ("column 1", "column 2", "column 3")),
        ("a,b,c\n1,2,x\n", ("a", "b", "c")),
        (" a , b ,c\n\n1,2,x\n", ("a", "b", "c")),
        ("0,1,label\n1,2,x\n", ("0", "1", "label")),
    ],
)
def test_the_first_line_has_names_or_not(write, text, columns) -> None:
    target = "label" if "label" in text else None
    cells = read_cells(write(text), target, None)
    assert cells.columns == columns
    assert len(cells.lines) == text.strip().count("\n") + (text[0] == "1") - (
        " a" in text
    )


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        ("1 2 10 1", None, ("1", "2", "10")),
        ("1.0 2.0 1.0 2.0", None, ()),
        ("b a 1 a", None, ("1", "a", "b")),
        ("1 2 1 2", "numbers", ()),
        ("1.0 2.0 1.0 2.0", "classes", ("1.0", "2.0")),
        (" ".join(map(str, range(101))), None, ()),
    ],
)
def test_classes_or_numbers(write, values, task, classes) -> None:
    lines = [f"{n},{value}" for n, value in enumerate(values.split() * 2)]
    path = write("x,y\n" + "\n".join(lines) + "\n")
    assert load(str(path), task=task)[0].classes == classes


FAULTS = {
    "line 3 of {}, column 'width', is missing ('')": "5,,a\n",
    "line 3 of {}, column 'width', is missing ('NA')": "5,NA,a\n",
    "line 3 of {}, column 'length', is missing ('NaN')": "NaN,1,a\n",
    "line 3 of {}, column 'species', is missing ('?')": "1,1,?\n",
    "line 3 of {}, column 'length', is 'inf', not a number": "inf,1,a\n",
    "line 3 of {}, column 'width', is 'wide', not a number": "1,wide,a\n",
    "line 3 of {} has 2 cells, but line 1 has 3": "1,a\n",
    "line 3 of {}: ": '1,"x"y,a\n',
}


@pytest.mark.parametrize("words", FAULTS)
def test_faults_have_a_line_and_a_column(write, words) -> None:
    path = write(f"length,width,species\n1,2,a\n{FAULTS[words]}1,2,b\n")
    with pytest.raises(DataError, match="^" + re.escape(words.format(path))):
        load(str(path))


OTHERS = {
    "only the class 'a'": "x,y\n1,a\n2,a\n",
    "has 1 lines: a table needs more": "x,y\n",
    "has only one column": "x\n1\n2\n",
    "has 2 columns 'x': rename them": "x,x\n1,2\n3,4\n",
    "class 'b' has only one row": "x,y\n1,a\n2,a\n3,b\n",
    "the delimiter is 'ab'": "x,y\n1,a\n2,a\n",
}


@pytest.mark.parametrize("words", OTHERS)
def test_what_is_no_table(write, words) -> None:
    with pytest.raises(DataError, match=re.escape(words)):
        load(str(write(OTHERS[words])), delimiter="ab" if "'ab'" in words else None)


def test_numbers_are_split_at_random(write) -> None:
    lines = "".join(f"{n},{n / 2}\n" for n in range(50))
    parts = [load(str(write("x,y\n" + lines)), seed=seed)[1] for seed in (0, 0, 1)]
    assert len(parts[0]) == 10
    assert parts[0].rows.tolist() == parts[1].rows.tolist() != parts[2].rows.tolist()


ROWS, LABELS = np.zeros((4, 2)), np.zeros(4, np.int64)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (dict(rows=ROWS.astype(np.float32)), "rows must be float64 of shape (4, 2)"),
        (dict(rows=ROWS[:3]), "not empty, not float64 of shape (3, 2)"),
        (dict(rows=ROWS * np.nan), "row 0 of column 'a' is nan"),
        (dict(labels=LABELS + 2), "labels run from 2 to 2"),
        (dict(labels=LABELS + 0.5), "labels must be int64"),
        (dict(classes=()), "labels must be float64"),
        (dict(labels=np.full(4, np.inf), classes=()), "row 0 of the target 't' is inf"),
    ],
)
def test_a_table_that_does_not_fit_together(changed, words) -> None:
    right = dict(
        rows=ROWS, labels=LABELS, classes=("x", "y"), columns=("a", "b"), target="t"
    )
    Table(**right)
    with pytest.raises(DataError, match=re.escape(words)):
        Table(**right | changed)


def test_one_hot_targets_and_numbers() -> None:
    table = Table(ROWS, LABELS + 1, ("x", "y"), ("a", "b"))
    assert table.one_hot().tolist() == [[0, 1]] * 4
    numbers = Table(ROWS, LABELS + 0.5, (), ("a", "b"))
    assert numbers.one_hot().tolist() == [[0.5]] * 4
    with pytest.raises(DataError, match="the data set has only one row"):
        split(numbers.take(np.array([0])), 0.2, 0)
