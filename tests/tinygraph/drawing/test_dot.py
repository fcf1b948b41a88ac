"""What a picture shows, read out of its DOT text."""

import html
import re
import shutil
from typing import Any

import numpy as np
import pytest
from together import together

import tinygraph as tg
from tinygraph.drawing import draw
from tinygraph.drawing.box import (
    GRADIENT,
    ROLES,
    brief,
    few_numbers,
    gradient_texts,
    number,
    parameter_text,
)
from tinygraph.drawing.dot import dot_source as dot_of
from tinygraph.drawing.places import unaccompanied
from tinygraph.drawing.sheet import sheet

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="no dot here")
BOX = re.compile(r'^"((?:[^"\\]|\\.)*)" \[id="n(\d+)" class="(\w+)" label=<(.*)>\]$')
ARROW = re.compile(r'"([^"]*)" -> "([^"]*)" \[id="(e\d+_\d+)"([^]]*)\]')


def boxes(dot: str) -> dict[str, tuple[str, str]]:
    """The role and the table of each box, by its name."""
    found = [BOX.match(line) for line in dot.splitlines()]
    return {match[1]: (match[3], match[4]) for match in found if match}


def arrows(dot: str) -> list[tuple[str, str]]:
    """The arrows as values flow; those that are drawn backwards, turned round."""
    return [
        (head, tail) if "dir=back" in style else (tail, head)
        for tail, head, _, style in ARROW.findall(dot)
    ]


def rows(table: str) -> list[list[str]]:
    """The texts in the cells of a box."""
    return [
        [
            re.sub("<[^>]*>", "", cell)
            for cell in re.findall(r"<TD[^>]*>(.*?)</TD>", row)
        ]
        for row in re.findall(r"<TR>(.*?)</TR>", table)
    ]


def parameter(*values: float, name: str | None = None) -> tg.Tensor:
    return tg.Tensor(values, requires_grad=True, name=name)


def test_every_use_of_a_value_is_an_arrow() -> None:
    x = parameter(3.0, name="x")
    dot = draw(x * x).source
    assert arrows(dot) == [("x", "multiply"), ("x", "multiply")]
    assert [identity for _, _, identity, _ in ARROW.findall(dot)] == ["e1_0", "e1_1"]


def test_a_tensor_is_drawn_with_its_ancestors_only() -> None:
    x = parameter(1.0, 2.0, name="x")
    y = tg.exp(x)
    z = tg.sin(y)
    assert list(boxes(draw(y, variables=False).source)) == ["x", "exp"]
    assert list(boxes(draw(z.graph, variables=False).source)) == ["x", "exp", "sin"]
    assert boxes(draw(y, variables=False).source)["exp"][0] == "output"
    assert boxes(draw(z, variables=False).source)["exp"][0] == "value"


def test_roles_and_their_colours() -> None:
    x = tg.Tensor([1.0, 2.0], name="x")
    w = parameter(1.0, 2.0, name="w")
    dot = draw((x * w + np.array([1.0, 2.0])).sum()).source
    shown = {name: role for name, (role, _) in boxes(dot).items()}
    assert shown == {
        "x": "input",
        "w": "parameter",
        "multiply": "value",
        "constant": "constant",
        "add": "value",
        "sum": "output",
    }
    for role, table in boxes(dot).values():
        assert f'BGCOLOR="{ROLES[role].fill}"' in table
    assert len({colours.fill for colours in ROLES.values()}) == len(ROLES)
    assert all(GRADIENT not in colours for colours in ROLES.values())


def test_the_gradient_row_is_empty_until_it_arrives() -> None:
    x = parameter(2.0, -1.0, name="x")
    y = (x * x * tg.Tensor([1.0, 1.0], name="c")).sum()
    before = boxes(draw(y, variables=False).source)
    assert rows(before["x"][1])[2] == ["&#160;"]
    assert len(rows(before["c"][1])) == 2
    y.backward()
    after = boxes(draw(y, variables=False).source)
    assert rows(after["x"][1])[2][:2] == ["+4.000", "-2.000"]
    assert rows(after["sum"][1])[2][0] == "+1.000"
    assert len(rows(after["c"][1])) == 2


def test_vermillion_is_the_gradient_and_nothing_else() -> None:
    x = parameter(2.0, -1.0, name="x")
    y = tg.tanh(x * x).sum()
    y.backward()
    coloured = re.findall(rf'COLOR="{GRADIENT}">([^<]*)<', draw(y).source)
    assert len(coloured) == draw(y).source.count(GRADIENT) == 2 + 2 + 2 + 1


