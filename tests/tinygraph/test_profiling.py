"""Where the time goes, on a clock that only the operations of these tests move."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from leaves import parameter

import tinygraph as tg
from tinygraph import profiling
from tinygraph.drawing import picture

needs_renderer = pytest.mark.skipif(
    not (
        shutil.which("dot")
        or shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
    ),
    reason="no Graphviz here: pip install graphviz-pure",
)


class Clock:
    """Seconds since some time, which go on where somebody says that they do."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def takes(self, seconds, result):
        """A result that took a while."""
        self.now += seconds
        return result


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(profiling, "perf_counter", clock)
    return clock


def doubling(clock, forward, *backward):
    """An operation that takes those seconds, with an argument for each way back."""

    @tg.primitive
    def double(x, y=None):
        return clock.takes(forward, 2.0 * x)

    double.vjp(*(lambda g, *_, s=s, **__: clock.takes(s, 2.0 * g) for s in backward))
    return double


def by_operation(profile):
    return {row.operation: row for row in profile.rows}


def by_name(profile):
    return {row.name: row for row in profile.rows}


def chain(clock):
    """Two operations that take 1 and 8 seconds forward, 2 and 16 backward."""
    x = parameter([1.0, 2.0, 3.0], "x")
    y = doubling(clock, 1.0, 2.0)(x)
    z = doubling(clock, 8.0, 16.0)(y)
    y.name, z.name = "y", "z"
    return x, y, z


def test_times_land_on_the_operation_that_took_them(clock):
    _, y, z = chain(clock)
    profile = tg.profile(z, seed=np.ones(3))
    assert isinstance(profile, tg.Profile)
    assert [row.name for row in profile.rows] == ["x", "y", "z"]
    assert [(row.forward, row.backward) for row in profile.rows] == [
        *((0.0, 0.0), (1.0, 2.0), (8.0, 16.0))
    ]
    rows = by_name(profile)
    assert (rows["y"].node, rows["y"].operation) == (y.node, "double")
    assert (rows["x"].operation, rows["x"].shape) == ("parameter", (3,))
    assert (profile.total.forward, profile.total.backward) == (9.0, 18.0)
    assert profile.total.time == 27.0


def test_the_vjps_of_all_arguments_are_added(clock):
    @tg.primitive
    def mix(x, y):
        return x + y

    mix.vjp(lambda g, *_: clock.takes(1.0, g), lambda g, *_: clock.takes(4.0, g))
    x = parameter(3.0, "x")
    assert by_operation(tg.profile(mix(x, x)))["mix"].backward == 5.0
    assert by_operation(tg.profile(mix(x, tg.Tensor(1.0))))["mix"].backward == 1.0


def test_the_time_of_an_operation_is_the_median_of_its_passes(clock):
    # Once when it is recorded, then three times each way.
    forward, backward = iter([64.0, 1.0, 32.0, 2.0]), iter([8.0, 0.5, 0.25])

    @tg.primitive
    def vary(x):
        return clock.takes(next(forward), x + 0.0)

    vary.vjp(lambda g, *_: clock.takes(next(backward), g))
    profile = tg.profile(vary(parameter(1.0)), repeat=3)
    assert by_operation(profile)["vary"].forward == 2.0
    assert by_operation(profile)["vary"].backward == 0.5
    assert next(forward, None) is None and next(backward, None) is None


def test_what_the_output_was_not_made_of_is_left_out(clock):
    _, y, z = chain(clock)
    other = doubling(clock, 32.0, 64.0)(z)
    assert [row.name for row in tg.profile(y, seed=np.ones(3)).rows] == ["x", "y"]
    assert other.graph is y.graph


def test_nothing_is_changed(clock):
    x, y, z = chain(clock)
    graph, before = z.graph, list(z.graph.nodes)
    tg.profile(z, seed=np.ones(3))
    assert x.grad is None and y.grad is None and z.grad is None
    z.backward(np.ones(3))
    kept = [t.grad.copy() for t in (x, y, z)]
    own = graph._tape.grad.copy()
    tg.profile(z, seed=[5.0, 6.0, 7.0])
    for tensor, gradient in zip((x, y, z), kept, strict=True):
        np.testing.assert_array_equal(tensor.grad, gradient)
    assert all(graph._tape.grad[node] is array for node, array in own.items())
    assert graph._tape.grad.keys() == own.keys()
    assert list(graph.nodes) == before
    assert graph.number_of_edges() == 2