def test_three_rows() -> None:
    x = tg.Tensor(np.ones((1, 5, 4)), requires_grad=True, name="x")
    y = x.sum(axis=(0, 1))
    y.name = "total"
    y.backward(seed=[1, 2, 3, 4])
    shown = boxes(draw(y).source)
    assert rows(shown["x"][1]) == [["x", "parameter"], ["1×5×4"], ["norm 1.2e+01"]]
    heading, numbers, gradient = rows(shown["total"][1])
    assert heading == ["total", "sum, axis (0, 1)"]
    assert numbers == ["+5.000"] * 4 + ["", "4"]
    assert gradient == ["+1.000", "+2.000", "+3.000", "+4.000", ""]


def test_up_to_four_numbers_are_written_out() -> None:
    four, five = np.arange(4.0), np.arange(5.0)
    assert few_numbers(four) == gradient_texts(four) == brief(four).split()
    assert few_numbers(four) == ["0", "+1.000", "+2.000", "+3.000"]
    assert few_numbers(five) == []
    assert gradient_texts(five) == ["norm 5.5e+00"]
    assert brief(five) == "norm 5.5e+00 (5)"


def test_a_python_number_shows_just_itself() -> None:
    x = parameter(3.0, name="x")
    shown = boxes(draw(2.5 * x + True).source)
    assert rows(shown["constant"][1]) == [["2.5"]]
    assert rows(shown["constant 2"][1]) == [["True"]]


def test_parameters_of_operations() -> None:
    x = tg.Tensor(np.ones((1, 2, 8, 8)), name="x")
    w, b = parameter(*np.ones(54)).data.reshape(3, 2, 3, 3), np.ones(3)
    w = tg.Tensor(w, requires_grad=True, name="w")
    y = tg.conv2d(x, w, b, stride=(2, 1), padding=1)
    z = tg.max_pool2d(y, kernel=2)
    flat = tg.reshape(z, shape=(1, -1))
    out = tg.softmax(flat)[0, 1:5:2, ...].sum(keepdims=True)
    out = tg.mean(out, keepdims=False)
    headings = [
        rows(table)[0] for _, table in boxes(draw(out, variables=False).source).values()
    ]
    assert ["conv2d", "kernel 3×3, stride 2×1, pad 1"] in headings
    assert ["max_pool2d", "kernel 2×2, stride 2, pad 0"] in headings
    assert ["reshape"] in headings
    assert ["softmax"] in headings
    assert ["getitem", "[0, 1:5:2, ...]"] in headings
    assert ["sum", "keepdims"] in headings
    assert ["mean"] in headings


def test_long_parameters_are_left_out() -> None:
    x = parameter(*np.arange(40.0), name="x")
    y = x[np.arange(40)] + x[list(range(40))]
    headings = [rows(table)[0] for _, table in boxes(draw(y).source).values()]
    assert headings.count(["getitem"]) == 2
    assert parameter_text("axis", 10**18) == "axis 1000000000000000000"  # 24 characters
    assert parameter_text("axis", 10**19) == ""


def test_scopes_are_nested_clusters() -> None:
    x = tg.Tensor([1.0, 2.0], name="x")
    with tg.scope("block"):
        with tg.scope("first"):
            y = x * parameter(1.0, 1.0, name="a")
        with tg.scope("second"):
            z = y * parameter(1.0, 1.0, name="b")
    lines = draw(z.sum(), variables=False).source.splitlines()
    depth, where = 0, {}
    for line in lines[lines.index("}") if lines[0] == "}" else 1 :]:
        match = BOX.match(line)
        if match:
            where[match[1]] = depth
        depth += line.startswith("subgraph")
        depth -= line == "}" and depth > 0
    assert where == {
        "x": 0,
        "block/first/a": 2,
        "block/first/multiply": 2,
        "block/second/b": 2,
        "block/second/multiply": 2,
        "sum": 0,
    }
    assert [line for line in lines if line.startswith("subgraph")] == [
        'subgraph "cluster_block" {',
        'subgraph "cluster_block/first" {',
        'subgraph "cluster_block/second" {',
    ]
    assert sum('label="first"' in line for line in lines) == 1


def test_a_shared_parameter_is_drawn_where_all_its_users_are() -> None:
    w = parameter(1.0, name="w")
    with tg.scope("net"):
        with tg.scope("one"):
            y = tg.exp(w)
        with tg.scope("two"):
            z = y * w
    assert list(boxes(draw(z, variables=False).source)) == [
        "net/w",
        "net/one/exp",
        "net/two/multiply",
    ]


def test_leaves_stand_beside_the_one_operation_that_uses_them() -> None:
    x = tg.Tensor([[1.0, 2.0]], name="x")
    w = tg.Tensor(np.ones((3, 2)), requires_grad=True, name="w")
    b = parameter(1.0, 1.0, 1.0, name="b")
    dot = draw(2.0 * tg.linear(x, w, b)).source
    lines = dot.splitlines()
    assert (
        '{rank=same; "w" -> "linear" [id="e3_1"]; "linear" -> "b" [id="e3_2" dir=back]}'
    ) in lines
    assert '{rank=same; "constant" -> "multiply" [id="e5_0"]}' in lines
    assert '"x" -> "linear" [id="e3_0" weight=8]' in lines


def test_a_long_way_round_keeps_off_the_trunk() -> None:
    y = tg.exp(parameter(1.0, name="x"))
    lines = draw(y + tg.sin(tg.cos(y)), variables=False).source.splitlines()
    assert '"exp" -> "add" [id="e4_0" tailport=se headport=ne]' in lines
    assert '"sin" -> "add" [id="e4_1" weight=8]' in lines


def test_one_operation_is_passed_at_the_side_and_a_neighbour_straight() -> None:
    y = tg.exp(parameter(1.0, name="x"))
    lines = draw(y * tg.sin(y), variables=False).source.splitlines()
    assert '"exp" -> "multiply" [id="e3_0" tailport=se headport=ne]' in lines
    lines = draw(tg.sin(y) + tg.cos(y), variables=False).source.splitlines()
    assert '"sin" -> "add" [id="e4_0" weight=8]' in lines
    assert '"cos" -> "add" [id="e4_1"]' in lines


def test_the_same_computation_gives_the_same_bytes() -> None:
    def computed() -> tg.Tensor:
        x = parameter(1.0, 2.0, name="x")
        with tg.scope("a"):
            y = tg.exp(x) / tg.exp(x).sum() + 1
        y.sum().backward()
        return y

    assert draw(computed()).source == draw(computed()).source


def test_names_are_unique_also_where_the_user_repeats_them() -> None:
    x, y, z = (parameter(1.0, name=name) for name in ("x 2", "x", "x"))
    assert list(boxes(draw(x + y + z).source))[:3] == ["x 2", "x", "add"]
    assert list(boxes(draw(x + y + z).source))[3] == "x 3"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ('<b>&"', "&lt;b&gt;&amp;&quot;"),
        ("two\nlines\x00", "two lines"),
        ("größe λ", "größe λ"),
        ("x" * 50, "x" * 37 + "..."),
        ("a\\N", "a∖N"),
        (" \n", "parameter"),
    ],
)
def test_names_are_escaped(name: str, title: str) -> None:
    x = parameter(1.0, 2.0, name=name)
    ((_, table),) = boxes(draw(x).source).values()
    assert rows(table)[0][0] == title