def test_the_gradients_are_those_of_a_backward_pass():
    arrived = []

    @tg.primitive
    def watch(x):
        return x + 0.0

    watch.vjp(lambda g, *_: arrived.append(g) or g)
    y = (3.0 * watch(parameter([1.0, 2.0]))).sum()
    tg.profile(y, repeat=1)
    np.testing.assert_array_equal(arrived, [[3.0, 3.0]])
    tg.profile(3.0 * watch(parameter(1.0)), seed=7.0, repeat=1)
    assert arrived[1] == 21.0


def test_warnings_are_not_said_again():
    with np.errstate(divide="ignore", invalid="ignore"):
        y = tg.log(parameter(0.0)) * 0.0
    tg.profile(y)


def test_bytes_of_values_and_gradients():
    x = tg.Tensor(np.ones((2, 3), np.float32), requires_grad=True, name="x")
    w = tg.Tensor(np.ones((3, 4), np.float32), name="w")
    rows = by_operation(tg.profile((x @ w).sum()))
    assert rows["parameter"].value_bytes == rows["parameter"].gradient_bytes == 24
    assert (rows["input"].value_bytes, rows["input"].gradient_bytes) == (48, 0)
    assert rows["matmul"].value_bytes == 32
    assert rows["sum"].value_bytes == rows["sum"].gradient_bytes == 4


def test_memory_that_is_shared_counts_once():
    x = parameter(np.ones((2, 3)), "x")
    flat = (x * x).reshape(6)
    profile = tg.profile(flat, seed=np.ones(6))
    rows = by_operation(profile)
    assert rows["multiply"].value_bytes == 48
    assert rows["reshape"].value_bytes == 0
    assert rows["reshape"].gradient_bytes == 48  # it arrives before the other's,
    assert rows["multiply"].gradient_bytes == 0  # which is a view of it
    assert profile.total.value_bytes == 96
    assert profile.total.gradient_bytes == 96


def test_each_leaf_has_a_gradient_of_its_own():
    x, w = parameter([1.0, 2.0], "x"), parameter([3.0, 4.0], "w")
    y = tg.exp(x + w)  # of which both get the same array
    profile = tg.profile(y, seed=[1.0, 1.0])
    assert [row.gradient_bytes for row in profile.rows] == [16] * 4
    y.backward([1.0, 1.0])
    assert not np.shares_memory(x.grad, w.grad)


def test_a_view_keeps_all_of_its_array_alive():
    @tg.primitive
    def head(x):
        return np.repeat(x, 100)[:2]

    head.vjp(lambda g, *_: g[:1])
    profile = tg.profile(head(parameter([1.0])), seed=[1.0, 1.0])
    assert by_operation(profile)["head"].value_bytes == 800


def test_python_numbers_take_no_memory():
    profile = tg.profile(2.0 * parameter(3.0))
    assert by_operation(profile)["constant"].value_bytes == 0
    assert profile.total.value_bytes == 16


def layers(clock):
    """Two layers and a sum, with an input and a parameter in the first of them."""
    x = tg.Tensor([1.0, 2.0], name="x")
    with tg.scope("one"):
        h = doubling(clock, 1.0, 2.0)(x * parameter([3.0, 4.0], "w"))
    with tg.scope("two"):
        h = doubling(clock, 4.0, 1.0)(h)
    return h.sum()


def test_scopes_add_up(clock):
    profile = tg.profile(layers(clock))
    scopes = profile.by_scope()
    assert list(scopes) == ["", "one", "two"]
    assert (scopes["one"].forward, scopes["one"].backward) == (1.0, 2.0)
    assert (scopes["two"].forward, scopes["two"].backward) == (4.0, 1.0)
    assert scopes["one"].value_bytes == 3 * 16  # w, its product with x, and the double
    assert scopes[""].value_bytes == 16 + 8  # x comes from outside, as on pictures
    assert sum(scope.time for scope in scopes.values()) == profile.total.time
    held = sum(scope.gradient_bytes for scope in scopes.values())
    assert held == profile.total.gradient_bytes > 0


def test_the_table_has_the_slowest_first_and_adds_up(clock):
    assert str(tg.profile(layers(clock), repeat=3)).splitlines() == [
        "profile of sum: 4 operations, 144 B, median of 3 passes",
        "operation  scope  shape   forward  backward  share  value  gradient",
        "double     two    2       4.000 s   1.000 s    62%   16 B       0 B",
        "double     one    2       1.000 s   2.000 s    38%   16 B      16 B",
        "multiply   one    2                                  16 B      16 B",
        "sum               scalar                              8 B       8 B",
        "2 leaves                                             32 B      16 B",
        "total                     5.000 s   3.000 s   100%   88 B      56 B",
        "",
        "scope   forward  backward  share  value  gradient",
        "(none)                             24 B       8 B",
        "one     1.000 s   2.000 s    38%   48 B      48 B",
        "two     4.000 s   1.000 s    62%   16 B       0 B",
    ]


def test_columns_that_say_nothing_are_left_out(clock):
    _, _, z = chain(clock)
    first, heading, *_ = str(tg.profile(z, seed=np.ones(3), repeat=1)).splitlines()
    assert first == "profile of z: 2 operations, 144 B, median of 1 pass"
    assert heading.split()[:3] == ["operation", "name", "shape"]
    assert "scope" not in str(tg.profile(z, seed=np.ones(3)))


def test_a_long_table_sums_up_its_end(clock):
    y = parameter(1.0)
    for seconds in range(1, 51):
        y = doubling(clock, float(seconds), 0.5)(y)
    lines = str(tg.profile(y)).splitlines()
    assert len(lines) == 2 + profiling.MOST_LINES + 3
    assert lines[2].split()[2:4] == ["50.000", "s"]
    assert lines[-3].split()[:6] == ["10", "others", "55.000", "s", "5.000", "s"]
    assert lines[-2].startswith("1 leaf ")
    assert lines[-1].split()[1:5] == ["1275.000", "s", "25.000", "s"]


def test_it_prints_itself(clock):
    profile = tg.profile(layers(clock))
    assert repr(profile) == str(profile)


def test_one_profile_has_one_picture(clock):
    loss = layers(clock)
    profile = tg.profile(loss)
    pictures = [profile.picture(), profile.picture(depth=0)]
    assert [drawn.boxes for drawn in pictures] == [6, 4]
    assert "4.000 s" in pictures[0].source
    assert "3 operations" not in pictures[1].source
    assert "2 operations, 1 parameter" in pictures[1].source
    loss.backward()
    again = [profile.picture(), profile.picture(depth=0)]
    assert [one.source for one in pictures] == [one.source for one in again]
    with pytest.raises(tg.ArgumentError, match="depth"):
        profile.picture(depth=-1)


def test_a_closed_layer_shows_what_the_scope_costs(clock):
    profile = tg.profile(layers(clock))
    line = next(
        line
        for line in profile.picture(depth=0).source.splitlines()
        if line.startswith('"one"')
    )
    assert [text in line for text in ("1.000 s", "2.000 s", "38%", "48 B")] == [
        True
    ] * 4


@needs_renderer
def test_a_notebook_shows_table_and_picture(clock, monkeypatch):
    profile = tg.profile(layers(clock))
    shown = profile._repr_html_()
    assert shown.startswith("<pre>profile of sum: 4 operations")
    assert shown.count("<svg") == shown.count("</svg>") == 1
    monkeypatch.setattr(picture, "MOST_BOXES", 3)
    alone = profile._repr_html_()
    assert alone.startswith("<pre>") and alone.endswith("</pre>")


def test_what_was_not_recorded_has_no_profile():
    x = parameter([1.0, 2.0], "x")
    with tg.no_grad():
        unrecorded = x * 2.0
    with pytest.raises(
        tg.GraphError, match=r"profile: got list.*pass a computed tensor"
    ):
        tg.profile([1.0])
    with pytest.raises(tg.GraphError, match=r"recorded for tensor 'x': pass a result"):
        tg.profile(x)
    with pytest.raises(tg.GraphError, match="computed outside no_grad"):
        tg.profile(unrecorded)


def test_a_seed_follows_the_rules_of_backward():
    y = parameter([1.0, 2.0]) * 2.0
    with pytest.raises(tg.ShapeError, match="pass a seed"):
        tg.profile(y)
    with pytest.raises(tg.ShapeError, match=r"the seed has\s+shape \(3,\)"):
        tg.profile(y, seed=[1.0, 2.0, 3.0])
    assert tg.profile(y, seed=[1.0, 2.0]).total.gradient_bytes > 0


@pytest.mark.parametrize("repeat", [0, -1, 2.5, None])
def test_it_is_measured_at_least_once(repeat):
    with pytest.raises(tg.ArgumentError, match="profile: `repeat` is"):
        tg.profile(parameter(1.0) * 2.0, repeat=repeat)