@together(
    ("value", "text"),
    [
        (0.15372, "+0.154"),
        (-0.0091, "-9.1e-03"),
        (0.01, "+0.010"),
        (999.0, "+999.000"),
        (-1000.0, "-1.0e+03"),
        (12345.6, "+1.2e+04"),
        (0.0, "0"),
        (-0.0, "0"),
        (7, "7"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (float("-inf"), "-inf"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_a_leaf_alone_is_one_box() -> None:
    x = parameter(2.0, name="x")
    assert list(boxes(draw(x).source)) == ["x"]
    tg.exp(x).backward()
    assert rows(boxes(draw(x).source)["x"][1])[2][0] == "+7.389"
    assert boxes(draw(tg.Tensor([1.0])).source)["input"][0] == "input"


def test_an_empty_array_and_a_zero_gradient() -> None:
    x = tg.Tensor(np.zeros((0, 3)), requires_grad=True, name="x")
    z = tg.Tensor(np.zeros((2, 3)), requires_grad=True, name="z")
    y = x.sum() + (z * 0.0).sum()
    y.backward()
    shown = boxes(draw(y).source)
    assert rows(shown["x"][1])[1:] == [["0×3"], ["norm 0"]]
    assert rows(shown["z"][1])[2] == ["norm 0"]


def test_a_graph_that_became_a_part_of_another() -> None:
    x, y = parameter(1.0, name="x"), parameter(2.0, name="y")
    small, large = tg.exp(x), tg.sin(tg.exp(y))
    graphs = small.graph, large.graph
    _ = small + large
    assert draw(graphs[0]).source == draw(graphs[1]).source
    assert dot_of(sheet(graphs[0]._current())).count(" -> ") == 5


def test_a_deep_graph_has_no_recursion() -> None:
    y = parameter(1.0, name="x")
    for _ in range(3000):
        y = tg.sin(y)
    assert draw(y).source.count(" -> ") == 3000


def test_anything_else_is_refused() -> None:
    with pytest.raises(tg.DrawingError, match=r"draw: got ndarray: pass a tensor"):
        draw(np.ones(3))  # type: ignore[arg-type]


def test_a_leaf_used_again_later_has_no_arrow_around_what_lies_between() -> None:
    x = parameter(1.0, name="x")
    lines = draw(tg.sin(tg.exp(x)) * x).source.splitlines()
    assert '"x" -> "multiply" [id="e3_1"]' in lines


def test_the_rows_of_a_box_are_equally_wide() -> None:
    x = tg.Tensor(np.ones((1, 3, 8, 8)), name="image")
    pooled = tg.max_pool2d(x * parameter(2.0, name="w"), 2)
    few = tg.softmax(parameter(1.0, 2.0, 3.0, name="z"))
    few.name = "p"
    for value in (pooled, few):
        for _, table in boxes(draw(value).source).values():
            found = re.findall(r"<TR>(.*?)</TR>", table)
            widths = {
                sum(map(int, re.findall(r'COLSPAN="(\d+)"', row))) for row in found
            }
            assert len(widths) == 1 and '"-' not in table


def test_a_type_is_called_by_its_name() -> None:
    box = boxes(draw(parameter(1.0, name="x").astype(np.float32)).source)["astype"][1]
    assert "dtype float32" in box


def test_what_is_switched_off_is_not_said() -> None:
    @tg.primitive
    def shifted(x: Any, *, up: bool = True) -> Any:
        return x + 1 if up else x - 1

    shifted.vjp(lambda g, y, x, up: g)
    y = shifted(parameter(1.0, name="x"), up=False)
    [heading] = [
        rows(t)[0] for _, t in boxes(draw(y, variables=False).source).values()
    ][1:]
    assert heading == ["shifted"]


def projections() -> tg.Tensor:
    """Three products of one input that meet again, as in attention."""
    x = tg.Tensor(np.ones((2, 2)), name="x")
    Wq, Wk, Wv = (tg.Tensor(np.ones((2, 2)), requires_grad=True) for _ in range(3))
    with tg.scope("attention"):
        q, k, v = x @ Wq, x @ Wk, x @ Wv
        scores = tg.softmax(q @ k.T / 2.0)
        heads = scores @ v
    y = x + heads
    y.name = "y"
    for value, name in [(q, "q"), (k, "k"), (v, "v"), (Wq, "Wq"), (Wk, "Wk")]:
        value.name = name
    Wv.name = "Wv"
    return (y * y).sum()


def places(svg: str) -> dict[str, tuple[float, float]]:
    """The corner of the title in each box, by the box's name."""
    groups = re.findall(r"<title>([^<]*)</title>(.*?)</g>", svg, re.DOTALL)
    found = {}
    for name, inside in groups:
        if corner := re.search(r'<text[^>]* x="([-\d.]+)" y="([-\d.]+)"', inside):
            found[html.unescape(name)] = (float(corner[1]), float(corner[2]))
    return found


@needs_dot
def test_parameters_stay_beside_their_operations_where_branches_are() -> None:
    at = places(draw(projections()).svg())
    across = sorted((at[f"attention/{name}"], name) for name in ("q", "k", "v"))
    for (x, y), name in across:
        weight = at[f"attention/W{name}"]
        assert weight[0] < x and weight[1] == pytest.approx(y, abs=1.0)
        between = [n for n, (left, _) in at.items() if weight[0] < left < x]
        assert not [n for n in between if at[n][1] == pytest.approx(y, abs=1.0)]


def test_a_row_is_held_together_only_where_something_may_come_between() -> None:
    source = draw(projections(), variables=False).source
    assert source.count('subgraph "cluster//') == 4  # three products, and the quotient
    assert re.search(r'"x" -> "y" \[id="e\d+_0" tailport=se headport=ne\]', source)
    x = parameter(1.0, 2.0, name="x")
    chain = ((x * 2.0) @ np.ones((2, 2)) + 1.0).sum()
    assert "cluster" not in draw(chain).source


def test_operations_that_stand_alone() -> None:
    x = parameter(1.0, name="x")
    a = tg.exp(x)
    b, c = tg.sin(a), tg.cos(a)
    d = b * c
    e = tg.exp(d) * d
    drawn = sheet(e.graph)
    alone = [drawn.boxes[node].title for node in unaccompanied(drawn.boxes)]
    assert sorted(alone) == ["exp", "exp 2", "multiply", "multiply 2"]
